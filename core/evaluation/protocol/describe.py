"""What is read off a picture of a face to compare it: identity, pose, attributes, features."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from core.detection.base import FaceDetector
from core.detection.pose import head_pose
from core.domain.arrays import FloatArray, UInt8Array
from core.domain.evidence import Frame
from core.domain.time import TimePoint
from core.models.embedding import Embedder
from core.recovery.align import align_chip
from core.recovery.cropped import FACE_BOX
from core.training.pixels import as_tensor

if TYPE_CHECKING:
    from core.models.attributes import AttributeHead
    from core.models.losses import FaceFeatures

AGE_WITHIN_YEARS = 10.0
LOOK_WITHIN = 0.5
BATCH = 32


def identity_vectors(embedder: Embedder, pictures: UInt8Array, landmarks: FloatArray) -> FloatArray:
    """Describe pictures as the application describes crops.

    Args:
        embedder: describes them.
        pictures: (N, 224, 224, 3) uint8 RGB.
        landmarks: (N, 5, 2) of the face as seen: recovered faces stand where that face stands.

    Returns:
        (N, D) float32, unit norm.
    """
    parts = [np.zeros((0, embedder.dim), np.float32)]
    for at in range(0, len(pictures), BATCH):
        near = slice(at, at + BATCH)
        chips = [
            align_chip(picture, points, embedder.template_points, embedder.chip_size)
            for picture, points in zip(pictures[near], landmarks[near], strict=True)
        ]
        parts.append(embedder.embed(np.stack(chips)))
    return np.concatenate(parts)


def poses(detector: FaceDetector, pictures: UInt8Array) -> NDArray[np.float64]:
    """(N, 3) yaw, pitch and roll in degrees by landmarks found in the pictures; NaN where no face is found."""
    found = np.full((len(pictures), 3), np.nan)
    for at in range(0, len(pictures), BATCH):
        frames = [_frame(i, picture) for i, picture in enumerate(pictures[at : at + BATCH])]
        for i, (face,) in enumerate(detector.refine(frames, [[FACE_BOX]] * len(frames))):
            if face is not None:
                found[at + i] = head_pose(face.landmarks_px)
    return found


def pose_error(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N,) mean absolute difference of the three angles, degrees; NaN where one is not known."""
    apart = (a - b + 180) % 360 - 180
    error: NDArray[np.float64] = np.abs(apart).mean(1)
    return error


class AttributeReader:
    """Reads the attributes of `core.models.attributes` off face crops.

    Args:
        features: the frozen embedder.
        head: trained on it.
        device: torch device of both.
    """

    def __init__(self, features: FaceFeatures, head: AttributeHead, device: str) -> None:
        self._features, self._head, self._device = features, head, device

    @torch.inference_mode()
    def read(self, pictures: UInt8Array) -> FloatArray:
        """(N, 224, 224, 3) -> (N, 7) as the head states them."""
        parts = [
            self._head(self._features(as_tensor(pictures[at : at + BATCH], self._device))[3]).cpu().numpy()
            for at in range(0, len(pictures), BATCH)
        ]
        stated: FloatArray = np.concatenate(parts).astype(np.float32)
        return stated


def attribute_agreement(a: FloatArray, b: FloatArray) -> FloatArray:
    """(N,) share of the seven attributes that two pictures agree in.

    They agree in gender when both are judged alike, in age within ten years, in each of the others within half of its
    spread over photographs.
    """
    agree = np.abs(a - b) <= LOOK_WITHIN
    agree[:, 0] = np.abs(a[:, 0] - b[:, 0]) * 100 <= AGE_WITHIN_YEARS
    agree[:, 1] = (a[:, 1] > 0) == (b[:, 1] > 0)
    share: FloatArray = agree.mean(1).astype(np.float32)
    return share


def _frame(index: int, picture: UInt8Array) -> Frame:
    time = TimePoint(pts=index, time_base=Fraction(1))
    return Frame(index=index, time=time, rgb=np.ascontiguousarray(picture), rotation_deg=0, is_corrupt=False)
