"""`gallery`: people one knows, their photos, and who looked them up."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from app.arguments import new_command
from app.commands.gallery_access import actor, confirmed, named_person, opened
from app.commands.gallery_enrol import add, import_many
from app.commands.gallery_keeping import copies, due, hold, release, retain, show_log
from app.commands.gallery_keys import decrypt, encrypt, passphrase
from app.commands.gallery_options import EXAMPLES, add_actions
from app.commands.gallery_search import search
from app.gallery_access import erasure_preview
from app.settings import Folders
from app.terminal import Terminal, table

if TYPE_CHECKING:
    from app.arguments import Subparsers
    from core.domain.gallery import ErasurePreview
    from core.gallery.store import Gallery


def add_parser(subparsers: Subparsers, common: ArgumentParser) -> None:
    """Add the command and its actions."""
    parser = new_command(
        subparsers,
        common,
        "gallery",
        summary="enrol, search and erase known people",
        description="Keeps the people that recovered faces are compared with, in one SQLite file.",
        examples=EXAMPLES,
    )
    runs = {
        "add": add,
        "import": import_many,
        "list": list_people,
        "search": search,
        "merge": merge,
        "rename": rename,
        "erase": erase,
        "hold": hold,
        "release": release,
        "retain": retain,
        "due": due,
        "copies": copies,
        "log": show_log,
        "audit": show_log,
        "encrypt": encrypt,
        "decrypt": decrypt,
        "passphrase": passphrase,
    }
    add_actions(parser, common, runs)


def list_people(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`gallery list`."""
    with opened(args, folders) as gallery:
        if args.person is not None:
            gallery.record_view(args.person, actor=actor(args), purpose=args.purpose)
            return _list_photos(gallery, args.person, terminal)
        people = gallery.people()
        gallery.record_listing(actor=actor(args), purpose=args.purpose, detail=f"names of {len(people)} people")
        rows = [("ID", "NAME", "PHOTOS", "SINCE", "BASIS", "UNTIL", "HOLD")]
        rows += [
            (
                str(p.id),
                p.name,
                str(p.n_templates),
                f"{p.added_at:%Y-%m-%d}",
                p.basis,
                str(p.retain_until or ""),
                p.legal_hold,
            )
            for p in people
        ]
        for line in table(rows, right=(0, 2)) if people else ["(nobody is enrolled)"]:
            terminal.say(line)
        terminal.record(
            {
                "gallery": str(gallery.path),
                "embedder_id": gallery.embedder_id,
                "encrypted": gallery.is_encrypted,
                "retention_days": gallery.retention_days,
                "revision": gallery.revision,
                "people": [
                    {
                        "id": p.id,
                        "name": p.name,
                        "note": p.note,
                        "basis": p.basis,
                        "photos": p.n_templates,
                        "added_at": p.added_at.isoformat(),
                        "legal_hold": p.legal_hold,
                        "held_by": p.held_by,
                        "retain_until": str(p.retain_until) if p.retain_until else None,
                        "retention_basis": p.retention_basis,
                    }
                    for p in people
                ],
            }
        )
    return 0


def _list_photos(gallery: Gallery, person_id: int, terminal: Terminal) -> int:
    person, photos = gallery.person(person_id), gallery.templates_of(person_id)
    terminal.say(table([(f"{person.id}  {person.name}",)])[0])
    rows = [("PHOTO", "FILE", "QUALITY", "SINCE", "SHA-256")]
    rows += [(str(t.id), t.photo_name, f"{t.quality:.2f}", f"{t.added_at:%Y-%m-%d}", t.photo_sha256) for t in photos]
    for line in table(rows, right=(0, 2)):
        terminal.say(line)
    terminal.record(
        {
            "person": {"id": person.id, "name": person.name, "note": person.note, "basis": person.basis},
            "photos": [
                {"id": t.id, "file": t.photo_name, "quality": t.quality, "sha256": t.photo_sha256} for t in photos
            ],
        }
    )
    return 0


