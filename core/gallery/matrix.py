"""All templates of a gallery in one array, and the exact ranking of people against it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlite_utils import Database

from core.domain.arrays import FloatArray
from core.gallery.templates import STORED_DTYPE, dimension

# Few large products: each one ends with all threads waiting for the slowest, which on a busy machine costs more
# than the arithmetic when blocks are small.
_SCORES_AT_ONCE = 2**21
_SIFT_ROWS = 65_536
_FETCH_ROWS = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A person's best template: ids and cosine in [-1, 1]."""

    person_id: int
    template_id: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TemplateMatrix:
    """Templates of one gallery revision.

    Attributes:
        embeddings: (N, D) float32, C-contiguous, rows of unit norm.
        person_ids, template_ids: (N,) int64.
        revision: of the gallery.
        n_people: people with at least one template.
    """

    embeddings: FloatArray
    person_ids: NDArray[np.int64]
    template_ids: NDArray[np.int64]
    revision: int
    n_people: int

    def best_people(self, queries: FloatArray, k: int) -> list[list[Hit]]:
        """The `k` most similar people to each query, best first, ties by person id; exact.

        A person scores as the best of their templates (of equal ones, the oldest). Rows are first sifted by a
        float32 product: a row stays when it may still reach the k-th best person seen so far, rounding error
        included. Those few are scored again in float64 by a sum whose order depends on nothing but D, so that
        scores and ranks depend on no number of threads, batch or place of a row.

        Args:
            queries: (Q, D) float32, unit norm.
            k: how many people to return at most, >= 1.
        """
        n_rows, dim = self.embeddings.shape
        # Twice the textbook bound of a float32 dot product of unit vectors (Higham 2002, section 3.1).
        margin = np.float32(2.0 * 1.1 * dim * 2.0**-24)
        sieves = [_Sieve(self.person_ids, k, margin) for _ in queries]
        step = max(1024, _SCORES_AT_ONCE // len(queries))
        for start in range(0, n_rows, step):
            # This order of factors is up to twice as fast as the other for a handful of queries.
            scores = np.ascontiguousarray((self.embeddings[start : start + step] @ queries.T).T)
            for sieve, row_scores in zip(sieves, scores, strict=True):
                sieve.sift(row_scores, start)
        return [self._ranked(query, sieve.rows, k) for query, sieve in zip(queries, sieves, strict=True)]

    def _ranked(self, query: FloatArray, rows: NDArray[np.int64], k: int) -> list[Hit]:
        products = self.embeddings[rows].astype(np.float64) * query.astype(np.float64)
        scores = products.sum(axis=1)
        people, templates = self.person_ids[rows], self.template_ids[rows]
        order = np.lexsort((templates, people, -scores))
        _, first = np.unique(people[order], return_index=True)
        return [
            Hit(person_id=int(people[i]), template_id=int(templates[i]), score=min(1.0, max(-1.0, float(scores[i]))))
            for i in order[np.sort(first)[:k]]
        ]


class _Sieve:
    """Rows that may still be the best of one of the k best people to one query.

    A row falls out when it lies, by more than the rounding margin, below its own person's best row or below the
    k-th best person.
    """

    def __init__(self, person_ids: NDArray[np.int64], k: int, margin: np.float32) -> None:
        self._person_ids = person_ids
        self._k = k
        self._margin = margin
        self._bound = np.float32(-np.inf)
        self._scores = np.empty(0, np.float32)
        self.rows = np.empty(0, np.int64)

    def sift(self, scores: FloatArray, first_row: int) -> None:
        """Take in the float32 scores (B,) of the rows from `first_row` on."""
        start, size = 0, 1024  # a small first part yields a bound at little cost
        while start < scores.size:
            self._sift_part(scores[start : start + size], first_row + start)
            start, size = start + size, min(2 * size, _SIFT_ROWS)

    def _sift_part(self, scores: FloatArray, first_row: int) -> None:
        fresh = np.flatnonzero(scores >= self._bound - self._margin)
        if not fresh.size:
            return
        rows = np.concatenate([self.rows, fresh + first_row])
        scores = np.concatenate([self._scores, scores[fresh]])
        people, owner = np.unique(self._person_ids[rows], return_inverse=True)
        best = np.full(people.size, -np.inf, dtype=np.float32)
        np.maximum.at(best, owner, scores)
        if people.size >= self._k:
            self._bound = np.partition(best, people.size - self._k)[people.size - self._k]
        stays = scores >= np.maximum(best[owner], self._bound) - self._margin
        self.rows, self._scores = rows[stays], scores[stays]


def load_matrix(db: Database) -> TemplateMatrix:
    """Read all templates of the gallery's embedder in one pass; call inside a snapshot.

    Memory: 4 N D bytes for the array and a few megabytes beside it.
    """
    revision, embedder = db.execute("SELECT revision, embedder FROM gallery").fetchone()
    # Counted over an index; a count of this embedder's alone would read the whole table once more.
    n_rows = int(db.execute("SELECT count(*) FROM templates").fetchone()[0])
    dim = dimension(db) or 0
    embeddings = np.empty((n_rows, dim), dtype=np.float32)
    person_ids, template_ids = np.empty(n_rows, dtype=np.int64), np.empty(n_rows, dtype=np.int64)
    cursor = db.execute("SELECT id, person_id, embedding FROM templates WHERE embedder = ? ORDER BY id", [embedder])
    start = 0
    while rows := cursor.fetchmany(_FETCH_ROWS):
        ids, owners, blobs = zip(*rows, strict=True)
        end = start + len(rows)
        template_ids[start:end] = ids
        person_ids[start:end] = owners
        embeddings[start:end] = np.frombuffer(b"".join(blobs), dtype=STORED_DTYPE).reshape(-1, dim)
        start = end
    return TemplateMatrix(
        embeddings=embeddings[:start],
        person_ids=person_ids[:start],
        template_ids=template_ids[:start],
        revision=revision,
        n_people=len(np.unique(person_ids[:start])),
    )
