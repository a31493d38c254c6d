"""What stands beside a gallery while it is encrypted or decrypted; see `core.gallery.conversion`."""

from __future__ import annotations

from contextlib import suppress
from enum import Enum
from pathlib import Path

from core.evidence.open_databases import beginning
from core.gallery.wiping import wipe

PLAIN_HEADER = b"SQLite format 3\x00"


def converting_path(path: Path) -> Path:
    """Where the copy lies while a gallery is encrypted or decrypted; see `core.gallery.conversion`."""
    return path.with_name(path.name + ".converting")


def converted_path(path: Path) -> Path:
    """Where the former file lies until it is overwritten; the copy is whole and verified by then."""
    return path.with_name(path.name + ".converted")


def finish_conversion(path: Path) -> None:
    """Put a conversion to its end that was cut short after its copy was verified; nothing to do otherwise.

    Raises:
        OSError: a file cannot be moved or removed.
    """
    old, made = converted_path(path), converting_path(path)
    if not old.exists():
        return
    with suppress(FileNotFoundError):  # another process was faster, it was done before, or the copy is lost
        made.replace(path)
    with suppress(FileNotFoundError):  # another process was faster
        if not path.exists():  # then the former file is the only one
            old.replace(path)
        elif path.samefile(old):  # a second name of the gallery, which would be overwritten with it one day
            old.unlink()
        else:
            wipe(old)


def remove_unfinished(path: Path) -> None:
    """Remove what a conversion left that was cut short before its copy was verified; OSError where it cannot be."""
    made = converting_path(path)
    for name in (made.name, *(f"{made.name}-{kind}" for kind in ("wal", "shm", "journal"))):
        wipe(made.with_name(name))


class FileKind(Enum):
    """What a file is by how it begins."""

    EMPTY = "empty"
    PLAIN = "plain"
    OTHER = "other"  # encrypted, or no database


def kind_of(path: Path) -> FileKind:
    """What a file is; one that this process has open is not read, see `core.evidence.open_databases`.

    Raises:
        OSError: it cannot be read.
    """
    found = beginning(path, len(PLAIN_HEADER))
    if found.is_empty:
        return FileKind.EMPTY
    is_plain = not found.is_encrypted if found.data is None else found.data == PLAIN_HEADER
    return FileKind.PLAIN if is_plain else FileKind.OTHER
