"""What the window says of persons, in the sentences of the report. Used on the thread that reads the case."""

from __future__ import annotations

from collections.abc import Collection

from core.domain.evidence import EvidenceKind
from core.domain.identity import GalleryMatch, IdentityFinding, Role, SearchResult
from core.domain.outstanding import verdicts_on
from core.domain.report import EvidenceResult, PersonTrack
from core.domain.review import JudgeCandidate, Review, ReviewEntry, WriteNote, WriteObservation
from core.report.content import (
    ROLE_MEANING,
    Statement,
    count,
    finding_statement,
    forgery_statement,
    gate_sentence,
    person_label,
    score_meaning,
    score_parts,
    score_text,
    search_headline,
    sentence,
    span_sentence,
    template_sentence,
)
from core.report.decisions import NO_NAME, who_and_when
from core.report.rates import TRANSFER_WARNING, percent, search_rate_sentences
from core.report.text import printable
from ui.person_words import (
    CandidateSection,
    CandidateWords,
    PersonWords,
    StatementWords,
    VerdictWords,
    WrittenWords,
)

ROWS_BELOW, ROWS_MOST = 10, 30
AS_FILMED = "For comparison: the face as filmed"
AS_FILMED_NOTE = (
    "The unchanged crop was searched as well. In a swapped face it mixes traits of two people; the ranking shows what "
    "the recovery adds."
)


def all_persons(result: EvidenceResult, review: Review, evidence_id: int, item_number: int) -> tuple[PersonWords, ...]:
    """Everybody found in an item.

    Args:
        result: of the item; the persons' frames may be left out.
        review: candidates judged in it are shown however low they rank.
        evidence_id: of the item within the case.
        item_number: its place in the case, 1-based.
    """
    kind = result.evidence.kind
    return tuple(
        _person(person, verdicts_on(person, review, evidence_id), evidence_id, item_number, kind)
        for person in result.persons
    )


def verdicts_of(person: PersonTrack, review: Review, evidence_id: int) -> dict[tuple[Role, int], VerdictWords]:
    """The verdicts on candidates of a person, by (role, gallery person); see `core.domain.outstanding.verdicts_on`."""
    return {key: _verdict(entry) for key, entry in verdicts_on(person, review, evidence_id).items()}


def observation_of(review: Review, evidence_id: int, track_ids: tuple[int, ...]) -> WrittenWords | None:
    """What an examiner saw in the person with these tracks."""
    entry = review.observation(evidence_id, track_ids)
    return None if entry is None else written(entry)


def notes_of(review: Review, evidence_id: int, track_ids: tuple[int, ...]) -> tuple[WrittenWords, ...]:
    """Notes on the person with these tracks, oldest first."""
    return tuple(written(entry) for entry in review.notes(evidence_id, track_ids))


def written(entry: ReviewEntry) -> WrittenWords:
    """A note or an observation, with who wrote it when."""
    assert isinstance(entry.action, WriteNote | WriteObservation)
    text = printable(entry.action.text, keep_lines=True)
    return WrittenWords(action_id=entry.id, text=text, given=given(entry))


def given(entry: ReviewEntry) -> str:
    """Who decided when, ``"M. Weber, 14 March 2026, 09:40 UTC"``."""
    return printable(who_and_when(entry.actor, entry.at))


def _verdict(entry: ReviewEntry) -> VerdictWords:
    assert isinstance(entry.action, JudgeCandidate)
    return VerdictWords(verdict=entry.action.verdict, given=given(entry))


def _person(
    person: PersonTrack, judged: Collection[tuple[Role, int]], evidence_id: int, item_number: int, kind: EvidenceKind
) -> PersonWords:
    sections = [
        _section(finding, finding.role, {gallery_id for role, gallery_id in judged if role is finding.role})
        for finding in person.findings
    ]
    if person.input_finding is not None:
        sections.append(_section(person.input_finding, None, ()))
    return PersonWords(
        person_track_id=person.person_track_id,
        subject=(evidence_id, min(person.track_ids)),
        label=person_label(item_number, person),
        tracks=person.track_ids,
        span=span_sentence(person, kind),
        forgery=_statement(forgery_statement(person)),
        fake_score="" if person.fake_score is None else score_text(person.fake_score),
        n_recovered=len(person.scores),
        quality=gate_sentence(person),
        sections=tuple(sections),
        first_seconds=float(person.first.seconds),
        last_seconds=float(person.last.seconds),
    )


