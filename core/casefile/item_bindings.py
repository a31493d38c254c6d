"""Entries of the custody log that hold hashes of the list of items: what was taken in, and how far its analysis is."""

from __future__ import annotations

import re
import sqlite3

from core.casefile import audit
from core.casefile.codec import printable
from core.casefile.refused_rows import list_sha256
from core.casefile.row_hashes import row_sha256, select_hashable
from core.domain.evidence import EvidenceItem, EvidenceState

TAKEN_IN = "evidence taken in"
"""Action of the entry that every new item leaves in the custody log."""
STATE_SET = "item state"
"""Action of the entry that says how far the analysis of an item is from there on."""

ITEM_COLUMNS = ("id", "sha256", "path", "item")
STATE_COLUMNS = ("state", "failure")
QUEUED = row_sha256(STATE_COLUMNS, ("text", EvidenceState.QUEUED.encode(), "text", b""))
"""Hash of the state that every item begins with."""

_SHA256 = "([0-9a-f]{64})"
_TAKEN_IN = re.compile(
    rf".*; item (\d{{1,18}}), sha256 {_SHA256}(?:; refused inputs sha256 [0-9a-f]{{64}})?", re.DOTALL
)
_STATE = re.compile(rf"item (\d{{1,18}}): .*; sha256 {_SHA256}, in place of sha256 {_SHA256}", re.DOTALL)


def item_sha256(conn: sqlite3.Connection, evidence_id: int) -> str | None:
    """Hash of what was taken in, under its number; None when there is no such item."""
    return _row_sha256(conn, ITEM_COLUMNS, evidence_id)


def state_sha256(conn: sqlite3.Connection, evidence_id: int) -> str | None:
    """Hash of how far the analysis of an item is; None when there is no such item."""
    return _row_sha256(conn, STATE_COLUMNS, evidence_id)


def intake_words(item: EvidenceItem) -> str:
    """What the log says of an item at its intake, apart from number and hash: all that earlier versions said."""
    facts = f"{item.size_bytes} bytes, modified {item.modified_at.isoformat()}"
    return f"{item.path} {item.sha256}: at intake: {facts}"


def log_taken_in(conn: sqlite3.Connection, actor: str, evidence_id: int, item: EvidenceItem) -> None:
    """Enter a new item with the hash of its row; call inside the transaction that stores it.

    The entry says how the list of refused inputs stood, too: a version that did not bind it wrote no such entry.
    """
    hashes = f"sha256 {item_sha256(conn, evidence_id)}; refused inputs sha256 {list_sha256(conn)}"
    detail = f"{intake_words(item)}; item {evidence_id}, {hashes}"
    audit.append(conn, actor=actor, action=TAKEN_IN, detail=detail)


def log_state(conn: sqlite3.Connection, actor: str, evidence_id: int, words: str, former: str) -> None:
    """Enter a new state, in words and as hash, and the hash of the one before."""
    now = state_sha256(conn, evidence_id)
    detail = f"item {evidence_id}: {printable(words)}; sha256 {now}, in place of sha256 {former}"
    audit.append(conn, actor=actor, action=STATE_SET, detail=detail)


def taken_in_of(detail: str) -> tuple[int, str] | None:
    """(item, hash of its row) of the detail of a `TAKEN_IN`; None, here and below, when it has another form."""
    found = _TAKEN_IN.fullmatch(detail)
    return None if found is None else (int(found[1]), found[2])


def state_of(detail: str) -> tuple[int, str, str] | None:
    """(item, hash of its state, hash of the state before) of the detail of a `STATE_SET`."""
    found = _STATE.fullmatch(detail)
    return None if found is None else (int(found[1]), found[2], found[3])


def _row_sha256(conn: sqlite3.Connection, columns: tuple[str, ...], evidence_id: int) -> str | None:
    row = conn.execute(f"{select_hashable('evidence', columns)} WHERE id = ?", (evidence_id,)).fetchone()
    return None if row is None else row_sha256(columns, row)
