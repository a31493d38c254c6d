"""How two templates are compared: by the face, and where that was read, by what surrounds it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.domain.arrays import FloatArray, frozen_array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surroundings:
    """What surrounds a face (hair, ears, outline, neck), as the recovery network's branch for it reads them.

    Attributes:
        embedding: (D,) float32, unit norm.
        model_id: of the branch, with its checksum; vectors of two branches cannot be compared.
    """

    embedding: FloatArray
    model_id: str

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "embedding", frozen_array(self.embedding, "Surroundings.embedding", (None,), np.float32)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The rule by which a probe is compared with enrolled photographs; scores lie in [-1, 1].

    The cosine of two faces is taken from the mean face, which both vectors contain and which makes faces of different
    people look alike. Alike surroundings then close a share of what is missing to 1: those of strangers unlike in hair
    and sex hardly reach the knee, so that a photograph taken on another occasion loses nothing by them, while the very
    picture that a forgery was made from, or one of the same occasion, stands out; so may one of like hair.

    Attributes:
        centre: (D,) the mean face; () compares plain cosines.
        knee: cosine of surroundings from which they count.
        share: of what is missing to 1 that equal surroundings close, [0, 1]; 0 takes no notice of them.
    """

    centre: tuple[float, ...] = ()
    knee: float = 1.0
    share: float = 0.0

    def centred(self, vectors: FloatArray) -> FloatArray:
        """(N, D) float32 vectors from the mean face, of unit norm."""
        if not self.centre:
            return vectors
        apart = vectors - np.array(self.centre, dtype=np.float32)
        norm = np.linalg.norm(apart, axis=1, keepdims=True)
        centred: FloatArray = (apart / np.maximum(norm, 1e-12)).astype(np.float32)
        return centred

    def scores(self, faces: NDArray[np.floating], surroundings: NDArray[np.floating] | None) -> NDArray[np.floating]:
        """Scores of the cosines of faces and, of the same shape, of surroundings; None where those were not read.

        Photographs without surroundings of their own have a cosine of 0 there, which counts nothing.
        """
        if surroundings is None or not self.share:
            return faces
        above = np.maximum(surroundings - self.knee, 0) / (1 - self.knee)
        scores: NDArray[np.floating] = faces + (1 - faces) * (self.share * above).astype(faces.dtype)
        return scores


PLAIN = Comparison()
"""Cosines as they are."""
