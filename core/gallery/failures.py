"""Failures of SQLite and of stored rows in words that a person can act on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import BugError, GalleryError

_LONGEST_REASON = 100
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


class UnreadableRowsError(GalleryError):
    """Stored rows that somebody or something changed so that they cannot be read; `reported` names their file."""


@contextmanager
def decoding(what: str) -> Iterator[None]:
    """Turn the failure to decode stored rows in the block into an error that names them.

    Args:
        what: the rows, for example ``"the row of person 3"``.
    """
    try:
        yield
    except (ValueError, TypeError, AttributeError, LookupError, OverflowError, RecursionError) as error:
        why = str(error)[:_LONGEST_REASON]
        raise UnreadableRowsError(
            f"the gallery is damaged: {what} cannot be read ({why})", next_step=_DAMAGED
        ) from error


def as_text(value: object) -> str:
    """A stored value that must be text; TypeError when it is not, for `decoding`."""
    if not isinstance(value, str):
        raise TypeError(f"text was expected, not {type(value).__name__}")
    return value


def as_bytes(value: object) -> bytes:
    """A stored value that must be bytes; TypeError when it is not, for `decoding`."""
    if not isinstance(value, bytes):
        raise TypeError(f"bytes were expected, not {type(value).__name__}")
    return value


@contextmanager
def reported(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and of unreadable rows in the block into GalleryErrors on `path`, misuse into BugErrors."""
    try:
        yield
    except UnreadableRowsError as error:
        raise GalleryError(error.what, next_step=error.next_step, path=path) from error
    except _OURS as error:
        raise BugError(f"{path}: {error}") from error
    except DATABASE_ERRORS as error:
        what, next_step = _ADVICE.get(error_code(error), (f"the gallery cannot be read ({error})", _DAMAGED))
        raise GalleryError(what, next_step=next_step, path=path) from error


def error_code(error: Exception) -> int:
    """SQLite's primary result code of one of its exceptions."""
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF
