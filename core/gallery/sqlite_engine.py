"""What the SQLite library of this Python can do in a given folder."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from core.gallery.failures import reported


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteFacts:
    """Version of the library, and whether a database in the folder tried can use the WAL journal."""

    version: str
    has_wal: bool


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
