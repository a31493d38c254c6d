"""Rows of the case's id and of the signed heads of its custody log. Called inside transactions.

A signature is announced by an entry of the log that names the key, and made over the log that ends with that entry:
so the chain itself says who signed, and that a signature was there.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

from core.casefile import audit
from core.domain.custody import SignedHead
from core.evidence.examiner_key import ExaminerKey
from core.evidence.heads import LOG_SIGNED, announcement, decoded, encoded, sign_head


def case_id(conn: sqlite3.Connection) -> str:
    """Random name of the case, 32 hex digits; '' when somebody took it away."""
    row = conn.execute("SELECT CAST(case_id AS TEXT) FROM case_identity").fetchone()
    return "" if row is None else str(row[0])


def data_version(conn: sqlite3.Connection) -> int:
    """A number that is another one after another connection wrote to the case; call inside a transaction."""
    return int(conn.execute("PRAGMA data_version").fetchone()[0])


def sign(conn: sqlite3.Connection, key: ExaminerKey) -> tuple[SignedHead, bool]:
    """Sign where the log ends; call inside a write transaction.

    Returns:
        The signed head, and whether it is new: nothing is signed twice by the same key.
    """
    last, end = latest(conn), audit.head(conn)
    if last is not None and (last.fingerprint, last.count, last.head_sha256) == (
        key.fingerprint,
        end.count,
        end.sha256,
    ):
        return last, False
    audit.append(conn, actor=key.name, action=LOG_SIGNED, detail=announcement(key.fingerprint))
    end = audit.head(conn)
    head = sign_head(key, case_id=case_id(conn), count=end.count, head_sha256=end.sha256, at=datetime.now(UTC))
    conn.execute("INSERT INTO signed_heads (head) VALUES (?)", (encoded(head),))
    return head, True


def latest(conn: sqlite3.Connection) -> SignedHead | None:
    """The last signed head; None when the log was never signed, or the row cannot be read (a check says so)."""
    row = conn.execute("SELECT CAST(head AS BLOB) FROM signed_heads ORDER BY number DESC LIMIT 1").fetchone()
    return None if row is None else decoded(bytes(row[0]))
