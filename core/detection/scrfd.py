"""SCRFD (Guo et al., "Sample and Computation Redistribution for Efficient Face Detection", 2021).

The networks are not shipped: insightface licenses them for non-commercial research, so the user brings a
model pack.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from insightface.model_zoo.scrfd import SCRFD
from numpy.typing import NDArray
from onnxruntime import InferenceSession

from core.detection.patches import cut_squares, squares_around
from core.domain.evidence import Frame
from core.domain.faces import FaceDetection
from core.domain.geometry import BBox
from core.errors import ModelError

PACK_PATTERNS = ("det_*.onnx", "scrfd*.onnx", "retinaface*.onnx")
_OUTPUTS = (6, 9, 10, 15)
"""How many outputs the published detectors have; 9 and 15 of them with landmarks."""
_REFINE_CONTEXT = 2.0
"""The crop of `refine` is this many times the predicted box: SCRFD wants to see some of the surroundings."""
_REFINE_PX = 128
_REFINE_MIN_IOU = 0.2


class ScrfdDetector:
    """A detection network of an insightface model pack, run by onnxruntime through `insightface.model_zoo`.

    Args:
        session: of ONNX Runtime, ready to run.
        name: of the model, for messages and the report.
        input_px: side of the square that a frame is fitted into; ignored by networks of fixed input size.
        threshold: least score, [0, 1].

    Raises:
        ModelError: a network without the score, box and five-landmark outputs of SCRFD.
    """

    def __init__(self, session: InferenceSession, *, name: str, input_px: int = 640, threshold: float = 0.5) -> None:
        self._name = name
        self._network = _scrfd(session, name)
        self._input_px = input_px
        self._threshold = threshold

    @property
    def name(self) -> str:
        """``"scrfd:"`` and the model's name."""
        return f"scrfd:{self._name}"

    @property
    def least_usable_score(self) -> float:
        """Its networks give whole, clear faces 0.7 to 0.9 (insightface's issue 1832)."""
        return 0.6

    def detect(self, frames: Sequence[Frame]) -> list[list[FaceDetection]]:
        """See `FaceDetector.detect`; the published networks take one frame at a time."""
        found = []
        for frame in frames:
            boxes, landmarks = self._run(frame.rgb, self._input_px)
            found.append([_detection(frame, b, k, False) for b, k in zip(boxes, landmarks, strict=True)])
        return found

    def refine(self, frames: Sequence[Frame], boxes: Sequence[Sequence[BBox]]) -> list[list[FaceDetection | None]]:
        """See `FaceDetector.refine`: the whole network on a small crop around each box.

        A network of fixed input size costs as much here as on a whole frame.
        """
        if len(frames) != len(boxes):
            raise ValueError(f"{len(frames)} frames but boxes for {len(boxes)}")
        return [
            [self._refine_one(frame, box) for box in of_frame] for frame, of_frame in zip(frames, boxes, strict=True)
        ]

    def _refine_one(self, frame: Frame, box: BBox) -> FaceDetection | None:
        cx, cy = box.centre
        half = _REFINE_CONTEXT * max(box.width, box.height) / 2
        square = squares_around(np.array([[cx - half, cy - half, cx + half, cy + half]]))
        crop = cut_squares(frame.rgb, square, _REFINE_PX)[0]
        boxes, landmarks = self._run(crop, _REFINE_PX)
        left, top, side = (float(v) for v in square[0])
        scale, corner = side / _REFINE_PX, np.array([left, top])
        boxes = np.concatenate([boxes[:, :4] * scale + np.tile(corner, 2), boxes[:, 4:]], axis=1)
        landmarks = landmarks * scale + corner
        found = [_detection(frame, b, k, True) for b, k in zip(boxes, landmarks, strict=True)]
        best = max(found, key=lambda d: d.bbox.iou(box), default=None)
        return best if best is not None and best.bbox.iou(box) >= _REFINE_MIN_IOU else None

    def _run(self, rgb: NDArray[np.uint8], side_px: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(N, 5) boxes with scores, best first, and (N, 5, 2) landmarks, px of `rgb`."""
        bgr = np.ascontiguousarray(rgb[:, :, ::-1])  # insightface swaps channels back itself
        found, landmarks = self._network.detect(bgr, input_size=(side_px, side_px), det_thresh=self._threshold)
        boxes = np.asarray(found, np.float64)
        full = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
        return boxes[full], np.asarray(landmarks, np.float64)[full]


def detector_file(path: Path) -> Path:
    """The detector of a model pack's folder, or the file itself.

    Raises:
        ModelError: no such file, or no detector in the folder.
    """
    if path.is_dir():
        for pattern in PACK_PATTERNS:
            if candidates := sorted(path.glob(pattern)):
                return candidates[0]
        raise ModelError(
            f"the folder holds no face detector ({', '.join(PACK_PATTERNS)})",
            next_step="give the folder of an unpacked insightface model pack, or the detector's .onnx file",
            path=path,
        )
    if not path.is_file():
        raise ModelError(
            "no such model file",
            next_step="give the folder of an insightface model pack, or use the built-in detector mtcnn",
            path=path,
        )
    return path


def _scrfd(session: InferenceSession, name: str) -> SCRFD:
    shape = session.get_inputs()[0].shape
    # Fewer outputs are other networks of a pack; SCRFD itself would take any number.
    network = SCRFD(session=session) if len(session.get_outputs()) in _OUTPUTS and len(shape) == 4 else None
    if network is None or not network.use_kps:
        raise ModelError(
            f"{name} is no SCRFD or RetinaFace detector with five landmarks",
            next_step="give the detector of the model pack, for example det_10g.onnx",
        )
    return network


def _detection(
    frame: Frame, box: NDArray[np.float64], landmarks: NDArray[np.float64], is_refined: bool
) -> FaceDetection:
    x1, y1, x2, y2, score = (float(v) for v in box)
    return FaceDetection(
        frame_index=frame.index,
        time=frame.time,
        bbox=BBox(x1=x1, y1=y1, x2=x2, y2=y2),
        score=min(1.0, max(0.0, score)),
        landmarks_px=landmarks.astype(np.float32),
        is_refined=is_refined,
    )
