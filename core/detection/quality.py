"""Which faces are good enough to be recovered, and why the others are not.

Component measures after ISO/IEC 29794-5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.detection.pose import head_pose
from core.domain.arrays import FloatArray, UInt8Array
from core.domain.faces import FaceDetection, FaceQuality, Rejection
from core.domain.geometry import BBox

SHARPNESS_CROP_PX = 112
_FACE_SIDE_PER_SIZE = 2.0
"""The blur measure looks at a square of twice the eye distance: no hair, no background."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityGate:
    """Limits outside which a face is excluded. The defaults were chosen by looking at faces of real clips.

    Attributes:
        min_size_px: `FaceQuality.size_px`; below it the 224 px crop of the networks is enlarged more than
            threefold.
        max_yaw_deg: absolute; beyond it the far eye is hidden and its landmark is a guess.
        max_pitch_deg: absolute; beyond it MTCNN takes the crown of a bowed head for a face.
        min_sharpness: `FaceQuality.sharpness`; eyes and mouth are smears below about 7 and told apart from
            about 10. Compressed talking heads lie at 20 to 70, sharp ones above 100.
        min_score: detector's confidence, see `FaceDetector.least_usable_score`; the default is MTCNN's.
        max_outside: part of the box's area that may lie outside the frame, [0, 1].
    """

    min_size_px: float = 20.0
    max_yaw_deg: float = 45.0
    max_pitch_deg: float = 30.0
    min_sharpness: float = 8.0
    min_score: float = 0.95
    max_outside: float = 0.1

    def __post_init__(self) -> None:
        if not (0 <= self.min_score <= 1 and 0 <= self.max_outside <= 1):
            raise ValueError("min_score and max_outside are parts of one")
        if min(self.min_size_px, self.max_yaw_deg, self.max_pitch_deg, self.min_sharpness) < 0:
            raise ValueError("limits of the quality gate must not be negative")


def measure(frame_rgb: UInt8Array, detection: FaceDetection, gate: QualityGate) -> FaceQuality:
    """Measure one face and judge it.

    Args:
        frame_rgb: (H, W, 3) uint8, the frame the face was found in.
        detection: the face.
        gate: limits.

    Returns:
        The measures with every reason for which `gate` excludes the face. `score` is the product of the
        detector's confidence and of four parts in [0, 1]: size (full at 63 px, where the crop is not
        enlarged), sharpness (full at ten times the limit), pose (cosine of the angle off the camera's axis),
        and the part within the frame.
    """
    size = face_size_px(detection.landmarks_px)
    yaw, pitch, roll = head_pose(detection.landmarks_px)
    sharpness = _sharpness(frame_rgb, detection.landmarks_px, size)
    outside = _part_outside(detection.bbox, frame_rgb.shape[1], frame_rgb.shape[0])
    failed = (
        (Rejection.TOO_SMALL, size < gate.min_size_px),
        (Rejection.TOO_BLURRED, sharpness < gate.min_sharpness),
        (Rejection.YAW, abs(yaw) > gate.max_yaw_deg),
        (Rejection.PITCH, abs(pitch) > gate.max_pitch_deg),
        (Rejection.LOW_SCORE, detection.score < gate.min_score),
        (Rejection.OUT_OF_FRAME, outside > gate.max_outside),
    )
    facing = max(0.0, float(np.cos(np.radians(yaw)) * np.cos(np.radians(pitch))))
    # On a log scale: sharpness spans decades and the upper ones matter little.
    crisp = np.log1p(sharpness) / np.log1p(10 * max(gate.min_sharpness, 1.0))
    score = detection.score * min(1.0, size / 63) * min(1.0, float(crisp)) * facing * (1 - outside)
    return FaceQuality(
        size_px=size,
        sharpness=sharpness,
        yaw_deg=yaw,
        pitch_deg=pitch,
        roll_deg=roll,
        score=float(np.clip(score, 0.0, 1.0)),
        rejections=tuple(reason for reason, is_bad in failed if is_bad),
    )


def face_size_px(landmarks_px: FloatArray) -> float:
    """Distance between the eyes or 0.95 of that from their middle to the mouth's, whichever is larger, px."""
    eyes, mouth = landmarks_px[:2].mean(axis=0), landmarks_px[3:].mean(axis=0)
    across = np.linalg.norm(landmarks_px[1] - landmarks_px[0])
    return float(max(across, 0.95 * np.linalg.norm(mouth - eyes)))


def _sharpness(rgb: UInt8Array, landmarks_px: FloatArray, size_px: float) -> float:
    """Variance of the Laplacian of the inner face's luma (0..255) at 112 px; 0 outside the frame."""
    import cv2

    side = max(2, round(_FACE_SIDE_PER_SIZE * size_px))
    centre = landmarks_px.astype(np.float64).mean(axis=0)
    left, top = (int(v) for v in np.rint(centre - side / 2))
    height, width = rgb.shape[:2]
    x1, y1, x2, y2 = max(left, 0), max(top, 0), min(left + side, width), min(top + side, height)
    if x2 - x1 < 2 or y2 - y1 < 2:
        return 0.0
    # Cut off rather than padded: a made-up border would count as an edge.
    scale = SHARPNESS_CROP_PX / side
    wanted = max(3, round((x2 - x1) * scale)), max(3, round((y2 - y1) * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    crop = cv2.resize(cv2.cvtColor(rgb[y1:y2, x1:x2], cv2.COLOR_RGB2GRAY), wanted, interpolation=method)
    laplacian: NDArray[np.float64] = cv2.Laplacian(crop, cv2.CV_64F)
    return float(laplacian[1:-1, 1:-1].var())


def _part_outside(box: BBox, width: int, height: int) -> float:
    inside_x = max(0.0, min(box.x2, width) - max(box.x1, 0.0))
    inside_y = max(0.0, min(box.y2, height) - max(box.y1, 0.0))
    return 1.0 - inside_x * inside_y / box.area
