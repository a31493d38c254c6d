"""`gallery`: people one knows, their photos, and who looked them up."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from app.arguments import new_command
from app.commands.gallery_access import actor, gallery_path, named_person
from app.commands.gallery_enrol import add, import_many
from app.commands.gallery_options import EXAMPLES, add_actions
from app.commands.gallery_search import search
from app.gallery_access import open_existing
from app.settings import Folders
from app.terminal import Terminal, table
from core.errors import GalleryError

if TYPE_CHECKING:
    from app.arguments import Subparsers
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
        "audit": show_audit,
    }
    add_actions(parser, common, runs)


def list_people(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`gallery list`."""
    with open_existing(gallery_path(args, folders)) as gallery:
        if args.person is not None:
            return _list_photos(gallery, args.person, terminal)
        people = gallery.people()
        rows = [("ID", "NAME", "PHOTOS", "SINCE", "BASIS", "HOLD")]
        rows += [
            (str(p.id), p.name, str(p.n_templates), f"{p.added_at:%Y-%m-%d}", p.basis, p.legal_hold) for p in people
        ]
        for line in table(rows, right=(0, 2)) if people else ["(nobody is enrolled)"]:
            terminal.say(line)
        terminal.record(
            {
                "gallery": str(gallery.path),
                "embedder_id": gallery.embedder_id,
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
    with open_existing(gallery_path(args, folders)) as gallery:
        gallery.merge_people(args.keep, args.absorb, actor=actor(args), reason=args.reason)
        person = gallery.person(args.keep)
    terminal.say(f"person {args.absorb} is now part of person {person.id}, who has {person.n_templates} photos")
    terminal.record({"kept": args.keep, "absorbed": args.absorb, "photos": person.n_templates})
    return 0


def rename(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`gallery rename`."""
    with open_existing(gallery_path(args, folders)) as gallery:
        person = named_person(args, gallery)
        gallery.rename(person.id, args.to, actor=actor(args))
        new = gallery.person(person.id)
    terminal.say(table([(f"person {new.id} is now called {new.name}",)])[0])
    terminal.record({"person_id": new.id, "name": new.name})
    return 0


def erase(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`gallery erase`."""
    from core.gallery.schema import backups_of

    with open_existing(gallery_path(args, folders)) as gallery:
        person = named_person(args, gallery)
        backups = backups_of(gallery.path)
        photos = f"{person.n_templates} photo template{'' if person.n_templates == 1 else 's'} with thumbnails"
        what = f"person {person.id} ({person.name}), {photos}, the name in the gallery's audit"
        if backups:
            what += f", and {len(backups)} backup copies of the whole gallery ({', '.join(b.name for b in backups)})"
        if not args.yes and not _confirmed(f"This removes for good: {what}."):
            terminal.note("nothing was erased")
            return 1
        erasure = gallery.erase_person(person.id, actor=actor(args), reason=args.reason)
    terminal.say(f"erased person {erasure.person_id}: {erasure.n_templates} templates")
    for name in erasure.removed_backups:
        terminal.say(f"removed backup {name}")
    terminal.record(
        {
            "erased_person_id": erasure.person_id,
            "templates": erasure.n_templates,
            "removed_backups": list(erasure.removed_backups),
        }
    )
    return 0


def show_audit(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`gallery audit`."""
    with open_existing(gallery_path(args, folders)) as gallery:
        entries, altered = gallery.audit(), gallery.altered_audit_entries()
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
        for e in entries
    ]
    for line in table(rows, right=(0, 4)):
        terminal.say(line)
    terminal.record(
        {
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
                for e in entries
            ],
            "altered": altered,
        }
    )
    if altered:
        terminal.note(f"entries {', '.join(map(str, altered))} are not as they were written; secure a copy of the file")
        return GalleryError.exit_code
    return 0


def _confirmed(question: str) -> bool:
    from core.report.text import printable

    print(f"unswap: {printable(question)} Type yes to go on: ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline()
    if not answer.endswith("\n"):
        print(file=sys.stderr)
    return answer.strip().lower() == "yes"
