"""Landmarks of faces that somebody else has cropped already."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from core.detection.base import FaceDetector
from core.domain.arrays import FloatArray, UInt8Array
from core.domain.evidence import Frame
from core.domain.faces import FaceDetection
from core.domain.geometry import BBox
from core.domain.time import TimePoint
from core.recovery.align import CANONICAL_LANDMARKS, FACE_PX

# Where MTCNN's box lies in DFREC's framing: within 2 px on frontal portraits.
FACE_BOX = BBox(x1=45, y1=44, x2=174, y2=206)


def landmarks_of_crops(detector: FaceDetector, crops: UInt8Array) -> FloatArray:
    """Five landmarks of the face in each crop.

    Looks where the framing puts the face, then for any face in the middle of the crop; where neither is found the
    framing's usual places stand in, so that a strongly forged or covered face is still recovered.

    Args:
        detector: finds faces.
        crops: (N, 224, 224, 3) uint8 RGB.

    Returns:
        (N, 5, 2) float32, MTCNN order, px of the crop.

    Raises:
        ValueError: another shape or dtype.
    """
    if crops.ndim != 4 or crops.shape[1:] != (FACE_PX, FACE_PX, 3) or crops.dtype != np.uint8:
        raise ValueError(f"expected crops (N, {FACE_PX}, {FACE_PX}, 3) uint8, got {crops.shape} {crops.dtype}")
    frames = [_frame(i, crop) for i, crop in enumerate(crops)]
    found = [faces[0] for faces in detector.refine(frames, [[FACE_BOX]] * len(frames))]
    missed = [i for i, face in enumerate(found) if face is None]
    for i, faces in zip(missed, detector.detect([frames[i] for i in missed]), strict=True):
        found[i] = next((face for face in faces if _is_central(face)), None)
    landmarks = np.empty((len(crops), 5, 2), dtype=np.float32)
    for i, face in enumerate(found):
        landmarks[i] = CANONICAL_LANDMARKS if face is None else face.landmarks_px
    return landmarks


def _frame(index: int, crop: UInt8Array) -> Frame:
    time = TimePoint(pts=index, time_base=Fraction(1))
    return Frame(index=index, time=time, rgb=np.ascontiguousarray(crop), rotation_deg=0, is_corrupt=False)


def _is_central(face: FaceDetection) -> bool:
    """Whether the middle of the crop lies on the face: others at its border are not whom it was cut for."""
    box, middle = face.bbox, FACE_PX / 2
    return box.x1 <= middle <= box.x2 and box.y1 <= middle <= box.y2
