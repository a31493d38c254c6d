"""From landmarks to the crops that networks look at: DFREC's framing and an embedder's chip."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.domain.arrays import FloatArray, UInt8Array
from core.domain.evidence import FrameRecord
from core.domain.faces import AlignedFace, FaceQuality

FACE_PX = 224
EYE_DISTANCE = 0.28
EYE_HEIGHT = 0.46
MAX_TILT_DEG = 8.0

# Mean place of MTCNN's landmarks in a crop of this framing: the embedder's template carried into the crop.
CANONICAL_LANDMARKS: FloatArray = np.array(
    [[82.0, 103.1], [142.0, 103.0], [111.5, 138.4], [85.6, 169.0], [138.4, 169.1]], dtype=np.float32
)
CANONICAL_LANDMARKS.flags.writeable = False


def face_crop_affine(landmarks_px: FloatArray, size: int = FACE_PX) -> FloatArray:
    """Map from frame pixels to pixels of the face crop, (2, 3) float32: a turn where the head is tilted, scale, shift.

    The framing of DFREC's reference samples: eye distance 0.28 of the side (0.95 of the distance from eyes to mouth
    where that is larger), eyes at 0.46 of the height, no rotation. The networks were taught by heads tilted a few
    degrees; one that lies or leans further is turned back to `MAX_TILT_DEG`, so that the map is continuous and an
    upright head's pixels are not sampled askew.

    Args:
        landmarks_px: (5, 2), MTCNN order, px of the frame.
        size: side of the crop, px.
    """
    turn = _turn_back(landmarks_px.astype(np.float64))
    points = landmarks_px.astype(np.float64) @ turn.T
    eyes, mouth = points[:2].mean(0), points[3:].mean(0)
    reach = max(np.linalg.norm(points[1] - points[0]), 0.95 * np.linalg.norm(mouth - eyes))
    side = max(float(reach), 1.0) / EYE_DISTANCE
    left = 0.45 * eyes[0] + 0.55 * mouth[0] - side / 2
    top = eyes[1] - EYE_HEIGHT * side
    scale = size / side
    return (scale * np.hstack([turn, [[-left], [-top]]])).astype(np.float32)


def _turn_back(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2, 2) rotation that takes away what a head of these landmarks (5, 2) is tilted beyond `MAX_TILT_DEG`."""
    tilt = -float(np.arctan2(*_similarity(points, CANONICAL_LANDMARKS.astype(np.float64))[::-1]))
    excess = tilt - float(np.clip(tilt, *np.radians([-MAX_TILT_DEG, MAX_TILT_DEG])))
    cos, sin = np.cos(excess), np.sin(excess)
    return np.array([[cos, sin], [-sin, cos]])


def _similarity(points: NDArray[np.float64], goal: NDArray[np.float64]) -> tuple[float, float]:
    """(a, b) of the matrix [[a, -b], [b, a]] that takes `points` (P, 2) nearest to `goal`, shifts apart (Umeyama)."""
    p, g = points - points.mean(0), goal - goal.mean(0)
    norm = max(float((p**2).sum()), 1e-9)
    return float((p * g).sum()) / norm, float((p[:, 0] * g[:, 1] - p[:, 1] * g[:, 0]).sum()) / norm


def transform_points(affine: FloatArray, points: FloatArray) -> FloatArray:
    """Apply a (2, 3) affine map to (P, 2) points."""
    moved: FloatArray = (points @ affine[:, :2].T + affine[:, 2]).astype(np.float32)
    return moved


def crop_face(rgb: UInt8Array, record: FrameRecord, landmarks_px: FloatArray, quality: FaceQuality) -> AlignedFace:
    """Cut one face out of a frame in DFREC's framing; pixels outside the frame repeat its border.

    Args:
        rgb: (H, W, 3) uint8, the upright frame.
        record: its name.
        landmarks_px: (5, 2) float32, px of the frame.
        quality: of the detection.
    """
    affine = face_crop_affine(landmarks_px)
    return AlignedFace(
        frame_index=record.index,
        time=record.time,
        frame_sha256=record.sha256,
        rgb=_warp(rgb, affine.astype(np.float64), FACE_PX),
        frame_to_crop=affine,
        landmarks_px=transform_points(affine, landmarks_px),
        quality=quality,
    )


def crop_face_rgb(rgb: UInt8Array, landmarks_px: FloatArray) -> UInt8Array:
    """The pixels of `crop_face` alone, (224, 224, 3)."""
    return _warp(rgb, face_crop_affine(landmarks_px).astype(np.float64), FACE_PX)


def align_chip(rgb: UInt8Array, landmarks_px: FloatArray, template: FloatArray, size: int) -> UInt8Array:
    """Chip (size, size, 3) of one face, aligned by the least-squares similarity (Umeyama 1991) onto `template`.

    Args:
        rgb: (H, W, 3) uint8.
        landmarks_px: (5, 2) float32, px of `rgb`.
        template: (5, 2) float32, where they go, px of the chip.
        size: side of the chip, px.
    """
    source, goal = landmarks_px.astype(np.float64), template.astype(np.float64)
    a, b = _similarity(source, goal)
    linear = np.array([[a, -b], [b, a]])
    offset = goal.mean(0) - linear @ source.mean(0)
    return _warp(rgb, np.hstack([linear, offset[:, None]]), size)


def _warp(rgb: UInt8Array, affine: NDArray[np.float64], size: int) -> UInt8Array:
    """Affine resampling without aliasing: a picture that shrinks by more than two is first reduced by area."""
    scale = float(np.hypot(affine[0, 0], affine[1, 0]))
    if scale < 0.5:
        corners = np.array([[0, 0], [size, 0], [0, size], [size, size]]) - affine[:, 2]
        inside = corners @ np.linalg.inv(affine[:, :2]).T
        low = np.clip(np.floor(inside.min(0)) - 2, 0, [rgb.shape[1] - 2, rgb.shape[0] - 2]).astype(int)
        high = np.clip(np.ceil(inside.max(0)) + 2, low + 2, [rgb.shape[1], rgb.shape[0]]).astype(int)
        part = rgb[low[1] : high[1], low[0] : high[0]]
        width, height = (max(2, round(n * scale * 1.5)) for n in (part.shape[1], part.shape[0]))
        shrink = np.array([width / part.shape[1], height / part.shape[0]])
        rgb = np.asarray(cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
        shifted = affine[:, 2] + affine[:, :2] @ (low - 0.5 + 0.5 / shrink)
        affine = np.hstack([affine[:, :2] / shrink, shifted[:, None]])
    warped = cv2.warpAffine(rgb, affine, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, dtype=np.uint8)
