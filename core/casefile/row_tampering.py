"""What somebody with the case's file and a database editor can do to the rows beside its custody log: for tests and
validation alone, like `core.casefile.tampering`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from random import Random
from types import MappingProxyType

from core.domain.custody import FindingKind


class RowAct(StrEnum):
    """What is done to rows whose hash the log holds."""

    EDIT_CROP = "alter a stored crop"
    DROP_CROP = "take a crop away"
    ADD_CROP = "put a crop in"
    EDIT_RECOVERED = "alter a recovered face"
    DROP_RECOVERED = "take a recovered face away"
    EDIT_RESULT = "alter the text of a result"
    EDIT_PICTURE = "exchange a picture of a result"
    DROP_RESULT = "take a result away"
    EDIT_DECISION = "alter a decision"
    FLIP_DECISION = "mark a decision as undone, or an undone one as made"
    DROP_DECISION = "take a decision away"
    ADD_DECISION = "put a decision in"
    EDIT_FACTS = "alter what was entered about the case"
    DROP_FACTS = "take away what was entered about the case"
    SWAP_ITEMS = "exchange the numbers of two items"
    EDIT_ITEM = "alter what was taken in of an item"
    DROP_ITEM = "take an item away that is not analysed yet"
    ADD_ITEM = "put an item in"
    ENDLESS_ITEM = "state the time base of an item as a number that is never computed to its end"
    EDIT_STATE = "alter how far the analysis of an item is"
    EDIT_RUN = "alter what a run was begun with"
    EDIT_FRAME = "alter a frame of a scan"
    DROP_FRAME = "take a frame of a scan away"
    EDIT_BASIS = "alter what an analysis was made with"
    EDIT_REFUSED = "alter what was noted of a refused input"
    DROP_REFUSED = "take an input off the list of refused ones"
    ADD_REFUSED = "put an input on the list of refused ones"


_K = FindingKind
CALLED: Mapping[RowAct, frozenset[FindingKind]] = MappingProxyType(
    {
        RowAct.EDIT_CROP: frozenset({_K.CROPS_CHANGED}),
        RowAct.DROP_CROP: frozenset({_K.CROPS_CHANGED}),
        RowAct.ADD_CROP: frozenset({_K.CROPS_CHANGED}),
        RowAct.EDIT_RECOVERED: frozenset({_K.RECOVERED_CHANGED}),
        RowAct.DROP_RECOVERED: frozenset({_K.RECOVERED_CHANGED}),
        RowAct.EDIT_RESULT: frozenset({_K.RESULT_CHANGED}),
        RowAct.EDIT_PICTURE: frozenset({_K.RESULT_CHANGED}),
        RowAct.DROP_RESULT: frozenset({_K.RESULT_CHANGED}),
        RowAct.EDIT_DECISION: frozenset({_K.DECISION_CHANGED}),
        RowAct.FLIP_DECISION: frozenset({_K.DECISION_CHANGED}),
        RowAct.DROP_DECISION: frozenset({_K.DECISION_CHANGED}),
        RowAct.ADD_DECISION: frozenset({_K.DECISION_CHANGED}),
        RowAct.EDIT_FACTS: frozenset({_K.FACTS_CHANGED}),
        RowAct.DROP_FACTS: frozenset({_K.FACTS_CHANGED}),
        RowAct.SWAP_ITEMS: frozenset({_K.ITEMS_CHANGED, _K.RESULT_CHANGED}),  # which names the file that it is of
        RowAct.EDIT_ITEM: frozenset({_K.ITEMS_CHANGED}),
        RowAct.DROP_ITEM: frozenset({_K.ITEMS_CHANGED}),
        RowAct.ADD_ITEM: frozenset({_K.ITEMS_CHANGED}),
        RowAct.ENDLESS_ITEM: frozenset({_K.ITEMS_CHANGED}),
        RowAct.EDIT_STATE: frozenset({_K.ITEMS_CHANGED}),
        RowAct.EDIT_RUN: frozenset({_K.RUN_CHANGED}),
        RowAct.EDIT_FRAME: frozenset({_K.RUN_CHANGED}),
        RowAct.DROP_FRAME: frozenset({_K.RUN_CHANGED}),
        RowAct.EDIT_BASIS: frozenset({_K.RUN_CHANGED}),
        RowAct.EDIT_REFUSED: frozenset({_K.REFUSED_CHANGED}),
        RowAct.DROP_REFUSED: frozenset({_K.REFUSED_CHANGED}),
        RowAct.ADD_REFUSED: frozenset({_K.REFUSED_CHANGED}),
    }
)
"""What a check has to call each act."""

_CROP_COLUMNS = ("track_key", "pts", "time_base", "frame_sha256", "frame_to_crop", "landmarks", "quality", "png")
_RECOVERED_COLUMNS = (
    *("facts", "input_embedding", "source_embedding", "target_embedding"),
    *("source_png", "target_png", "map_shape", "map_zlib"),
)
_FRAME_COLUMNS = ("pts", "time_base", "sha256", "is_corrupt", "is_duplicate", "is_cut", "is_key")

_EDITED: Mapping[RowAct, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        RowAct.EDIT_CROP: ("crops", _CROP_COLUMNS),
        RowAct.EDIT_RECOVERED: ("recovered", _RECOVERED_COLUMNS),
        RowAct.EDIT_RESULT: ("results", ("result",)),
        RowAct.EDIT_PICTURE: ("result_pictures", ("picture",)),
        RowAct.EDIT_DECISION: ("review", ("at", "actor", "action")),
        RowAct.EDIT_FACTS: ("case_info", ("info",)),
        RowAct.EDIT_ITEM: ("evidence", ("path", "item")),
        RowAct.EDIT_RUN: ("runs", ("run_key", "time_range", "started_at")),
        RowAct.EDIT_FRAME: ("frames", _FRAME_COLUMNS),
        RowAct.EDIT_BASIS: ("run_basis", ("basis",)),
        RowAct.EDIT_REFUSED: ("refused", ("path", "reason")),
    }
)
"""Table, and columns of which one is altered."""

_DROPPED: Mapping[RowAct, str] = MappingProxyType(
    {
        RowAct.DROP_CROP: "crops",
        RowAct.DROP_RECOVERED: "recovered",
        RowAct.DROP_RESULT: "results",
        RowAct.DROP_DECISION: "review",
        RowAct.DROP_FACTS: "case_info",
        RowAct.DROP_FRAME: "frames",
        RowAct.DROP_REFUSED: "refused",
    }
)
"""Table of which a row is taken away."""

_COPIED_CROP = ", ".join(_CROP_COLUMNS)
_WRITTEN: Mapping[RowAct, tuple[str, str]] = MappingProxyType(
    {
        RowAct.ADD_CROP: (  # a further face of its frame
            "crops",
            f"INSERT INTO crops (run_id, frame_index, face_number, {_COPIED_CROP}) "
            f"SELECT run_id, frame_index, face_number + 100, {_COPIED_CROP} FROM crops WHERE id = ?",
        ),
        RowAct.FLIP_DECISION: ("review", "UPDATE review SET active = 1 - active WHERE id = ?"),
        RowAct.ADD_DECISION: (
            "review",
            "INSERT INTO review (at, actor, action) SELECT at, actor, action FROM review WHERE id = ?",
        ),
        RowAct.ADD_ITEM: (
            "evidence",
            "INSERT INTO evidence (sha256, path, item) "
            "SELECT lower(hex(randomblob(32))), path, item FROM evidence WHERE id = ?",
        ),
        RowAct.ADD_REFUSED: (
            "refused",
            "INSERT INTO refused (path, reason) SELECT CAST(path || '2' AS BLOB), reason FROM refused WHERE id = ?",
        ),
        RowAct.ENDLESS_ITEM: (
            "evidence",
            "UPDATE evidence SET item = json_set(item, '$.time_base', '1e9999999999') WHERE id = ?",
        ),
        RowAct.EDIT_STATE: (
            "evidence",
            "UPDATE evidence SET state = CASE state WHEN 'done' THEN 'failed' ELSE 'done' END WHERE id = ?",
        ),
    }
)
"""Table, and what is done with one row of it."""

_KEYS: Mapping[str, str] = MappingProxyType({"result_pictures": "sha256", "frames": "frame_index"})
"""Tables without row numbers: what names a row beside its run."""


def tamper_rows(database: Path, act: RowAct, random: Random) -> None:
    """Do one act to a case with a row of every kind: of two items the first is analysed, the last is not.

    Args:
        database: of the case, changed in place; nobody has it open.
        act: what is done.
        random: chooses rows, columns and places.
    """
    with closing(sqlite3.connect(database, isolation_level=None)) as conn:
        conn.execute("PRAGMA synchronous = OFF")  # nothing of value is written
        conn.execute("BEGIN IMMEDIATE")
        if act in _EDITED:
            table, columns = _EDITED[act]
            _edit(conn, table, columns, random)
        elif act in _DROPPED:
            where, which = _chosen(conn, _DROPPED[act], random)
            conn.execute(f"DELETE FROM {_DROPPED[act]} WHERE {where}", which)
        elif act in _WRITTEN:
            table, statement = _WRITTEN[act]
            conn.execute(statement, _chosen(conn, table, random)[1])
        else:
            first, last = conn.execute("SELECT min(id), max(id) FROM evidence").fetchone()
            if act is RowAct.SWAP_ITEMS:
                for old, new in ((first, -1), (last, first), (-1, last)):
                    conn.execute("UPDATE evidence SET id = ? WHERE id = ?", (new, old))
            else:
                conn.execute("DELETE FROM evidence WHERE id = ?", (last,))
        conn.execute("COMMIT")


def _chosen(conn: sqlite3.Connection, table: str, random: Random) -> tuple[str, tuple[object, ...]]:
    """A row: what a statement has to ask for, and with which values."""
    names = ("run_id", _KEYS[table]) if table in _KEYS else ("rowid",)
    rows = conn.execute(f"SELECT {', '.join(names)} FROM {table} ORDER BY {', '.join(names)}").fetchall()
    return " AND ".join(f"{name} = ?" for name in names), random.choice(rows)


def _edit(conn: sqlite3.Connection, table: str, columns: tuple[str, ...], random: Random) -> None:
    """Change one byte, one character or one unit of one value of one row."""
    column = random.choice(columns)
    where, which = _chosen(conn, table, random)
    (value,) = conn.execute(f"SELECT {column} FROM {table} WHERE {where}", which).fetchone()
    conn.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (_other(value, random), *which))


def _other(value: bytes | str | int, random: Random) -> bytes | str | int:
    if isinstance(value, int):
        return value + random.choice((-1, 1))
    place = random.randrange(len(value))
    if isinstance(value, bytes):
        return value[:place] + bytes([value[place] ^ (1 << random.randrange(8))]) + value[place + 1 :]
    other = random.choice([letter for letter in "abcdefgh 0123456789é" if letter != value[place]])
    return value[:place] + other + value[place + 1 :]
