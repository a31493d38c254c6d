"""Making a case folder whole or not at all, opening it, and claiming it for one analysis at a time."""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from core.casefile.failures import reported
from core.casefile.schema import APPLICATION_ID, SCHEMA_VERSION, SCRIPT
from core.casefile.versions import check_version, migrate
from core.errors import CaseFileError, CaseOutOfReachError
from core.evidence.open_databases import beginning, connected, is_on_share
from core.evidence.private_files import make_private, reserve_private
from core.evidence.writing import flush_folder, remove_leftovers

DATABASE_NAME = "case.sqlite"
LOCK_NAME = "case.lock"
WINDOW_LOCK_NAME = "case.window.lock"
BUSY_TIMEOUT_S = 10.0
_HEADER = b"SQLite format 3\x00"
_NAME_ANOTHER = "name another folder for the case"


def open_database(folder: Path, *, create: bool, busy_timeout_s: float = BUSY_TIMEOUT_S) -> sqlite3.Connection:
    """Open the database of the case in `folder`: WAL journal, every commit flushed to the disk, foreign keys on.

    A case holds recovered faces: only the owner may read its database and older copies of it.

    Args:
        folder: the case folder.
        create: make a new case when there is none; folders above it are made too.
        busy_timeout_s: how long to wait for other programs' short locks, seconds.

    Raises:
        CaseFileError: missing, not a case, damaged, locked, not writable, on a network share, or of a newer
            version.
    """
    path = folder / DATABASE_NAME
    if is_on_share(Path(os.path.realpath(folder))):
        raise CaseOutOfReachError(
            "the case folder lies on a network share, which does not let two programs share a case",
            next_step="put it on a local disk",
            path=folder,
        )
    if _is_there(folder) and not folder.is_dir():
        raise CaseOutOfReachError(
            "a file stands where the case folder was expected", next_step=_NAME_ANOTHER, path=folder
        )
    if not _is_there(path):
        if not create:
            raise CaseOutOfReachError(
                "there is no case in this folder",
                next_step="check the folder, or make a new case there",
                path=folder,
            )
        _create(folder)
    _check_header(path)
    with reported(path):
        check_version(path)
        make_private(path)
        conn = _connect(path, "rw", busy_timeout_s)
        try:
            _set_up(conn, path, busy_timeout_s)
            for backup in folder.glob(f"{DATABASE_NAME}.v*.bak"):
                make_private(backup)
        except BaseException:
            conn.close()
            raise
    remove_leftovers(folder)  # reports and copies show people
    return conn


def claim(folder: Path, *, timeout_s: float = 0) -> sqlite3.Connection:
    """Claim the case for an analysis; held until the returned connection is closed or this process ends.

    The claim is SQLite's own exclusive lock on an empty file beside the database: it works on every system,
    vanishes with its process however that ends, and leaves the database free for readers and short writes.

    Args:
        folder: the case folder.
        timeout_s: how long to wait for somebody else's claim, seconds.

    Raises:
        CaseFileError: somebody else has claimed it, or the folder is not writable.
    """
    return _locked(
        folder,
        LOCK_NAME,
        CaseFileError(
            "another analysis is at work on this case",
            next_step="wait until it has ended or stop it, or name another case folder",
            path=folder,
        ),
        timeout_s,
    )


def claim_window(folder: Path) -> sqlite3.Connection:
    """Claim the case for a window: two windows would not see each other's decisions. Held as `claim` is.

    Raises:
        CaseFileError: another window has the case open, or the folder is not writable.
    """
    return _locked(
        folder,
        WINDOW_LOCK_NAME,
        CaseFileError(
            "the case is open in another window", next_step="go on there, or close it there first", path=folder
        ),
        0,
    )


def _locked(folder: Path, name: str, refusal: CaseFileError, timeout_s: float) -> sqlite3.Connection:
    path = folder / name
    with reported(path):
        conn = _connect(path, "rwc", timeout_s)
        try:
            conn.execute("PRAGMA locking_mode = EXCLUSIVE")
            conn.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            conn.close()
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise refusal from error
            raise
    return conn


def _connect(path: Path, mode: str, timeout_s: float) -> sqlite3.Connection:
    conn: sqlite3.Connection = connected(sqlite3, path, mode, timeout_s=timeout_s)
    return conn


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        raise _unusable(path.parent, error) from error


def _unusable(folder: Path, error: OSError) -> CaseOutOfReachError:
    return CaseOutOfReachError(
        f"the case folder cannot be made or read ({error.strerror})",
        next_step="check the path and its permissions, or name another folder",
        path=folder,
    )


def _create(folder: Path) -> None:
    """Build the case under another name and move it into place in one step."""
    made = _missing_parents(folder)
    try:
        for parent in made:
            parent.mkdir(exist_ok=True)
        if folder.is_dir():
            _create_inside(folder)
        else:
            _create_folder(folder)
    except BaseException as error:
        for parent in reversed(made):
            with suppress(OSError):  # somebody else put something there meanwhile
                parent.rmdir()
        if isinstance(error, OSError):
            raise _unusable(folder, error) from error
        raise


def _missing_parents(folder: Path) -> list[Path]:
    return [parent for parent in reversed(folder.resolve().parents) if not parent.exists()]


def _create_folder(folder: Path) -> None:
    staging = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.new")
    staging.mkdir()
    try:
        _build(staging / DATABASE_NAME)
        try:
            staging.rename(folder)
        except OSError:
            if not _is_there(folder / DATABASE_NAME):  # else: somebody else was faster, and theirs is as good
                raise
        flush_folder(folder.parent)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _create_inside(folder: Path) -> None:
    """Two programs may want to make a case in the same folder: the claim lets only one do it."""
    path = folder / DATABASE_NAME
    staging = folder / f".{DATABASE_NAME}.{secrets.token_hex(4)}.new"
    lock_was_there = (folder / LOCK_NAME).exists()
    try:
        with closing(claim(folder, timeout_s=BUSY_TIMEOUT_S)):
            if not path.exists():
                _build(staging)
                staging.rename(path)
                flush_folder(folder)
    except BaseException:
        if not lock_was_there:
            with suppress(OSError):
                (folder / LOCK_NAME).unlink()
        raise
    finally:
        staging.unlink(missing_ok=True)


def _build(path: Path) -> None:
    reserve_private(path)
    with reported(path), closing(_connect(path, "rwc", BUSY_TIMEOUT_S)) as conn:
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute("PRAGMA synchronous = FULL")
        conn.executescript(
            f"BEGIN; {SCRIPT} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
        )


def _check_header(path: Path) -> None:
    """Say in words what SQLite would only call "unable to open database file"."""
    try:
        start = beginning(path, len(_HEADER)).data
    except OSError as error:
        raise _unusable(path.parent, error) from error
    if start not in (None, _HEADER):  # what is open here was found to be a database
        raise CaseFileError(
            "the file is not a case's database, or it is damaged",
            next_step=f"restore it from a copy, or {_NAME_ANOTHER}",
            path=path,
        )


def _set_up(conn: sqlite3.Connection, path: Path, busy_timeout_s: float) -> None:
    # A case may come from somebody else: its schema is not trusted to call anything with side effects.
    conn.execute("PRAGMA trusted_schema = OFF")
    if conn.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
        raise CaseFileError(
            "the file system does not let two programs share a case", next_step="put it on a local disk", path=path
        )
    for pragma in ("foreign_keys = ON", "secure_delete = ON", "synchronous = FULL", "cell_size_check = ON"):
        conn.execute(f"PRAGMA {pragma}")
    migrate(conn, path, busy_timeout_s=busy_timeout_s)