def merge(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`gallery merge`."""
    with opened(args, folders) as gallery:
        gallery.merge_people(args.keep, args.absorb, actor=actor(args), reason=args.reason)
        person = gallery.person(args.keep)
    terminal.say(f"person {args.absorb} is now part of person {person.id}, who has {person.n_templates} photos")
    terminal.record({"kept": args.keep, "absorbed": args.absorb, "photos": person.n_templates})
    return 0


def rename(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`gallery rename`."""
    with opened(args, folders) as gallery:
        person = named_person(args, gallery)
        gallery.rename(person.id, args.to, actor=actor(args))
        new = gallery.person(person.id)
    terminal.say(table([(f"person {new.id} is now called {new.name}",)])[0])
    terminal.record({"person_id": new.id, "name": new.name})
    return 0


def erase(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`gallery erase`."""
    with opened(args, folders) as gallery:
        person = named_person(args, gallery)
        redact = args.mentions == "redact"
        preview = erasure_preview(gallery, person.id)
        _tell_mentions(preview, terminal, redact=redact)
        if not args.yes and not confirmed(_what_goes(preview)):
            terminal.note("nothing was erased")
            return 1
        erasure = gallery.erase_person(person.id, actor=actor(args), reason=args.reason, redact_mentions=redact)
    mentions = erasure.mentions if redact else preview.mentions
    redacted = [mention.place for mention in mentions if redact and not mention.is_held]
    kept = [mention.place for mention in mentions if not redact or mention.is_held]
    terminal.say(f"erased person {erasure.person_id}: {erasure.n_templates} templates")
    if redacted:
        terminal.say(f"the name was taken out of texts about others: {'; '.join(redacted)}")
    if kept:
        terminal.note(f"the name is still in texts about others: {'; '.join(kept)}")
    for name in erasure.removed_backups:
        terminal.say_foreign(f"removed backup {name}")
    for path in erasure.erased_copies:
        terminal.say_foreign(f"erased in {path} too")
    for path, reason in erasure.owed_copies:
        terminal.note(f"still in the copy {path} ({reason}): tried again whenever the gallery is opened")
    terminal.record(
        {
            "erased_person_id": erasure.person_id,
            "templates": erasure.n_templates,
            "redacted_mentions": redacted,
            "kept_mentions": kept,
            "removed_backups": list(erasure.removed_backups),
            "erased_copies": [str(path) for path in erasure.erased_copies],
            "owed_copies": [{"path": str(path), "reason": reason} for path, reason in erasure.owed_copies],
        }
    )
    return 0


def _tell_mentions(preview: ErasurePreview, terminal: Terminal, *, redact: bool) -> None:
    """On stderr, so that it stands above the question whatever reads the answer."""
    for mention in preview.mentions:
        becomes = "stays, as that record is under a legal hold" if mention.is_held else "is replaced by a mark"
        terminal.note(
            f"the {mention.place} mentions person {preview.person.id}: {mention.excerpt} (the name "
            f"{becomes if redact else 'stays'})"
        )
    if preview.mentions and preview.namesakes:
        numbers = ", ".join(map(str, preview.namesakes))
        terminal.note(f"of the same name, so that this may mean them: person {numbers}")


def _what_goes(preview: ErasurePreview) -> str:
    person = preview.person
    photos = f"{person.n_templates} photo template{'' if person.n_templates == 1 else 's'} with thumbnails"
    what = f"person {person.id} ({person.name}), {photos}, the name in the gallery's audit"
    if preview.backups:
        what += f", and {len(preview.backups)} backup copies of the whole gallery ({', '.join(preview.backups)})"
    if preview.copies:
        what += f"; also in copies and lists made of it ({', '.join(str(c.path) for c in preview.copies)})"
    return (
        f"This removes for good: {what}. Cases and reports keep what their searches said, names included: that is "
        "evidence."
    )
