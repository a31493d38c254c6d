"""What a person decided, as plain rows and sentences: pure functions of domain values, tested without a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from core.domain.identity import Role
from core.domain.outstanding import is_reviewed, verdicts_on
from core.domain.report import CaseReport, EvidenceResult, PersonTrack
from core.domain.review import (
    RESHAPING,
    AddFace,
    CutTrack,
    IgnoreTracks,
    JoinTracks,
    JudgeCandidate,
    PartTracks,
    Review,
    ReviewEntry,
    Verdict,
    WriteNote,
    WriteObservation,
    made_track_id,
)
from core.report.content import count, item_label, person_label, score_text

TITLE = "Examiner's decisions and observations"
NOT_THE_SOFTWARE = (
    "What follows was decided, seen and written by people. None of it is a result of the software, which ranked the "
    "candidates and gave the categories of the findings. What was undone, taken back or replaced by a later decision "
    "is not repeated here; it stays in the custody record."
)
VERDICT_MEANING = (
    "A verdict is the examiner's own answer on one candidate of one recovered face: confirmed, rejected, or unknown "
    "(looked at and left open)."
)
_LONGEST_NAME = 120
NO_NAME = "(no name)"
NOTHING = "No decision, observation, note or bookmark was entered in the software."
ALL_REVIEWED = "An examiner dealt with every person found."
PENDING = (
    "The findings above do not show all of these changes yet: the item was not analysed again after the last of them."
)
EARLIER = (
    "These were made on an earlier analysis of the item, which the one reported here has replaced. Their track numbers "
    "are those of that analysis. They were applied to none of the findings above, and say nothing of them."
)
VERDICT_WORDS = {
    Verdict.CONFIRMED: "confirmed by the examiner",
    Verdict.REJECTED: "rejected by the examiner",
    Verdict.UNKNOWN: "left open by the examiner",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """One thing that a person decided or wrote.

    Attributes:
        kind: for example ``"Observation"``.
        words: what.
        actor, at: who, and when, UTC.
    """

    kind: str
    words: str
    actor: str
    at: datetime

    @property
    def who_and_when(self) -> str:
        """For example ``"M. Weber, 14 March 2026, 09:40 UTC"``."""
        return who_and_when(self.actor, self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDecisions:
    """What was decided about one person; rows in the order observation, verdicts, notes."""

    label: str
    rows: tuple[DecisionRow, ...]
    is_reviewed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDecisions:
    """What was decided about one item.

    Attributes:
        label: ``"Item 1"``.
        evidence_id: of the item within the case.
        persons: one for each person found.
        changes: joined, parted, cut, added and ignored tracks, oldest first.
        is_pending: the persons of the findings are not yet those that the changes make.
        others: notes on the item, and what was written on tracks that belong to no person of the findings.
        earlier: what was decided on tracks of an analysis that another has replaced since; none of it applies.
    """

    label: str
    evidence_id: int
    persons: tuple[PersonDecisions, ...]
    changes: tuple[DecisionRow, ...]
    is_pending: bool
    others: tuple[DecisionRow, ...]
    earlier: tuple[DecisionRow, ...] = ()


def who_and_when(actor: str, at: datetime) -> str:
    """For example ``"M. Weber, 14 March 2026, 09:40 UTC"``."""
    at = at.astimezone(UTC)
    actor = actor if len(actor) <= _LONGEST_NAME else f"{actor[:_LONGEST_NAME]}…"
    return f"{actor or 'no name entered'}, {at.day} {at:%B %Y, %H:%M} UTC"


def item_decisions(report: CaseReport) -> tuple[ItemDecisions, ...]:
    """One for each item, in their order."""
    return tuple(
        _item(report.review, number, evidence_id, result)
        for number, (evidence_id, result) in enumerate(zip(report.evidence_ids, report.results, strict=True), 1)
    )


def case_notes(review: Review) -> tuple[DecisionRow, ...]:
    """Notes on the case as a whole."""
    return tuple(_row(entry) for entry in review.notes(None))


def unreviewed(report: CaseReport) -> tuple[str, ...]:
    """Labels of the persons that nobody dealt with yet."""
    return tuple(p.label for item in item_decisions(report) for p in item.persons if not p.is_reviewed)


def review_sentence(report: CaseReport) -> str:
    """How far the review is, for the summary; '' where nobody was found."""
    n_persons, n_left = sum(len(result.persons) for result in report.results), len(unreviewed(report))
    if not n_persons:
        return ""
    if not n_left:
        return f"{ALL_REVIEWED} The verdicts are under “{TITLE}”."
    return f"Not yet reviewed by an examiner: {n_left:,} of {count(n_persons, 'person', 'people')}; see “{TITLE}”."


def verdict_words(entry: ReviewEntry) -> tuple[str, str]:
    """``("Confirmed by the examiner", "M. Weber, 14 March 2026, 09:40 UTC")``."""
    assert isinstance(entry.action, JudgeCandidate)
    words = VERDICT_WORDS[entry.action.verdict]
    return f"{words[0].upper()}{words[1:]}", who_and_when(entry.actor, entry.at)


def _item(review: Review, number: int, evidence_id: int, result: EvidenceResult) -> ItemDecisions:
    entries = review.entries_of(evidence_id)
    shown = {track for person in result.persons for track in person.track_ids}
    known = shown | review.ignored(evidence_id)
    return ItemDecisions(
        label=item_label(number),
        evidence_id=evidence_id,
        persons=tuple(_person(review, number, evidence_id, person) for person in result.persons),
        changes=tuple(_change_row(entry, known) for entry in entries if isinstance(entry.action, RESHAPING)),
        is_pending=_is_pending(review, evidence_id, result),
        others=tuple(_row(e) for e in (*review.notes(evidence_id), *_elsewhere(entries, shown))),
        earlier=tuple(_earlier_row(entry) for entry in review.earlier_of(evidence_id)),
    )


def _earlier_row(entry: ReviewEntry) -> DecisionRow:
    """A row that names tracks by the numbers of an analysis that is gone."""
    # No track is said to be missing: all of them are.
    is_change = isinstance(entry.action, RESHAPING)
    return _change_row(entry, {made_track_id(entry.id)}) if is_change else _row(entry)


def _elsewhere(entries: Sequence[ReviewEntry], shown: set[int]) -> Iterator[ReviewEntry]:
    """What was written on a track of no person: ignored, left out as fleeting, or not analysed yet."""
    for entry in entries:
        action = entry.action
        track = action.track_id if isinstance(action, JudgeCandidate | WriteObservation | WriteNote) else None
        if track is not None and track not in shown:
            yield entry


def _is_pending(review: Review, evidence_id: int, result: EvidenceResult) -> bool:
    groups = sorted((sorted(person.track_ids) for person in result.persons), key=lambda group: group[0])
    if result.failure or not groups:
        return False
    shown = {track for group in groups for track in group}
    return bool(review.ignored(evidence_id) & shown) or review.regrouped(evidence_id, groups) != groups


def _person(review: Review, number: int, evidence_id: int, person: PersonTrack) -> PersonDecisions:
    observation = review.observation(evidence_id, person.track_ids)
    verdicts = review.verdicts(evidence_id, person.track_ids)
    rows = []
    if observation is not None:
        rows.append(replace(_row(observation), kind="Observation"))
    here = verdicts_on(person, review, evidence_id)
    for role in Role:
        of_role = [(key, entry) for key, entry in verdicts.items() if key[0] is role]
        rows += [_verdict_row(entry, person, is_of_search=key in here) for key, entry in of_role]
    rows += [replace(_row(note), kind="Note") for note in review.notes(evidence_id, person.track_ids)]
    return PersonDecisions(
        label=person_label(number, person),
        rows=tuple(rows),
        is_reviewed=is_reviewed(person, review, evidence_id),
    )


def _verdict_row(entry: ReviewEntry, person: PersonTrack, *, is_of_search: bool) -> DecisionRow:
    """A verdict with the rank and the score the candidate has in the findings, where they rank that very person."""
    action = entry.action
    assert isinstance(action, JudgeCandidate)
    ranked = [
        candidate
        for finding in person.findings
        if finding.role is action.role and finding.search is not None
        for candidate in finding.search.candidates
        if candidate.person_id == action.person_id and is_of_search
    ]
    elsewhere = "not in the present ranking" if is_of_search else "of another gallery than the findings"
    place = f"rank {ranked[0].rank}, score {score_text(ranked[0].score)}" if ranked else elsewhere
    whom = f"{action.name or NO_NAME} (no. {action.person_id} of the gallery; {place})"
    return DecisionRow(
        kind=f"Verdict, recovered {action.role.value}",
        words=f"{whom}: {VERDICT_WORDS[action.verdict]}.",
        actor=entry.actor,
        at=entry.at,
    )


def _row(entry: ReviewEntry) -> DecisionRow:
    """A row on what was written where no person of the findings is the heading."""
    action = entry.action
    match action:
        case JudgeCandidate():
            kind = f"Verdict, recovered {action.role.value}, track {action.track_id}"
            whom = f"{action.name or NO_NAME} (no. {action.person_id} of the gallery)"
            words = f"{whom}: {VERDICT_WORDS[action.verdict]}."
        case WriteObservation():
            kind, words = f"Observation, track {action.track_id}", action.text
        case WriteNote(text=words, track_id=track_id):
            kind = "Note" if track_id is None else f"Note, track {track_id}"
        case _:
            raise TypeError(f"no words for {type(action).__name__}")
    return DecisionRow(kind=kind, words=words, actor=entry.actor, at=entry.at)


def _change_row(entry: ReviewEntry, known: set[int]) -> DecisionRow:
    """A row on what a person changed; a track made by it that is not among `known` ones is said to be missing."""
    action, made = entry.action, made_track_id(entry.id)
    missing = "" if made in known else " That track is not among the persons of the findings."
    match action:
        case JoinTracks():
            kind, words = "Joined", f"{_tracks(action.track_ids)}, and the persons they belong to, are one person."
        case PartTracks():
            kind, words = "Parted", f"{_tracks(action.track_ids)}: a person apart."
        case IgnoreTracks():
            kind, words = "Ignored", f"{_tracks(action.track_ids)}: neither recovered nor searched."
        case CutTrack():
            kind = "Cut"
            words = (
                f"Face track {action.track_id} shows somebody else from picture {action.frame_index:,} on; the rest is "
                f"track {made}.{missing}"
            )
        case AddFace(bbox=box):
            kind = "Face added"
            words = (
                f"A face that the detector had missed, drawn at {action.time.clock()} (picture {action.frame_index:,}; "
                f"from {box.x1:.0f}, {box.y1:.0f} to {box.x2:.0f}, {box.y2:.0f} px): track {made}.{missing}"
            )
        case _:
            raise TypeError(f"no words for {type(action).__name__}")
    return DecisionRow(kind=kind, words=words, actor=entry.actor, at=entry.at)


def _tracks(ids: tuple[int, ...]) -> str:
    return ("Face track " if len(ids) == 1 else "Face tracks ") + ", ".join(map(str, ids))
