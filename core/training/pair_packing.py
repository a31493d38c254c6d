"""Published forgeries into arrays that training and evaluation read: forged face, target and source in one framing.

Five landmarks are enough for that. A data set packed so has no 68 landmarks: its faces cannot be forged anew by
`core.training.forgeries`, nor teach the stage "attributes".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
from tqdm import tqdm

from core.detection.base import FaceDetector
from core.domain.arrays import FloatArray, UInt8Array
from core.domain.evidence import Frame
from core.domain.faces import FaceDetection
from core.errors import CaseError
from core.models.embedding import Embedder
from core.recovery.align import align_chip, face_crop_affine, transform_points
from core.training.corpus import PACKED_PX, SQUARE_OVER_CROP
from core.training.layouts.record import Label, ListedFace
from core.training.listed_media import ListedMedia, spread, thinned

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


def pack_pairs(
    records: list[ListedFace], out: Path, detector: FaceDetector, embedder: Embedder, *, name: str, frames: int
) -> PackReport:
    """Find, align and embed the faces of a list and write them under `out`.

    Args:
        records: of one data set.
        out: folder; ``forged.bin`` holds (P, 256, 256, 3), ``photos.bin`` (2 P, 256, 256, 3), target and source in
            turn, ``pairs.npz`` everything else.
        detector: finds faces and their five landmarks.
        embedder: states who is on a photograph.
        name: of the data set.
        frames: pictures of each clip at most, spread over it.

    Raises:
        CaseError: not one face could be packed.
    """
    out.mkdir(parents=True, exist_ok=True)
    report = PackReport()
    kept: list[ListedFace] = []
    vectors: list[FloatArray] = []
    truths: list[bool] = []
    with (out / "forged.bin").open("wb") as forged, (out / "photos.bin").open("wb") as photos:
        for record in tqdm(list(thinned(records, frames)), desc="packing", unit="file"):
            for pair in _pairs(record, detector, embedder, frames, report):
                _write(forged, photos, pair)
                kept.append(record)
                vectors += [pair.target_vector, pair.source_vector]
                truths.append(pair.has_truth)
    report.packed = len(kept)
    if not kept:
        raise CaseError(f"not one face could be packed\n{report}", path=out, next_step="check the list and its files")
    np.savez(
        out / "pairs.npz",
        name=np.array(name),
        embedding=np.stack(vectors),
        embedder=np.array(embedder.embedder_id),
        has_truth=np.array(truths),
        is_forged=np.array([r.label is Label.FORGED for r in kept]),
        method=np.array([r.method for r in kept]),
        clip=np.array([r.clip for r in kept]),
        source_identity=np.array([_person(name, r.source_identity) for r in kept]),
        target_identity=np.array([_person(name, r.target_identity) for r in kept]),
        split=np.array([r.split.value for r in kept]),
    )
    return report


def _person(name: str, number: str) -> str:
    return f"{name}/{number}" if number else ""


def _write(forged: BinaryIO, photos: BinaryIO, pair: PackedPair) -> None:
    forged.write(pair.forged.tobytes())
    photos.write(pair.target.tobytes())
    photos.write(pair.source.tobytes())


def _pairs(
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
    there = type(box)(x1=box.x1 * x, y1=box.y1 * y, x2=box.x2 * x, y2=box.y2 * y)
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
