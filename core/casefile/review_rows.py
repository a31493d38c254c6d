"""Rows of the review: a person's actions, and the faces that a person added. Called inside transactions."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

from core.casefile import audit, bindings, decision_runs
from core.casefile.codec import moment_text, printable, time_from_json, to_json
from core.casefile.codec_faces import DETECTION_COLUMNS, box_from_text, detection_from_row, detection_row
from core.casefile.codec_review import action_from_json, action_json
from core.casefile.records import TrackSpan
from core.domain.faces import FaceDetection, TrackBox, TrackView
from core.domain.foreign_text import parsed_json
from core.domain.review import ReviewAction, ReviewEntry, described
from core.errors import BugError


def add_action(conn: sqlite3.Connection, actor: str, action: ReviewAction) -> ReviewEntry:
    """Store an action, and enter it into the custody log with the hash of its row."""
    at = datetime.now(UTC)
    number = conn.execute(
        "INSERT INTO review (at, actor, action) VALUES (?, ?, ?)",
        (moment_text(at), printable(actor), action_json(action)),
    ).lastrowid
    bindings.log_decision(conn, actor, int(number or 0), described(action))
    return ReviewEntry(id=int(number or 0), at=at, actor=actor, action=action)


def set_active(conn: sqlite3.Connection, actor: str, action_id: int, *, is_active: bool) -> None:
    """Undo or redo an action and say so in the custody log; nothing happens when it is so already.

    Raises:
        BugError: no such action.
    """
    row = conn.execute("SELECT action, active FROM review WHERE id = ?", (action_id,)).fetchone()
    if row is None:
        raise BugError(f"the case holds no action {action_id}")
    if bool(row[1]) == is_active:
        return
    conn.execute("UPDATE review SET active = ? WHERE id = ?", (int(is_active), action_id))
    # Without a hash of the row: it would vouch for a change that was made behind the application's back.
    verb = bindings.REDONE if is_active else bindings.UNDONE
    audit.append(conn, actor=actor, action=verb, detail=f"{action_id}: {described(action_from_json(row[0]))}")


def entries(conn: sqlite3.Connection) -> tuple[ReviewEntry, ...]:
    """All actions, oldest first, undone ones too."""
    of_earlier = decision_runs.replaced(conn)
    return tuple(
        ReviewEntry(
            id=number,
            at=datetime.fromisoformat(at),
            actor=actor,
            action=action_from_json(action),
            is_active=bool(active),
            is_of_earlier=number in of_earlier,
        )
        for number, at, actor, action, active in conn.execute(
            "SELECT id, at, actor, action, active FROM review ORDER BY id"
        )
    )


def insert_added(
    conn: sqlite3.Connection, run_id: int, track_id: int, faces: Sequence[tuple[int, FaceDetection]]
) -> None:
    """Store the (face number, detection) of one added face on analysed frames."""
    conn.execute("DELETE FROM added_detections WHERE run_id = ? AND track_id = ?", (run_id, track_id))
    conn.executemany(
        f"INSERT INTO added_detections (run_id, track_id, frame_index, face_number, {DETECTION_COLUMNS}) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ((run_id, track_id, d.frame_index, number, *detection_row(d)) for number, d in faces),
    )


def added(conn: sqlite3.Connection, run_id: int) -> dict[int, tuple[FaceDetection, ...]]:
    """Detections of the added faces by the id of their track, in order of time."""
    found: dict[int, list[FaceDetection]] = {}
    for track_id, index, *row in conn.execute(
        f"SELECT track_id, frame_index, {DETECTION_COLUMNS} FROM added_detections WHERE run_id = ? "
        "ORDER BY track_id, frame_index",
        (run_id,),
    ):
        found.setdefault(track_id, []).append(detection_from_row(index, tuple(row)))
    return {track_id: tuple(detections) for track_id, detections in found.items()}


def put_tracks(conn: sqlite3.Connection, run_id: int, tracks: Sequence[TrackView]) -> None:
    """Store the tracks of a finished run in place of earlier ones.

    Raises:
        BugError: a track holds a detection that is not stored.
    """
    numbers = {
        (index, pts, box): (number, is_added)
        for table, is_added in (("detections", 0), ("added_detections", 1))
        for index, number, pts, box in conn.execute(
            f"SELECT frame_index, face_number, pts, box_and_score FROM {table} WHERE run_id = ?", (run_id,)
        )
    }
    conn.execute("DELETE FROM tracks WHERE run_id = ?", (run_id,))
    for track in tracks:
        faces = []
        for detection in track.detections:
            pts, _, box = detection_row(detection)[:3]
            known = numbers.get((detection.frame_index, pts, box))
            if known is None:
                raise BugError(f"track {track.track_id} holds an unknown face in frame {detection.frame_index}")
            faces.append([detection.frame_index, *known])
        conn.execute(
            "INSERT INTO tracks (run_id, track_id, person_track_id, is_ignored, faces) VALUES (?, ?, ?, ?, ?)",
            (run_id, track.track_id, track.person_track_id, int(track.is_ignored), to_json(faces)),
        )


def tracks(conn: sqlite3.Connection, run_id: int) -> tuple[TrackView, ...]:
    """The tracks of a finished run in order of id."""
    known: dict[tuple[int, int, int], FaceDetection] = {}
    for table, is_added in (("detections", 0), ("added_detections", 1)):
        for index, number, *row in conn.execute(
            f"SELECT frame_index, face_number, {DETECTION_COLUMNS} FROM {table} WHERE run_id = ?", (run_id,)
        ):
            known[index, number, is_added] = detection_from_row(index, tuple(row))
    return tuple(
        TrackView(
            track_id=track_id,
            person_track_id=person,
            is_ignored=bool(ignored),
            detections=tuple(known[index, number, is_added] for index, number, is_added in parsed_json(faces)),
        )
        for track_id, person, ignored, faces in conn.execute(
            "SELECT track_id, person_track_id, is_ignored, faces FROM tracks WHERE run_id = ? ORDER BY track_id",
            (run_id,),
        )
    )


def track_boxes(conn: sqlite3.Connection, run_id: int) -> dict[int, tuple[TrackBox, ...]]:
    """Boxes of the tracks of a finished run by frame index; reads neither landmarks nor embeddings."""
    known: dict[tuple[int, int, int], str] = {}
    for table, is_added in (("detections", 0), ("added_detections", 1)):
        for index, number, box in conn.execute(
            f"SELECT frame_index, face_number, box_and_score FROM {table} WHERE run_id = ?", (run_id,)
        ):
            known[index, number, is_added] = box
    found: dict[int, list[TrackBox]] = defaultdict(list)
    for track_id, faces in conn.execute(
        "SELECT track_id, faces FROM tracks WHERE run_id = ? ORDER BY track_id", (run_id,)
    ):
        for index, number, is_added in parsed_json(faces):
            bbox, score = box_from_text(known[index, number, is_added])
            found[index].append(TrackBox(track_id=track_id, bbox=bbox, score=score))
    return {index: tuple(boxes) for index, boxes in found.items()}


def track_spans(conn: sqlite3.Connection, run_id: int) -> tuple[TrackSpan, ...]:
    """Where the tracks of a finished run are, in order of id; reads no detection."""
    rows = conn.execute(
        "SELECT track_id, person_track_id, is_ignored, faces FROM tracks WHERE run_id = ? ORDER BY track_id", (run_id,)
    ).fetchall()
    return tuple(_span(conn, run_id, *row) for row in rows)


def _span(
    conn: sqlite3.Connection, run_id: int, track_id: int, person: int | None, is_ignored: int, faces: str
) -> TrackSpan:
    indices = tuple(index for index, _, _ in parsed_json(faces))
    first, last = (
        time_from_json(
            conn.execute(
                "SELECT pts, time_base FROM frames WHERE run_id = ? AND frame_index = ?", (run_id, index)
            ).fetchone()
        )
        for index in (indices[0], indices[-1])
    )
    return TrackSpan(
        track_id=track_id,
        person_track_id=person,
        is_ignored=bool(is_ignored),
        frame_indices=indices,
        first=first,
        last=last,
    )
