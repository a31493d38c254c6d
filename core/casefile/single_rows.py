"""What a case holds once: what a person entered about it, and what its runs were made with; bound to the log."""

from __future__ import annotations

import re
import sqlite3
from enum import StrEnum

from core.casefile import audit
from core.casefile.row_hashes import row_sha256, select_hashable

_NOTHING = "nothing"
_SHA256 = "([0-9a-f]{64})"
_DETAIL = re.compile(rf"sha256 {_SHA256}(?:; in place of (?:sha256 {_SHA256}|({_NOTHING})))?")


class SingleRow(StrEnum):
    """A table of one row with one column; the value is the action of the entries that hold its hash."""

    FACTS = "case facts entered"
    BASIS = "run settings stored"

    @property
    def words(self) -> str:
        """What the row is called."""
        if self is SingleRow.FACTS:
            return "what was entered about the case (number, title, examiner, question and the like)"
        return "what the analyses were made with"

    @property
    def table(self) -> str:
        """Its table."""
        return "case_info" if self is SingleRow.FACTS else "run_basis"

    @property
    def column(self) -> str:
        """Its column."""
        return "info" if self is SingleRow.FACTS else "basis"


def single_sha256(conn: sqlite3.Connection, row: SingleRow) -> str | None:
    """Hash of the row; None when there is none."""
    found = conn.execute(select_hashable(row.table, (row.column,))).fetchone()
    return None if found is None else row_sha256((row.column,), found)


def put_single(conn: sqlite3.Connection, row: SingleRow, text: str, actor: str) -> None:
    """Replace the row; its hash, and that of what stood there, enter the custody log. Call inside a transaction."""
    former = single_sha256(conn, row)
    conn.execute(f"INSERT OR REPLACE INTO {row.table} (id, {row.column}) VALUES (1, ?)", (text,))
    replaced = _NOTHING if former is None else f"sha256 {former}"
    audit.append(
        conn, actor=actor, action=str(row), detail=f"sha256 {single_sha256(conn, row)}; in place of {replaced}"
    )


def single_of(detail: str) -> tuple[str, str | None, bool] | None:
    """What the detail of such an entry says; None when it has another form.

    Returns:
        Hash of the row, hash of what stood there or None, and whether it says itself that nothing stood there: entries
        of earlier versions do not.
    """
    found = _DETAIL.fullmatch(detail)
    return None if found is None else (found[1], found[2], found[3] is not None)
