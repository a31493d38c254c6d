"""Which files an analysis is about: files as named, and the media files of folders."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.places import is_folder
from core.errors import CaseError, EvidenceIsDirectoryError, EvidencePermissionError

_VIDEO = "3gp asf avi flv gif m2ts m4v mjpeg mjpg mkv mov mp4 mpeg mpg mts mxf ogv ts vob webm wmv"
_STILL = "bmp jpeg jpg png tif tiff webp"
MEDIA_SUFFIXES = frozenset(f".{name}" for name in f"{_VIDEO} {_STILL}".split())


def expanded(inputs: Sequence[Path], *, leave_out: Path) -> Iterator[Path | CaseError]:
    """The files to analyse, in order and each once; a folder gives its media files, sorted by path, at any depth.

    A file that is named is tried whatever it is called; hidden files and folders are passed over.

    Args:
        inputs: files and folders.
        leave_out: a folder whose files are none of the evidence, the case's own.

    Yields:
        Paths, and for a folder without any media file, or one that cannot be read, the error that says so.
    """
    seen: set[Path] = set()
    for given in inputs:
        try:
            found = _media_files(given, leave_out.absolute()) if is_folder(given) else [given]
        except CaseError as error:
            yield error
            continue
        for entry in found:
            if isinstance(entry, CaseError):
                yield entry
            elif entry.absolute() not in seen:
                seen.add(entry.absolute())
                yield entry


def _media_files(folder: Path, leave_out: Path) -> list[Path | CaseError]:
    """Media files by name, and an error for every folder below that cannot be read.

    Raises:
        EvidenceIsDirectoryError: there is no media file.
        EvidencePermissionError: the folder itself cannot be read.
    """
    unreadable: list[OSError] = []
    found = []
    for place, subfolders, names in os.walk(folder, onerror=unreadable.append):
        subfolders[:] = [n for n in subfolders if not n.startswith(".")]
        # What only looks like a file, such as a link to nowhere, is named by whoever tries to read it.
        found += [Path(place, n) for n in names if not n.startswith(".") and Path(n).suffix.lower() in MEDIA_SUFFIXES]
    found = [path for path in found if not path.absolute().is_relative_to(leave_out)]
    errors = [_unreadable(Path(error.filename or folder), error) for error in unreadable]
    if errors and errors[0].path == folder:
        raise errors[0]
    if not found and not errors:
        raise EvidenceIsDirectoryError(
            "the folder holds no media file",
            next_step="name the files themselves if they have unusual names",
            path=folder,
        )
    return [*sorted(found), *errors]


def _unreadable(folder: Path, error: OSError) -> EvidencePermissionError:
    return EvidencePermissionError(
        f"the folder cannot be read ({error.strerror})", next_step="check its permissions", path=folder
    )
