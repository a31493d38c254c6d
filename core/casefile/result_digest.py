"""Binds stored results to the custody log: an entry holds the hash of each, and a check compares."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterator, Mapping, Set

from core.casefile import audit

RESULT_STORED = "result stored"
"""Action of the entries that hold the hash of a result."""
_DETAIL = re.compile(r"item (\d{1,18}) sha256 ([0-9a-f]{64})")


def log_stored(conn: sqlite3.Connection, actor: str, evidence_id: int, run_id: int) -> None:
    """Enter the hash of a result into the log; call inside the transaction that stores the result."""
    detail = f"item {evidence_id} sha256 {_digest(conn, run_id)}"
    audit.append(conn, actor=actor, action=RESULT_STORED, detail=detail)


def recorded(detail: str) -> tuple[int, str] | None:
    """(item, hex SHA-256) of the detail of such an entry; None when it has another form."""
    found = _DETAIL.fullmatch(detail)
    return None if found is None else (int(found[1]), found[2])


def changed(conn: sqlite3.Connection, newest: Mapping[int, str], begun: Set[int]) -> Iterator[str]:
    """One sentence for each stored result that is not what the log says.

    Args:
        conn: an open case, inside a transaction.
        newest: hash that the log holds last, by item.
        begun: items whose run began with an entry. Another one that `newest` does not name is passed over: its result
            was stored by a version that recorded none.
    """
    runs = conn.execute("SELECT r.evidence_id, r.id FROM results JOIN runs r ON r.id = run_id").fetchall()
    for item in sorted(newest.keys() & begun - {item for item, _ in runs}):
        yield f"the result of item {item}, whose hash the log holds, is gone: it was taken away"
    for item, run_id in runs:
        expected = newest.get(item)
        if expected is None and item in begun:
            yield f"the log holds no hash of the result of item {item}: it was put in"
        elif expected is not None and _digest(conn, run_id) != expected:
            yield f"the result of item {item} is not the one whose hash the log holds: it was changed"
        pictures = conn.execute(
            "SELECT sha256, CAST(picture AS BLOB) FROM result_pictures WHERE run_id = ? ORDER BY sha256", (run_id,)
        )
        for name, picture in pictures:
            if hashlib.sha256(picture).hexdigest() != name:
                yield f"a picture in the result of item {item} is not the one that was stored: it was exchanged"


def _digest(conn: sqlite3.Connection, run_id: int) -> str:
    """Over the JSON text of a result and the hashes that its pictures are stored under."""
    (text,) = conn.execute("SELECT CAST(result AS BLOB) FROM results WHERE run_id = ?", (run_id,)).fetchone()
    sha256 = hashlib.sha256(text)
    for (name,) in conn.execute("SELECT sha256 FROM result_pictures WHERE run_id = ? ORDER BY sha256", (run_id,)):
        sha256.update(f"\n{name}".encode())
    return sha256.hexdigest()
