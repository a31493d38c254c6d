"""The two SQLite libraries: Python's own for plain galleries, SQLCipher's for encrypted ones.

Plain galleries keep to Python's library, so that they work where SQLCipher is not to be had. One file is never open
in both at once: each library releases the other's locks when it closes a file (POSIX locks belong to the process).
"""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import GalleryError
from core.evidence.open_databases import connected
from core.evidence.private_files import reserve_private
from core.gallery.failures import reported
from core.gallery.key_file import GalleryKey


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteFacts:
    """Version of the library, and whether a database in the folder tried can use the WAL journal."""

    version: str
    has_wal: bool


def connect(path: Path, *, mode: str, key: GalleryKey | None, busy_timeout_s: float) -> sqlite3.Connection:
    """A connection in autocommit mode that keeps passing content out of temporary files.

    Args:
        path: of the database.
        mode: SQLite's ``mode`` of opening: ``"ro"``, ``"rw"`` or ``"rwc"``, which makes a file for its owner alone.
        key: of an encrypted gallery; None for a plain one.
        busy_timeout_s: how long to wait for locks, seconds.

    Raises:
        GalleryError: the gallery is encrypted, and this Python has no SQLCipher.
        sqlite3.Error, or SQLCipher's error of the same name: see `core.gallery.failures.reported`.
    """
    library: Any = sqlite3 if key is None else _sqlcipher(path)
    if mode == "rwc":
        reserve_private(path)
    connection: sqlite3.Connection = connected(
        library, path, mode, timeout_s=busy_timeout_s, is_encrypted=key is not None
    )
    try:
        if key is not None:
            connection.execute("PRAGMA cipher_log_level = NONE")  # it would write to the terminal
            connection.execute(f'PRAGMA key = "{key.literal}"')
        connection.execute("PRAGMA temp_store = MEMORY")  # sorting and VACUUM spill people's data otherwise
    except BaseException:
        connection.close()
        raise
    return connection


def connect_unencrypted(path: Path, *, busy_timeout_s: float) -> sqlite3.Connection:
    """A connection of SQLCipher's library to a plain database, to convert it.

    Raises:
        GalleryError: this Python has no SQLCipher.
    """
    library = _sqlcipher(path)
    connection: sqlite3.Connection = connected(library, path, "rw", timeout_s=busy_timeout_s)
    connection.execute("PRAGMA cipher_log_level = NONE")
    return connection


def has_sqlcipher() -> bool:
    """Whether encrypted galleries can be opened here."""
    try:
        import sqlcipher3  # noqa: F401
    except ImportError:
        return False
    return True


def sqlite_facts(folder: Path) -> SqliteFacts:
    """Try SQLite in an existing, writable folder; leaves nothing behind.

    Raises:
        OSError: the folder cannot be written.
        GalleryError: SQLite cannot make a database there.
    """
    with tempfile.TemporaryDirectory(dir=folder, prefix=".sqlite-check-", ignore_cleanup_errors=True) as trial:
        path = Path(trial, "trial.db")
        with reported(path), closing(sqlite3.connect(path)) as connection:
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            connection.execute("CREATE TABLE trial (x)")
            connection.commit()
    return SqliteFacts(version=sqlite3.sqlite_version, has_wal=mode == "wal")


def _sqlcipher(path: Path) -> Any:
    try:
        from sqlcipher3 import dbapi2
    except ImportError as error:
        raise GalleryError(
            "encrypted galleries need SQLCipher, which is not installed here",
            next_step="install the package sqlcipher3 where your platform has it; plain galleries work without",
            path=path,
        ) from error
    return dbapi2
