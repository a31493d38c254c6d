"""`gallery add` and `gallery import`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from app.assembly import build_templater, lacks_surroundings
from app.commands.gallery_access import actor, gallery_key, gallery_path
from app.gallery_access import embedder_for
from app.places import is_folder
from app.settings import Folders
from app.terminal import JsonValue, Terminal
from core.domain.gallery import EnrolOutcome, EnrolStatus
from core.errors import GalleryError, PhotoRefusedError

if TYPE_CHECKING:
    from core.gallery.enrol import FaceTemplater
    from core.gallery.store import Gallery


def add(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`gallery add`: bad photos are named and the rest goes on."""
    from core.gallery.enrol import enrol_photo

    exit_code = 0
    with _enrolling(args, folders, terminal) as (gallery, templater):
        for path in args.photos:
            try:
                outcome = enrol_photo(
                    gallery,
                    templater,
                    path,
                    name=args.name or "",
                    person_id=args.person,
                    note=args.note,
                    basis=args.basis,
                    actor=actor(args),
                )
            except PhotoRefusedError as error:
                refused = PhotoRefusedError(error.what, next_step=error.next_step, path=path)
                terminal.complain(refused)
                exit_code = refused.exit_code
                continue
            _tell(outcome, terminal)
    return exit_code


def import_many(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`gallery import`."""
    from core.gallery.enrol import import_csv, import_folder

    counts = dict.fromkeys(EnrolStatus, 0)
    with _enrolling(args, folders, terminal) as (gallery, templater):
        listing: Path = args.listing
        outcomes = (
            import_folder(gallery, templater, listing, basis=args.basis, actor=actor(args))
            if is_folder(listing)
            else import_csv(gallery, templater, listing, actor=actor(args))
        )
        with terminal.progress_bar("enrolling", "photo") as bar:
            for outcome in outcomes:
                counts[outcome.status] += 1
                _tell(outcome, terminal, briefly=True)
                bar.update()
        people = len(gallery.people())
    terminal.say(", ".join(f"{n} {status.value}" for status, n in counts.items()))
    terminal.say(f"the gallery {gallery.path} now holds {people} people")
    totals: dict[str, JsonValue] = {status.name.lower(): n for status, n in counts.items()}
    terminal.record({"event": "done", "gallery": str(gallery.path), "people": people, **totals})
    return PhotoRefusedError.exit_code if counts[EnrolStatus.REFUSED] else 0


@contextmanager
def _enrolling(args: Namespace, folders: Folders, terminal: Terminal) -> Iterator[tuple[Gallery, FaceTemplater]]:
    """The gallery, made when there is none, and the networks that fit it."""
    from core.gallery.store import Gallery

    path = gallery_path(args, folders)
    key = gallery_key(args, path)
    templater = build_templater(folders, embedder_for(path, args.embedder, key), args.device, args.model)
    if warning := lacks_surroundings(templater):
        terminal.note(warning)
    if args.gallery is None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise GalleryError(
                f"your data folder cannot be made ({error.strerror})",
                next_step="run `doctor`, or name a gallery file with --gallery",
                path=path.parent,
            ) from error
    with Gallery.open(path, create=True, embedder_id=templater.embedder_id, actor=actor(args), key=key) as gallery:
        yield gallery, templater


def _tell(outcome: EnrolOutcome, terminal: Terminal, *, briefly: bool = False) -> None:
    """One photo's fate; `briefly` passes over what went well."""
    for warning in outcome.warnings:
        terminal.note(f"{outcome.path}: {warning}")
    if outcome.reason:
        terminal.note(f"{outcome.path}: refused, {outcome.reason}")
    elif not briefly:
        where = "for" if outcome.status is EnrolStatus.SURROUNDINGS_ADDED else "as"
        whom = f"{where} person {outcome.person_id}, {outcome.name}"
        terminal.say_foreign(f"{outcome.path}: {outcome.status.value} {whom}")
    terminal.record(
        {
            "event": "photo",
            "path": str(outcome.path),
            "name": outcome.name,
            "status": outcome.status.value,
            "person_id": outcome.person_id,
            "template_id": outcome.template_id,
            "quality": outcome.quality,
            "reason": outcome.reason,
            "warnings": list(outcome.warnings),
        }
    )
