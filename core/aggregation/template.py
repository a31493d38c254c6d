"""From the vectors of many frames to one template a role."""

from __future__ import annotations

import numpy as np

from core.domain.arrays import FloatArray
from core.domain.identity import IdentityTemplate, Role

OUTLIER_MADS = 3.5
MIN_FOR_OUTLIERS = 5
GAUSSIAN_MAD = 1.4826


def aggregate(
    vectors: FloatArray, weights: FloatArray, role: Role, embedder_id: str
) -> tuple[IdentityTemplate, tuple[int, ...]]:
    """Weighted mean direction of the frames' vectors, without outliers.

    A frame is an outlier when its distance from the medoid direction exceeds the median distance by 3.5 scaled
    median absolute deviations (Iglewicz and Hoaglin 1993); at most half of the frames are dropped, and with fewer
    than five frames none.

    Args:
        vectors: (N, D) float32, unit norm, N >= 1.
        weights: (N,) float32, >= 0, for example quality scores; all zero counts as equal.
        role: source or target.
        embedder_id: of the embedder whose space the vectors live in.

    Returns:
        The template, and the positions of the frames that entered it.

    Raises:
        ValueError: no vectors, or shapes that do not fit.
    """
    if vectors.ndim != 2 or len(vectors) == 0 or weights.shape != (len(vectors),):
        raise ValueError(f"expected (N, D) vectors and (N,) weights, got {vectors.shape} and {weights.shape}")
    weights = weights if weights.sum() > 0 else np.ones_like(weights)
    kept = np.ones(len(vectors), dtype=bool)
    if len(vectors) >= MIN_FOR_OUTLIERS:
        medoid = vectors[int(np.argmax((vectors @ vectors.T) @ weights))]
        distance = 1 - vectors @ medoid
        middle = float(np.median(distance))
        spread = GAUSSIAN_MAD * float(np.median(np.abs(distance - middle)))
        kept = distance <= max(middle + OUTLIER_MADS * spread, float(np.median(distance)))
    direction = mean_direction(vectors[kept], weights[kept])
    template = IdentityTemplate(
        role=role,
        embedding=direction,
        n_frames=int(kept.sum()),
        n_outliers=int((~kept).sum()),
        dispersion=max(0.0, float(np.mean(1 - vectors[kept] @ direction))),
        embedder_id=embedder_id,
    )
    return template, tuple(int(i) for i in np.flatnonzero(kept))


def mean_direction(vectors: FloatArray, weights: FloatArray) -> FloatArray:
    """Weighted mean (D,) of vectors (N, D), scaled to unit norm."""
    mean = (vectors * weights[:, None]).sum(0, dtype=np.float64)
    direction: FloatArray = (mean / max(float(np.linalg.norm(mean)), 1e-12)).astype(np.float32)
    return direction
