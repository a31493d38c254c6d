"""Rows of a run's recoveries and of its result. Functions on an open database, called inside transactions."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from core.casefile import scan_rows
from core.casefile.codec import blob_floats, time_from_json
from core.casefile.codec_faces import (
    RECOVERED_COLUMNS,
    crop_row,
    quality_from_json,
    recovered_from_row,
    recovered_row,
)
from core.casefile.codec_result import face_keys_from_json, result_from_json, result_json
from core.casefile.records import FaceKey, RecoveredFace
from core.domain.evidence import FrameRecord
from core.domain.foreign_text import parsed_json
from core.domain.recovery import RecoveredFaces
from core.domain.report import EvidenceResult, RecoveredFrame
from core.errors import BugError

_KEY = "run_id = ? AND frame_index = ? AND face_number = ?"
_RECOVERED_NAMES = RECOVERED_COLUMNS.split(", ")


def insert_recovered(conn: sqlite3.Connection, run_id: int, batch: Iterable[tuple[int, int, RecoveredFaces]]) -> None:
    """Store recoveries of stored crops; those stored before are replaced."""
    updates = ", ".join(f"{name} = excluded.{name}" for name in _RECOVERED_NAMES)
    conn.executemany(
        f"INSERT INTO recovered (run_id, frame_index, face_number, {RECOVERED_COLUMNS}) "
        f"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        f"ON CONFLICT (run_id, frame_index, face_number) DO UPDATE SET {updates}",
        ((run_id, index, number, *recovered_row(faces)) for index, number, faces in batch),
    )


def recovered_keys(conn: sqlite3.Connection, run_id: int) -> list[FaceKey]:
    """Which recoveries there are, in order of frame and face."""
    rows = conn.execute(
        "SELECT frame_index, face_number FROM recovered WHERE run_id = ? ORDER BY frame_index, face_number", (run_id,)
    )
    return [FaceKey(*row) for row in rows]


def recovered(conn: sqlite3.Connection, run_id: int, key: FaceKey) -> RecoveredFaces:
    """One recovery with its pictures.

    Raises:
        BugError: there is none.
    """
    row = conn.execute(f"SELECT {RECOVERED_COLUMNS} FROM recovered WHERE {_KEY}", (run_id, *key)).fetchone()
    if row is None:
        raise BugError(f"no recovery of face {key.face_number} in frame {key.frame_index}")
    return recovered_from_row(row)


def put_result(
    conn: sqlite3.Connection,
    run_id: int,
    result: EvidenceResult,
    shown: Mapping[int, Sequence[FaceKey]] = MappingProxyType({}),
) -> None:
    """Store the run's result in place of an earlier one; `shown` as `result_json` takes it."""
    conn.execute("DELETE FROM results WHERE run_id = ?", (run_id,))
    conn.execute("INSERT INTO results (run_id, result) VALUES (?, '')", (run_id,))
    text = result_json(result, _RunStore(conn, run_id), shown)
    conn.execute("UPDATE results SET result = ? WHERE run_id = ?", (text, run_id))


def result(
    conn: sqlite3.Connection,
    run_id: int,
    frames_of: Callable[[Sequence[FaceKey]], Sequence[RecoveredFrame]] | None = None,
) -> EvidenceResult | None:
    """The run's result; None while there is none.

    Args:
        conn: inside a transaction.
        run_id: which run.
        frames_of: gives a person's recovered frames; None reads them.
    """
    text = _result_text(conn, run_id)
    if frames_of is None:
        frames_of = lambda keys: tuple(recovered_frame(conn, run_id, key) for key in keys)  # noqa: E731
    return None if text is None else result_from_json(text, _RunStore(conn, run_id), frames_of)


def recovered_frame(conn: sqlite3.Connection, run_id: int, key: FaceKey) -> RecoveredFrame:
    """A crop and its recovery; BugError when they are not stored."""
    return RecoveredFrame(face=scan_rows.crop(conn, run_id, key), recovered=recovered(conn, run_id, key))


def person_faces(conn: sqlite3.Connection, run_id: int, person_track_id: int) -> tuple[RecoveredFace, ...]:
    """The recovered faces of one person of the run's result, best quality first; reads no pixels."""
    text = _result_text(conn, run_id)
    keys = () if text is None else face_keys_from_json(text, person_track_id)
    return tuple(_face(conn, run_id, key) for key in keys)


def _result_text(conn: sqlite3.Connection, run_id: int) -> str | None:
    row = conn.execute("SELECT result FROM results WHERE run_id = ?", (run_id,)).fetchone()
    return None if row is None else str(row[0])


def _face(conn: sqlite3.Connection, run_id: int, key: FaceKey) -> RecoveredFace:
    pts, time_base, sha256, quality, facts, source, target = conn.execute(
        "SELECT c.pts, c.time_base, c.frame_sha256, c.quality, r.facts, r.source_embedding, r.target_embedding "
        "FROM recovered r JOIN crops c USING (run_id, frame_index, face_number) "
        "WHERE r.run_id = ? AND r.frame_index = ? AND r.face_number = ?",
        (run_id, *key),
    ).fetchone()
    return RecoveredFace(
        key=key,
        time=time_from_json((pts, time_base)),
        frame_sha256=sha256,
        quality=quality_from_json(quality),
        fake_score=parsed_json(facts)[0],
        source_embedding=blob_floats(source),
        target_embedding=blob_floats(target),
    )


class _RunStore:
    """What a result refers to: the rows of its run (see `core.casefile.codec_result.ResultStore`)."""

    def __init__(self, conn: sqlite3.Connection, run_id: int) -> None:
        self._conn = conn
        self._run_id = run_id

    def scanned_frames(self) -> tuple[FrameRecord, ...]:
        return scan_rows.frames(self._conn, self._run_id)

    def key_of(self, frame: RecoveredFrame) -> FaceKey:
        index = frame.face.frame_index
        rows = self._conn.execute(
            "SELECT face_number FROM recovered WHERE run_id = ? AND frame_index = ?", (self._run_id, index)
        ).fetchall()
        for (number,) in rows:
            key = FaceKey(index, number)
            # Equal rows are equal faces: the codecs are lossless and deterministic.
            stored = recovered_frame(self._conn, self._run_id, key)
            if _rows(stored) == _rows(frame):
                return key
        raise BugError(f"frame {index} of the result shows a face whose crop and recovery were not stored as shown")

    def expect(self, key: FaceKey) -> FaceKey:
        # A recovery has a crop: the schema sees to it.
        if self._conn.execute(f"SELECT 1 FROM recovered WHERE {_KEY}", (self._run_id, *key)).fetchone() is None:
            raise BugError(f"the result shows face {key.face_number} of frame {key.frame_index}, which was not stored")
        return key

    def put_picture(self, picture: bytes) -> str:
        sha256 = hashlib.sha256(picture).hexdigest()
        self._conn.execute(
            "INSERT OR IGNORE INTO result_pictures (run_id, sha256, picture) VALUES (?, ?, ?)",
            (self._run_id, sha256, picture),
        )
        return sha256

    def get_picture(self, sha256: str) -> bytes:
        row = self._conn.execute(
            "SELECT picture FROM result_pictures WHERE run_id = ? AND sha256 = ?", (self._run_id, sha256)
        ).fetchone()
        if row is None:
            raise KeyError(f"picture {sha256}")
        return bytes(row[0])


def _rows(frame: RecoveredFrame) -> tuple[object, ...]:
    return (*crop_row(frame.face), *recovered_row(frame.recovered))
