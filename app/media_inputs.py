"""Which files an analysis is about: files as named, and the media files of folders."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.places import is_folder
from core.errors import CaseError, EvidenceIsDirectoryError, EvidencePermissionError

_VIDEO = "3gp asf avi flv gif m2ts m4v mjpeg mjpg mkv mov mp4 mpeg mpg mts mxf ogv ts vob webm wmv"
_STILL = "bmp jpeg jpg png tif tiff webp"
_SHOWN_SUFFIXES = 6
MEDIA_SUFFIXES = frozenset(f".{name}" for name in f"{_VIDEO} {_STILL}".split())


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """Files of a folder that were not tried, since their names are no names of media files.

    Attributes:
        folder: the folder as named.
        suffixes: (suffix in lower case, number of files), commonest first; '' for names without one.
    """

    folder: Path
    suffixes: tuple[tuple[str, int], ...]

    @property
    def n_files(self) -> int:
        """How many, > 0."""
        return sum(count for _, count in self.suffixes)

    @property
    def reason(self) -> str:
        """One clause, for example ``"3 files were left out, their names are not those of media (2 .txt, 1 .dat)"``."""
        if self.n_files == 1:
            return f"1 file was left out, its name is not that of media ({_listed(self.suffixes)})"
        return f"{self.n_files} files were left out, their names are not those of media ({_listed(self.suffixes)})"


def expanded(
    inputs: Sequence[Path], *, leave_out: Path, passed_over: Callable[[PassedOver], None] | None = None
) -> Iterator[Path | CaseError]:
    """The files to analyse, in order and each once; a folder gives its media files, sorted by path, at any depth.

    A file that is named is tried whatever it is called; hidden files and folders are passed over.

    Args:
        inputs: files and folders.
        leave_out: a folder whose files are none of the evidence, the case's own.
        passed_over: is told of a folder's files that are left out, before the media files of that folder come.

    Yields:
        Paths, and for a folder without any media file, or one that cannot be read, the error that says so.
    """
    seen: set[Path] = set()
    for given in inputs:
        try:
            found, others = _media_files(given, leave_out.absolute()) if is_folder(given) else ([given], None)
        except CaseError as error:
            yield error
            continue
        if others is not None and passed_over is not None:
            passed_over(others)
        for entry in found:
            if isinstance(entry, CaseError):
                yield entry
            elif entry.absolute() not in seen:
                seen.add(entry.absolute())
                yield entry


def _media_files(folder: Path, leave_out: Path) -> tuple[list[Path | CaseError], PassedOver | None]:
    """Media files by name with an error for every folder below that cannot be read, and what was passed over.

    Raises:
        EvidenceIsDirectoryError: there is no media file.
        EvidencePermissionError: the folder itself cannot be read.
    """
    unreadable: list[OSError] = []
    found: list[Path] = []
    others: Counter[str] = Counter()
    for place, subfolders, names in os.walk(folder, onerror=unreadable.append):
        here = Path(place)
        subfolders[:] = [n for n in subfolders if not n.startswith(".") and (here / n).absolute() != leave_out]
        # What only looks like a file, such as a link to nowhere, is named by whoever tries to read it.
        for path in (here / n for n in names if not n.startswith(".")):
            suffix = path.suffix.lower()
            if path.absolute().is_relative_to(leave_out):
                continue
            if suffix in MEDIA_SUFFIXES:
                found.append(path)
            else:
                others[suffix] += 1
    errors = [_unreadable(Path(error.filename or folder), error) for error in unreadable]
    if errors and errors[0].path == folder:
        raise errors[0]
    suffixes = tuple(sorted(others.items(), key=lambda item: (-item[1], item[0])))
    if not found and not errors:
        raise EvidenceIsDirectoryError(
            "the folder holds no media file" + (f", only others ({_listed(suffixes)})" if suffixes else ""),
            next_step="name the files themselves if they have unusual names",
            path=folder,
        )
    return [*sorted(found), *errors], PassedOver(folder=folder, suffixes=suffixes) if suffixes else None


def _listed(suffixes: Sequence[tuple[str, int]]) -> str:
    shown = [f"{count} {suffix or 'without a suffix'}" for suffix, count in suffixes[:_SHOWN_SUFFIXES]]
    rest = sum(count for _, count in suffixes[_SHOWN_SUFFIXES:])
    return ", ".join([*shown, f"{rest} others"] if rest else shown)


def _unreadable(folder: Path, error: OSError) -> EvidencePermissionError:
    return EvidencePermissionError(
        f"the folder cannot be read ({error.strerror})", next_step="check its permissions", path=folder
    )
