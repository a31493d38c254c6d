"""Taking people out of a gallery: a list that an import reads again, or a copy of the whole file."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.domain.gallery import CopyKind, PersonRecord, TemplateRecord
from core.errors import OutputError
from core.evidence.writing import flush, flush_folder, new_folder, passing_name
from core.gallery.key_file import KeyFile, key_path
from core.gallery.list_file import COLUMNS, FACES_NAME, LIST_NAME
from core.gallery.store import Gallery
from core.gallery.texts import guarded


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedPeople:
    """What was written.

    Attributes:
        list_path: the CSV file.
        n_people, n_photos: in it.
        shared_names: names of several people, whom an import of the list would take for one.
    """

    list_path: Path
    n_people: int
    n_photos: int
    shared_names: tuple[str, ...]


def export_people(
    gallery: Gallery, folder: Path, *, actor: str, purpose: str = ""
) -> Generator[tuple[int, int], None, ExportedPeople]:
    """Write everybody as a CSV list, with the pictures of their faces, into a new folder.

    One line a photo, and one for a person without any; the list is UTF-8 with a byte order mark, and
    `core.gallery.enrol.import_csv` reads it. ``path`` names the face picture of at most 96 px that the gallery keeps:
    photos themselves stay where they were, under the name and SHA-256 of the other columns. Text that a spreadsheet
    might take for a formula stands behind an apostrophe, which an import takes away.

    The folder appears when all is written, or not at all; a closed generator leaves nothing.

    Args:
        gallery: whose people.
        folder: to make; its parent exists.
        actor, purpose: for the gallery's log.

    Yields:
        How many people are written, of how many.

    Raises:
        OutputError: the folder exists already, or cannot be written.
        GalleryError: the gallery cannot be read, or the export cannot be logged.
    """
    with _new_folder(folder) as part:
        n_photos = 0
        (part / FACES_NAME).mkdir()
        with gallery.snapshot(), (part / LIST_NAME).open("w", encoding="utf-8-sig", newline="") as file:
            lines = csv.writer(file, quoting=csv.QUOTE_ALL)
            lines.writerow(COLUMNS)
            everybody = gallery.people()
            for number, person in enumerate(everybody, start=1):
                photos = gallery.templates_of(person.id)
                for photo in photos:
                    lines.writerow(_line(person, photo, _keep_face(part, person, photo)))
                if not photos:
                    lines.writerow(_line(person, None, ""))
                n_photos += len(photos)
                yield number, len(everybody)
        detail = f"list of {len(everybody)} people with {n_photos} photos"
        gallery.record_export(actor=actor, purpose=purpose, detail=detail, kind=CopyKind.LIST, path=folder)
    bearers = Counter(person.name for person in everybody)
    return ExportedPeople(
        list_path=folder / LIST_NAME,
        n_people=len(everybody),
        n_photos=n_photos,
        shared_names=tuple(sorted(name for name, n in bearers.items() if n > 1)),
    )


def copy_gallery(gallery: Gallery, path: Path, *, actor: str, purpose: str = "") -> None:
    """Write the whole gallery, its log included, to a new file that opens like the gallery itself.

    The copy of an encrypted gallery is encrypted with the same key, and its key file goes beside it. The gallery knows
    the copy from then on: whoever is erased in it later is erased in the copy, as long as that can be reached.

    Raises:
        OutputError: something stands at `path`, or its folder cannot be written.
        GalleryError: the gallery cannot be copied, or the export cannot be logged.
    """
    try:
        if path.exists() or key_path(path).exists():
            raise OutputError(
                "a file of that name is there already", next_step="choose another name for the copy", path=path
            )
        part = passing_name(path)
        part.touch(exist_ok=False)
        part.unlink()
    except OSError as error:
        raise _unwritable(path, error) from error
    detail = f"copy of the gallery, {len(gallery.people())} people"
    gallery.record_export(actor=actor, purpose=purpose, detail=detail, kind=CopyKind.GALLERY, path=path)
    try:
        gallery.copy_to(part)
        flush(part)
        if gallery.is_encrypted:
            KeyFile.read(gallery.path).write(path)
        part.rename(path)
        flush_folder(path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        part.unlink(missing_ok=True)
        if not path.exists():
            key_path(path).unlink(missing_ok=True)


@contextmanager
def _new_folder(folder: Path) -> Iterator[Path]:
    """A folder under a passing name, which gets its own when the block ends well."""
    try:
        if folder.exists():
            raise OutputError(
                "a folder of that name is there already", next_step="choose another name for the export", path=folder
            )
        with new_folder(folder) as part:
            yield part
    except OSError as error:
        raise _unwritable(folder, error) from error


def _keep_face(part: Path, person: PersonRecord, photo: TemplateRecord) -> str:
    """Write the picture of a face and return its path within the export, '' when none was kept."""
    if not photo.thumbnail_png:
        return ""
    relative = f"{FACES_NAME}/{person.id}-{photo.id}.png"
    (part / relative).write_bytes(photo.thumbnail_png)
    return relative


def _line(person: PersonRecord, photo: TemplateRecord | None, face: str) -> list[str]:
    of_person = [face, person.name, person.note, person.basis, str(person.id), person.legal_hold]
    of_photo = ["", "", "", person.added_at.isoformat()]
    if photo is not None:
        of_photo = [photo.photo_name, photo.photo_sha256, f"{photo.quality:.3f}", photo.added_at.isoformat()]
    return [guarded(cell) for cell in (*of_person, *of_photo)]


def _unwritable(path: Path, error: OSError) -> OutputError:
    reason = error.strerror or str(error)
    return OutputError(
        f"the export cannot be written ({reason})",
        next_step="choose a folder with free space that you may write to",
        path=path,
    )
