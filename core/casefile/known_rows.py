"""Hashes of the crops and recovered faces of the run that is worked on, kept so that a batch costs what it adds.

The log holds the hash of all rows of a run after each batch (`core.casefile.row_hashes.rows_sha256`). It is taken over
one text, so that its state after every few rows is kept: a row that comes, goes or changes costs the hashing of the
rows after it. A scan adds rows near the end (docs/decisions/0011-custody.md says what it costs).
"""

from __future__ import annotations

import hashlib
import sqlite3
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

from core.casefile.records import FaceKey
from core.casefile.row_hashes import FaceTable, face_rows, row_sha256, select_hashable

_BLOCK = 256  # rows between two kept states


@dataclass(slots=True, kw_only=True, eq=False)
class KnownRows:
    """What is known of a run's rows in one table.

    Attributes:
        were_read: taken from the case, where an earlier program left them, and not hashed as they were written.
    """

    were_read: bool
    _hashes: dict[FaceKey, str] = field(default_factory=dict)
    _order: list[FaceKey] = field(default_factory=list)
    _states: list[hashlib._Hash] = field(default_factory=list)  # after each whole block of rows

    def __len__(self) -> int:
        return len(self._order)

    def put(self, key: FaceKey, sha256: str | None) -> bool:
        """Take in the hash of a row, None of one that is gone; says whether that changes anything."""
        if self._hashes.get(key) == sha256:
            return False
        place = bisect_left(self._order, key)
        if sha256 is None:
            del self._hashes[key], self._order[place]
        else:
            if key not in self._hashes:
                self._order.insert(place, key)
            self._hashes[key] = sha256
        del self._states[place // _BLOCK :]
        return True

    @property
    def sha256(self) -> str:
        """Hash of all of them, as `rows_sha256` gives it."""
        for number in range(len(self._states), len(self._order) // _BLOCK):
            state = self._states[-1].copy() if self._states else hashlib.sha256(b"[")
            state.update(self._text(number * _BLOCK, (number + 1) * _BLOCK))
            self._states.append(state)
        state = self._states[-1].copy() if self._states else hashlib.sha256(b"[")
        state.update(self._text(len(self._states) * _BLOCK, len(self._order)))
        state.update(b"]")
        return state.hexdigest()

    def _text(self, start: int, end: int) -> bytes:
        """Part of the canonical JSON of the list of hashes, which are letters and digits only."""
        listed = ",".join(f'"{self._hashes[key]}"' for key in self._order[start:end])
        return f",{listed}".encode() if start and listed else listed.encode()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunHashes:
    """What is known of the rows of a run; changed in place, so to be dropped when its transaction fails.

    Attributes:
        run_id: of the run.
        tables: what is known of each.
    """

    run_id: int
    tables: dict[FaceTable, KnownRows]

    @classmethod
    def of_new(cls, run_id: int) -> RunHashes:
        """Of a run that has no rows yet."""
        return cls(run_id=run_id, tables={table: KnownRows(were_read=False) for table in FaceTable})

    @classmethod
    def read(cls, conn: sqlite3.Connection, run_id: int) -> RunHashes:
        """Of a run that goes on; reads all its pictures once. Call before the transaction writes any."""
        tables = {table: KnownRows(were_read=True) for table in FaceTable}
        for table, known in tables.items():
            keys = conn.execute(
                f"SELECT frame_index, face_number FROM {table} WHERE run_id = ? ORDER BY frame_index, face_number",
                (run_id,),
            ).fetchall()
            for key, sha256 in zip(keys, face_rows(conn, table, run_id), strict=True):
                known.put(FaceKey(*key), sha256)
        return cls(run_id=run_id, tables=tables)

    def renew(self, conn: sqlite3.Connection, table: FaceTable, keys: Iterable[FaceKey]) -> bool:
        """Read the rows of these faces, which were written or taken away; says whether any is another now."""
        statement = f"{select_hashable(table, table.columns)} WHERE run_id = ? AND frame_index = ? AND face_number = ?"
        is_other = False
        for key in keys:
            row = conn.execute(statement, (self.run_id, *key)).fetchone()
            is_other |= self.tables[table].put(key, None if row is None else row_sha256(table.columns, row))
        return is_other
