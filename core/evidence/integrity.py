"""Whether an evidence file is still the one that was taken in; it is opened for reading only."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from core.domain.cancel import CancelToken
from core.domain.evidence import EvidenceItem
from core.evidence.hashing import Hashed, file_sha256_steps, finished

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FileState(StrEnum):
    """What became of a file since intake."""

    UNCHANGED = "unchanged"
    TOUCHED = "touched"
    CHANGED = "changed"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCheck:
    """A file compared with what was taken in.

    Attributes:
        state: ``touched`` is the same content with another modification time.
        sha256: hex digest of the file now; '' when it cannot be read.
        words: what was found, as a clause.
        touched_at: the other modification time of a ``touched`` file; None of all others.
    """

    state: FileState
    sha256: str
    words: str
    touched_at: datetime | None = None

    @property
    def is_same(self) -> bool:
        """Whether the content is the one that was taken in."""
        return self.state in (FileState.UNCHANGED, FileState.TOUCHED)


def modification_time(mtime_ns: int) -> datetime:
    """A file system's time as an item keeps it, UTC; one that the calendar has no day for becomes 1970 or 9999."""
    try:
        return datetime.fromtimestamp(mtime_ns / 1e9, UTC)
    except (ValueError, OverflowError, OSError):  # after the year 9999; on Windows before 1970
        return _EPOCH if mtime_ns < 0 else datetime.max.replace(tzinfo=UTC)


def check_file(item: EvidenceItem, cancel: CancelToken | None = None) -> FileCheck:
    """Hash an item's file again and compare hash, size and modification time with those at intake.

    Args:
        item: as taken in.
        cancel: checked after each block.

    Raises:
        AnalysisCancelledError: asked to stop.
    """
    return finished(check_file_steps(item), cancel)


def check_file_steps(item: EvidenceItem) -> Generator[Hashed, None, FileCheck]:
    """The same for who wants to tell how far it is."""
    try:
        before = _stamp(item.path)
        digest = yield from file_sha256_steps(item.path)
        after = _stamp(item.path)
    except OSError as error:
        words = f"cannot be read ({error.strerror or error})"
        return FileCheck(state=FileState.UNREADABLE, sha256="", words=words)
    if before != after:
        words = f"CHANGED while it was being hashed, now {digest}"
        return FileCheck(state=FileState.CHANGED, sha256=digest, words=words)
    size, modified_ns = after
    if digest != item.sha256 or size != item.size_bytes:
        return FileCheck(state=FileState.CHANGED, sha256=digest, words=f"CHANGED since intake, now {digest}")
    modified = modification_time(modified_ns)
    if modified != item.modified_at:
        words = f"unchanged since intake, but its modification time is another: {modified.isoformat()}"
        return FileCheck(state=FileState.TOUCHED, sha256=digest, words=words, touched_at=modified)
    return FileCheck(state=FileState.UNCHANGED, sha256=digest, words="unchanged since intake")


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns
