"""Templates against the photographs of validation people: which comparison is a trial of what."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.domain.arrays import FloatArray
from core.domain.comparison import Comparison
from core.evaluation.intervals import Comparisons
from core.evaluation.photographs import photograph_surroundings
from core.recovery.surroundings import SurroundingsReader
from core.training.corpus import FaceCorpus

MATES = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Photographs:
    """The photographs of validation people that templates are compared with.

    Attributes:
        rows: (G,) int64 rows of the corpus.
        vectors: (G, D) float32, unit norm.
        surroundings: (G, D) float32, unit norm; None where they are not read.
        person, family: (G,) int64 numbers.
        represents: (G,) bool, one photograph a person, drawn: strangers count once, however often photographed.
        person_of, family_of: (N,) int64 numbers of every row of the corpus.
    """

    rows: NDArray[np.int64]
    vectors: FloatArray
    surroundings: FloatArray | None
    person: NDArray[np.int64]
    family: NDArray[np.int64]
    represents: NDArray[np.bool_]
    person_of: NDArray[np.int64]
    family_of: NDArray[np.int64]

    @classmethod
    def of_validation(
        cls, corpus: FaceCorpus, random: np.random.Generator, reader: SurroundingsReader | None = None
    ) -> Photographs:
        """All photographs of people that never trained, in an order drawn by `random`."""
        rows = random.permutation(np.flatnonzero(corpus.is_validation)).astype(np.int64)
        person_of = np.unique(corpus.identity, return_inverse=True)[1].astype(np.int64)
        family_of = np.unique(corpus.family, return_inverse=True)[1].astype(np.int64)
        represents = np.zeros(len(rows), bool)
        represents[np.unique(person_of[rows], return_index=True)[1]] = True
        return cls(
            rows=rows,
            vectors=corpus.embedding[rows],
            surroundings=None if reader is None else photograph_surroundings(corpus, rows, reader),
            person=person_of[rows],
            family=family_of[rows],
            represents=represents,
            person_of=person_of,
            family_of=family_of,
        )

    @property
    def with_mates(self) -> NDArray[np.bool_]:
        """(G,) whether another photograph of the same person is there."""
        counts = np.bincount(self.person)
        several: NDArray[np.bool_] = counts[self.person] > 1
        return several


def scores_of(
    templates: FloatArray,
    surroundings: FloatArray | None,
    photographs: FloatArray,
    photograph_surroundings: FloatArray | None,
    comparison: Comparison,
) -> FloatArray:
    """(T, G) float32 scores of templates (T, D) against photographs (G, D), all of unit norm."""
    centred = comparison.centred(templates)
    faces = centred @ comparison.centred(photographs).T
    has_both = surroundings is not None and photograph_surroundings is not None
    around = surroundings @ photograph_surroundings.T if has_both else None  # type: ignore[union-attr, operator]
    scores, cohort = comparison.scores(faces, around), comparison.cohort_cosines(centred)
    if cohort is not None:
        scores = comparison.measured(scores, cohort[:, None])
    return scores.astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TemplateTrials:
    """Templates against photographs, T by G, and what each comparison is.

    Attributes:
        scores: (T, G) float32, see `Comparison`.
        mates: at most `MATES` other photographs of the true person.
        same_photo: the photograph behind the forgery.
        strangers: a photograph of each person who is neither the true one, nor the other of the swap, nor a relative
            of either.
        other_face: the photograph of the other person of the swap.
        probe_person: (T,) int64 number of each template's true person.
        photo_person: (G,) int64.
    """

    scores: FloatArray
    mates: NDArray[np.bool_]
    same_photo: NDArray[np.bool_]
    strangers: NDArray[np.bool_]
    other_face: NDArray[np.bool_]
    probe_person: NDArray[np.int64]
    photo_person: NDArray[np.int64]

    @classmethod
    def compare(
        cls,
        templates: FloatArray,
        own_rows: NDArray[np.int64],
        other_rows: NDArray[np.int64] | None,
        photographs: Photographs,
        comparison: Comparison,
        surroundings: FloatArray | None = None,
    ) -> TemplateTrials:
        """Compare templates with all photographs.

        Args:
            templates: (T, D) float32, unit norm.
            own_rows: (T,) corpus rows of the people they are of.
            other_rows: (T,) those of the other faces of the swaps; None for photographs.
            photographs: to compare with.
            comparison: the rule.
            surroundings: (T, D) float32, unit norm, of the templates; None for what is compared by the face alone.
        """
        p = photographs
        own, family = p.person_of[own_rows][:, None], p.family_of[own_rows][:, None]
        same_photo = own_rows[:, None] == p.rows[None, :]
        mates = (own == p.person[None, :]) & ~same_photo
        mates &= np.cumsum(mates, axis=1) <= MATES
        strangers = p.represents[None, :] & (family != p.family[None, :])
        other_face = np.zeros_like(same_photo)
        if other_rows is not None:
            strangers &= p.family_of[other_rows][:, None] != p.family[None, :]
            other_face = other_rows[:, None] == p.rows[None, :]
        return cls(
            scores=scores_of(templates, surroundings, p.vectors, p.surroundings, comparison),
            mates=mates,
            same_photo=same_photo,
            strangers=strangers,
            other_face=other_face,
            probe_person=own[:, 0],
            photo_person=p.person,
        )

    def of(self, counted: NDArray[np.bool_]) -> Comparisons:
        """The comparisons that one of the masks names."""
        return Comparisons(
            scores=self.scores, counted=counted, probe_person=self.probe_person, photo_person=self.photo_person
        )

    def without_same_photo(self) -> TemplateTrials:
        """The same where templates are photographs, which no trial may compare with themselves."""
        return replace(self, same_photo=np.zeros_like(self.same_photo))

    def some(self, chosen: NDArray[np.bool_]) -> TemplateTrials:
        """The templates that are True in `chosen`, (T,)."""
        return TemplateTrials(
            scores=self.scores[chosen],
            mates=self.mates[chosen],
            same_photo=self.same_photo[chosen],
            strangers=self.strangers[chosen],
            other_face=self.other_face[chosen],
            probe_person=self.probe_person[chosen],
            photo_person=self.photo_person,
        )
