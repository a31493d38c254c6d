"""Rows of a run's scan: frames, detections, crops. Functions on an open database, called inside transactions."""

from __future__ import annotations

import sqlite3

from core.casefile.codec import time_json, to_json
from core.casefile.codec_evidence import frame_from_json
from core.casefile.codec_faces import (
    CROP_COLUMNS,
    DETECTION_COLUMNS,
    crop_from_row,
    crop_row,
    detection_from_row,
    detection_row,
)
from core.casefile.records import CropKey, FaceKey, ScanBatch, ScanState, StoredCrop
from core.domain.evidence import FrameRecord
from core.domain.faces import AlignedFace, FaceDetection
from core.domain.foreign_text import parsed_json
from core.errors import BugError

_FRAME_COLUMNS = "frame_index, pts, time_base, sha256, is_corrupt, is_duplicate, is_cut"
_CROP_NAMES = CROP_COLUMNS.split(", ")
_KEY = "run_id = ? AND frame_index = ? AND face_number = ?"


def insert_batch(conn: sqlite3.Connection, run_id: int, batch: ScanBatch) -> None:
    """Store one batch.

    Raises:
        BugError: frames out of order or stored before, detections of another frame, crops without a frame.
    """
    last = conn.execute("SELECT max(frame_index) FROM frames WHERE run_id = ?", (run_id,)).fetchone()[0]
    indices = [frame.index for frame in batch.frames]
    if indices != sorted(set(indices)) or (indices and last is not None and indices[0] <= last):
        raise BugError(f"frames {indices} do not follow the stored ones, which end with {last}")
    conn.executemany(
        f"INSERT INTO frames (run_id, {_FRAME_COLUMNS}, is_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ((run_id, *_frame_row(frame), int(is_key)) for frame, is_key in zip(batch.frames, batch.is_key, strict=True)),
    )
    for frame, detections in zip(batch.frames, batch.detections, strict=True):
        _insert_detections(conn, run_id, frame, detections=tuple(detections))
    for crop in batch.crops:
        insert_crop(conn, run_id, crop)
    conn.executemany(f"DELETE FROM crops WHERE {_KEY}", ((run_id, *key) for key in batch.dropped_crops))
    conn.execute(
        "UPDATE runs SET finder_state = ?, n_decoded = ?, n_corrupt = ?, warnings = ? WHERE id = ?",
        (batch.finder_state, batch.n_decoded, batch.n_corrupt, to_json(list(batch.warnings)), run_id),
    )


def frames(conn: sqlite3.Connection, run_id: int) -> tuple[FrameRecord, ...]:
    """All frames of the run, in order."""
    rows = conn.execute(f"SELECT {_FRAME_COLUMNS} FROM frames WHERE run_id = ? ORDER BY frame_index", (run_id,))
    return tuple(frame_from_json(row) for row in rows)


def scan_state(conn: sqlite3.Connection, run_id: int) -> ScanState:
    """All that is stored of the scan but pixels."""
    finder_state, n_decoded, n_corrupt, scan_done, warnings = conn.execute(
        "SELECT finder_state, n_decoded, n_corrupt, scan_done, warnings FROM runs WHERE id = ?", (run_id,)
    ).fetchone()
    records = frames(conn, run_id)
    keys = conn.execute("SELECT is_key FROM frames WHERE run_id = ? ORDER BY frame_index", (run_id,)).fetchall()
    found: dict[int, list[FaceDetection]] = {frame.index: [] for frame in records}
    for index, *row in conn.execute(
        f"SELECT frame_index, {DETECTION_COLUMNS} FROM detections WHERE run_id = ? ORDER BY frame_index, face_number",
        (run_id,),
    ):
        found[index].append(detection_from_row(index, tuple(row)))
    return ScanState(
        frames=records,
        is_key=tuple(bool(key) for (key,) in keys),
        detections=tuple(tuple(found[frame.index]) for frame in records),
        finder_state=finder_state,
        n_decoded=n_decoded,
        n_corrupt=n_corrupt,
        scan_done=bool(scan_done),
        warnings=tuple(parsed_json(warnings)),
    )


def crop_keys(conn: sqlite3.Connection, run_id: int) -> list[CropKey]:
    """Which crops there are, in order of frame and face."""
    rows = conn.execute(
        "SELECT frame_index, face_number, track_key FROM crops INDEXED BY crops_without_pixels "
        "WHERE run_id = ? ORDER BY frame_index, face_number",
        (run_id,),
    )
    return [CropKey(frame_index=f, face_number=n, track_key=t) for f, n, t in rows]


def crop(conn: sqlite3.Connection, run_id: int, key: FaceKey) -> AlignedFace:
    """One crop with its pixels.

    Raises:
        BugError: there is none.
    """
    row = conn.execute(f"SELECT {CROP_COLUMNS} FROM crops WHERE {_KEY}", (run_id, *key)).fetchone()
    if row is None:
        raise BugError(f"no crop of face {key.face_number} in frame {key.frame_index}")
    return crop_from_row(key.frame_index, row)


def _frame_row(frame: FrameRecord) -> tuple[int | str, ...]:
    pts, time_base = time_json(frame.time)
    flags = (int(frame.is_corrupt), int(frame.is_duplicate), int(frame.is_cut))
    return (frame.index, pts, time_base, frame.sha256, *flags)


def _insert_detections(
    conn: sqlite3.Connection, run_id: int, frame: FrameRecord, *, detections: tuple[FaceDetection, ...]
) -> None:
    if any(detection.frame_index != frame.index for detection in detections):
        raise BugError(f"detections of another frame were listed for frame {frame.index}")
    conn.executemany(
        f"INSERT INTO detections (run_id, frame_index, face_number, {DETECTION_COLUMNS}) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ((run_id, frame.index, number, *detection_row(d)) for number, d in enumerate(detections)),
    )


def insert_crop(conn: sqlite3.Connection, run_id: int, stored: StoredCrop) -> None:
    """Store one crop, in place of an earlier one of the same face.

    Raises:
        BugError: the crop is of another frame.
    """
    if stored.face.frame_index != stored.frame_index:
        raise BugError(f"a crop of frame {stored.face.frame_index} was listed for frame {stored.frame_index}")
    updates = ", ".join(f"{name} = excluded.{name}" for name in ("track_key", *_CROP_NAMES))
    conn.execute(
        f"INSERT INTO crops (run_id, frame_index, face_number, track_key, {CROP_COLUMNS}) "
        f"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        f"ON CONFLICT (run_id, frame_index, face_number) DO UPDATE SET {updates}",
        (run_id, stored.frame_index, stored.face_number, stored.track_key, *crop_row(stored.face)),
    )
