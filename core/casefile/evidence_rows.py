"""Rows of the items of a case. Called inside transactions."""

from __future__ import annotations

import sqlite3

from core.casefile import item_bindings, refused_rows
from core.casefile.codec import printable, text_blob
from core.casefile.codec_evidence import item_from_json, item_json
from core.domain.evidence import EvidenceItem, EvidenceState, StoredEvidence
from core.errors import BugError


def add(conn: sqlite3.Connection, item: EvidenceItem, actor: str) -> int:
    """Take an item in and say so in the custody log; the same file at the same path keeps its first entry."""
    path = text_blob(str(item.path))
    n_added = conn.execute(
        "INSERT INTO evidence (sha256, path, item) VALUES (?, ?, ?) ON CONFLICT (sha256, path) DO NOTHING",
        (item.sha256, path, item_json(item)),
    ).rowcount
    row = conn.execute("SELECT id FROM evidence WHERE sha256 = ? AND path = ?", (item.sha256, path)).fetchone()
    if n_added:
        item_bindings.log_taken_in(conn, actor, int(row[0]), item)
    refused_rows.forget(conn, actor, str(item.path))
    return int(row[0])


def set_state(conn: sqlite3.Connection, evidence_id: int, state: EvidenceState, failure: str, actor: str) -> None:
    """Record how far the analysis of an item is, and say so in the custody log; nothing happens when it is so already.

    Raises:
        BugError: no such item.
    """
    former = item_bindings.state_sha256(conn, evidence_id)
    if former is None:
        raise BugError(f"the case holds no item {evidence_id}")
    failure = printable(failure)
    conn.execute("UPDATE evidence SET state = ?, failure = ? WHERE id = ?", (str(state), failure, evidence_id))
    if item_bindings.state_sha256(conn, evidence_id) != former:
        words = f"{state}: {failure}" if failure else str(state)
        item_bindings.log_state(conn, actor, evidence_id, words, former)


def items(conn: sqlite3.Connection) -> list[StoredEvidence]:
    """All items, in intake order."""
    return [
        StoredEvidence(id=i, item=item_from_json(item), state=EvidenceState(state), failure=failure)
        for i, item, state, failure in conn.execute("SELECT id, item, state, failure FROM evidence ORDER BY id")
    ]
