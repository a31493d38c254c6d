"""A forged face, its target and its source, found in their pictures and brought into one framing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import numpy as np

from core.detection.base import FaceDetector
from core.domain.arrays import FloatArray, UInt8Array
from core.domain.evidence import Frame
from core.domain.faces import FaceDetection
from core.domain.geometry import BBox
from core.errors import CaseError
from core.models.embedding import Embedder
from core.recovery.align import align_chip, face_crop_affine, transform_points
from core.training.corpus import PACKED_PX, SQUARE_OVER_CROP
from core.training.layouts.record import Label, ListedFace
from core.training.listed_media import ListedMedia, spread

SAME_PLACE_IOU = 0.3
"""Least overlap of the forged face's box with the target's: below it they are not one picture forged."""
NO_FACE = "no face was found"
ELSEWHERE = "forged picture and target show no face at the same place"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PackedPair:
    """One forged or real face. Pictures (256, 256, 3) uint8 RGB, 1.22 times the recovery networks' crop.

    Attributes:
        forged: the face as it is to be judged; of a real face the face itself.
        target: the same place of the pristine picture.
        source: the source's photograph, its five landmarks laid onto those of `forged` by a similarity.
        target_vector, source_vector: (D,) float32 embeddings of both photographs, each in its own pose.
        has_truth: False where the true faces are unknown; the forged face stands in for both then.
    """

    forged: UInt8Array
    target: UInt8Array
    source: UInt8Array
    target_vector: FloatArray
    source_vector: FloatArray
    has_truth: bool


@dataclass(slots=True, kw_only=True)
class PackReport:
    """What became of a list.

    Attributes:
        packed: pairs written.
        skipped: how many pictures were left out, by reason.
    """

    packed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        lines = [f"{self.packed} faces packed"]
        return "\n".join(lines + [f"{count} left out: {reason}" for reason, count in self.skipped.most_common()])


def find_pairs(
    record: ListedFace, detector: FaceDetector, embedder: Embedder, frames: int, report: PackReport
) -> Iterator[PackedPair]:
    """The pairs of one record; what is wrong with a file is counted and the rest goes on."""
    try:
        with ExitStack() as files:
            shown = files.enter_context(ListedMedia(record.path))
            if not record.is_pair:
                for number in spread(shown.count, frames):
                    yield from _alone(record, shown.frame(number), detector, embedder, report)
                return
            assert record.target is not None and record.source is not None
            target, source = (files.enter_context(ListedMedia(path)) for path in (record.target, record.source))
            for number in spread(min(shown.count, target.count), frames):
                pictures = (shown.frame(number), target.frame(number), source.frame(number))
                yield from _together(*pictures, detector, embedder, report)
    except CaseError as error:
        report.skipped[error.what] += 1


def _alone(
    record: ListedFace, frame: Frame, detector: FaceDetector, embedder: Embedder, report: PackReport
) -> Iterator[PackedPair]:
    """A real face, or a forged one whose true faces are unknown."""
    face = _largest(detector.detect([frame])[0])
    if face is None:
        report.skipped[NO_FACE] += 1
        return
    picture = align_chip(frame.rgb, face.landmarks_px, _goal(face), PACKED_PX)
    vector = _vector(embedder, frame, face)
    yield PackedPair(
        forged=picture,
        target=picture,
        source=picture,
        target_vector=vector,
        source_vector=vector,
        has_truth=record.label is Label.REAL,
    )


def _together(
    shown: Frame, target: Frame, source: Frame, detector: FaceDetector, embedder: Embedder, report: PackReport
) -> Iterator[PackedPair]:
    """A forged face with both true ones."""
    forged_face, source_face = (_largest(found) for found in detector.detect([shown]) + detector.detect([source]))
    if forged_face is None or source_face is None:
        report.skipped[NO_FACE] += 1
        return
    scale = np.array([target.rgb.shape[1] / shown.rgb.shape[1], target.rgb.shape[0] / shown.rgb.shape[0]], np.float32)
    if abs(scale[0] / scale[1] - 1) > 0.02:
        report.skipped["forged picture and target differ in shape"] += 1
        return
    target_face = _at(detector.detect([target])[0], forged_face, scale)
    if target_face is None:
        report.skipped[ELSEWHERE] += 1
        return
    goal = _goal(forged_face)
    yield PackedPair(
        forged=align_chip(shown.rgb, forged_face.landmarks_px, goal, PACKED_PX),
        target=align_chip(target.rgb, forged_face.landmarks_px * scale, goal, PACKED_PX),
        source=align_chip(source.rgb, source_face.landmarks_px, goal, PACKED_PX),
        target_vector=_vector(embedder, target, target_face),
        source_vector=_vector(embedder, source, source_face),
        has_truth=True,
    )


def _largest(found: list[FaceDetection]) -> FaceDetection | None:
    return max(found, key=lambda face: face.bbox.area, default=None)


def _at(found: list[FaceDetection], forged: FaceDetection, scale: FloatArray) -> FaceDetection | None:
    """The target's face where the forged one is."""
    box = forged.bbox
    x, y = (float(s) for s in scale)
    there = BBox(x1=box.x1 * x, y1=box.y1 * y, x2=box.x2 * x, y2=box.y2 * y)
    face = max(found, key=lambda f: f.bbox.iou(there), default=None)
    return face if face is not None and face.bbox.iou(there) >= SAME_PLACE_IOU else None


def _goal(face: FaceDetection) -> FloatArray:
    """Where the landmarks go (5, 2), packed pixels: the crop of the recovery networks with a margin all around."""
    within_crop = transform_points(face_crop_affine(face.landmarks_px, PACKED_PX), face.landmarks_px)
    goal: FloatArray = ((within_crop - PACKED_PX / 2) / SQUARE_OVER_CROP + PACKED_PX / 2).astype(np.float32)
    return goal


def _vector(embedder: Embedder, frame: Frame, face: FaceDetection) -> FloatArray:
    chip = align_chip(frame.rgb, face.landmarks_px, embedder.template_points, embedder.chip_size)
    vector: FloatArray = embedder.embed(chip[None])[0]
    return vector
