"""Who still waits for a human."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.domain.identity import Role
from core.domain.outstanding import says_reviewed, unreviewed, verdicts_on
from core.domain.report import EvidenceResult
from core.domain.review import (
    IgnoreTracks,
    JudgeCandidate,
    Retract,
    Review,
    ReviewAction,
    ReviewEntry,
    Verdict,
    WriteNote,
    WriteObservation,
)
from tests import builders_report as reports
from tests.builders_report_parts import person_not_recovered, person_without_candidates

ITEM = 7
NOW = datetime(2026, 3, 14, tzinfo=UTC)


def review(*actions: ReviewAction) -> Review:
    return Review.of(ReviewEntry(id=i, at=NOW, actor="m.weber", action=a) for i, a in enumerate(actions, 1))


def verdict(
    role: Role, person_id: int = 41, *, track_id: int = 3, item: int = ITEM, verdict: Verdict = Verdict.UNKNOWN
) -> JudgeCandidate:
    name = "Grace Hopper" if role is Role.SOURCE else "Eileen Collins"
    return JudgeCandidate(
        evidence_id=item, track_id=track_id, role=role, person_id=person_id, name=name, verdict=verdict
    )


@pytest.fixture
def result() -> EvidenceResult:
    """Person 1 holds tracks 1 and 3; the first candidate of each of its roles is gallery person 41."""
    return reports.result(persons=(reports.person(1), person_without_candidates(2), person_not_recovered(3)))


def test_nobody_is_reviewed_at_first(result: EvidenceResult) -> None:
    assert unreviewed(result, review(), ITEM) == (1, 2, 3)


@pytest.mark.parametrize("said", list(Verdict))
def test_any_verdict_on_the_first_candidate_of_each_role_will_do(result: EvidenceResult, said: Verdict) -> None:
    one = verdict(Role.SOURCE, verdict=said)
    both = (one, verdict(Role.TARGET, track_id=1, verdict=said))
    assert unreviewed(result, review(one), ITEM) == (1, 2, 3)
    assert unreviewed(result, review(*both), ITEM) == (2, 3)
    assert unreviewed(result, review(*both), ITEM + 1) == (1, 2, 3)


def searched_in(result: EvidenceResult, gallery_id: str) -> EvidenceResult:
    """The same result, as a search of that gallery would have given it."""
    person, *others = result.persons
    findings = tuple(
        replace(f, search=None if f.search is None else replace(f.search, gallery_id=gallery_id))
        for f in person.findings
    )
    return replace(result, persons=(replace(person, findings=findings), *others))


def test_a_verdict_on_the_same_number_of_another_gallery_says_nothing(result: EvidenceResult) -> None:
    given = review(*(replace(verdict(role), gallery_id="a") for role in Role))
    assert 1 not in unreviewed(searched_in(result, "a"), given, ITEM)
    assert 1 in unreviewed(searched_in(result, "b"), given, ITEM)
    assert verdicts_on(searched_in(result, "b").persons[0], given, ITEM) == {}
    older = review(*(verdict(role) for role in Role))
    assert 1 not in unreviewed(searched_in(result, "b"), older, ITEM), "the name is the same"
    renamed = review(*(replace(verdict(role), name="Ada Lovelace") for role in Role))
    assert 1 in unreviewed(searched_in(result, "b"), renamed, ITEM)


def test_a_verdict_on_a_later_candidate_leaves_the_first_open(result: EvidenceResult) -> None:
    assert 1 in unreviewed(result, review(verdict(Role.SOURCE, 42), verdict(Role.TARGET)), ITEM)


def test_a_verdict_on_another_persons_track_does_not_count(result: EvidenceResult) -> None:
    elsewhere = tuple(replace(verdict(role, track_id=2), name="Annie Easley") for role in Role)
    assert unreviewed(result, review(*elsewhere), ITEM) == (1, 3)


def test_a_verdict_taken_back_counts_no_more(result: EvidenceResult) -> None:
    given = review(verdict(Role.SOURCE), verdict(Role.TARGET), Retract(action_id=2))
    assert 1 in unreviewed(result, given, ITEM)


def test_ignored_persons_wait_for_nobody_once_all_their_tracks_are_ignored(result: EvidenceResult) -> None:
    assert unreviewed(result, review(IgnoreTracks(evidence_id=ITEM, track_ids=(1, 4))), ITEM) == (1, 2)
    assert unreviewed(result, review(IgnoreTracks(evidence_id=ITEM, track_ids=(1, 2, 3, 4))), ITEM) == ()


def test_a_note_may_close_the_review_without_a_verdict(result: EvidenceResult) -> None:
    remark = WriteNote(text="The left ear is cut off.", evidence_id=ITEM, track_id=1)
    closing = WriteNote(text="Reviewed: shown for two frames only.", evidence_id=ITEM, track_id=3)
    assert unreviewed(result, review(remark), ITEM) == (1, 2, 3)
    assert unreviewed(result, review(remark, closing), ITEM) == (2, 3)


def test_a_note_on_the_item_speaks_of_no_person(result: EvidenceResult) -> None:
    assert unreviewed(result, review(WriteNote(text="Reviewed.", evidence_id=ITEM)), ITEM) == (1, 2, 3)


def test_where_nothing_was_ranked_it_is_enough_that_somebody_looked(result: EvidenceResult) -> None:
    unsearched = replace(
        result,
        persons=tuple(replace(p, findings=tuple(replace(f, search=None) for f in p.findings)) for p in result.persons),
    )
    looked = review(
        WriteObservation(evidence_id=ITEM, track_id=4, text="No observation possible."),
        WriteNote(text="A face on a poster.", evidence_id=ITEM, track_id=2),
    )
    assert unreviewed(unsearched, looked, ITEM) == (1,)
    assert unreviewed(result, looked, ITEM) == (1, 2)


@pytest.mark.parametrize(
    ("note", "says"),
    [
        ("Reviewed", True),
        ("reviewed: no face", True),
        ("  Reviewed.\nTwice.", True),
        ("", False),
        ("Not reviewed", False),
        ("Reviewedish", False),
    ],
)
def test_only_the_first_word_of_a_note_closes_a_review(note: str, says: bool) -> None:
    assert says_reviewed(note) is says
