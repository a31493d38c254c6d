"""Forgeries of chosen pairs of people, several frames each, recovered: what error rates are measured on.

The frames of a pair show the same two photographs with other blending, colour, framing and compression, so they are
correlated like frames of a clip are; head pose and expression do not change, which in a clip they do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from core.aggregation.template import aggregate, mean_direction
from core.detection.quality import QualityGate, measure
from core.domain.arrays import FloatArray, UInt8Array
from core.domain.comparison import PLAIN, Comparison
from core.domain.faces import FaceDetection, FaceQuality
from core.domain.geometry import BBox
from core.domain.identity import Role
from core.domain.time import TimePoint
from core.recovery.align import CANONICAL_LANDMARKS, FACE_PX
from core.recovery.recoverer import FaceRecoverer
from core.training.corpus import FaceCorpus
from core.training.forgeries import ForgeryGenerator
from core.training.forgery_batch import ForgeryConfig
from core.training.pixels import eight_bit


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Templates:
    """Templates of one role.

    Attributes:
        embeddings: (T, D) float32, unit norm.
        surroundings: (T, D) float32, unit norm, of targets; None for sources, and where they were not read.
        places: (T,) int64 places among the forgeries, of those that have frames enough.
    """

    embeddings: FloatArray
    surroundings: FloatArray | None
    places: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Probes:
    """Recovered frames of P forgeries, F frames each.

    Attributes:
        source, target: (P, F, D) float32, unit norm, recovered identities.
        surroundings: (P, F, D) float32, unit norm; D is 0 for networks that do not read them.
        quality: (P, F) float32 `FaceQuality.score`, the weight of a frame in its template.
        sharpness: (P, F) float32, see `FaceQuality.sharpness`.
        is_usable: (P, F) bool, frames that the quality gate of the application lets through.
        source_row, target_row: (P,) int64 rows of the corpus behind each forgery.
    """

    source: FloatArray
    target: FloatArray
    surroundings: FloatArray
    quality: FloatArray
    sharpness: FloatArray
    is_usable: NDArray[np.bool_]
    source_row: NDArray[np.int64]
    target_row: NDArray[np.int64]

    def vectors(self, role: Role) -> FloatArray:
        """(P, F, D) recovered identities of a role."""
        return self.source if role is Role.SOURCE else self.target

    def rows(self, role: Role) -> NDArray[np.int64]:
        """(P,) rows of the true person's photograph."""
        return self.source_row if role is Role.SOURCE else self.target_row

    def templates(self, role: Role, n_frames: int, embedder_id: str, comparison: Comparison = PLAIN) -> Templates:
        """Templates of the first `n_frames` usable frames, made as the application makes them."""
        made, around, places = [], [], []
        has_surroundings = role is Role.TARGET and self.surroundings.shape[2] > 0
        for place, usable in enumerate(self.is_usable):
            frames = np.flatnonzero(usable)[:n_frames]
            if len(frames) == n_frames:
                vectors, weights = self.vectors(role)[place, frames], self.quality[place, frames]
                template, kept = aggregate(vectors, weights, role, embedder_id, comparison)
                made.append(template.embedding)
                places.append(place)
                if has_surroundings:
                    chosen = np.array(kept)
                    around.append(mean_direction(self.surroundings[place, frames][chosen], weights[chosen]))
        nothing = np.zeros((0, self.source.shape[2]), np.float32)
        return Templates(
            embeddings=np.stack(made) if made else nothing,
            surroundings=np.stack(around) if around else None,
            places=np.array(places, np.int64),
        )


def pair_by_pose(
    rows: NDArray[np.int64], pose: FloatArray, family: NDArray[np.str_], most: int, random: np.random.Generator
) -> NDArray[np.int64]:
    """(K, 2) rows of unrelated people in like pose, K <= `most`; each row at most once.

    Args:
        rows: (R,) rows to choose from, in the order they are wished for.
        pose: (N, 2) of every row of the corpus (`PackedPhotographs.pose`).
        family: (N,) of every row; relatives are not paired.
        most: pairs.
        random: breaks ties of the pose.
    """
    left = list(rows[: 2 * most].tolist())
    pairs = []
    while len(left) > 1:
        first = left.pop(0)
        others = np.array(left)
        distance = np.abs(pose[others] - pose[first]).sum(1) + 0.05 * random.random(len(others))
        distance[family[others] == family[first]] = np.inf
        nearest = int(np.argmin(distance))
        if np.isfinite(distance[nearest]):
            pairs.append((first, left.pop(nearest)))
    return np.array(pairs, np.int64).reshape(-1, 2)


def recover_pairs(
    recoverer: FaceRecoverer,
    forger: ForgeryGenerator,
    pairs: NDArray[np.int64],
    n_frames: int,
    seed: int,
) -> Probes:
    """Forge and recover `n_frames` frames of each pair both ways: each of the two is once source, once target.

    Args:
        recoverer: the model in the form the application runs.
        forger: of `pair_forger`.
        pairs: (K, 2) int64 rows.
        n_frames: a pair and direction.
        seed: of the forgeries and of the recovery.
    """
    generator = torch.Generator().manual_seed(seed)
    source, target, surroundings, qualities, rows = [], [], [], [], []
    for pair in tqdm(pairs, desc="calibrating", unit="pair"):
        crops, source_rows, target_rows = _forged(forger, pair, n_frames, generator)
        with _identities_alone(recoverer):
            arrays = recoverer.infer(crops, None, seed)
        source.append(arrays.source.reshape(n_frames, 2, -1).swapaxes(0, 1))
        target.append(arrays.target.reshape(n_frames, 2, -1).swapaxes(0, 1))
        surroundings.append(arrays.surroundings.reshape(n_frames, 2, -1).swapaxes(0, 1))
        qualities += [[crop_quality(crop) for crop in crops[way::2]] for way in (0, 1)]
        rows += [(source_rows[way], target_rows[way]) for way in (0, 1)]
    row = np.array(rows, np.int64).reshape(-1, 2)
    return Probes(
        source=np.concatenate(source),
        target=np.concatenate(target),
        surroundings=np.concatenate(surroundings),
        quality=np.array([[q.score for q in frames] for frames in qualities], np.float32),
        sharpness=np.array([[q.sharpness for q in frames] for frames in qualities], np.float32),
        is_usable=np.array([[q.passed for q in frames] for frames in qualities], bool),
        source_row=row[:, 0],
        target_row=row[:, 1],
    )


def pair_forger(corpus: FaceCorpus) -> ForgeryGenerator:
    """Forgeries alone, of two people each; a draw of two rows makes each the source of the other."""
    config = ForgeryConfig(real_share=0.0, self_blend_share=0.0)
    return ForgeryGenerator(torch.from_numpy(corpus.images), torch.from_numpy(corpus.landmarks68), config)


def crop_quality(crop: UInt8Array) -> FaceQuality:
    """Quality of a face crop (224, 224, 3) in the framing of the recovery, with a detector that is sure."""
    face = FaceDetection(
        frame_index=0,
        time=TimePoint(pts=0, time_base=Fraction(1)),
        bbox=BBox(x1=0, y1=0, x2=FACE_PX, y2=FACE_PX),
        score=1.0,
        landmarks_px=np.array(CANONICAL_LANDMARKS, np.float32),
    )
    return measure(crop, face, QualityGate())


@contextmanager
def _identities_alone(recoverer: FaceRecoverer) -> Iterator[None]:
    """Without a companion, which takes longer than the rest and says nothing of identities."""
    companion, recoverer.companion = recoverer.companion, None
    try:
        yield
    finally:
        recoverer.companion = companion


def _forged(
    forger: ForgeryGenerator, pair: NDArray[np.int64], n_frames: int, generator: torch.Generator
) -> tuple[UInt8Array, NDArray[np.int64], NDArray[np.int64]]:
    """(2 * n_frames, 224, 224, 3) uint8, both directions in turn, and (2,) source and target rows of either."""
    both = torch.from_numpy(pair)
    batches = [forger.draw(both, generator, shows_source=False) for _ in range(n_frames)]
    images = torch.cat([batch.image for batch in batches])
    crops = eight_bit(images)
    return crops, batches[0].source_row.numpy(), batches[0].target_row.numpy()
