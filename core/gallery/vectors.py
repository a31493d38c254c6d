"""Vectors of faces as a gallery takes, keeps and compares them."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from core.domain.arrays import FloatArray
from core.errors import BugError, EmbedderMismatchError

STORED_DTYPE = np.dtype("<f4")
_NORM_TOLERANCE = 1e-3


def unit_vector(embedding: FloatArray, expected: int | None, path: Path) -> FloatArray:
    """`embedding` as a contiguous float32 vector, scaled to unit norm within float32 precision.

    Raises:
        BugError: not one-dimensional, not finite, or not of unit norm to 1e-3.
        EmbedderMismatchError: of another length than the gallery's templates.
    """
    vector = np.asarray(embedding, dtype=np.float64)
    norm = float(np.linalg.norm(vector)) if vector.ndim == 1 and vector.size else math.nan
    if not abs(norm - 1.0) <= _NORM_TOLERANCE:
        raise BugError(f"an embedding must be a unit vector (D,), got shape {vector.shape} of norm {norm}")
    if expected is not None and vector.size != expected:
        raise EmbedderMismatchError(
            f"a template of length {vector.size} cannot be compared with the gallery's of length {expected}",
            next_step="use the embedder that the gallery was made with",
            path=path,
        )
    return np.ascontiguousarray(vector / norm, dtype=np.float32)
