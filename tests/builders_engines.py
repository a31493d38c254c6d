"""Engines for pipelines on scripted clips: a face is found wherever somebody looks, and all faces are alike."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.detection.quality import QualityGate
from core.domain.calibration import Calibration
from core.domain.evidence import Frame
from core.domain.faces import FaceDetection
from core.domain.geometry import BBox
from core.pipeline import Engines

BOX = BBox(x1=20, y1=10, x2=60, y2=55)
POINTS = np.array([[32, 28], [48, 28], [40, 37], [34, 45], [46, 45]], np.float32)


class Willing:
    """Finds a face in every box."""

    name = "willing"

    def detect(self, frames: Sequence[Frame]) -> list[list[FaceDetection]]:
        return self.refine(frames, [[BOX]] * len(frames))

    def refine(self, frames: Sequence[Frame], boxes: Sequence[Sequence[BBox]]) -> list[list[FaceDetection]]:
        return [
            [
                FaceDetection(frame_index=frame.index, time=frame.time, bbox=box, score=0.99, landmarks_px=POINTS)
                for box in inside
            ]
            for frame, inside in zip(frames, boxes, strict=True)
        ]


class Blind:
    """Finds no face anywhere."""

    name = "blind"

    def detect(self, frames: Sequence[Frame]) -> list[list[FaceDetection]]:
        return [[] for _ in frames]

    def refine(self, frames: Sequence[Frame], boxes: Sequence[Sequence[BBox]]) -> list[list[FaceDetection | None]]:
        return [[None] * len(inside) for inside in boxes]


class AllAlike:
    """Describes every face by the same vector."""

    embedder_id = "alike:0"
    dim = 4
    chip_size = 112
    template_points = POINTS

    def embed(self, chips: np.ndarray) -> np.ndarray:
        return np.tile(np.eye(4, dtype=np.float32)[:1], (len(chips), 1))


WILLING_ENGINES = Engines(
    detector=Willing(),
    embedder=AllAlike(),
    recoverer=None,
    calibration=Calibration.none(),
    device="cpu",
    weights=(),
    gate=QualityGate(min_size_px=0, min_sharpness=0, max_yaw_deg=180, max_pitch_deg=180),
)
BLIND_ENGINES = replace(WILLING_ENGINES, detector=Blind())
