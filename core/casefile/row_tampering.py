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


_K = FindingKind
CALLED: Mapping[RowAct, FindingKind] = MappingProxyType(
    {
        RowAct.EDIT_CROP: _K.CROPS_CHANGED,
        RowAct.DROP_CROP: _K.CROPS_CHANGED,
        RowAct.ADD_CROP: _K.CROPS_CHANGED,
        RowAct.EDIT_RECOVERED: _K.RECOVERED_CHANGED,
        RowAct.DROP_RECOVERED: _K.RECOVERED_CHANGED,
        RowAct.EDIT_RESULT: _K.RESULT_CHANGED,
        RowAct.EDIT_PICTURE: _K.RESULT_CHANGED,
        RowAct.DROP_RESULT: _K.RESULT_CHANGED,
        RowAct.EDIT_DECISION: _K.DECISION_CHANGED,
        RowAct.FLIP_DECISION: _K.DECISION_CHANGED,
        RowAct.DROP_DECISION: _K.DECISION_CHANGED,
        RowAct.ADD_DECISION: _K.DECISION_CHANGED,
        RowAct.EDIT_FACTS: _K.FACTS_CHANGED,
        RowAct.DROP_FACTS: _K.FACTS_CHANGED,
    }
)
"""What a check has to call each act."""

_CROP_COLUMNS = ("track_key", "pts", "time_base", "frame_sha256", "frame_to_crop", "landmarks", "quality", "png")
_RECOVERED_COLUMNS = (
    "facts",
    "input_embedding",
    "source_embedding",
    "target_embedding",
    "source_png",
    "target_png",
    "map_shape",
    "map_zlib",
)


def tamper_rows(database: Path, act: RowAct, random: Random) -> None:
    """Do one act to a case that holds a result, crops, recovered faces, decisions and what was entered about it.

    Args:
        database: of the case, changed in place; nobody has it open.
        act: what is done.
        random: chooses rows, columns and places.
    """
    with closing(sqlite3.connect(database, isolation_level=None)) as conn:
        conn.execute("PRAGMA synchronous = OFF")  # nothing of value is written
        conn.execute("BEGIN IMMEDIATE")
        match act:
            case RowAct.EDIT_CROP:
                _edit(conn, "crops", _CROP_COLUMNS, random)
            case RowAct.ADD_CROP:
                _copy_crop(conn, random)
            case RowAct.EDIT_RECOVERED:
                _edit(conn, "recovered", _RECOVERED_COLUMNS, random)
            case RowAct.EDIT_RESULT:
                _edit(conn, "results", ("result",), random)
            case RowAct.EDIT_PICTURE:
                _edit(conn, "result_pictures", ("picture",), random)
            case RowAct.EDIT_DECISION:
                _edit(conn, "review", ("at", "actor", "action"), random)
            case RowAct.FLIP_DECISION:
                conn.execute("UPDATE review SET active = 1 - active WHERE id = ?", (_chosen(conn, "review", random),))
            case RowAct.ADD_DECISION:
                number = _chosen(conn, "review", random)
                conn.execute(
                    "INSERT INTO review (at, actor, action) SELECT at, actor, action FROM review WHERE id = ?",
                    (number,),
                )
            case RowAct.EDIT_FACTS:
                _edit(conn, "case_info", ("info",), random)
            case (
                RowAct.DROP_CROP | RowAct.DROP_RECOVERED | RowAct.DROP_RESULT | RowAct.DROP_DECISION | RowAct.DROP_FACTS
            ):
                table = _TABLES[act]
                conn.execute(f"DELETE FROM {table} WHERE rowid = ?", (_chosen(conn, table, random),))
        conn.execute("COMMIT")


_TABLES: Mapping[RowAct, str] = MappingProxyType(
    {
        RowAct.DROP_CROP: "crops",
        RowAct.DROP_RECOVERED: "recovered",
        RowAct.DROP_RESULT: "results",
        RowAct.DROP_DECISION: "review",
        RowAct.DROP_FACTS: "case_info",
    }
)


def _chosen(conn: sqlite3.Connection, table: str, random: Random) -> int:
    return int(random.choice(conn.execute(f"SELECT rowid FROM {table} ORDER BY rowid").fetchall())[0])


def _edit(conn: sqlite3.Connection, table: str, columns: tuple[str, ...], random: Random) -> None:
    """Change one byte, one character or one unit of one value of one row."""
    column = random.choice(columns)
    where = "rowid = ?"
    which: tuple[object, ...]
    if table == "result_pictures":  # a table without row numbers
        run_id, name = random.choice(conn.execute(f"SELECT run_id, sha256 FROM {table} ORDER BY 1, 2").fetchall())
        where, which = "run_id = ? AND sha256 = ?", (run_id, name)
    else:
        which = (_chosen(conn, table, random),)
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


def _copy_crop(conn: sqlite3.Connection, random: Random) -> None:
    """The crop of a face once more, as a further face of its frame."""
    columns = ", ".join(_CROP_COLUMNS)
    conn.execute(
        f"INSERT INTO crops (run_id, frame_index, face_number, {columns}) "
        f"SELECT run_id, frame_index, face_number + 100, {columns} FROM crops WHERE id = ?",
        (_chosen(conn, "crops", random),),
    )
