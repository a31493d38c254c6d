"""Small runs for the tests of the case file: frames, faces, crops and recoveries made from a seed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from core.casefile.records import ScanBatch, StoredCrop
from core.casefile.store import CaseFile
from core.domain.evidence import FrameRecord
from core.domain.faces import AlignedFace, FaceDetection, FaceQuality, Rejection
from core.domain.geometry import BBox
from core.domain.recovery import RecoveredFaces
from core.domain.report import EvidenceResult
from core.domain.time import TimePoint, TimeRange
from tests.builders_report import item

TIME_BASE = Fraction(1, 90000)
SIDE = 32
WHOLE = TimeRange()


def frame(n: int) -> FrameRecord:
    time = TimePoint(pts=18000 * n + n % 3, time_base=TIME_BASE)
    return FrameRecord(
        index=6 * n,
        time=time,
        sha256=f"{n:064x}",
        is_corrupt=n % 5 == 1,
        is_duplicate=n % 7 == 2,
        is_cut=n % 11 == 3,
    )


def floats(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def picture(seed: int, side: int = SIDE) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)


def quality(n: int) -> FaceQuality:
    return FaceQuality(
        size_px=40 + n / 3,
        sharpness=100 / (n + 1),
        yaw_deg=-n / 7,
        pitch_deg=0.1,
        roll_deg=-0.0,
        score=1 / (n + 2),
        rejections=(Rejection.YAW, Rejection.TOO_BLURRED) if n % 4 == 3 else (),
    )


def detection(n: int, number: int) -> FaceDetection:
    seed = 10 * n + number
    return FaceDetection(
        frame_index=frame(n).index,
        time=frame(n).time,
        bbox=BBox(x1=n / 3, y1=-1.5, x2=n / 3 + 50.1, y2=60 + number / 7),
        score=0.9 + number / 30,
        landmarks_px=floats(seed, 5, 2),
        quality=quality(n) if n % 6 else None,
        embedding=floats(seed, 128) if number == 0 else None,
        is_refined=n % 3 > 0,
    )


def aligned(n: int, number: int = 0, side: int = SIDE) -> AlignedFace:
    return AlignedFace(
        frame_index=frame(n).index,
        time=frame(n).time,
        frame_sha256=frame(n).sha256,
        rgb=picture(n * 10 + number, side),
        frame_to_crop=floats(n, 2, 3),
        landmarks_px=floats(n + 1, 5, 2),
        quality=quality(n),
    )


def recovery(n: int, number: int = 0) -> RecoveredFaces:
    seed = n * 10 + number
    return RecoveredFaces(
        source_rgb=picture(seed + 1),
        target_rgb=picture(seed + 2),
        identity_map=np.random.default_rng(seed).random((SIDE, SIDE), dtype=np.float32),
        fake_score=1 / (n + 3),
        input_embedding=floats(seed, 128),
        source_embedding=floats(seed + 1, 128),
        target_embedding=floats(seed + 2, 128),
        embedder_id="stand-in sha256:00",
        weights_sha256="ab" * 32,
        seed=n,
    )


def crop(n: int, number: int = 0, side: int = SIDE) -> StoredCrop:
    return StoredCrop(
        frame_index=frame(n).index, face_number=number, track_key=7 + number, face=aligned(n, number, side)
    )


def batch(numbers: Iterable[int], *, drop: Iterable[tuple[int, int]] = (), side: int = SIDE) -> ScanBatch:
    """A batch of these frames with two faces and one crop each; drops (n, face number)."""
    ns = list(numbers)
    return ScanBatch(
        frames=[frame(n) for n in ns],
        is_key=[n % 2 == 0 for n in ns],
        detections=[[detection(n, number) for number in range(2)] for n in ns],
        crops=[crop(n, side=side) for n in ns],
        dropped_crops=[(frame(n).index, number) for n, number in drop],
        finder_state=f'{{"after":{ns[-1] if ns else None}}}',
        n_decoded=6 * (ns[-1] + 1) if ns else 0,
        n_corrupt=len(ns),
        warnings=[f"up to {ns[-1]}"] if ns else [],
    )


def begun(folder: Path, *, key: str = "settings 1") -> tuple[CaseFile, int]:
    """An open new or old case with one item whose run has begun."""
    case = CaseFile.open(folder, create=True)
    evidence_id = case.add_evidence(item())
    case.begin_run(evidence_id, run_key=key, time_range=WHOLE)
    return case, evidence_id


def recover_all(case: CaseFile, evidence_id: int, ns: Iterable[int]) -> None:
    case.put_recovered(evidence_id, [(frame(n).index, 0, recovery(n)) for n in ns])


def plain(value: Any) -> Any:
    """Nested tuples with arrays as bytes, so that records with arrays compare bit by bit."""
    if is_dataclass(value) and not isinstance(value, type):
        return (type(value).__name__, *(plain(getattr(value, f.name)) for f in fields(value)))
    if isinstance(value, np.ndarray):
        return (value.shape, value.dtype.str, value.tobytes())
    if isinstance(value, tuple | list):
        return tuple(plain(v) for v in value)
    if isinstance(value, float):
        return value.hex()
    return value


def everything(case: CaseFile, evidence_id: int) -> Any:
    """All that a case holds of an item, pixels included, for comparing two cases bit by bit."""
    result: EvidenceResult | None = case.result(evidence_id)
    return plain(
        (
            case.scanned(evidence_id),
            [(key, case.crop(evidence_id, key.frame_index, key.face_number)) for key in case.crops(evidence_id)],
            [(tuple(key), case.get_recovered(evidence_id, *key)) for key in case.recovered(evidence_id)],
            result,
        )
    )
