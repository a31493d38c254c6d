"""Binds stored results to the custody log: an entry holds the hash of each."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterator

from core.casefile import audit
from core.casefile.codec_evidence import item_from_json
from core.domain.foreign_text import parsed_json

RESULT_STORED = "result stored"
"""Action of the entries that hold the hash of a result."""
_SHA256 = "([0-9a-f]{64})"
_DETAIL = re.compile(rf"item (\d{{1,18}}) sha256 {_SHA256}(?:; in place of sha256 {_SHA256})?")


def log_stored(conn: sqlite3.Connection, actor: str, evidence_id: int, run_id: int, former: str | None) -> None:
    """Enter the hash of a result into the log; call inside the transaction that stores the result.

    Args:
        conn: an open case.
        actor: who stored it.
        evidence_id, run_id: of the result.
        former: `digest` of the one that it replaces.
    """
    replaced = "" if former is None else f"; in place of sha256 {former}"
    detail = f"item {evidence_id} sha256 {digest(conn, run_id)}{replaced}"
    audit.append(conn, actor=actor, action=RESULT_STORED, detail=detail)


def recorded(detail: str) -> tuple[int, str, str | None] | None:
    """(item, hash, hash of the one before or None) of the detail of such an entry; None when it has another form."""
    found = _DETAIL.fullmatch(detail)
    return None if found is None else (int(found[1]), found[2], found[3])


def digest(conn: sqlite3.Connection, run_id: int) -> str | None:
    """Hex SHA-256 over the JSON text of a result and the names (hashes) of its pictures; None without a result."""
    row = conn.execute("SELECT CAST(result AS BLOB) FROM results WHERE run_id = ?", (run_id,)).fetchone()
    if row is None:
        return None
    sha256 = hashlib.sha256(row[0] or b"")
    for (name,) in conn.execute("SELECT sha256 FROM result_pictures WHERE run_id = ? ORDER BY sha256", (run_id,)):
        sha256.update(f"\n{name}".encode())
    return sha256.hexdigest()


def exchanged_pictures(conn: sqlite3.Connection, run_id: int) -> Iterator[str]:
    """Names of pictures of a result that are not what their name says."""
    for name, picture in conn.execute(
        "SELECT sha256, CAST(picture AS BLOB) FROM result_pictures WHERE run_id = ? ORDER BY sha256", (run_id,)
    ):
        if hashlib.sha256(picture or b"").hexdigest() != name:
            yield str(name)


def names_file(conn: sqlite3.Connection, run_id: int, sha256: str) -> bool:
    """Whether the result of a run says that it is of the file with this hash."""
    (text,) = conn.execute("SELECT CAST(result AS BLOB) FROM results WHERE run_id = ?", (run_id,)).fetchone()
    try:
        return bool(item_from_json(parsed_json(text)["evidence"]).sha256 == sha256)
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
