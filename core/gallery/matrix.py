"""All templates of a gallery in one array or two, and the exact ranking of people against them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlite_utils import Database

from core.domain.arrays import FloatArray
from core.domain.comparison import PLAIN, Comparison
from core.errors import EmbedderMismatchError
from core.gallery.failures import decoding
from core.gallery.surroundings import reader
from core.gallery.templates import dimension
from core.gallery.vectors import STORED_DTYPE

# Few large products: each one ends with all threads waiting for the slowest, which on a busy machine costs more
# than the arithmetic when blocks are small.
_SCORES_AT_ONCE = 2**21
_SIFT_ROWS = 65_536
_FETCH_ROWS = 8_192
_AROUND = ", CASE WHEN surroundings_reader = ? THEN surroundings END"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A person's best template: ids, score, what it would be by the face alone, and the cosine of surroundings.

    Scores are 1 at most, see `Comparison`. `surroundings_score` is None where the probe or the template has no
    surroundings that could be compared.
    """

    person_id: int
    template_id: int
    score: float
    face_score: float
    surroundings_score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TemplateMatrix:
    """Templates of one gallery revision.

    Attributes:
        embeddings: (N, D) float32, C-contiguous, rows of unit norm, from the mean face `centre`.
        person_ids, template_ids: (N,) int64.
        revision: of the gallery.
        n_people: people with at least one template.
        centre: (D,) mean face, () for vectors as they are enrolled.
        reader_id: what read the surroundings that were asked for; '' when none were.
        surroundings: (N, D2) float32, C-contiguous, rows of unit norm, zeros where `reader_id` did not read them; None
            where it read none at all.
        n_surroundings: rows that are not zeros.
    """

    embeddings: FloatArray
    person_ids: NDArray[np.int64]
    template_ids: NDArray[np.int64]
    revision: int
    n_people: int
    centre: tuple[float, ...] = ()
    reader_id: str = ""
    surroundings: FloatArray | None = None
    n_surroundings: int = 0

    def best_people(
        self,
        queries: FloatArray,
        k: int,
        *,
        comparison: Comparison = PLAIN,
        surroundings: Sequence[FloatArray | None] = (),
    ) -> list[list[Hit]]:
        """The `k` most similar people to each query, best first, ties by person id; exact.

        A person scores as the best of their templates (of equal ones, the oldest). Rows are first sifted by
        float32 products: a row stays when it may still reach the k-th best person seen so far, rounding error
        included. Those few are scored again in float64 by sums whose order depends on nothing but the lengths of the
        vectors, so that scores and ranks depend on no number of threads, batch or place of a row.

        Args:
            queries: (Q, D) float32, unit norm, from the mean face as the rows are.
            k: how many people to return at most, >= 1.
            comparison: how cosines make a score; its centre must be `centre`.
            surroundings: for each query (D2,) float32, unit norm, read by `reader_id`, or None; () for none at all.
        """
        around = list(surroundings) if self.surroundings is not None and surroundings else [None] * len(queries)
        margin = _margin(self.embeddings.shape[1])
        margin_around = margin
        if self.surroundings is not None:
            margin_around = _margin(self.embeddings.shape[1], self.surroundings.shape[1], comparison)
        sieves = [_Sieve(self.person_ids, k, margin if probe is None else margin_around) for probe in around]
        step = max(1024, _SCORES_AT_ONCE // len(queries))
        for start in range(0, len(self.embeddings), step):
            rows = slice(start, start + step)
            faces = _products(self.embeddings[rows], queries)
            beside = iter(self._products_around(rows, [probe for probe in around if probe is not None]))
            for sieve, cosines, probe in zip(sieves, faces, around, strict=True):
                sieve.sift(cosines if probe is None else comparison.scores(cosines, next(beside)), start)
        return [
            self._ranked(query, probe, comparison, sieve.rows, k)
            for query, probe, sieve in zip(queries, around, sieves, strict=True)
        ]

    def _has_around(self, row: int) -> bool:
        return self.surroundings is not None and bool(self.surroundings[row].any())

    def _products_around(self, rows: slice, probes: list[FloatArray]) -> FloatArray:
        """(Q, N) float32 cosines of the surroundings in some rows with those of the queries that have any."""
        if self.surroundings is None or not probes:
            return np.empty((0, 0), np.float32)
        return _products(self.surroundings[rows], np.stack(probes))

    def _ranked(
        self, query: FloatArray, probe: FloatArray | None, comparison: Comparison, rows: NDArray[np.int64], k: int
    ) -> list[Hit]:
        faces: NDArray[np.floating] = _exact_products(self.embeddings[rows], query)
        around = None
        if probe is not None and self.surroundings is not None:
            around = _exact_products(self.surroundings[rows], probe)
        scores = comparison.scores(faces, around)
        cohort = comparison.cohort_cosines(query[None])
        if cohort is not None:
            scores, faces = comparison.measured(scores, cohort), comparison.measured(faces, cohort)
        people, templates = self.person_ids[rows], self.template_ids[rows]
        order = np.lexsort((templates, people, -scores))
        _, first = np.unique(people[order], return_index=True)
        return [
            Hit(
                person_id=int(people[i]),
                template_id=int(templates[i]),
                score=_at_most_1(scores[i]),
                face_score=_at_most_1(faces[i]),
                surroundings_score=_clipped(around[i]) if around is not None and self._has_around(rows[i]) else None,
            )
            for i in order[np.sort(first)[:k]]
        ]


def _margin(dim: int, dim_around: int = 0, comparison: Comparison = PLAIN) -> np.float32:
    """Twice the most by which a float32 score may be off; without `dim_around`, that of a cosine of faces.

    A dot product of unit vectors is off by at most 1.1 D u (Higham 2002, section 3.1, with u = 2**-24). An error of the
    face's cosine enters the score with a weight of at most 1, one of the surroundings' with at most the slope that the
    rule has there; the few operations of the rule itself round numbers of at most 2.
    """
    most = 1.1 * dim
    if dim_around and comparison.share:
        most += 2 * comparison.share / (1 - comparison.knee) * (1.1 * dim_around + 2) + 16
    return np.float32(2.0 * most * 2.0**-24)


def _products(rows: FloatArray, queries: FloatArray) -> FloatArray:
    """(Q, N) float32, C-contiguous; this order of factors is up to twice as fast as the other for a few queries."""
    return np.ascontiguousarray((rows @ queries.T).T)


def _exact_products(rows: FloatArray, query: FloatArray) -> NDArray[np.float64]:
    products: NDArray[np.float64] = rows.astype(np.float64) * query.astype(np.float64)
    sums: NDArray[np.float64] = products.sum(axis=1)
    return sums


def _at_most_1(score: np.floating) -> float:
    return 1.0 if score > 1 else float(score)


def _clipped(cosine: np.floating) -> float:
    return min(1.0, max(-1.0, float(cosine)))


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


def load_matrix(db: Database, path: Path, *, comparison: Comparison = PLAIN, reader_id: str = "") -> TemplateMatrix:
    """Read all templates of the gallery's embedder in one pass; call inside a snapshot.

    Memory: 4 N D bytes for the array, 4 N D2 for surroundings where there are any, and a few megabytes beside it.

    Args:
        db: of the gallery.
        path: for messages.
        comparison: from whose mean face the vectors are taken.
        reader_id: whose surroundings to read too; '' for none.

    Raises:
        EmbedderMismatchError: the mean face is of another length than the templates.
    """
    revision, embedder = db.execute("SELECT revision, embedder FROM gallery").fetchone()
    # Counted over an index; a count of this embedder's alone would read the whole table once more.
    n_rows = int(db.execute("SELECT count(*) FROM templates").fetchone()[0])
    dim = dimension(db) or 0
    if comparison.centre and dim not in (0, len(comparison.centre)):
        raise EmbedderMismatchError(
            f"the mean face to compare with has {len(comparison.centre)} numbers, the gallery's templates have {dim}",
            next_step="use the embedder that the error rates were measured with",
            path=path,
        )
    read_by, dim_around = reader(db, reader_id) or (None, 0)
    embeddings = np.empty((n_rows, dim), dtype=np.float32)
    surroundings = np.zeros((n_rows, dim_around), dtype=np.float32)
    person_ids, template_ids = np.empty(n_rows, dtype=np.int64), np.empty(n_rows, dtype=np.int64)
    cursor = db.execute(
        f"SELECT id, person_id, embedding{_AROUND if read_by else ''} FROM templates WHERE embedder = ? ORDER BY id",
        [read_by, embedder] if read_by else [embedder],
    )
    start = n_surroundings = 0
    with decoding("the templates"):
        while rows := cursor.fetchmany(_FETCH_ROWS):
            ids, owners, blobs, *around = zip(*rows, strict=True)
            end = start + len(rows)
            template_ids[start:end] = ids
            person_ids[start:end] = owners
            vectors = np.frombuffer(b"".join(blobs), dtype=STORED_DTYPE).reshape(-1, dim)
            embeddings[start:end] = comparison.centred(vectors)
            for found in around:
                has = [at for at, blob in enumerate(found, start) if blob is not None]
                read = b"".join(blob for blob in found if blob is not None)
                surroundings[has] = np.frombuffer(read, dtype=STORED_DTYPE).reshape(-1, dim_around)
                n_surroundings += len(has)
            start = end
    return TemplateMatrix(
        embeddings=embeddings[:start],
        person_ids=person_ids[:start],
        template_ids=template_ids[:start],
        revision=revision,
        n_people=len(np.unique(person_ids[:start])),
        centre=comparison.centre,
        reader_id=reader_id,
        surroundings=surroundings[:start] if n_surroundings else None,
        n_surroundings=n_surroundings,
    )
