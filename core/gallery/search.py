"""Exact search of people by similarity of faces and of what surrounds them, logged in the gallery."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from sqlite_utils import Database

from core.domain.arrays import FloatArray
from core.domain.comparison import PLAIN, Comparison, Surroundings
from core.domain.identity import GalleryMatch, SearchResult
from core.errors import BugError, EmbedderMismatchError
from core.gallery import signed_log
from core.gallery.audit import account_name
from core.gallery.failures import as_bytes, as_text, decoding
from core.gallery.matrix import Hit, TemplateMatrix, load_matrix
from core.gallery.store import Gallery
from core.gallery.vectors import unit_vector

Threshold: TypeAlias = float | Callable[[int], float]
"""A score, or what gives one for the number of templates in the gallery."""
_QUERIES_AT_ONCE = 16
_CANDIDATES_IN_LOG = 10


class GallerySearch:
    """Answers "whom does this face resemble?" from memory; reads the gallery again when it has changed.

    Args:
        gallery: an open gallery; use both from one thread.
        actor: who searches, for the audit; '' is the operating system's account.
        purpose: ground of the lookups, for the audit, for example a case number.
    """

    def __init__(self, gallery: Gallery, *, actor: str = "", purpose: str = "") -> None:
        self._gallery = gallery
        self._actor = actor or account_name()
        self._purpose = purpose
        self._matrix: TemplateMatrix | None = None
        self._comparison = PLAIN
        self._reader_id = ""

    @property
    def matrix(self) -> TemplateMatrix:
        """The templates of the gallery's present revision as last compared, read when they are not in memory yet."""
        with self._gallery.snapshot() as db:
            return self._current_matrix(db)

    def load(self) -> TemplateMatrix:
        """Read the templates now rather than at the first search; returns `matrix`."""
        return self.matrix

    def search(
        self,
        embedding: FloatArray,
        *,
        k: int = 10,
        threshold: Threshold,
        embedder_id: str | None = None,
        comparison: Comparison = PLAIN,
        surroundings: Surroundings | None = None,
    ) -> SearchResult:
        """Rank people by their best template; see `search_many`."""
        return self.search_many(
            [embedding],
            k=k,
            threshold=threshold,
            embedder_id=embedder_id,
            comparison=comparison,
            surroundings=[surroundings],
        )[0]

    def search_many(
        self,
        embeddings: Sequence[FloatArray] | FloatArray,
        *,
        k: int = 10,
        threshold: Threshold,
        embedder_id: str | None = None,
        comparison: Comparison = PLAIN,
        surroundings: Sequence[Surroundings | None] | None = None,
    ) -> list[SearchResult]:
        """Rank people against each embedding: one entry a person, best first, ties by person id.

        Each lookup is logged before its answer is given. All answers come from one revision of the gallery.

        Args:
            embeddings: vectors (D,) float32 of unit norm, or one array (Q, D).
            k: how many people to return at most, >= 1.
            threshold: score from which a candidate counts as above threshold, or what gives it for the number of
                templates searched; those below are returned too.
            embedder_id: embedder of the vectors; None vouches that it is the gallery's.
            comparison: how a vector is compared with the enrolled ones.
            surroundings: what surrounds each face, all read by one model, or None; None for no face at all. A
                comparison of no share for them takes no notice of them.

        Raises:
            EmbedderMismatchError: the vectors are another embedder's, or the comparison is made for another one.
            GalleryError: the gallery cannot be read, or the lookup cannot be logged.
        """
        if k < 1:
            raise BugError(f"k must be at least 1, got {k}")
        if embedder_id is not None and embedder_id != self._gallery.embedder_id:
            raise EmbedderMismatchError(
                f"a face of {embedder_id} cannot be searched in a gallery of {self._gallery.embedder_id}",
                next_step="use a gallery that was made with the same embedder",
                path=self._gallery.path,
            )
        around = [None] * len(embeddings) if surroundings is None or not comparison.share else list(surroundings)
        self._expect(comparison, around, len(embeddings))
        results: list[SearchResult] = []
        for start in range(0, len(embeddings), _QUERIES_AT_ONCE):
            batch = slice(start, start + _QUERIES_AT_ONCE)
            results += self._search_batch(embeddings[batch], around[batch], comparison, k, threshold)
        return results

    def _expect(self, comparison: Comparison, around: Sequence[Surroundings | None], n_faces: int) -> None:
        """Have the templates in memory as these faces need them."""
        if len(around) != n_faces:
            raise BugError(f"{n_faces} faces cannot have {len(around)} surroundings")
        readers = {one.model_id for one in around if one is not None}
        if len(readers) > 1:
            raise BugError(f"surroundings of several models cannot be searched at once: {sorted(readers)}")
        self._comparison = comparison
        for reader_id in readers:  # else those in memory do no harm to faces without surroundings
            self._reader_id = reader_id

    def _search_batch(
        self,
        embeddings: Sequence[FloatArray] | FloatArray,
        around: Sequence[Surroundings | None],
        comparison: Comparison,
        k: int,
        threshold: Threshold,
    ) -> list[SearchResult]:
        path = self._gallery.path
        with self._gallery.snapshot() as db:
            matrix = self._current_matrix(db)
            least = threshold(len(matrix.person_ids)) if callable(threshold) else threshold
            dim = matrix.embeddings.shape[1] or None
            queries = np.stack([unit_vector(e, dim, path) for e in embeddings])
            dim = None if matrix.surroundings is None else matrix.surroundings.shape[1]
            probes = [None if one is None else unit_vector(one.embedding, dim, path) for one in around]
            hits: list[list[Hit]] = [[] for _ in queries]
            n_above = [0 for _ in queries]
            cohort = None
            if len(matrix.person_ids):
                centred = comparison.centred(queries)
                cohort = comparison.cohort_cosines(centred)
                hits = matrix.best_people(centred, k, comparison=comparison, surroundings=probes)
                n_above = [
                    _n_above(matrix, centred[i : i + 1], ranked, least, comparison, probes[i : i + 1])
                    for i, ranked in enumerate(hits)
                ]
            gallery_id = signed_log.log_id(db)
            results = [
                SearchResult(
                    candidates=tuple(
                        _match(db, hit, rank, matrix.revision, is_compared=probe is not None)
                        for rank, hit in enumerate(ranked, 1)
                    ),
                    threshold=least,
                    n_people=matrix.n_people,
                    n_templates=len(matrix.person_ids),
                    gallery_revision=matrix.revision,
                    n_surroundings=0 if probe is None else matrix.n_surroundings,
                    n_above=above,
                    gallery_id=gallery_id,
                    cohort_cosine=None if cohort is None else float(cohort[place]),
                )
                for place, (ranked, probe, above) in enumerate(zip(hits, probes, n_above, strict=True))
            ]
        with self._gallery.transaction():
            for result in results:
                self._gallery.record_lookup(actor=self._actor, purpose=self._purpose, detail=_log_line(result, k))
        return results

    def _current_matrix(self, db: Database) -> TemplateMatrix:
        matrix = self._matrix
        wanted = (self._gallery.revision, self._comparison.centre, self._reader_id)
        if matrix is None or (matrix.revision, matrix.centre, matrix.reader_id) != wanted:
            matrix = self._matrix = None  # free the old array before the new one is read
            matrix = load_matrix(db, self._gallery.path, comparison=self._comparison, reader_id=self._reader_id)
            self._matrix = matrix
        return matrix


