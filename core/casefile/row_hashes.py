"""Hashes of rows: what a custody log holds of the rows that lie beside it.

A row's hash is SHA-256 over the canonical JSON (RFC 8785) of ``{column: [type, SHA-256 of its bytes]}``; that of
several rows is SHA-256 over the canonical JSON of the list of theirs, in order. Values are taken as SQLite stores
them, so that a row is hashed alike whoever wrote it. Rows that come by the ten thousand and are only hashed together
(frames, detections) are written into one SHA-256 one after the other, see `stream_sha256`.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from enum import StrEnum

import rfc8785

from core.casefile.codec_faces import CROP_COLUMNS, RECOVERED_COLUMNS


class FaceTable(StrEnum):
    """A table with one row for a face of a run."""

    CROPS = "crops"
    RECOVERED = "recovered"

    @property
    def words(self) -> str:
        """What its rows are called."""
        return "crops" if self is FaceTable.CROPS else "recovered faces"

    @property
    def columns(self) -> tuple[str, ...]:
        """What is hashed of a row: all but the numbers that SQLite gives."""
        others = f"track_key, {CROP_COLUMNS}" if self is FaceTable.CROPS else RECOVERED_COLUMNS
        return ("frame_index", "face_number", *others.split(", "))


def select_hashable(table: str, columns: Iterable[str], *, beside: Iterable[str] = ()) -> str:
    """The beginning of a statement whose rows `row_sha256` takes: type and bytes of each column.

    Args:
        table: its name.
        columns: what is hashed.
        beside: columns that the rows begin with, as they are; not for `row_sha256`.
    """
    wanted = ", ".join((*beside, *(f"typeof({name}), CAST({name} AS BLOB)" for name in columns)))
    return f"SELECT {wanted} FROM {table}"


def row_sha256(columns: Iterable[str], row: Iterable[str | bytes | None]) -> str:
    """Hex hash of a row, see the module.

    Args:
        columns: their names.
        row: as `select_hashable` gives it.
    """
    values = iter(row)
    named = {name: [next(values), hashlib.sha256(_raw(next(values))).hexdigest()] for name in columns}
    return hashlib.sha256(rfc8785.dumps(named)).hexdigest()


def rows_sha256(hashes: Iterable[str]) -> str:
    """Hex hash of several rows by theirs, in order."""
    return hashlib.sha256(rfc8785.dumps(list(hashes))).hexdigest()


def stream_sha256(conn: sqlite3.Connection, table: str, columns: Iterable[str], where: str, number: int) -> str:
    """Hex hash of many rows: of each the first letters of its types, the numbers of bytes, and the bytes themselves.

    Args:
        conn: an open case.
        table, columns: what is hashed.
        where: which rows in which order, with one ``?``.
        number: its value.
    """
    names = tuple(columns)
    kinds = " || ".join(f"substr(typeof({name}), 1, 1)" for name in names)
    values = ", ".join(f"ifnull(CAST({name} AS BLOB), x'')" for name in names)
    digest = hashlib.sha256()
    for letters, *row in conn.execute(f"SELECT {kinds}, {values} FROM {table} WHERE {where}", (number,)):
        digest.update(f"{letters} {' '.join(map(str, map(len, row)))}\n".encode())
        digest.update(b"".join(row))
    return digest.hexdigest()


def face_rows(conn: sqlite3.Connection, table: FaceTable, run_id: int) -> Iterator[str]:
    """Hash of each row of a run, in order of frame and face; reads its pictures."""
    statement = f"{select_hashable(table, table.columns)} WHERE run_id = ? ORDER BY frame_index, face_number"
    for row in conn.execute(statement, (run_id,)):
        yield row_sha256(table.columns, row)


def _raw(value: str | bytes | None) -> bytes:
    return b"" if value is None else value.encode() if isinstance(value, str) else value
