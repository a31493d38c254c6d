"""How two templates are compared: by the face, and where that was read, by what surrounds it."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from core.domain.arrays import FloatArray, frozen_array

_COHORT_DTYPE = np.dtype("<f2")
_LEAST_LACK = 1e-3
"""No face is so like the cohort; a probe that is would have every score blown up."""


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
    """The rule by which a probe is compared with enrolled photographs; scores are 1 at most.

    The cosine of two faces is taken from the mean face, which both vectors contain and which makes faces of different
    people look alike. Alike surroundings then close a share of what is missing to 1: those of strangers unlike in hair
    and sex hardly reach the knee, so that a photograph taken on another occasion loses nothing by them, while the very
    picture that a forgery was made from, or one of the same occasion, stands out; so may one of like hair.

    What is missing to 1 is then measured by what the probe itself lacks to those of a cohort who are most like it
    (adaptive T-norm: Auckenthaler et al. 2000, Sturim and Reynolds 2005, here by the mean alone): a score of 0 says "as
    alike as the nearest of the cohort". Embedders crowd the faces of groups that they saw little of, so that one
    cosine means less there; measured so, strangers within such a group reach a threshold more nearly as rarely as
    others, as far as the cohort holds people like them (docs/decisions/0022-cohort.md). Ranks of people do not change
    by it, since all scores of one probe move alike.

    Attributes:
        centre: (D,) the mean face; () compares plain cosines.
        knee: cosine of surroundings from which they count.
        share: of what is missing to 1 that equal surroundings close, [0, 1]; 0 takes no notice of them.
        cohort: (K, D) float16, little endian, in base64: unit vectors from the mean face, each the middle of several
            photographs of people; '' measures by nobody.
        nearest: how many of the cohort a probe is measured by, those most like it, >= 1.

    Raises:
        ValueError: a cohort that cannot be measured by.
    """

    centre: tuple[float, ...] = ()
    knee: float = 1.0
    share: float = 0.0
    cohort: str = ""
    nearest: int = 10

    def __post_init__(self) -> None:
        if self.cohort and not self.centre:
            raise ValueError("a cohort lies about a mean face")
        if self.nearest < 1:
            raise ValueError(f"nobody is measured by {self.nearest} of a cohort")
        if self.cohort and len(_cohort(self.cohort, len(self.centre))) < self.nearest:
            raise ValueError(f"a cohort of fewer than {self.nearest} cannot be measured by so many")

    def centred(self, vectors: FloatArray) -> FloatArray:
        """(N, D) float32 vectors from the mean face, of unit norm."""
        if not self.centre:
            return vectors
        apart = vectors - np.array(self.centre, dtype=np.float32)
        norm = np.linalg.norm(apart, axis=1, keepdims=True)
        centred: FloatArray = (apart / np.maximum(norm, 1e-12)).astype(np.float32)
        return centred

    def scores(self, faces: NDArray[np.floating], surroundings: NDArray[np.floating] | None) -> NDArray[np.floating]:
        """Scores, not yet measured by the cohort, of the cosines of faces and, of the same shape, of surroundings.

        `surroundings` is None where those were not read. Photographs without surroundings of their own have a cosine
        of 0 there, which counts nothing.
        """
        if surroundings is None or not self.share:
            return faces
        above = np.maximum(surroundings - self.knee, 0) / (1 - self.knee)
        scores: NDArray[np.floating] = faces + (1 - faces) * (self.share * above).astype(faces.dtype)
        return scores

    def cohort_cosines(self, probes: FloatArray) -> NDArray[np.float64] | None:
        """Mean cosine (N,) of probes (N, D), `centred`, with those of the cohort most like each; None without one.

        Computed in float64, a probe at a time, so that it depends on no number of threads and on no other probe.
        """
        if not self.cohort:
            return None
        cohort = _cohort(self.cohort, len(self.centre))
        return np.array([np.sort((cohort * probe).sum(axis=1))[-self.nearest :].mean() for probe in probes])

    def measured(self, score: NDArray[np.floating], cohort_cosine: NDArray[np.floating]) -> NDArray[np.floating]:
        """Scores measured by the cohort: what they lack to 1, in units of what the nearest of the cohort lack."""
        measured: NDArray[np.floating] = 1 - (1 - score) / np.maximum(1 - cohort_cosine, _LEAST_LACK)
        return measured


@lru_cache(maxsize=4)
def _cohort(text: str, dim: int) -> NDArray[np.float64]:
    vectors = np.frombuffer(base64.b64decode(text, validate=True), _COHORT_DTYPE).reshape(-1, dim).astype(np.float64)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not (np.abs(norms - 1) < 0.01).all():  # also of vectors of another length, cut anew, and of no numbers
        raise ValueError("the vectors of a cohort are of unit norm")
    vectors /= norms
    vectors.flags.writeable = False
    return vectors


def cohort_text(vectors: FloatArray) -> str:
    """Unit vectors (K, D) as `Comparison.cohort` holds them."""
    return base64.b64encode(vectors.astype(_COHORT_DTYPE).tobytes()).decode("ascii")


PLAIN = Comparison()
"""Cosines as they are."""
