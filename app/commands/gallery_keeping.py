"""`gallery hold`, `release`, `retain`, `due`, `copies`, `log`: on what terms people are kept, and who looked."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.commands.gallery_access import actor, named_person, opened
from app.gallery_unlocking import key_of
from app.settings import Folders
from app.signing import named_key
from app.terminal import Terminal, table
from core.errors import GalleryError

if TYPE_CHECKING:
    from core.gallery.store import Gallery


def hold(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`gallery hold`."""
    with opened(args, folders) as gallery:
        person = named_person(args, gallery)
        gallery.set_legal_hold(person.id, actor=actor(args), reason=args.reason)
        person = gallery.person(person.id)
    terminal.say_foreign(f"person {person.id} ({person.name}) is under a legal hold: {person.legal_hold}")
    terminal.record({"person_id": person.id, "legal_hold": person.legal_hold, "held_by": person.held_by})
    return 0


def release(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`gallery release`."""
    with opened(args, folders) as gallery:
        person = named_person(args, gallery)
        if not gallery.hold_of(person.id):
            raise GalleryError(
                f"person {person.id} is under no legal hold", next_step="nothing needs to be done", path=gallery.path
            )
        gallery.release_legal_hold(person.id, actor=actor(args), reason=args.reason)
    terminal.say_foreign(f"person {person.id} ({person.name}) is under no legal hold any more")
    terminal.record({"person_id": person.id, "legal_hold": ""})
    return 0


def retain(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`gallery retain`: of one person, or the rule for those added from now on."""
    if args.rule_days is not None or args.no_rule:
        with opened(args, folders) as gallery:
            gallery.set_retention_rule(args.rule_days, actor=actor(args), basis=args.basis)
        rule = "get no last day" if args.no_rule else f"may be kept for {args.rule_days} days"
        terminal.say(f"people added from now on {rule}")
        terminal.record({"rule_days": args.rule_days})
        return 0
    if args.until is None and not args.no_date:
        args.parser.error("one of --until and --no-date is needed")
    with opened(args, folders) as gallery:
        person = named_person(args, gallery)
        gallery.set_retention(person.id, args.until, actor=actor(args), basis=args.basis)
    day = args.until.isoformat() if args.until else None
    words = f"may be kept until {day}" if day else "has no last day"
    terminal.say_foreign(f"person {person.id} ({person.name}) {words}: {args.basis}")
    terminal.record({"person_id": person.id, "retain_until": day, "retention_basis": args.basis})
    return 0


def due(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`gallery due`: a list, and nothing else; a person decides."""
    on = args.on or datetime.now(UTC).date()
    with opened(args, folders) as gallery:
        people = gallery.due(on)
        gallery.record_listing(actor=actor(args), purpose="retention", detail=f"{len(people)} people due on {on}")
    rows = [("ID", "NAME", "UNTIL", "BASIS", "HOLD")]
    rows += [(str(p.id), p.name, str(p.retain_until), p.retention_basis, p.legal_hold) for p in people]
    for line in table(rows, right=(0,)) if people else [f"(nobody is due on {on})"]:
        terminal.say(line)
    n_held = sum(bool(p.legal_hold) for p in people)
    if people:
        terminal.say(f"{len(people)} due, {n_held} of them under a legal hold; `gallery erase` removes a person")
    terminal.record(
        {
            "on": on.isoformat(),
            "due": [
                {
                    "id": p.id,
                    "name": p.name,
                    "retain_until": str(p.retain_until),
                    "retention_basis": p.retention_basis,
                    "legal_hold": p.legal_hold,
                }
                for p in people
            ],
        }
    )
    return 0


def copies(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`gallery copies`."""
    if args.copy_passphrase_file is not None and args.settle is None:
        raise GalleryError(
            "--copy-passphrase-file opens the copy that --settle names", next_step="name the copy by --settle NO"
        )
    with opened(args, folders) as gallery:
        if args.settle is not None:
            _settle(args, gallery)
        if args.forget is not None:
            gallery.forget_copy(args.forget, actor=actor(args), reason=args.reason)
        known = gallery.known_copies()
    rows = [("NO", "KIND", "MADE (UTC)", "THERE", "ERASURES OWED", "PATH")]
    rows += [
        (str(c.id), c.kind, f"{c.made_at:%Y-%m-%d %H:%M}", "yes" if c.is_there else "no", str(c.n_owed), str(c.path))
        for c in known
    ]
    for line in table(rows, right=(0, 4)) if known else ["(no copy or list was made)"]:
        terminal.say(line)
    terminal.record(
        {
            "copies": [
                {
                    "id": c.id,
                    "kind": str(c.kind),
                    "path": str(c.path),
                    "made_at": c.made_at.isoformat(),
                    "is_there": c.is_there,
                    "erasures_owed": c.n_owed,
                }
                for c in known
            ]
        }
    )
    return 0


def _settle(args: Namespace, gallery: Gallery) -> None:
    """Erase in a copy that the gallery's own key does not open.

    Raises:
        GalleryError: no such copy, no passphrase opens it, or it still owes, and why.
    """
    copy = next((copy for copy in gallery.known_copies() if copy.id == args.settle), None)
    if copy is not None and not copy.n_owed:
        return
    key = key_of(copy.path, args.copy_passphrase_file) if copy is not None else None
    if why := gallery.settle_copy(args.settle, key=key):
        raise GalleryError(
            f"copy {args.settle} still owes its erasures: {why}",
            next_step="put it back where it was, or erase in it by hand and let the gallery forget it",
            path=None if copy is None else copy.path,
        )


def show_log(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`gallery log`, and `gallery audit`, which takes no filters."""
    from core.evidence.heads import head_record
    from core.evidence.ledger import HeadLedger

    ledger = HeadLedger(folders.head_ledger)
    with opened(args, folders) as gallery:
        if args.sign_as is not None and gallery.check_log(ledger=ledger).is_whole:
            gallery.sign_log(named_key(args.sign_as, folders, args.key_passphrase_file), ledger)
        entries, altered = gallery.audit(), gallery.altered_audit_entries()
        status = gallery.check_log(ledger=ledger)
    shown = [
        e
        for e in entries
        if (args.person is None or e.person_id == args.person)
        and (not args.by or e.actor == args.by)
        and (args.since is None or e.at.date() >= args.since)
    ]
    rows = [("NO", "WHEN (UTC)", "WHO", "WHAT", "PERSON", "GROUND", "DETAIL")]
    rows += [
        (
            str(e.id),
            f"{e.at:%Y-%m-%d %H:%M:%S}",
            e.actor,
            str(e.action),
            "" if e.person_id is None else str(e.person_id),
            e.basis,
            e.detail,
        )
        for e in shown
    ]
    for line in table(rows, right=(0, 4)):
        terminal.say(line)
    terminal.say_foreign(f"signature: {status.signature_words}")
    if status.signed is None:
        terminal.note("unsigned: a log that was rewritten as a whole would not show; `--sign-as NAME` signs it")
    terminal.record(
        {
            "signed": None if status.signed is None else dict(head_record(status.signed)),
            "unsigned_entries": status.n_unsigned,
            "findings": [{"kind": finding.kind.value, "sentence": finding.sentence} for finding in status.findings],
            "notes": list(status.notes),
            "entries": [
                {
                    "id": e.id,
                    "at": e.at.isoformat(),
                    "actor": e.actor,
                    "action": str(e.action),
                    "person_id": e.person_id,
                    "basis": e.basis,
                    "detail": e.detail,
                    "entry_sha256": e.entry_sha256,
                }
                for e in shown
            ],
            "altered": altered,
        }
    )
    if altered:
        terminal.note(f"entries {', '.join(map(str, altered))} are not as they were written; secure a copy of the file")
    for finding in status.findings:
        terminal.note(f"{finding.kind}: {finding.sentence}")
    for sentence in status.notes:
        terminal.note(sentence)
    return 0 if status.is_whole else GalleryError.exit_code
