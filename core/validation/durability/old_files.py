"""Cases and galleries as older versions of the application wrote them, filled with what the work of today stores."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from core.casefile import schema as case_schema
from core.casefile.opening import DATABASE_NAME
from core.gallery import schema as gallery_schema
from core.gallery.migrations import MIGRATIONS as GALLERY_SCRIPTS
from core.validation.durability.gallery_work import GALLERY

CASE_SCRIPTS = (case_schema.FIRST_SCRIPT, *(case_schema.MIGRATIONS[n] for n in range(1, case_schema.SCHEMA_VERSION)))
"""Script ``n`` (0-based) brings a case from schema version ``n`` to ``n + 1``."""
FILLED = ("case_identity", "log_identity")
"""Tables that their own script fills, with one row of which there can be no other."""


def older_case(folder: Path, version: int, full: Path) -> None:
    """Make a case of an older schema version.

    Args:
        folder: to make.
        version: of the schema.
        full: database of a case of today, whose rows are taken over as far as the older one knows them.
    """
    folder.mkdir(parents=True)
    _older(folder / DATABASE_NAME, CASE_SCRIPTS, case_schema.APPLICATION_ID, version, full)


def older_gallery(folder: Path, version: int, full: Path) -> None:
    """Make a gallery of an older schema version; see `older_case`."""
    folder.mkdir(parents=True)
    _older(folder / GALLERY, GALLERY_SCRIPTS, gallery_schema.APPLICATION_ID, version, full)


def rows(path: Path, tables: dict[str, tuple[str, ...]]) -> dict[str, list[tuple[object, ...]]]:
    """The rows of these columns, in order; opened read-only, so that nothing is migrated."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as conn:
        return {
            table: sorted(conn.execute(f"SELECT {', '.join(names)} FROM {table}").fetchall(), key=repr)
            for table, names in tables.items()
        }


def version_of(path: Path) -> int:
    """Schema version of a database; opened read-only."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as conn:
        return int(conn.execute("PRAGMA user_version").fetchone()[0])


def columns(path: Path) -> dict[str, tuple[str, ...]]:
    """Names of the columns of every table."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as conn:
        return {name: tuple(row[1] for row in conn.execute(f"PRAGMA table_info({name})")) for name in _tables(conn)}


def unsound(path: Path) -> list[str]:
    """What SQLite's own checks find wrong; opened read-only."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as conn:
        found = [str(row[0]) for row in conn.execute("PRAGMA integrity_check") if row[0] != "ok"]
        return found + [f"a row of {row[0]} lacks its {row[2]}" for row in conn.execute("PRAGMA foreign_key_check")]


def _older(path: Path, scripts: Sequence[str], application: int, version: int, full: Path) -> None:
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA journal_mode = WAL")
        conn.executescript("".join(scripts[:version]))
        conn.execute("ATTACH ? AS today", (str(full),))
        for table in _tables(conn):
            of_today = {row[1] for row in conn.execute(f"PRAGMA today.table_info({table})")}
            names = ", ".join(row[1] for row in conn.execute(f"PRAGMA main.table_info({table})") if row[1] in of_today)
            if table not in FILLED:
                conn.execute(
                    f"INSERT INTO main.{table} ({names}) SELECT {names} FROM today.{table} ORDER BY rowid"
                    if _has_rowid(conn, table)
                    else f"INSERT INTO main.{table} ({names}) SELECT {names} FROM today.{table}"
                )
        conn.commit()
        conn.execute(f"PRAGMA user_version = {version}")
        conn.execute(f"PRAGMA application_id = {application}")
        conn.commit()


def _tables(conn: sqlite3.Connection) -> list[str]:
    found = conn.execute("SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return [str(name) for (name,) in found]


def _has_rowid(conn: sqlite3.Connection, table: str) -> bool:
    sql = conn.execute("SELECT sql FROM main.sqlite_master WHERE name = ?", (table,)).fetchone()[0]
    return "WITHOUT ROWID" not in str(sql).upper()