def _n_above(
    matrix: TemplateMatrix,
    query: FloatArray,
    ranked: list[Hit],
    threshold: float,
    comparison: Comparison,
    surroundings: Sequence[FloatArray | None],
) -> int:
    """How many people reach the threshold; more are ranked only while the last of those ranked does."""
    while ranked[-1].score >= threshold and len(ranked) < matrix.n_people:
        more = 4 * len(ranked)
        (ranked,) = matrix.best_people(query, more, comparison=comparison, surroundings=surroundings)
    return sum(hit.score >= threshold for hit in ranked)


def _match(db: Database, hit: Hit, rank: int, revision: int, *, is_compared: bool) -> GalleryMatch:
    """A candidate; `is_compared` says whether the probe has surroundings, so that its score is made of two."""
    name, photo_sha256, png = db.execute(
        "SELECT p.name, t.photo_sha256, n.png FROM templates t JOIN people p ON p.id = t.person_id "
        "LEFT JOIN thumbnails n ON n.template_id = t.id WHERE t.id = ?",
        [hit.template_id],
    ).fetchone()
    with decoding(f"the row of photo {hit.template_id}, of person {hit.person_id}"):
        return GalleryMatch(
            person_id=hit.person_id,
            name=as_text(name),
            score=hit.score,
            rank=rank,
            photo_sha256=as_bytes(photo_sha256 or b"").hex(),
            thumbnail_png=as_bytes(png or b""),
            gallery_revision=revision,
            face_score=hit.face_score if is_compared else None,
            surroundings_score=hit.surroundings_score,
        )


def _log_line(result: SearchResult, k: int) -> str:
    """Ids and scores only: a name would outlive its erasure here."""
    best = ", ".join(f"person {c.person_id} {c.score:.3f}" for c in result.candidates[:_CANDIDATES_IN_LOG])
    return (
        f"{result.n_templates} templates of {result.n_people} people, revision {result.gallery_revision}, "
        f"k {k}, threshold {result.threshold:.3f}, {result.n_above_threshold} above it: {best or 'nobody'}"
    )
