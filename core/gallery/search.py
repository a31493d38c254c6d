"""Exact search of people by cosine similarity, logged in the gallery."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sqlite_utils import Database

from core.domain.arrays import FloatArray
from core.domain.identity import GalleryMatch, SearchResult
from core.errors import BugError, EmbedderMismatchError
from core.gallery.audit import account_name
from core.gallery.matrix import Hit, TemplateMatrix, load_matrix
from core.gallery.store import Gallery
from core.gallery.templates import unit_vector

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

    @property
    def matrix(self) -> TemplateMatrix:
        """The templates of the gallery's present revision, read when they are not in memory yet."""
        with self._gallery.snapshot() as db:
            return self._current_matrix(db)

    def load(self) -> TemplateMatrix:
        """Read the templates now rather than at the first search; returns `matrix`."""
        return self.matrix

    def search(
        self, embedding: FloatArray, *, k: int = 10, threshold: float, embedder_id: str | None = None
    ) -> SearchResult:
        """Rank people by their best template; see `search_many`."""
        return self.search_many([embedding], k=k, threshold=threshold, embedder_id=embedder_id)[0]

    def search_many(
        self,
        embeddings: Sequence[FloatArray] | FloatArray,
        *,
        k: int = 10,
        threshold: float,
        embedder_id: str | None = None,
    ) -> list[SearchResult]:
        """Rank people against each embedding: one entry a person, best first, ties by person id.

        Each lookup is logged before its answer is given. All answers come from one revision of the gallery.

        Args:
            embeddings: vectors (D,) float32 of unit norm, or one array (Q, D).
            k: how many people to return at most, >= 1.
            threshold: cosine from which a candidate counts as above threshold; those below are returned too.
            embedder_id: embedder of the vectors; None vouches that it is the gallery's.

        Raises:
            EmbedderMismatchError: the vectors are another embedder's.
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
        results: list[SearchResult] = []
        for start in range(0, len(embeddings), _QUERIES_AT_ONCE):
            results += self._search_batch(embeddings[start : start + _QUERIES_AT_ONCE], k, threshold)
        return results

    def _search_batch(
        self, embeddings: Sequence[FloatArray] | FloatArray, k: int, threshold: float
    ) -> list[SearchResult]:
        with self._gallery.snapshot() as db:
            matrix = self._current_matrix(db)
            dim = matrix.embeddings.shape[1] or None
            queries = np.stack([unit_vector(e, dim, self._gallery.path) for e in embeddings])
            hits = matrix.best_people(queries, k) if len(matrix.person_ids) else [[] for _ in queries]
            results = [
                SearchResult(
                    candidates=tuple(_match(db, hit, rank, matrix.revision) for rank, hit in enumerate(ranked, 1)),
                    threshold=threshold,
                    n_people=matrix.n_people,
                    n_templates=len(matrix.person_ids),
                    gallery_revision=matrix.revision,
                )
                for ranked in hits
            ]
        with self._gallery.transaction():
            for result in results:
                self._gallery.record_lookup(actor=self._actor, purpose=self._purpose, detail=_log_line(result, k))
        return results

    def _current_matrix(self, db: Database) -> TemplateMatrix:
        if self._matrix is None or self._matrix.revision != self._gallery.revision:
            self._matrix = None  # free the old array before the new one is read
            self._matrix = load_matrix(db)
        return self._matrix


def _match(db: Database, hit: Hit, rank: int, revision: int) -> GalleryMatch:
    name, photo_sha256, png = db.execute(
        "SELECT p.name, t.photo_sha256, n.png FROM templates t JOIN people p ON p.id = t.person_id "
        "LEFT JOIN thumbnails n ON n.template_id = t.id WHERE t.id = ?",
        [hit.template_id],
    ).fetchone()
    return GalleryMatch(
        person_id=hit.person_id,
        name=name,
        score=hit.score,
        rank=rank,
        photo_sha256=(photo_sha256 or b"").hex(),
        thumbnail_png=png or b"",
        gallery_revision=revision,
    )


def _log_line(result: SearchResult, k: int) -> str:
    """Ids and scores only: a name would outlive its erasure here."""
    best = ", ".join(f"person {c.person_id} {c.score:.3f}" for c in result.candidates[:_CANDIDATES_IN_LOG])
    return (
        f"{result.n_templates} templates of {result.n_people} people, revision {result.gallery_revision}, "
        f"k {k}, threshold {result.threshold:.3f}, {len(result.above_threshold)} above it: {best or 'nobody'}"
    )
