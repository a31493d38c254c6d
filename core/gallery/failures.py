"""SQLite's failures in words that a person can act on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import BugError, GalleryError

_DAMAGED = "restore it from a copy you trust, or enrol the photos into a new gallery"
_ADVICE: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_PERM: (
        "the operating system refuses access",
        "check the permissions of the file and its folder",
    ),
    sqlite3.SQLITE_BUSY: ("another program keeps the gallery locked", "close it or wait, then try again"),
    sqlite3.SQLITE_LOCKED: ("another program keeps the gallery locked", "close it or wait, then try again"),
    sqlite3.SQLITE_READONLY: (
        "the gallery may only be read, and every lookup and change is logged in it",
        "make the file and its folder writable, or copy the gallery to a place that is",
    ),
    sqlite3.SQLITE_IOERR: ("the disk reported an error", "check the disk and its free space, then try again"),
    sqlite3.SQLITE_CORRUPT: ("the gallery is damaged", _DAMAGED),
    sqlite3.SQLITE_FULL: ("the disk is full", "free some space, then try again; nothing was half written"),
    sqlite3.SQLITE_CANTOPEN: (
        "the gallery cannot be opened",
        "check the path and the permissions of its folder",
    ),
    sqlite3.SQLITE_PROTOCOL: (
        "the file system lacks the locks a gallery needs",
        "put the gallery on a local disk",
    ),
    sqlite3.SQLITE_NOTADB: ("the file is not a gallery, or it is damaged", _DAMAGED),
}


def _errors(*names: str) -> tuple[type[Exception], ...]:
    """SQLite's exceptions of these names: Python's own, and SQLCipher's, which have no common base."""
    try:
        from sqlcipher3 import dbapi2
    except ImportError:
        return tuple(getattr(sqlite3, name) for name in names)
    return tuple(getattr(library, name) for library in (sqlite3, dbapi2) for name in names)


_OURS = _errors("IntegrityError", "ProgrammingError", "InterfaceError")
DATABASE_ERRORS = _errors("DatabaseError")


@contextmanager
def reported(path: Path) -> Iterator[None]:
    """Turn SQLite's errors in the block into GalleryErrors on `path`; our own misuse into BugErrors."""
    try:
        yield
    except _OURS as error:
        raise BugError(f"{path}: {error}") from error
    except DATABASE_ERRORS as error:
        what, next_step = _ADVICE.get(error_code(error), (f"the gallery cannot be read ({error})", _DAMAGED))
        raise GalleryError(what, next_step=next_step, path=path) from error


def error_code(error: Exception) -> int:
    """SQLite's primary result code of one of its exceptions."""
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF
