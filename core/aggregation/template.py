"""From the vectors of many frames to one template a role."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.domain.arrays import FloatArray
from core.domain.comparison import PLAIN, Comparison, Surroundings
from core.domain.identity import IdentityTemplate, Role

OUTLIER_MADS = 3.5
MIN_FOR_OUTLIERS = 5
GAUSSIAN_MAD = 1.4826
MIN_SPREAD = 5e-3
"""Of distances: frames nearly alike differ by little more than rounding, and none of them is an outlier for that."""


def aggregate(
    vectors: FloatArray, weights: FloatArray, role: Role, embedder_id: str, comparison: Comparison = PLAIN
) -> tuple[IdentityTemplate, tuple[int, ...]]:
    """Weighted mean direction of the frames' vectors, without outliers.

    How far frames lie apart is measured from the mean face, as scores are: it is in all of them, and makes even
    different people look alike.

    A frame is an outlier when its distance from the medoid direction exceeds the median distance by 3.5 scaled
    median absolute deviations (Iglewicz and Hoaglin 1993), each taken as `MIN_SPREAD` at least; at most half of the
    frames are dropped, and with fewer than five frames none.

    Args:
        vectors: (N, D) float32, unit norm, N >= 1.
        weights: (N,) float32, >= 0, for example quality scores; all zero counts as equal.
        role: source or target.
        embedder_id: of the embedder whose space the vectors live in.
        comparison: the rule of scores, with the mean face.

    Returns:
        The template, and the positions of the frames that entered it.

    Raises:
        ValueError: no vectors, or shapes that do not fit.
    """
    if vectors.ndim != 2 or len(vectors) == 0 or weights.shape != (len(vectors),):
        raise ValueError(f"expected (N, D) vectors and (N,) weights, got {vectors.shape} and {weights.shape}")
    weights = weights if weights.sum() > 0 else np.ones_like(weights)
    kept, apart = np.ones(len(vectors), dtype=bool), comparison.centred(vectors)
    if len(vectors) >= MIN_FOR_OUTLIERS:
        medoid = apart[int(np.argmax((apart @ apart.T) @ weights))]
        distance = 1 - apart @ medoid
        middle = float(np.median(distance))
        spread = max(GAUSSIAN_MAD * float(np.median(np.abs(distance - middle))), MIN_SPREAD)
        kept = distance <= middle + OUTLIER_MADS * spread
    middle_face = mean_direction(apart[kept], weights[kept])
    template = IdentityTemplate(
        role=role,
        embedding=mean_direction(vectors[kept], weights[kept]),
        n_frames=int(kept.sum()),
        n_outliers=int((~kept).sum()),
        dispersion=max(0.0, float(np.mean(1 - apart[kept] @ middle_face))),
        embedder_id=embedder_id,
    )
    return template, tuple(int(i) for i in np.flatnonzero(kept))


def mean_direction(vectors: FloatArray, weights: FloatArray) -> FloatArray:
    """Weighted mean (D,) of vectors (N, D), scaled to unit norm."""
    mean = (vectors * weights[:, None]).sum(0, dtype=np.float64)
    direction: FloatArray = (mean / max(float(np.linalg.norm(mean)), 1e-12)).astype(np.float32)
    return direction


def aggregate_surroundings(frames: Sequence[Surroundings | None], weights: FloatArray) -> Surroundings | None:
    """Weighted mean direction of what surrounds a face in several frames.

    Args:
        frames: of the frames that entered the template, at least one; None where surroundings were not read.
        weights: (N,) float32, of the same frames.

    Returns:
        None unless every frame has surroundings, all read by one model.
    """
    known = [frame for frame in frames if frame is not None]
    if len(known) < len(frames) or len({frame.model_id for frame in known}) != 1:
        return None
    weights = weights if weights.sum() > 0 else np.ones_like(weights)
    direction = mean_direction(np.stack([frame.embedding for frame in known]), weights)
    return Surroundings(embedding=direction, model_id=known[0].model_id)
