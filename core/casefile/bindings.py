"""Entries of the custody log that hold hashes of crops, recovered faces and decisions; see `bindings_check`.

Each is written in the transaction that writes the rows. Where a row replaces another, or work goes on from rows that
an earlier program left, the entry holds the hash of what was found there too: a change made in between stays visible
after the changed row is gone.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from core.casefile import audit
from core.casefile.known_rows import RunHashes
from core.casefile.records import FaceKey
from core.casefile.row_hashes import FaceTable, row_sha256, rows_sha256, select_hashable

DECIDED, UNDONE, REDONE = "decision", "decision undone", "decision redone"
STORED: Mapping[str, FaceTable] = MappingProxyType({f"{table.words} stored": table for table in FaceTable})
"""Actions of the entries on crops and recovered faces."""
NO_ROWS = rows_sha256(())

DECISION_COLUMNS = ("id", "at", "actor", "action")
_SHA256 = "([0-9a-f]{64})"
_FACES = re.compile(rf"item (\d{{1,18}}): (\d{{1,18}}), sha256 {_SHA256}(?:; went on from sha256 {_SHA256})?")
_DECISION = re.compile(rf"(\d{{1,18}}): .*?(?:; sha256 {_SHA256})?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFaces:
    """What an entry says of the crops or the recovered faces of an item.

    Attributes:
        item: its id.
        count, sha256: of all rows after the entry.
        before: hash of those that an earlier program had left; None where this program had written them all.
    """

    item: int
    count: int
    sha256: str
    before: str | None


def log_faces(
    conn: sqlite3.Connection, actor: str, evidence_id: int, known: RunHashes, faces: Iterable[FaceKey]
) -> None:
    """Enter the hash of each table in which rows of these faces are others now; call inside the transaction.

    What is `known` from before is brought up to date.
    """
    keys = tuple(faces)
    for action, table in STORED.items():
        rows = known.tables[table]
        found = rows.sha256 if rows.were_read else None
        if not known.renew(conn, table, keys):
            continue
        went_on = "" if found is None else f"; went on from sha256 {found}"
        detail = f"item {evidence_id}: {len(rows)}, sha256 {rows.sha256}{went_on}"
        audit.append(conn, actor=actor, action=action, detail=detail)
        rows.were_read = False


def log_decision(conn: sqlite3.Connection, actor: str, number: int, words: str) -> None:
    """Enter a decision with the hash of its row; call inside the transaction that stores it."""
    row = conn.execute(f"{select_hashable('review', DECISION_COLUMNS)} WHERE id = ?", (number,)).fetchone()
    detail = f"{number}: {words}; sha256 {row_sha256(DECISION_COLUMNS, row)}"
    audit.append(conn, actor=actor, action=DECIDED, detail=detail)


def faces_of(detail: str) -> StoredFaces | None:
    """What the detail of an entry of `STORED` says; None, here and below, when it has another form."""
    found = _FACES.fullmatch(detail)
    if found is None:
        return None
    return StoredFaces(item=int(found[1]), count=int(found[2]), sha256=found[3], before=found[4])


def decision_of(detail: str) -> tuple[int, str | None] | None:
    """(number, hash) of the detail of an entry on a decision; no hash in those of earlier versions, and of undoing."""
    found = _DECISION.fullmatch(detail)
    return None if found is None else (int(found[1]), found[2])
