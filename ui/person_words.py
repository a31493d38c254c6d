"""What the window says of a person: sentences made elsewhere, the same as in the report, ready to be shown."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.identity import Decision, Role
from core.domain.review import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementWords:
    """One answer: the question, the category, the reason, and what the search returned ('' when none applies)."""

    question: str
    decision: Decision
    category: str
    reason: str
    search: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateWords:
    """One ranked candidate.

    Attributes:
        person_id: of the gallery.
        rank: 1-based.
        name: safe to show: nothing invisible in it.
        number: ``"no. 41 of the gallery"``.
        score: at most 1, see `core.domain.comparison.Comparison`; most strangers lie below 0.
        score_text: three decimals.
        is_above: at or above the threshold; None where no threshold was measured.
        side: the same in words, with the measured error rate where there is one.
        thumbnail_png: small photograph, b'' for none.
        made_of: ``"face 0.412 · surroundings 0.806"``; '' where the faces alone were compared.
        has_alike_surroundings: they raised the score.
    """

    person_id: int
    rank: int
    name: str
    number: str
    score: float
    score_text: str
    is_above: bool | None
    side: str
    thumbnail_png: bytes
    made_of: str = ""
    has_alike_surroundings: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateSection:
    """The answer of the gallery for one recovered face, or for the face as filmed.

    Attributes:
        role: whose candidates; None for the face as filmed, on which no verdict is given.
        title: ``"Recovered source (the face that was put in)"``.
        headline: what the search returned.
        statement: the answer of the software; None for the face as filmed.
        caption: size of the gallery, how scores are measured, what is not shown.
        threshold: where the scale is marked; None where none was measured.
        rows: best first.
        notes: error rates and limits, one sentence each.
    """

    role: Role | None
    title: str
    headline: str
    statement: StatementWords | None
    caption: str
    threshold: float | None
    rows: tuple[CandidateWords, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictWords:
    """A verdict that holds.

    Attributes:
        verdict: what a person said of the candidate.
        given: who gave it when, ``"M. Weber, 14 March 2026, 09:40 UTC"``.
    """

    verdict: Verdict
    given: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenWords:
    """A note or an observation that holds; `action_id` names it when it is taken back."""

    action_id: int
    text: str
    given: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonWords:
    """Everything said of a person but pictures and what people decided.

    Attributes:
        person_track_id: of the person within its item.
        subject: (evidence id, smallest track id): stays the same when persons are numbered anew.
        label: ``"Item 1, person 2"``.
        tracks: its track ids.
        span: where and how often it was seen, one sentence.
        forgery: the answer of the software to "was this face swapped?".
        fake_score: three decimals, '' when nothing was recovered.
        n_recovered: recovered frames.
        quality: what the quality gate excluded, one sentence.
        sections: source, target, the face as filmed; as far as they were searched.
        first_seconds, last_seconds: time span.
    """

    person_track_id: int
    subject: tuple[int, int]
    label: str
    tracks: tuple[int, ...]
    span: str
    forgery: StatementWords
    fake_score: str
    n_recovered: int
    quality: str
    sections: tuple[CandidateSection, ...]
    first_seconds: float
    last_seconds: float
