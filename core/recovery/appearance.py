"""Appearance vectors of faces in whole frames, for tracking and for photos."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.domain.arrays import FloatArray, UInt8Array
from core.models.embedding import Embedder
from core.recovery.align import align_chip


class FaceDescriber:
    """Aligns and embeds faces of a picture; what the tracker tells people apart by."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def __call__(self, frame_rgb: UInt8Array, landmarks_px: Sequence[FloatArray]) -> FloatArray:
        """Unit vectors (N, D) float32 of the faces with these (5, 2) landmarks in a picture (H, W, 3) uint8."""
        embedder = self._embedder
        if not landmarks_px:
            return np.zeros((0, embedder.dim), dtype=np.float32)
        chips = [align_chip(frame_rgb, p, embedder.template_points, embedder.chip_size) for p in landmarks_px]
        return embedder.embed(np.stack(chips))
