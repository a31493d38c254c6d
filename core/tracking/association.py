"""Which detection belongs to which track: motion and appearance in one cost, solved as an assignment problem.

Two passes after ByteTrack (Zhang et al., "ByteTrack: Multi-Object Tracking by Associating Every Detection
Box", 2022): sure detections first, unsure ones only to go on with tracks that nothing else explains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.domain.arrays import FloatArray
from core.domain.faces import FaceDetection
from core.tracking.motion import Motion

_FORBIDDEN = 1e6
_UNKNOWN_APPEARANCE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class AppearanceScale:
    """What cosines between a face and the mean of a track mean, for one embedder.

    The defaults are for the application's own embedder (`core.models.embedder`), whose vectors of all people
    lie close together: on real clips faces had 0.98 with the mean of their own track (0.88 at worst, in odd
    poses), and 0.85 on average, at most 0.92, with another person's. So the worst of a track's own faces just
    passes, and most of other people's do not. Another embedder needs other values.

    Attributes:
        same: cosine from which a new track's mean is taken for the person of a lost track.
        different: cosine below which a face cannot belong to a track, wherever it is.
    """

    same: float = 0.94
    different: float = 0.88

    def __post_init__(self) -> None:
        if not -1 <= self.different < self.same <= 1:
            raise ValueError("need -1 <= different < same <= 1")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidate:
    """What association knows of a track.

    Attributes:
        motion: belief at the frame's time.
        appearance: (D,) float32 unit mean of the track's embeddings, or None.
    """

    motion: Motion
    appearance: FloatArray | None


def pair_cost(
    track: Candidate, detection: FaceDetection, scale: AppearanceScale | None, gate: float, weight: float
) -> float | None:
    """Cost of saying that `detection` belongs to `track`, or None when it cannot.

    Args:
        track, detection: the pair.
        scale: a cosine below `scale.different` rules the pair out. None: embeddings are ignored.
        gate: squared Mahalanobis distance beyond which motion rules the pair out.
        weight: of appearance against motion, [0, 1].

    Returns:
        In [0, 1], smaller is likelier.
    """
    unlike = _UNKNOWN_APPEARANCE
    similarity = cosine(track.appearance, detection.embedding)
    if scale is not None and similarity is not None:
        if similarity < scale.different:
            return None
        unlike = min(1.0, (1 - similarity) / (1 - scale.different))
    distance = track.motion.distance(detection.bbox)
    if distance > gate:
        return None
    unlikely = min(1.0, (distance + track.motion.vagueness()) / (2 * gate))
    return weight * unlike + (1 - weight) * unlikely


def reunion_cost(lost: FloatArray | None, newer: FloatArray | None, scale: AppearanceScale) -> float | None:
    """Cost of saying that a newer track goes on with a lost one, by their mean appearance; None when it
    cannot.
    """
    similarity = cosine(lost, newer)
    return None if similarity is None or similarity < scale.same else 1 - similarity


def assign(costs: Sequence[Sequence[float | None]]) -> list[tuple[int, int]]:
    """Pairs (row, column) of least total cost among as many pairs as possible; None is never paired.

    Ties are broken by position, so equal input gives equal output.
    """
    from scipy.optimize import linear_sum_assignment

    if not costs or not costs[0]:
        return []
    matrix: NDArray[np.float64] = np.array(
        [[_FORBIDDEN if cost is None else cost for cost in row] for row in costs], np.float64
    )
    rows, columns = linear_sum_assignment(matrix)
    return [(int(r), int(c)) for r, c in zip(rows, columns, strict=True) if matrix[r, c] < _FORBIDDEN]


def cosine(a: FloatArray | None, b: FloatArray | None) -> float | None:
    """Cosine of two unit vectors; None when one is missing."""
    if a is None or b is None:
        return None
    return float(np.dot(a.astype(np.float64), b.astype(np.float64)))


def unit_mean(total: NDArray[np.float64]) -> FloatArray:
    """Direction of a sum of unit vectors, (D,) float32; the zero vector stays zero."""
    length = float(np.linalg.norm(total))
    return (total / length if length > 0 else total).astype(np.float32)
