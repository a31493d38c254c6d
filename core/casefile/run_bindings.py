"""Entries of the custody log that hold hashes of the run of an item, and of its frames, detections and tracks.

Frames come by the ten thousand: they are hashed together once their scan has ended or a result leans on them, and
whenever they are changed after that. What a scan has stored that has not ended yet is not bound.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

import rfc8785

from core.casefile import audit
from core.casefile.row_hashes import row_sha256, select_hashable, stream_sha256

RUN_BEGUN = "run begun"
"""Action of the entry that every new run of an item leaves; what an earlier run stored is gone."""
SCAN_STORED = "frames and tracks stored"
"""Action of the entries that hold the hash of a run's frames, detections, drawn faces and tracks."""

RUN_COLUMNS = ("id", "evidence_id", "run_key", "time_range", "started_at")
_FACE = ("pts", "time_base", "box_and_score", "landmarks", "quality", "embedding", "is_refined")
_SCAN_TABLES: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "frames": (
            "frame_index",
            ("frame_index", "pts", "time_base", "sha256", "is_corrupt", "is_duplicate", "is_cut", "is_key"),
        ),
        "detections": ("frame_index, face_number", ("frame_index", "face_number", *_FACE)),
        "added_detections": ("frame_index, face_number", ("frame_index", "face_number", "track_id", *_FACE)),
        "tracks": ("track_id", ("track_id", "person_track_id", "is_ignored", "faces")),
    }
)
"""By table: its order, and what is hashed of it."""
_SCAN_FACTS = ("finder_state", "n_decoded", "n_corrupt", "scan_done", "warnings")
_SHA256 = "([0-9a-f]{64})"
_RUN = re.compile(rf"item (\d{{1,18}})(?:, sha256 {_SHA256})?")
_SCAN = re.compile(rf"item (\d{{1,18}}): \d{{1,18}} frames, sha256 {_SHA256}(?:; in place of sha256 {_SHA256})?")


def run_sha256(conn: sqlite3.Connection, evidence_id: int) -> str | None:
    """Hash of what the run of an item was begun with; None when it has none."""
    row = conn.execute(f"{select_hashable('runs', RUN_COLUMNS)} WHERE evidence_id = ?", (evidence_id,)).fetchone()
    return None if row is None else row_sha256(RUN_COLUMNS, row)


def scan_sha256(conn: sqlite3.Connection, run_id: int) -> str:
    """Hash of all that a run stores but crops, recovered faces and the result."""
    hashes = {
        table: stream_sha256(conn, table, columns, f"run_id = ? ORDER BY {order}", run_id)
        for table, (order, columns) in _SCAN_TABLES.items()
    }
    facts = stream_sha256(conn, "runs", _SCAN_FACTS, "id = ?", run_id)
    return hashlib.sha256(rfc8785.dumps({**hashes, "runs": facts})).hexdigest()


def is_scan_bound(conn: sqlite3.Connection, run_id: int) -> bool:
    """Whether the scan has ended, or a result leans on it."""
    row = conn.execute(
        "SELECT scan_done <> 0 OR EXISTS (SELECT 1 FROM results WHERE run_id = runs.id) FROM runs WHERE id = ?",
        (run_id,),
    ).fetchone()
    return bool(row and row[0])


def log_run_begun(conn: sqlite3.Connection, actor: str, evidence_id: int) -> None:
    """Say that an item has a new run without rows; call inside the transaction that begins it."""
    detail = f"item {evidence_id}, sha256 {run_sha256(conn, evidence_id)}"
    audit.append(conn, actor=actor, action=RUN_BEGUN, detail=detail)


@contextmanager
def scan_logged(conn: sqlite3.Connection, actor: str, evidence_id: int, run_id: int) -> Iterator[None]:
    """Enter the hash of what the block makes of a scan, and that of what was there, once the scan is bound.

    What stood there before is hashed too, so that a change behind the application's back is not covered up.
    """
    former = scan_sha256(conn, run_id) if is_scan_bound(conn, run_id) else None
    yield
    if is_scan_bound(conn, run_id):
        log_scan(conn, actor, evidence_id, run_id, former)


def log_scan(conn: sqlite3.Connection, actor: str, evidence_id: int, run_id: int, former: str | None) -> None:
    """Enter the hash of a scan, where it is another than `former`; call inside the transaction that changed it."""
    now = scan_sha256(conn, run_id)
    if now == former:
        return
    (n_frames,) = conn.execute("SELECT count(*) FROM frames WHERE run_id = ?", (run_id,)).fetchone()
    replaced = "" if former is None else f"; in place of sha256 {former}"
    detail = f"item {evidence_id}: {n_frames} frames, sha256 {now}{replaced}"
    audit.append(conn, actor=actor, action=SCAN_STORED, detail=detail)


def run_of(detail: str) -> tuple[int, str | None] | None:
    """(item, hash of its run) of the detail of a `RUN_BEGUN`, no hash in those of earlier versions; None, here and
    below, when it has another form.
    """
    found = _RUN.fullmatch(detail)
    return None if found is None else (int(found[1]), found[2])


def scan_of(detail: str) -> tuple[int, str, str | None] | None:
    """(item, hash, hash of what was there before or None) of the detail of a `SCAN_STORED`."""
    found = _SCAN.fullmatch(detail)
    return None if found is None else (int(found[1]), found[2], found[3])
