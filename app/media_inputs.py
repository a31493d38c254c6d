"""Which files an analysis is about: files as named, and the media files of folders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

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
            found = _media_files(given, leave_out.absolute()) if given.is_dir() else [given]
        except CaseError as error:
            yield error
            continue
        for path in found:
            if path.absolute() not in seen:
                seen.add(path.absolute())
                yield path


def _media_files(folder: Path, leave_out: Path) -> list[Path]:
    """Raises EvidenceIsDirectoryError when there is none, EvidencePermissionError when it cannot be read."""
    try:
        next(folder.iterdir(), None)
    except OSError as error:
        raise EvidencePermissionError(
            f"the folder cannot be read ({error.strerror})", next_step="check its permissions", path=folder
        ) from error
    found = [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in MEDIA_SUFFIXES
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and not path.absolute().is_relative_to(leave_out)
        and path.is_file()
    ]
    if not found:
        raise EvidenceIsDirectoryError(
            "the folder holds no media file",
            next_step="name the files themselves if they have unusual names",
            path=folder,
        )
    return found