def _section(finding: IdentityFinding, role: Role | None, judged: Collection[int]) -> CandidateSection:
    search = finding.search
    shown = () if search is None else _shown(search, judged)
    title = AS_FILMED
    if role is not None:
        title = f"Recovered {role.value} ({ROLE_MEANING[role]})"
    return CandidateSection(
        role=role,
        title=title,
        headline=search_headline(search),
        statement=None if role is None else _statement(finding_statement(finding)),
        caption="" if search is None else _caption(search, len(search.candidates) - len(shown)),
        threshold=search.threshold if search is not None and search.has_threshold else None,
        rows=() if search is None else tuple(_candidate(c, search, finding) for c in shown),
        notes=_notes(finding, role),
    )


def _shown(search: SearchResult, judged: Collection[int]) -> tuple[GalleryMatch, ...]:
    """The candidates that the report prints too: those above the threshold, some below it, and all that were judged."""
    above = search.above_threshold[:ROWS_MOST]
    below = tuple(c for c in search.candidates if c.score < search.threshold)
    ranks = {c.rank for c in (*above, *below[: max(0, ROWS_BELOW - len(above))])}
    return tuple(c for c in search.candidates if c.rank in ranks or c.person_id in judged)


def _statement(statement: Statement) -> StatementWords:
    return StatementWords(
        question=statement.question,
        decision=statement.decision,
        category=statement.category,
        reason=statement.reason,
        search=statement.search,
    )


def _caption(search: SearchResult, n_hidden: int) -> str:
    rest = f" {count(n_hidden, 'further candidate')} with lower scores: see the JSON file." if n_hidden else ""
    stroke = (
        f"threshold {score_text(search.threshold)} (upright stroke)"
        if search.has_threshold
        else "no threshold measured"
    )
    return (
        f"Ranked candidates among {count(search.n_people, 'enrolled person', 'enrolled people')}, gallery revision "
        f"{search.gallery_revision}; score: {score_meaning(search)}; {stroke}.{rest}"
    )


def _candidate(candidate: GalleryMatch, search: SearchResult, finding: IdentityFinding) -> CandidateWords:
    is_above = candidate.score >= search.threshold if search.has_threshold else None
    return CandidateWords(
        person_id=candidate.person_id,
        rank=candidate.rank,
        name=printable(candidate.name) or NO_NAME,
        number=f"no. {candidate.person_id} of the gallery",
        score=candidate.score,
        score_text=score_text(candidate.score),
        is_above=is_above,
        side=_side(is_above, search, finding),
        thumbnail_png=candidate.thumbnail_png,
        made_of=" · ".join(score_parts(candidate)),
        has_alike_surroundings=candidate.is_raised,
    )


def _side(is_above: bool | None, search: SearchResult, finding: IdentityFinding) -> str:
    if is_above is None:
        return "no threshold was measured for this kind of face"
    where = "at or above" if is_above else "below"
    if finding.false_match_rate is None:
        rate = "false match rate not measured"
    else:
        rate = f"false match rate {percent(finding.false_match_rate[0])}"
    return f"{where} the threshold {score_text(search.threshold)}, {rate}"


def _notes(finding: IdentityFinding, role: Role | None) -> tuple[str, ...]:
    notes = [AS_FILMED_NOTE] if role is None else [template_sentence(finding)]
    notes += search_rate_sentences(finding)
    if role is not None and finding.false_match_rate is None and finding.search is not None:
        notes.append(TRANSFER_WARNING)
    return (*notes, *(sentence(limit) for limit in finding.limitations))
