"""All templates of a gallery in one array, and the exact ranking of people against it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlite_utils import Database

from core.domain.arrays import FloatArray
from core.gallery.templates import STORED_DTYPE, dimension

_BLOCK_ROWS = (
    16_384  # 8 MiB of 128-d templates; the scores of a block stay in the cache while they are sifted
)
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
        float32 product in blocks: a row stays when it may still reach the k-th best person seen so far,
        rounding error included. Those few are scored again in float64 by a sum whose order depends on nothing
        but D, so that scores and ranks depend on no number of threads, block size or place of a row.

        Args:
            queries: (Q, D) float32, unit norm.
            k: how many people to return at most, >= 1.
        """
        n_rows, dim = self.embeddings.shape
        # Twice the textbook bound of a float32 dot product of unit vectors (Higham 2002, section 3.1).
        margin = np.float32(2.0 * 1.1 * dim * 2.0**-24)
        bounds = np.full(len(queries), -np.inf, dtype=np.float32)
        kept: list[tuple[NDArray[np.int64], FloatArray]] = [
            (np.empty(0, np.int64), np.empty(0, np.float32)) for _ in queries
        ]
        start, size = 0, min(1024, _BLOCK_ROWS)  # a small first block yields a bound at little cost
        while start < n_rows:
            block = self.embeddings[start : start + size]
            scores = queries @ block.T
            for q, row_scores in enumerate(scores):
                fresh = np.flatnonzero(row_scores >= bounds[q] - margin)
                if fresh.size:
                    rows = np.concatenate([kept[q][0], fresh + start])
                    approx = np.concatenate([kept[q][1], row_scores[fresh]])
                    bounds[q] = self._kth_person_score(rows, approx, k)
                    stays = approx >= bounds[q] - margin
                    kept[q] = (rows[stays], approx[stays])
            start, size = start + size, min(2 * size, _BLOCK_ROWS)
        return [self._ranked(query, rows, k) for query, (rows, _) in zip(queries, kept, strict=True)]

    def _kth_person_score(self, rows: NDArray[np.int64], scores: FloatArray, k: int) -> float:
        """Score of the k-th best person among `rows`; -inf while there are fewer people."""
        order = np.argsort(-scores, kind="stable")
        _, first = np.unique(self.person_ids[rows[order]], return_index=True)
        if first.size < k:
            return -np.inf
        return float(scores[order[np.partition(first, k - 1)[k - 1]]])

    def _ranked(self, query: FloatArray, rows: NDArray[np.int64], k: int) -> list[Hit]:
        products = self.embeddings[rows].astype(np.float64) * query.astype(np.float64)
        scores = np.clip(products.sum(axis=1), -1.0, 1.0)
        people, templates = self.person_ids[rows], self.template_ids[rows]
        order = np.lexsort((templates, people, -scores))
        _, first = np.unique(people[order], return_index=True)
        return [
            Hit(person_id=int(people[i]), template_id=int(templates[i]), score=float(scores[i]))
            for i in order[np.sort(first)[:k]]
        ]


def load_matrix(db: Database) -> TemplateMatrix:
    """Read all templates of the gallery's embedder in one pass; call inside a snapshot.

    Memory: 4 N D bytes for the array and a few megabytes beside it.
    """
    revision, embedder = db.execute("SELECT revision, embedder FROM gallery").fetchone()
    where = "FROM templates WHERE embedder = ?"
    n_rows, n_people = db.execute(
        f"SELECT count(*), count(DISTINCT person_id) {where}", [embedder]
    ).fetchone()
    dim = dimension(db) or 0
    embeddings = np.empty((n_rows, dim), dtype=np.float32)
    person_ids, template_ids = np.empty(n_rows, dtype=np.int64), np.empty(n_rows, dtype=np.int64)
    cursor = db.execute(f"SELECT id, person_id, embedding {where} ORDER BY id", [embedder])
    start = 0
    while rows := cursor.fetchmany(_FETCH_ROWS):
        ids, owners, blobs = zip(*rows, strict=True)
        end = start + len(rows)
        template_ids[start:end] = ids
        person_ids[start:end] = owners
        embeddings[start:end] = np.frombuffer(b"".join(blobs), dtype=STORED_DTYPE).reshape(-1, dim)
        start = end
    return TemplateMatrix(
        embeddings=embeddings,
        person_ids=person_ids,
        template_ids=template_ids,
        revision=revision,
        n_people=n_people,
    )
