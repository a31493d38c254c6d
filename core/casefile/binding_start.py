"""Binds what versions before schema 4 stored without a hash in the custody log: entries of the migration hold them.

A later change of such rows shows; that nothing was changed before those entries, they cannot say. What the log held
already is compared with what they found, so that an earlier change is not covered up.
"""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from core.casefile import audit
from core.casefile.bindings import DECISION_COLUMNS
from core.casefile.item_bindings import item_sha256, state_sha256
from core.casefile.result_digest import digest
from core.casefile.row_hashes import FaceTable, face_rows, row_sha256, rows_sha256, select_hashable
from core.casefile.run_bindings import is_scan_bound, run_sha256, scan_sha256
from core.casefile.single_rows import SingleRow, single_sha256
from core.evidence.account import account_name

BROUGHT_UP = "case brought up to date"
"""Action of the first entry: what is stored once. The entries on the items follow it."""
ITEM_FOUND = "item bound"
"""Action of an entry on an item and on all that is stored of it."""

_H = "([0-9a-f]{64})"
_N = r"(\d{1,18})"
_WORDS = "what older versions stored is bound to the log from here on, an earlier change of it would not show"
_START = re.compile(
    rf"from schema {_N} to {_N}: {_WORDS}; facts (?:sha256 {_H}|none); run settings (?:sha256 {_H}|none); "
    rf"decisions up to {_N}, sha256 {_H}"
)
_FOUND = re.compile(
    rf"item {_N}: row sha256 {_H}; state sha256 {_H}(?:; run begun (\S+), sha256 {_H}; {_N} crops, sha256 {_H}; "
    rf"{_N} recovered faces, sha256 {_H}(?:; result sha256 {_H})?(?:; frames and tracks sha256 {_H})?)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What the first entry says.

    Attributes:
        singles: hash of what is stored once; None where it was not there.
        last_decision: number of the last decision, 0 without any.
        decisions: hash of all of them.
    """

    singles: dict[SingleRow, str | None]
    last_decision: int
    decisions: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundItem:
    """What an entry on an item says.

    Attributes:
        item: its number.
        row, state: hashes of its row and of how far its analysis was.
        begun_at: when its run was begun, UTC; None without a run, or when the run does not say it.
        run: hash of what its run was begun with; None without a run.
        faces: number and hash of its crops and its recovered faces; empty without a run.
        result: hash of its result; None without one.
        scan: hash of its frames and tracks; None while its scan had not ended.
    """

    item: int
    row: str
    state: str
    begun_at: datetime | None
    run: str | None
    faces: dict[FaceTable, tuple[int, str]]
    result: str | None
    scan: str | None


def bind_existing(conn: sqlite3.Connection, version: int, newest: int) -> None:
    """Enter the hash of everything that is stored; call inside the transaction that migrates from `version`."""
    actor = account_name() or "unswap"
    facts, basis = (_or_none(single_sha256(conn, row)) for row in SingleRow)
    (last,) = conn.execute("SELECT ifnull(max(id), 0) FROM review").fetchone()
    detail = (
        f"from schema {version} to {newest}: {_WORDS}; facts {facts}; run settings {basis}; decisions up to {last}, "
        f"sha256 {decisions_sha256(conn, last)}"
    )
    audit.append(conn, actor=actor, action=BROUGHT_UP, detail=detail)
    for (evidence_id,) in conn.execute("SELECT id FROM evidence ORDER BY id").fetchall():
        audit.append(conn, actor=actor, action=ITEM_FOUND, detail=_item_words(conn, evidence_id))


def decisions_sha256(conn: sqlite3.Connection, last: int) -> str:
    """Hash of the decisions up to a number, in order."""
    statement = f"{select_hashable('review', DECISION_COLUMNS)} WHERE id <= ? ORDER BY id"
    return rows_sha256(row_sha256(DECISION_COLUMNS, row) for row in conn.execute(statement, (last,)))


def start_of(detail: str) -> Start | None:
    """What the detail of a `BROUGHT_UP` says; None, here and below, when it has another form."""
    found = _START.fullmatch(detail)
    if found is None:
        return None
    singles = {SingleRow.FACTS: found[3], SingleRow.BASIS: found[4]}
    return Start(singles=singles, last_decision=int(found[5]), decisions=found[6])


def found_of(detail: str) -> FoundItem | None:
    """What the detail of an `ITEM_FOUND` says."""
    found = _FOUND.fullmatch(detail)
    if found is None:
        return None
    has_run = found[5] is not None
    return FoundItem(
        item=int(found[1]),
        row=found[2],
        state=found[3],
        begun_at=_moment(found[4]) if has_run else None,
        run=found[5],
        faces={FaceTable.CROPS: (int(found[6]), found[7]), FaceTable.RECOVERED: (int(found[8]), found[9])}
        if has_run
        else {},
        result=found[10],
        scan=found[11],
    )


def _item_words(conn: sqlite3.Connection, evidence_id: int) -> str:
    parts = [f"item {evidence_id}: row sha256 {item_sha256(conn, evidence_id)}"]
    parts.append(f"state sha256 {state_sha256(conn, evidence_id)}")
    row = conn.execute("SELECT id, CAST(started_at AS BLOB) FROM runs WHERE evidence_id = ?", (evidence_id,)).fetchone()
    if row is not None:
        run_id, blob = row
        begun_at = _moment(bytes(blob or b"").decode("utf-8", "replace"))
        begun = "unknown" if begun_at is None else begun_at.isoformat()
        parts.append(f"run begun {begun}, sha256 {run_sha256(conn, evidence_id)}")
        for table in FaceTable:
            hashes = list(face_rows(conn, table, run_id))
            parts.append(f"{len(hashes)} {table.words}, sha256 {rows_sha256(hashes)}")
        if (result := digest(conn, run_id)) is not None:
            parts.append(f"result sha256 {result}")
        if is_scan_bound(conn, run_id):
            parts.append(f"frames and tracks sha256 {scan_sha256(conn, run_id)}")
    return "; ".join(parts)


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def _or_none(sha256: str | None) -> str:
    return "none" if sha256 is None else f"sha256 {sha256}"
