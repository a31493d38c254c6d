"""Small frames, faces, crops and recoveries, the same for the same number: what the work of the campaign stores."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import numpy as np

from core.casefile.records import ScanBatch, StoredCrop
from core.domain.arrays import FloatArray, UInt8Array
from core.domain.evidence import EvidenceItem, FrameRecord
from core.domain.faces import AlignedFace, FaceDetection, FaceQuality, TrackView
from core.domain.geometry import BBox
from core.domain.identity import Decision
from core.domain.recovery import RecoveredFaces
from core.domain.report import EvidenceResult, PersonTrack, RecoveredFrame, RunBasis, RunManifest
from core.domain.time import TimePoint, TimeRange
from core.validation.sample_item import sample_item

DAY = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DIM = 32
_SIDE = 48
_TIME_BASE = Fraction(1, 12800)


def evidence() -> EvidenceItem:
    """An item that no file stands behind."""
    return sample_item(Path("/evidence/2026-17/interview.mp4"), "5a" * 32, DAY, size_bytes=48_231_977)


def frame(n: int) -> FrameRecord:
    """The `n`-th frame."""
    return FrameRecord(
        index=n,
        time=TimePoint(pts=512 * n, time_base=_TIME_BASE),
        sha256=f"{n:064x}",
        is_corrupt=n % 5 == 1,
        is_duplicate=n % 7 == 2,
        is_cut=n % 11 == 3,
    )


def vector(seed: int) -> FloatArray:
    """A unit vector (DIM,) float32."""
    drawn = np.random.default_rng(seed).standard_normal(DIM)
    return (drawn / np.linalg.norm(drawn)).astype(np.float32)


def picture(seed: int, side: int = _SIDE) -> UInt8Array:
    """(side, side, 3) uint8 of noise."""
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)


def detection(n: int, *, number: int = 0) -> FaceDetection:
    """A face of the `n`-th frame."""
    box = BBox(x1=n + 0.5, y1=20.25, x2=n + 60.75, y2=90 + number)
    points = np.random.default_rng(n + 1000 * number).uniform(20, 60, (5, 2)).astype(np.float32)
    return FaceDetection(
        frame_index=n,
        time=frame(n).time,
        bbox=box,
        score=0.875,
        landmarks_px=points,
        quality=_quality(n),
        embedding=vector(n),
    )


def crop(n: int) -> StoredCrop:
    """The crop of the first face of the `n`-th frame."""
    face = AlignedFace(
        frame_index=n,
        time=frame(n).time,
        frame_sha256=frame(n).sha256,
        rgb=picture(n),
        frame_to_crop=np.eye(2, 3, dtype=np.float32),
        landmarks_px=detection(n).landmarks_px,
        quality=_quality(n),
    )
    return StoredCrop(frame_index=n, face_number=0, track_key=1, face=face)


def batch(numbers: Sequence[int]) -> ScanBatch:
    """These frames with a face and its crop each; the crop of the frame before them is dropped for a better one."""
    before = numbers[0] - 1
    return ScanBatch(
        frames=[frame(n) for n in numbers],
        is_key=[n % 2 == 0 for n in numbers],
        detections=[[detection(n)] for n in numbers],
        crops=[crop(n) for n in numbers],
        dropped_crops=[(before, 0)] if before >= 0 else [],
        finder_state=f'{{"after":{numbers[-1]}}}',
        n_decoded=numbers[-1] + 1,
        n_corrupt=sum(frame(n).is_corrupt for n in range(numbers[-1] + 1)),
        warnings=[f"up to {numbers[-1]}"],
    )


def recovery(n: int) -> RecoveredFaces:
    """What was recovered from the crop of the `n`-th frame."""
    return RecoveredFaces(
        source_rgb=picture(n + 1),
        target_rgb=picture(n + 2),
        identity_map=np.random.default_rng(n).random((_SIDE, _SIDE), dtype=np.float32),
        fake_score=1 / (n + 3),
        input_embedding=vector(n),
        source_embedding=vector(n + 1),
        target_embedding=vector(n + 2),
        embedder_id="noise sha256:00",
        weights_sha256="ab" * 32,
        seed=n,
    )


def track(n_frames: int) -> TrackView:
    """The one track, over all frames."""
    return TrackView(
        track_id=1, person_track_id=1, is_ignored=False, detections=tuple(detection(n) for n in range(n_frames))
    )


def result(n_frames: int, shown: Sequence[int]) -> EvidenceResult:
    """One person, of whom these frames were recovered."""
    item, frames = evidence(), tuple(frame(n) for n in range(n_frames))
    person = PersonTrack(
        person_track_id=1,
        track_ids=(1,),
        first=frames[0].time,
        last=frames[-1].time,
        n_detections=n_frames,
        n_rejected=(),
        scores=tuple((frame(n).time, recovery(n).fake_score) for n in shown),
        fake_score=0.25,
        forgery_decision=Decision.INCONCLUSIVE,
        forgery_reason="noise",
        frames=tuple(RecoveredFrame(face=crop(n).face, recovered=recovery(n)) for n in shown),
        findings=(),
    )
    return EvidenceResult(
        evidence=item,
        sha256_before=item.sha256,
        sha256_after=item.sha256,
        analysed_range=TimeRange(),
        n_frames_decoded=n_frames,
        n_frames_analysed=n_frames,
        n_frames_corrupt=sum(f.is_corrupt for f in frames),
        n_frames_duplicate=sum(f.is_duplicate for f in frames),
        n_cuts=sum(f.is_cut for f in frames),
        frames=frames,
        persons=(person,),
        warnings=("noise",),
    )


def basis() -> RunBasis:
    """What a run was made with."""
    manifest = RunManifest(
        application_version="0",
        config=(("seed", "0"),),
        weights=(),
        libraries=(("numpy", "2"),),
        platform="any",
        device="cpu",
        seed=0,
        started_at=DAY,
        ended_at=DAY,
        command="unswap analyze interview.mp4",
        tolerance="none",
    )
    return RunBasis(manifest=manifest, error_rates=(), model_limits=("noise",), gallery_name="people.db")


def _quality(n: int) -> FaceQuality:
    return FaceQuality(
        size_px=48.5 + n, sharpness=100 / (n + 1), yaw_deg=-n / 7, pitch_deg=0.1, roll_deg=0.0, score=1 / (n + 2)
    )
