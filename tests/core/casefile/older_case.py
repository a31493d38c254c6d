"""Cases as schema 3 left them: the tables are those of today, the log holds fewer hashes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from core.casefile import audit
from core.casefile.codec import text_blob
from core.casefile.codec_evidence import item_json
from core.casefile.item_bindings import TAKEN_IN, intake_words
from core.casefile.opening import DATABASE_NAME
from core.casefile.store import CaseFile
from core.domain.evidence import EvidenceItem

Fill = Callable[[sqlite3.Connection], object]


def made(folder: Path, *fill: Fill) -> Path:
    """A case of schema 3 that these have filled."""
    CaseFile.open(folder, create=True).close()
    written(folder, *fill)
    set_back(folder)
    return folder


def written(folder: Path, *fill: Fill) -> None:
    """Write to a case as another program does."""
    with closing(sqlite3.connect(folder / DATABASE_NAME)) as conn:
        for step in fill:
            step(conn)
        conn.commit()


def set_back(folder: Path) -> None:
    with closing(sqlite3.connect(folder / DATABASE_NAME)) as conn:
        conn.execute("PRAGMA user_version = 3")


def item(value: EvidenceItem, *, is_logged: bool = True) -> Fill:
    def insert(conn: sqlite3.Connection) -> None:
        row = (value.sha256, text_blob(str(value.path)), item_json(value))
        conn.execute("INSERT INTO evidence (sha256, path, item) VALUES (?, ?, ?)", row)
        if is_logged:
            audit.append(conn, actor="unswap", action=TAKEN_IN, detail=intake_words(value))

    return insert


def logged(action: str, detail: str) -> Fill:
    return lambda conn: audit.append(conn, actor="J. Doe", action=action, detail=detail)


def copied(newer: Path, *tables: str) -> Fill:
    """Rows of a case of today, without what its log says of them."""

    def copy(conn: sqlite3.Connection) -> None:
        conn.commit()
        conn.execute("ATTACH ? AS newer", (str(newer / DATABASE_NAME),))
        for table in tables:
            conn.execute(f"INSERT INTO {table} SELECT * FROM newer.{table}")

    return copy
