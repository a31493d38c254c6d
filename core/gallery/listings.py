"""What an import is about to enrol: photos of a folder of people's folders, or of a CSV list."""

from __future__ import annotations

import csv
import io
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import GalleryError
from core.gallery.photos import PHOTO_SUFFIXES
from core.gallery.texts import checked_name, checked_text, shown, unguarded

MAX_LIST_BYTES = 64 * 2**20
_COLUMNS = ("path", "name", "note", "basis")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One photo to enrol.

    Attributes:
        path: of the file.
        name, note, basis: of the person, checked; as found when `refusal` is set.
        photo_name: how the photo is called in the gallery; names it again when an import is repeated.
        refusal: why it cannot be enrolled, '' when it can be tried.
    """

    path: Path
    name: str
    note: str
    basis: str
    photo_name: str
    refusal: str = ""


def listed(path: Path, *, name: str, note: str, basis: str, photo_name: str, refusal: str = "") -> Listed:
    """A Listed of checked texts; unusable ones become its refusal."""
    try:
        name, note, basis = checked_name(name), checked_text(note, "note"), checked_text(basis, "basis")
    except GalleryError as error:
        name, refusal = shown(name), refusal or error.what
    return Listed(path=path, name=name, note=note, basis=basis, photo_name=shown(photo_name), refusal=refusal)


def folder_listing(folder: Path, *, basis: str) -> Iterator[Listed]:
    """Photos of a folder that holds one folder a person, sorted by path; hidden files are passed over.

    Raises:
        GalleryError: `folder` is no readable folder.
    """
    try:
        entries = sorted((p, p.is_dir()) for p in folder.iterdir() if not p.name.startswith("."))
    except OSError as error:
        raise GalleryError(
            f"the folder cannot be read ({error.strerror})",
            next_step="name a folder that holds one folder a person",
            path=folder,
        ) from error
    return _folder_photos(entries, basis)


def person_listing(folder: Path, *, name: str, basis: str = "") -> Iterator[Listed]:
    """Photos of one person, in a folder and its subfolders, sorted by path; hidden files are passed over."""
    unreadable: list[OSError] = []
    for within, subfolders, files in os.walk(folder, onerror=unreadable.append):
        subfolders[:] = sorted(d for d in subfolders if not d.startswith("."))
        for file in sorted(f for f in files if not f.startswith(".")):
            path = Path(within, file)
            why = "" if path.suffix.lower() in PHOTO_SUFFIXES else "it does not have a photo's file name"
            photo_name = path.relative_to(folder).as_posix()
            yield listed(path, name=name, note="", basis=basis, photo_name=photo_name, refusal=why)
    for error in unreadable:
        path, why = Path(error.filename or folder), f"the folder cannot be read ({error.strerror})"
        yield listed(path, name=name, note="", basis=basis, photo_name=path.name, refusal=why)


def _folder_photos(entries: list[tuple[Path, bool]], basis: str) -> Iterator[Listed]:
    for entry, is_folder in entries:
        if is_folder:
            yield from person_listing(entry, name=entry.name, basis=basis)
        else:
            why = "it lies outside of any person's folder"
            yield listed(entry, name=entry.stem, note="", basis=basis, photo_name=entry.name, refusal=why)


def csv_listing(csv_path: Path) -> Iterator[Listed]:
    """Photos of a CSV file in UTF-8 (a byte order mark is fine), separated by commas or semicolons.

    Raises:
        GalleryError: no regular file, larger than 64 MiB, unreadable, not UTF-8, or without the columns ``path``
            and ``name``.
    """
    lines = _csv_rows(csv_path)
    header = [column.strip().lower() for column in next(lines, (0, []))[1]]
    missing = [column for column in ("path", "name") if column not in header]
    if missing:
        raise GalleryError(
            f"the list lacks the column {' and '.join(missing)}",
            next_step=f"start it with the line {','.join(_COLUMNS)}",
            path=csv_path,
        )
    return _csv_photos(csv_path, header, lines)


def _csv_photos(csv_path: Path, header: list[str], rows: Iterator[tuple[int, list[str]]]) -> Iterator[Listed]:
    for line, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        cells = dict(zip(header, row, strict=False))
        given = cells.get("path", "").strip()
        refusal = "" if given else f"line {line} of the list names no file"
        if len(row) > len(header):
            refusal = f"line {line} of the list has {len(row)} cells instead of {len(header)}"
        yield listed(
            csv_path.parent / given,
            name=unguarded(cells.get("name", "").strip()),
            note=unguarded(cells.get("note", "").strip()),
            basis=unguarded(cells.get("basis", "").strip()),
            photo_name=given,
            refusal=refusal,
        )


def _csv_rows(csv_path: Path) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of each record, header included."""
    try:
        file = io.StringIO(_list_bytes(csv_path).decode("utf-8-sig"), newline="")
        first = file.readline()
        file.seek(0)
        reader = csv.reader(file, delimiter=";" if ";" in first and "," not in first else ",")
        for row in reader:
            yield reader.line_num, row
    except UnicodeDecodeError as error:
        raise GalleryError("the list is not UTF-8 text", next_step="save it as CSV UTF-8", path=csv_path) from error
    except csv.Error as error:
        raise GalleryError(
            f"the list is not a proper CSV file ({error})",
            next_step="save it anew as CSV UTF-8",
            path=csv_path,
        ) from error


def _list_bytes(csv_path: Path) -> bytes:
    try:
        if not stat.S_ISREG(csv_path.stat().st_mode):
            raise GalleryError(
                "this is neither a folder nor a regular file",
                next_step="name a folder that holds one folder a person, or a CSV list",
                path=csv_path,
            )
        with csv_path.open("rb") as file:
            data = file.read(MAX_LIST_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise GalleryError(f"the list cannot be read ({reason})", next_step="check the path", path=csv_path) from error
    if len(data) > MAX_LIST_BYTES:
        raise GalleryError(
            f"the list has more than {MAX_LIST_BYTES // 2**20} MiB",
            next_step="check that it is a list of photos, or part it into several",
            path=csv_path,
        )
    return data
