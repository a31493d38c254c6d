"""Cases of other versions: a newer one is refused before a byte of it changes, an older one is copied and migrated."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

from core.casefile import audit, refused_rows
from core.casefile.binding_start import bind_existing
from core.casefile.schema import APPLICATION_ID, BOUND_SINCE, MIGRATIONS, REFUSED_BOUND_SINCE, SCHEMA_VERSION
from core.errors import CaseFileError, CaseOutOfReachError
from core.evidence.account import account_name
from core.evidence.open_databases import beginning, connected
from core.evidence.writing import flush_folder, passing_name

SCHEMA_RAISED = "schema raised"
"""Action in the custody log: an older case whose rows its log bound already was opened by this version."""
_TIMEOUT_S = 5.0  # for what holds SQLite up when it looks into another program's WAL
_VERSION_AT, _APPLICATION_AT, _HEADER_BYTES = 60, 68, 100  # https://www.sqlite.org/fileformat.html#the_database_header


def check_version(path: Path) -> None:
    """Refuse a database that is not ours or newer than we know, without changing it.

    Opening a database for writing and closing it again moves what another program left in the WAL into the file.
    So the header is read as a file, and where there is a WAL, which may hold a newer header, by SQLite, read-only.

    Args:
        path: of a SQLite database.

    Raises:
        CaseFileError: of another program, or made by a newer version.
        OSError, sqlite3.Error: it cannot be read.
    """
    application, version = _stored(path)
    if application != APPLICATION_ID or version < 1:
        raise CaseFileError(
            "the file is a database of another program", next_step="name another folder for the case", path=path
        )
    if version > SCHEMA_VERSION:
        raise CaseOutOfReachError(
            f"the case was made by a newer version (schema {version}, this one knows {SCHEMA_VERSION})",
            next_step="update the application; the case was left as it is",
            path=path,
        )


@contextmanager
def left_as_it_is(folder: Path, database: str) -> Iterator[Path]:
    """A folder whose case may be opened without changing `folder`: opening an older case brings it up to date.

    Args:
        folder: a case folder, or any other, which opening will refuse.
        database: name of the database in it.

    Yields:
        `folder` where its case is of this version; else a private folder with a copy of the database, gone afterwards.

    Raises:
        OSError, sqlite3.Error: it cannot be read, or not be copied.
    """
    path = folder / database
    application, version = _stored(path) if path.is_file() else (APPLICATION_ID, SCHEMA_VERSION)
    if application != APPLICATION_ID or not 0 < version < SCHEMA_VERSION:
        yield folder
        return
    with TemporaryDirectory(prefix="unswap-case-") as copies:  # only its owner may enter it
        _copy(path, Path(copies) / database, "ro", busy_timeout_s=0)
        yield Path(copies)


@contextmanager
def copied_as_files(folder: Path, database: str) -> Iterator[Path]:
    """A private folder with a copy of a case beside which nothing can be written, gone afterwards.

    SQLite opens no database with a WAL where it cannot write; its files are copied as files. As nobody can be kept
    from writing meanwhile, a copy during which they changed is refused.

    Raises:
        CaseFileError: they changed.
        OSError: they cannot be read, or not be copied.
    """
    with TemporaryDirectory(prefix="unswap-case-") as copies:  # only its owner may enter it
        files = [path for end in ("", "-wal") if (path := folder / f"{database}{end}").is_file()]
        before = [_state(path) for path in files]
        for path in files:
            copyfile(path, Path(copies) / path.name)
        if [_state(path) for path in files] != before:
            raise CaseOutOfReachError(
                "another program writes to the case", next_step="wait until it has ended", path=folder
            )
        yield Path(copies)


def _state(path: Path) -> tuple[int, int]:
    facts = path.stat()
    return facts.st_size, facts.st_mtime_ns


def _stored(path: Path) -> tuple[int, int]:
    """Number of the application and version of the schema of a SQLite database, or of any other file."""
    start = beginning(path, _HEADER_BYTES).data
    wal = path.with_name(f"{path.name}-wal")
    if start is not None and not (wal.is_file() and wal.stat().st_size):
        application, version = (int.from_bytes(start[at : at + 4], "big") for at in (_APPLICATION_AT, _VERSION_AT))
        if application == APPLICATION_ID:  # else: SQLite tells damaged from foreign
            return application, version
    with closing(connected(sqlite3, path, "ro", timeout_s=_TIMEOUT_S)) as conn:
        return _pragma(conn, "application_id"), _pragma(conn, "user_version")


def migrate(conn: sqlite3.Connection, path: Path, *, busy_timeout_s: float) -> None:
    """Bring an older case up to date in one transaction, after copying it to ``NAME.v<version>.bak`` beside it.

    What has no hash in the custody log yet gets one there, see `core.casefile.binding_start`; all pictures are read.
    Where everything has one, the log tells of the new schema alone.

    A process that is killed at any moment leaves the old case or the new one, and at most a whole backup too many.

    Args:
        conn: open for writing, outside a transaction.
        path: of the database.
        busy_timeout_s: how long to wait for other programs' short locks, seconds.

    Raises:
        CaseFileError: the copy cannot be made; the case is as it was.
        sqlite3.Error: the case cannot be changed.
    """
    if _pragma(conn, "user_version") == SCHEMA_VERSION:
        return
    conn.execute("BEGIN IMMEDIATE")  # nobody writes between the copy and the change
    try:
        version = _pragma(conn, "user_version")  # another program may have migrated it meanwhile
        if version < SCHEMA_VERSION:
            _back_up(path, version, busy_timeout_s)
        for step in range(version, SCHEMA_VERSION):
            for statement in MIGRATIONS[step].split(";\n"):
                if statement.strip():
                    conn.execute(statement)
            conn.execute(f"PRAGMA user_version = {step + 1}")
        if version < BOUND_SINCE:
            bind_existing(conn, version, SCHEMA_VERSION)
        elif version < SCHEMA_VERSION:
            detail = f"from schema {version} to {SCHEMA_VERSION}: no row that was stored changed"
            audit.append(conn, actor=account_name() or "unswap", action=SCHEMA_RAISED, detail=detail)
        if version < REFUSED_BOUND_SINCE:
            refused_rows.bind_found(conn, account_name() or "unswap")
        conn.execute("COMMIT")
    except BaseException:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise


def _back_up(path: Path, version: int, busy_timeout_s: float) -> None:
    """Copy the last committed state into one file; an earlier backup is never replaced by another one."""
    backup = path.with_name(f"{path.name}.v{version}.bak")
    part = passing_name(backup)
    try:
        _copy(path, part, "rw", busy_timeout_s)
        if _is_same(part, backup):
            return
        part.rename(_free_name(backup))
        flush_folder(path.parent)
    except OSError as error:
        raise CaseFileError(
            f"the case is of an older version and cannot be copied before it is brought up to date ({error.strerror})",
            next_step="make room in the case folder and check its permissions, then open it again",
            path=path.parent,
        ) from error
    finally:
        for leftover in (part, part.with_name(f"{part.name}-journal")):
            leftover.unlink(missing_ok=True)


def _copy(path: Path, to: Path, mode: str, busy_timeout_s: float) -> None:
    """The last committed state as one file."""
    with (
        closing(connected(sqlite3, path, mode, timeout_s=busy_timeout_s)) as source,
        closing(sqlite3.connect(to)) as copy,
    ):
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, readable without neighbours; flushed by SQLite


def _is_same(one: Path, other: Path) -> bool:
    """Whether a killed attempt has left this very backup already."""
    return other.is_file() and one.stat().st_size == other.stat().st_size and one.read_bytes() == other.read_bytes()


def _free_name(backup: Path) -> Path:
    names = (backup.name, *(f"{backup.stem}.{number}{backup.suffix}" for number in range(2, 10_000)))
    return next(path for name in names if not (path := backup.with_name(name)).exists())


def _pragma(conn: sqlite3.Connection, name: str) -> int:
    return int(conn.execute(f"PRAGMA {name}").fetchone()[0])
