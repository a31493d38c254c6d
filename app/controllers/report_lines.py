"""What the report page shows, from what the session and the case hold: pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from core.domain.evidence import EvidenceState, StoredEvidence
from core.domain.outstanding import is_reviewed
from core.domain.report import CaseInfo, EvidenceResult, PersonTrack
from core.domain.review import RESHAPING, BookmarkFrame, JudgeCandidate, Review, WriteNote, WriteObservation
from ui.widgets.report_summary import (
    BookmarkLine,
    DecisionCounts,
    ItemLine,
    PersonLine,
    ReportSummary,
    ReportWarning,
    WarningKind,
)

_UNFINISHED = (EvidenceState.QUEUED, EvidenceState.RUNNING)


def report_summary(
    *,
    info: CaseInfo,
    items: Sequence[StoredEvidence],
    review: Review,
    results: Mapping[int, EvidenceResult],
    hashes: Mapping[int, str],
    suggested_path: Path,
) -> ReportSummary:
    """What will be in the report.

    Args:
        info, items, review: of the open case.
        results: finished analyses read so far, by evidence id; persons' frames may be left out.
        hashes: SHA-256 of files when a report was made last, by evidence id; '' where a file could not be read.
        suggested_path: for the PDF.
    """
    return ReportSummary(
        info=info,
        items=tuple(_item(number, stored, review, results.get(stored.id)) for number, stored in enumerate(items, 1)),
        bookmarks=tuple(_bookmarks(items, review)),
        decisions=_counts(review),
        warnings=tuple(_warnings(info, items, results, hashes)),
        has_report=any(stored.state is EvidenceState.DONE for stored in items) or bool(results),
        suggested_path=suggested_path,
    )


def _item(number: int, stored: StoredEvidence, review: Review, result: EvidenceResult | None) -> ItemLine:
    persons: tuple[PersonLine, ...] = ()
    if result is not None and stored.state is EvidenceState.DONE:
        persons = tuple(_person(stored.id, person, review) for person in result.persons)
    return ItemLine(
        evidence_id=stored.id, number=number, name=stored.item.path.name, state=stored.state, persons=persons
    )


def _person(evidence_id: int, person: PersonTrack, review: Review) -> PersonLine:
    has_observation = review.observation(evidence_id, person.track_ids) is not None
    n_verdicts = len(review.verdicts(evidence_id, person.track_ids))
    return PersonLine(
        evidence_id=evidence_id,
        person_track_id=person.person_track_id,
        is_reviewed=is_reviewed(person, review, evidence_id),
        n_decisions=n_verdicts + len(review.notes(evidence_id, person.track_ids)) + has_observation,
    )


def _bookmarks(items: Sequence[StoredEvidence], review: Review) -> Iterator[BookmarkLine]:
    for number, stored in enumerate(items, 1):
        for entry in review.bookmarks(stored.id):
            if isinstance(entry.action, BookmarkFrame):
                yield BookmarkLine(
                    evidence_id=stored.id,
                    item_number=number,
                    time=entry.action.time,
                    caption=entry.action.caption,
                )


def _counts(review: Review) -> DecisionCounts:
    """Count what holds: of a judgement or an observation that was written anew, the latest."""
    actions = [entry.action for entry in review.entries]
    judged = {(a.evidence_id, a.track_id, a.role, a.person_id) for a in actions if isinstance(a, JudgeCandidate)}
    observed = {(a.evidence_id, a.track_id) for a in actions if isinstance(a, WriteObservation)}
    return DecisionCounts(
        observations=len(observed),
        verdicts=len(judged),
        notes=sum(isinstance(action, WriteNote) for action in actions),
        changes=sum(isinstance(action, RESHAPING) for action in actions),
    )


def _warnings(
    info: CaseInfo,
    items: Sequence[StoredEvidence],
    results: Mapping[int, EvidenceResult],
    hashes: Mapping[int, str],
) -> Iterator[ReportWarning]:
    for kind in (WarningKind.CHANGED, WarningKind.OUT_OF_REACH):
        for stored in items:
            if _file_state(stored, results.get(stored.id), hashes) is kind:
                yield ReportWarning(kind=kind, name=stored.item.path.name)
    for stored in items:
        if stored.state is EvidenceState.FAILED:
            yield ReportWarning(kind=WarningKind.FAILED, name=stored.item.path.name)
    for stored in items:
        if stored.state in _UNFINISHED:
            yield ReportWarning(kind=WarningKind.NOT_FINISHED, name=stored.item.path.name)
    if not info.examiner.strip():
        yield ReportWarning(kind=WarningKind.NO_EXAMINER)
    if not info.case_number.strip():
        yield ReportWarning(kind=WarningKind.NO_CASE_NUMBER)


def _file_state(stored: StoredEvidence, result: EvidenceResult | None, hashes: Mapping[int, str]) -> WarningKind | None:
    """Whether the file is known to be another one, or gone: as of the last report, or else of its analysis."""
    analysed = stored.item.sha256 if result is None else result.sha256_after
    now = hashes.get(stored.id, analysed)
    if now and analysed not in ("", stored.item.sha256):
        return WarningKind.CHANGED
    if not now:
        return WarningKind.OUT_OF_REACH
    return WarningKind.CHANGED if now != stored.item.sha256 else None
