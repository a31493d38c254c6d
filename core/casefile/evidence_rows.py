"""Rows of the items of a case. Called inside transactions."""

from __future__ import annotations

import sqlite3

from core.casefile import audit
from core.casefile.codec import text_blob
from core.casefile.codec_evidence import item_from_json, item_json
from core.domain.evidence import EvidenceItem, EvidenceState, StoredEvidence

TAKEN_IN = "evidence taken in"
"""Action of the entry that every new item leaves in the custody log."""


def add(conn: sqlite3.Connection, item: EvidenceItem, actor: str) -> int:
    """Take an item in and say so in the custody log; the same file at the same path keeps its first entry."""
    path = text_blob(str(item.path))
    n_added = conn.execute(
        "INSERT INTO evidence (sha256, path, item) VALUES (?, ?, ?) ON CONFLICT (sha256, path) DO NOTHING",
        (item.sha256, path, item_json(item)),
    ).rowcount
    if n_added:
        facts = f"{item.size_bytes} bytes, modified {item.modified_at.isoformat()}"
        audit.append(conn, actor=actor, action=TAKEN_IN, detail=f"{item.path} {item.sha256}: at intake: {facts}")
    conn.execute("DELETE FROM refused WHERE path = ?", (path,))
    row = conn.execute("SELECT id FROM evidence WHERE sha256 = ? AND path = ?", (item.sha256, path)).fetchone()
    return int(row[0])


def items(conn: sqlite3.Connection) -> list[StoredEvidence]:
    """All items, in intake order."""
    return [
        StoredEvidence(id=i, item=item_from_json(item), state=EvidenceState(state), failure=failure)
        for i, item, state, failure in conn.execute("SELECT id, item, state, failure FROM evidence ORDER BY id")
    ]
