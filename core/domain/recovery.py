"""What the recovery networks say about one face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.domain.arrays import FloatArray, UInt8Array, frozen_array
from core.domain.comparison import Surroundings


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RecoveredFaces:
    """Output of DFREC for one aligned face. The pictures are reconstructions, never photographs.

    Attributes:
        source_rgb, target_rgb: (S, S, 3) uint8 RGB reconstructions.
        identity_map: (S, S) float32 in [0, 1], probability that a pixel carries source information.
        fake_score: [0, 1], larger means more likely forged.
        input_embedding, source_embedding, target_embedding: (D,) float32, unit norm, of the embedder named
            by `embedder_id`; of the face as seen, and of the two recovered identities.
        embedder_id: id of the embedder whose space the vectors live in.
        weights_sha256: hex digest of the recovery weights.
        seed: seed of the random draws of the masking step.
        surroundings: what surrounds the face; None for networks that do not read them.
    """

    source_rgb: UInt8Array
    target_rgb: UInt8Array
    identity_map: FloatArray
    fake_score: float
    input_embedding: FloatArray
    source_embedding: FloatArray
    target_embedding: FloatArray
    embedder_id: str
    weights_sha256: str
    seed: int
    surroundings: Surroundings | None = None

    def __post_init__(self) -> None:
        for name in ("source_rgb", "target_rgb"):
            object.__setattr__(self, name, frozen_array(getattr(self, name), name, (None, None, 3), np.uint8))
        identity_map = frozen_array(self.identity_map, "identity_map", (None, None), np.float32)
        object.__setattr__(self, "identity_map", identity_map)
        for name in ("input_embedding", "source_embedding", "target_embedding"):
            object.__setattr__(self, name, frozen_array(getattr(self, name), name, (None,), np.float32))
