"""Photographs of a packed corpus as the application would crop them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.domain.arrays import FloatArray, UInt8Array
from core.recovery.align import crop_face_rgb
from core.recovery.surroundings import SurroundingsReader
from core.training.corpus import FaceCorpus

BATCH = 64


def photograph_crops(corpus: FaceCorpus, rows: NDArray[np.int64]) -> UInt8Array:
    """(N, 224, 224, 3) uint8 RGB face crops of the photographs in `rows`, N >= 1."""
    return np.stack([crop_face_rgb(corpus.images[row], corpus.landmarks5[row]) for row in rows])


def photograph_surroundings(corpus: FaceCorpus, rows: NDArray[np.int64], reader: SurroundingsReader) -> FloatArray:
    """(N, D) float32, unit norm, surroundings of the photographs in `rows`, as they would be enrolled."""
    parts = [reader.vectors(photograph_crops(corpus, rows[at : at + BATCH])) for at in range(0, len(rows), BATCH)]
    return np.concatenate(parts)
