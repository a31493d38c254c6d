"""Failures of SQLite and of stored rows in words that a person can act on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import BugError, CaseFileError, CaseOutOfReachError, CaseUnwritableError

_BUSY = ("another program keeps the case locked", "close it or wait, then try again; nothing was half written")
_DAMAGED = "the case is damaged"
_RESTORE = "restore the case folder from a copy, or analyse the evidence into a new case"
_ADVICE: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_PERM: ("the operating system refuses access", "check the permissions of the case folder"),
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_READONLY: ("the case may only be read", "copy the case folder to a place that is writable"),
    sqlite3.SQLITE_IOERR: ("the disk reported an error", "check the disk and its free space, then try again"),
    sqlite3.SQLITE_CORRUPT: (_DAMAGED, _RESTORE),
    sqlite3.SQLITE_FULL: (
        "the disk is full",
        "free some space, then run the same command again; what was finished is kept",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "the case's database cannot be opened",
        "check the path and the permissions of its folder",
    ),
    sqlite3.SQLITE_PROTOCOL: ("the file system lacks the locks a case needs", "put the case on a local disk"),
    sqlite3.SQLITE_NOTADB: ("the file is not a case's database, or it is damaged", _RESTORE),
}
_KINDS: dict[int, type[CaseFileError]] = {
    sqlite3.SQLITE_PERM: CaseUnwritableError,
    sqlite3.SQLITE_BUSY: CaseOutOfReachError,
    sqlite3.SQLITE_LOCKED: CaseOutOfReachError,
    sqlite3.SQLITE_READONLY: CaseUnwritableError,
    sqlite3.SQLITE_IOERR: CaseUnwritableError,
    sqlite3.SQLITE_FULL: CaseUnwritableError,
    sqlite3.SQLITE_CANTOPEN: CaseUnwritableError,
    sqlite3.SQLITE_PROTOCOL: CaseOutOfReachError,
}
_OURS = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.InterfaceError)


@contextmanager
def reported(path: Path) -> Iterator[None]:
    """Turn SQLite's errors in the block into CaseFileErrors on `path`; our own misuse into BugErrors."""
    try:
        yield
    except _OURS as error:
        raise BugError(f"{path}: {error}") from error
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        what, next_step = _ADVICE.get(code, (f"the case cannot be read ({error})", _RESTORE))
        raise _KINDS.get(code, CaseFileError)(what, next_step=next_step, path=path) from error


@contextmanager
def decoding(path: Path, what: str) -> Iterator[None]:
    """Turn the failure to decode stored rows in the block into a CaseFileError that names them.

    Args:
        path: the database.
        what: the rows, for example ``"the crops of item 2"``.
    """
    try:
        yield
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise CaseFileError(f"{_DAMAGED}: {what} cannot be read ({error})", next_step=_RESTORE, path=path) from error
