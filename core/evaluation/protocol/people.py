"""The photographs that recovered faces are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.domain.arrays import FloatArray
from core.domain.comparison import Comparison
from core.evaluation.metrics import ranks
from core.models.embedding import Embedder
from core.recovery.align import align_chip
from core.training.corpus import FaceCorpus

CORPUS_EMBEDDER = "dlib-resnet-v1"
"""Whose vectors a packed corpus holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SamePerson:
    """Mean cosine and mean centred cosine of two photographs of one person; each person counts once."""

    plain: float
    centred: float


@dataclass(frozen=True, kw_only=True, eq=False)
class PhotoGallery:
    """All photographs of validation people.

    Attributes:
        vectors: (G, D) float32, unit norm.
        identity: (G,) names.
        place: (corpus rows,) place in the gallery, -1 for rows that are not in it.
        mean: (D,) mean face; centred cosines are taken around it.
    """

    vectors: FloatArray
    identity: NDArray[np.str_]
    place: NDArray[np.int64]
    mean: FloatArray

    def __len__(self) -> int:
        return len(self.vectors)

    def photograph(self, rows: NDArray[np.int64]) -> FloatArray:
        """(N, D) vectors of the photographs at these corpus rows."""
        found: FloatArray = self.vectors[self.place[rows]]
        return found

    def ranks(self, vectors: FloatArray, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rank of each true photograph by centred cosine; other photographs of that person do not count."""
        rule = Comparison(centre=tuple(self.mean.tolist()))
        return ranks(rule.centred(vectors), rule.centred(self.vectors), self.place[rows], self.identity)

    def centred_cosine(self, a: FloatArray, b: FloatArray) -> FloatArray:
        """(N,) cosine of directions from the mean face, row by row."""
        return cosine(a - self.mean, b - self.mean)

    @cached_property
    def same_person(self) -> SamePerson | None:
        """How like two photographs of one person are; None where nobody has two."""
        plain, centred = [], []
        for name in np.unique(self.identity):
            own = self.vectors[self.identity == name]
            if len(own) < 2:
                continue
            first, second = np.triu_indices(len(own), 1)
            plain.append(cosine(own[first], own[second]).mean())
            centred.append(self.centred_cosine(own[first], own[second]).mean())
        if not plain:
            return None
        return SamePerson(plain=float(np.mean(plain)), centred=float(np.mean(centred)))


def cosine(a: FloatArray, b: FloatArray) -> FloatArray:
    """(N,) cosine, row by row."""
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    value: FloatArray = ((a * b).sum(1) / np.maximum(lengths, 1e-12)).astype(np.float32)
    return value


def gallery_of(corpus: FaceCorpus, embedder: Embedder) -> PhotoGallery:
    """Validation photographs in the space of `embedder`; the corpus' own vectors where it made them.

    The mean face is that of the photographs that train; where those are not in the embedder's space, or there are
    none, that of the gallery.
    """
    rows = np.flatnonzero(corpus.is_validation)
    place = np.full(len(corpus.identity), -1)
    place[rows] = np.arange(len(rows))
    if embedder.embedder_id.startswith(CORPUS_EMBEDDER):
        vectors = corpus.embedding[rows]
        mean = corpus.mean_embedding
    else:
        vectors = _described(corpus, rows, embedder)
        mean = vectors.mean(0)
    return PhotoGallery(vectors=vectors, identity=corpus.identity[rows], place=place, mean=mean.astype(np.float32))


def _described(corpus: FaceCorpus, rows: NDArray[np.int64], embedder: Embedder) -> FloatArray:
    parts = []
    for at in range(0, len(rows), 64):
        chips = [
            align_chip(corpus.images[row], corpus.landmarks5[row], embedder.template_points, embedder.chip_size)
            for row in rows[at : at + 64]
        ]
        parts.append(embedder.embed(np.stack(chips)))
    return np.concatenate(parts)
