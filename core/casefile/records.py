"""What a case file takes in and hands out, beside the domain's own types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from core.domain.arrays import FloatArray
from core.domain.evidence import FrameRecord
from core.domain.faces import AlignedFace, FaceDetection, FaceQuality
from core.domain.time import TimePoint, TimeRange


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRun:
    """The one run whose rows an item holds.

    Attributes:
        evidence_id: see `StoredEvidence.id`.
        run_key: hash of all that shapes the result: settings, weights, range.
        time_range: what is analysed.
        started_at: when it was begun first, UTC.
        is_resumed: it was there already, with the same key.
    """

    evidence_id: int
    run_key: str
    time_range: TimeRange
    started_at: datetime
    is_resumed: bool


class FaceKey(NamedTuple):
    """Names a face within a run.

    Attributes:
        frame_index: see `core.domain.evidence.Frame.index`.
        face_number: 0-based order within the frame's detections.
    """

    frame_index: int
    face_number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CropKey:
    """A stored crop without its pixels; `track_key` is the caller's name for the face's track."""

    frame_index: int
    face_number: int
    track_key: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoredCrop:
    """A crop to be stored: the face's key, its track, its pixels."""

    frame_index: int
    face_number: int
    track_key: int
    face: AlignedFace


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScanBatch:
    """What one batch of analysed frames adds to a run.

    Attributes:
        frames: in order of index, all after those already stored.
        is_key: for each frame, whether all of it was searched for faces.
        detections: for each frame, its faces with quality and embedding.
        crops: to be kept; their frames may belong to an earlier batch.
        dropped_crops: (frame index, face number) of crops no longer wanted, removed after `crops` were added.
        finder_state: JSON of what the face finder needs to go on after this batch.
        n_decoded, n_corrupt: frames decoded so far, and how many of them were damaged; totals of the run.
        warnings: partial failures so far, of the whole run.
    """

    frames: Sequence[FrameRecord]
    is_key: Sequence[bool]
    detections: Sequence[Sequence[FaceDetection]]
    crops: Sequence[StoredCrop] = ()
    dropped_crops: Sequence[tuple[int, int]] = ()
    finder_state: str
    n_decoded: int
    n_corrupt: int
    warnings: Sequence[str] = ()

    def __post_init__(self) -> None:
        if not len(self.frames) == len(self.is_key) == len(self.detections):
            raise ValueError(
                f"{len(self.frames)} frames, {len(self.is_key)} key flags and {len(self.detections)} lists of faces"
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScanState:
    """All that the committed batches of a run hold, without pixels.

    Attributes:
        frames, is_key, detections: see `ScanBatch`; of the whole run, in order.
        finder_state: of the last batch; None before the first.
        n_decoded, n_corrupt: as of the last batch.
        scan_done: the range was looked at to its end.
        warnings: partial failures, as of the last batch or of the end of the scan.
    """

    frames: tuple[FrameRecord, ...]
    is_key: tuple[bool, ...]
    detections: tuple[tuple[FaceDetection, ...], ...]
    finder_state: str | None
    n_decoded: int
    n_corrupt: int
    scan_done: bool
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RecoveredFace:
    """All that is stored of one recovered face but its pictures; these are read by `key`.

    Attributes:
        key: names it within its run.
        time, frame_sha256: of its frame.
        quality: of the face.
        fake_score: [0, 1].
        source_embedding, target_embedding: (D,) float32, unit norm.
    """

    key: FaceKey
    time: TimePoint
    frame_sha256: str
    quality: FaceQuality
    fake_score: float
    source_embedding: FloatArray
    target_embedding: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackSpan:
    """Where a track of a finished run is, without its detections; see `core.domain.faces.TrackView`.

    Attributes:
        track_id, person_track_id, is_ignored: as there.
        frame_indices: frames in which the face was found, rising, at least one.
        first, last: times of the first and the last of them.
    """

    track_id: int
    person_track_id: int | None
    is_ignored: bool
    frame_indices: tuple[int, ...]
    first: TimePoint
    last: TimePoint


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditHead:
    """Where the custody log ends; kept outside the case (in a signed report) it betrays a cut tail.

    Attributes:
        count: number of entries.
        sha256: of the last entry; 64 zeros when there is none.
    """

    count: int
    sha256: str
