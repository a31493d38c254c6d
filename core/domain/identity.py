"""Identities over time: templates, gallery candidates, findings."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from core.domain.arrays import FloatArray, frozen_array
from core.domain.calibration import CalibrationQuote, GroupSearch
from core.domain.comparison import Surroundings

NO_THRESHOLD = 2.0
"""A cosine never gets there: where no error rates were measured nothing counts as above the threshold."""


class Role(StrEnum):
    """Which face of a swap."""

    SOURCE = "source"
    TARGET = "target"


class Decision(StrEnum):
    """Categories of support. Never "match" or "identified": software ranks candidates, people decide."""

    SUPPORTED = "supported"
    INCONCLUSIVE = "inconclusive"
    NOT_SUPPORTED = "not supported"
    UNABLE_TO_EVALUATE = "unable to evaluate"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IdentityTemplate:
    """One role of one person track, aggregated over frames.

    Attributes:
        role: source or target.
        embedding: (D,) float32, unit norm.
        n_frames: frames that entered.
        n_outliers: frames dropped as outliers.
        dispersion: mean of 1 - cosine between the frames' vectors and their mean, all from the mean face, [0, 2].
        embedder_id: id of the embedder, with its checksum.
        surroundings: of a target's face, aggregated over the same frames; None where they were not read.
    """

    role: Role
    embedding: FloatArray
    n_frames: int
    n_outliers: int
    dispersion: float
    embedder_id: str
    surroundings: Surroundings | None = None

    def __post_init__(self) -> None:
        emb = frozen_array(self.embedding, "IdentityTemplate.embedding", (None,), np.float32)
        object.__setattr__(self, "embedding", emb)


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryMatch:
    """One ranked candidate.

    Attributes:
        person_id, name: of the gallery.
        score: similarity of the person's best template, at most 1, see `Comparison`; larger is more alike.
        rank: 1-based.
        photo_sha256: photo behind the best template, '' when it was not kept.
        thumbnail_png: small picture of that photo, b'' when none was kept.
        gallery_revision: the gallery's change counter at the time of the search.
        face_score: what the score would be by the faces alone; None where no surroundings were compared.
        surroundings_score: cosine of what surrounds them; None where that was not compared.
    """

    person_id: int
    name: str
    score: float
    rank: int
    photo_sha256: str
    thumbnail_png: bytes
    gallery_revision: int
    face_score: float | None = None
    surroundings_score: float | None = None

    @property
    def is_raised(self) -> bool:
        """Whether alike surroundings raised the score over that of the faces."""
        return self.face_score is not None and self.score > self.face_score


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """Answer of the gallery to one template.

    Attributes:
        candidates: ranked, best first; also those below the threshold, up to the asked number.
        threshold: score from which a candidate counts as above threshold; `NO_THRESHOLD` where none was measured.
        n_people, n_templates: size of the searched gallery.
        gallery_revision: change counter at the time of the search.
        n_surroundings: templates whose surroundings could be compared with the probe's; 0 where it has none.
        n_above: people at or above the threshold, perhaps more than were asked for; None in earlier versions' results.
        gallery_id: random name of the gallery, which numbers of people belong to; '' in earlier versions' results.
        cohort_cosine: what the probe's scores were measured by (see `Comparison`): its mean cosine with the nearest of
            the cohort; None where scores are cosines.
    """

    candidates: tuple[GalleryMatch, ...]
    threshold: float
    n_people: int
    n_templates: int
    gallery_revision: int
    n_surroundings: int = 0
    n_above: int | None = None
    gallery_id: str = ""
    cohort_cosine: float | None = None

    @property
    def n_above_threshold(self) -> int:
        """People at or above the threshold; at least so many in results of earlier versions."""
        return len(self.above_threshold) if self.n_above is None else self.n_above

    @property
    def has_threshold(self) -> bool:
        """Whether a threshold was measured for probes of this kind."""
        return self.threshold < NO_THRESHOLD

    @property
    def above_threshold(self) -> tuple[GalleryMatch, ...]:
        """Candidates whose score reaches the threshold; empty means "no candidate above the threshold"."""
        return tuple(c for c in self.candidates if c.score >= self.threshold)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityFinding:
    """What the software says about one role of one person track.

    Attributes:
        role: source or target.
        decision: category of support, with `reason` in one sentence.
        template: None when it could not be formed.
        search: None when no gallery was searched.
        calibration_id: which table of error rates the threshold comes from, '' when uncalibrated.
        false_match_rate: one-to-one rate at the threshold, with its 95 % interval; None when unmeasured.
        false_positive_identification_rate: 1 - (1 - FMR)^N for this gallery; None when unmeasured.
        frame_indices: frames that support the template.
        limitations: sentences for the report.
        quote: the measured rates and likelihood ratios that the finding leans on; None when unmeasured.
        group_search: the same search, were all enrolled people of the group whose strangers may reach the first
            candidate's score, or the threshold where nobody does, most often; None where no group was measured.
    """

    role: Role
    decision: Decision
    reason: str
    template: IdentityTemplate | None
    search: SearchResult | None
    calibration_id: str
    false_match_rate: tuple[float, float, float] | None
    false_positive_identification_rate: float | None
    frame_indices: tuple[int, ...]
    limitations: tuple[str, ...] = ()
    quote: CalibrationQuote | None = None
    group_search: GroupSearch | None = None
