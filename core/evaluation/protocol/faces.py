"""Forgeries of people that never trained, with everything that is known of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from numpy.typing import NDArray

from core.detection.base import FaceDetector
from core.domain.arrays import FloatArray, UInt8Array
from core.errors import CaseError
from core.evaluation.people import DifferentPeople
from core.recovery.cropped import landmarks_of_crops
from core.training.corpus import FaceCorpus
from core.training.forgeries import ForgeryGenerator
from core.training.forgery_batch import Family, ForgeryBatch, ForgeryConfig
from core.training.identity_shift import IdentityModel
from core.training.pixels import eight_bit
from core.training.swap_network import Swapper

REAL = "pristine"
REAL_SHARE = 1 / 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Suspects:
    """What a method of recovery is given: nothing that an investigator would not have.

    Attributes:
        crops: (N, 224, 224, 3) uint8, faces as seen.
        landmarks: (N, 5, 2) float32, found in them.
        map: (N, 224, 224) float32 in [0, 1], share of source information as DFREC states it.
    """

    crops: UInt8Array
    landmarks: FloatArray
    map: FloatArray

    def __len__(self) -> int:
        return len(self.crops)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TestFaces:
    """Faces as seen, and the truth about them.

    Attributes:
        crops: (N, 224, 224, 3) uint8.
        landmarks: (N, 5, 2) float32, found in the crops, not known.
        source, target: (N, 224, 224, 3) uint8, the pristine photographs in the place of the crop.
        is_fake: (N,) bool.
        family: (N,) how each face was forged; `REAL` where it was not.
        source_row, target_row: (N,) int64 rows of the corpus.
    """

    __test__ = False

    crops: UInt8Array
    landmarks: FloatArray
    source: UInt8Array
    target: UInt8Array
    is_fake: NDArray[np.bool_]
    family: NDArray[np.str_]
    source_row: NDArray[np.int64]
    target_row: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.crops)

    def chosen(self, which: NDArray[np.bool_]) -> TestFaces:
        """The faces for which `which` (N,) is True."""
        return TestFaces(**{field.name: getattr(self, field.name)[which] for field in fields(self)})

    def seen_as(self, crops: UInt8Array, landmarks: FloatArray) -> TestFaces:
        """The same faces and truth behind other pixels."""
        return replace(self, crops=crops, landmarks=landmarks)


def draw_faces(
    corpus: FaceCorpus,
    detector: FaceDetector,
    count: int,
    seed: int,
    config: ForgeryConfig,
    identity_model: IdentityModel | None,
    advance: Callable[[int], None],
    swapper: Swapper | None = None,
) -> TestFaces:
    """Forge `count` faces of validation people whose photographs show their surroundings.

    Args:
        corpus: packed faces.
        detector: finds the landmarks in them.
        count: faces; a prefix of what a larger count gives.
        seed: of the forgeries.
        config: of the forgeries.
        identity_model: fitted to the same corpus; None makes no shifted forgeries.
        advance: told how many faces were made.
        swapper: for the same corpus; None makes no swaps by a network.

    Raises:
        CaseError: too few people, or too few faces for both kinds.
    """
    generator = torch.Generator().manual_seed(seed)
    forger = ForgeryGenerator(
        torch.from_numpy(corpus.images), torch.from_numpy(corpus.landmarks68), config, identity_model, swapper
    )
    people = DifferentPeople(corpus)
    batches: list[ForgeryBatch] = []
    crops: list[UInt8Array] = []
    sources, targets, marks = [], [], []
    made = 0
    while made < count:
        batch = forger.draw(people.drawn(generator), generator)
        batches.append(batch)
        crops.append(eight_bit(batch.image))
        sources.append(eight_bit(batch.source))
        targets.append(eight_bit(batch.target))
        marks.append(landmarks_of_crops(detector, crops[-1]))
        advance(min(len(crops[-1]), count - made))
        made += len(crops[-1])
    faces = TestFaces(
        crops=np.concatenate(crops),
        landmarks=np.concatenate(marks),
        source=np.concatenate(sources),
        target=np.concatenate(targets),
        is_fake=torch.cat([batch.is_fake for batch in batches]).numpy() > 0,
        family=np.concatenate([families_of(batch) for batch in batches]),
        source_row=torch.cat([batch.source_row for batch in batches]).numpy(),
        target_row=torch.cat([batch.target_row for batch in batches]).numpy(),
    )
    faces = faces.chosen(np.arange(len(faces)) < count)
    if faces.is_fake.all() or not faces.is_fake.any():
        raise CaseError(
            f"of {count} test faces all are {'forged' if faces.is_fake.all() else 'pristine'}",
            next_step="use a larger --count or another --seed",
        )
    return faces


def families_of(batch: ForgeryBatch) -> NDArray[np.str_]:
    """(B,) name of the family that each face belongs to, for example ``shift-blend``."""
    names = np.array([REAL if one is Family.REAL else one.name.lower().replace("_", "-") for one in Family])
    named: NDArray[np.str_] = names[batch.family.cpu().numpy()]
    return named
