"""Decisions belong to the analysis that they were made on: another one numbers its tracks anew."""

from pathlib import Path

import pytest

from core.casefile.decision_runs import SET_ASIDE
from core.casefile.store import CaseFile
from core.domain.geometry import BBox
from core.domain.identity import Role
from core.domain.review import (
    AddFace,
    BookmarkFrame,
    CutTrack,
    IgnoreTracks,
    JoinTracks,
    JudgeCandidate,
    PartTracks,
    Retract,
    ReviewAction,
    Verdict,
    WriteNote,
    WriteObservation,
)
from tests.builders_report import result
from tests.core.casefile.casefile_builders import WHOLE, begun, frame

JUDGED = JudgeCandidate(evidence_id=1, track_id=2, role=Role.SOURCE, person_id=7, name="Ada", verdict=Verdict.CONFIRMED)
ON_TRACKS: tuple[ReviewAction, ...] = (
    JUDGED,
    IgnoreTracks(evidence_id=1, track_ids=(3,)),
    JoinTracks(evidence_id=1, track_ids=(1, 4)),
    PartTracks(evidence_id=1, track_ids=(4,)),
    CutTrack(evidence_id=1, track_id=5, frame_index=30),
    WriteObservation(evidence_id=1, track_id=2, text="a scar"),
    WriteNote(evidence_id=1, track_id=2, text="Reviewed"),
)
ON_PICTURES: tuple[ReviewAction, ...] = (
    AddFace(evidence_id=1, frame_index=6, time=frame(1).time, bbox=BBox(x1=1, y1=2, x2=30, y2=40)),
    BookmarkFrame(evidence_id=1, frame_index=6, time=frame(1).time, frame_sha256="a" * 64),
    WriteNote(evidence_id=1, text="no sound"),
    WriteNote(text="on the case"),
)


@pytest.fixture
def reviewed(tmp_path: Path) -> Path:
    """A finished analysis with a decision of every kind on it."""
    case, number = begun(tmp_path / "case", key="one")
    with case:
        case.put_result(number, result(persons=()))
        for action in (*ON_TRACKS, *ON_PICTURES):
            case.decide("M. Weber", action)
    return tmp_path / "case"


def test_a_run_with_another_key_leaves_decisions_on_tracks_behind(reviewed: Path) -> None:
    with CaseFile.open(reviewed, create=False) as case:
        assert case.review().earlier == () and len(case.review().entries) == 11
        case.begin_run(1, run_key="two", time_range=WHOLE)
    with CaseFile.open(reviewed, create=False) as case:
        review = case.review()
        assert review.verdicts(1, (2,)) == {} and review.ignored(1) == frozenset() and review.cuts(1) == ()
        assert review.regrouped(1, [[1], [4]]) == [[1], [4]]
        assert review.notes(1, (2,)) == () and review.observation(1, (2,)) is None
        assert tuple(e.action for e in review.earlier_of(1)) == ON_TRACKS
        assert tuple(e.action for e in review.entries) == ON_PICTURES, "pictures are the same in every analysis"
        (told,) = [entry.detail for entry in case.audit() if entry.action == SET_ASIDE]
        assert told.startswith("item 1: 1, 2, 3, 4, 5, 6, 7; made on the analysis that is replaced")
        assert case.verify_audit() == []


def test_a_run_that_goes_on_keeps_them(reviewed: Path) -> None:
    with CaseFile.open(reviewed, create=False) as case:
        assert case.begin_run(1, run_key="one", time_range=WHOLE).is_resumed
        case.put_result(1, result(persons=()))
        assert case.review().earlier == () and case.review().ignored(1) == {3}
        assert SET_ASIDE not in {entry.action for entry in case.audit()}


def test_what_was_decided_on_the_new_analysis_applies_to_it(reviewed: Path) -> None:
    with CaseFile.open(reviewed, create=False) as case:
        case.begin_run(1, run_key="two", time_range=WHOLE)
        case.put_result(1, result(persons=()))
        again = case.decide("M. Weber", JUDGED)
        assert case.review().verdicts(1, (2,)) == {(Role.SOURCE, 7): again}


def test_the_persons_on_show_until_the_new_result_are_those_of_the_analysis_before(reviewed: Path) -> None:
    with CaseFile.open(reviewed, create=False) as case:
        case.begin_run(1, run_key="two", time_range=WHOLE)
        case.decide("M. Weber", IgnoreTracks(evidence_id=1, track_ids=(2,)))
        case.put_result(1, result(persons=()))
        assert case.review().ignored(1) == frozenset()


def test_undoing_and_redoing_binds_nothing_to_the_new_analysis(reviewed: Path) -> None:
    with CaseFile.open(reviewed, create=False) as case:
        case.begin_run(1, run_key="two", time_range=WHOLE)
        case.put_result(1, result(persons=()))
        case.set_decision_active("M. Weber", 2, is_active=False)
        case.set_decision_active("M. Weber", 2, is_active=True)
        assert case.review().ignored(1) == frozenset()
        case.decide("M. Weber", Retract(action_id=2))
        assert 2 not in {entry.id for entry in case.review().earlier}


def test_another_item_s_analysis_sets_nothing_aside(reviewed: Path) -> None:
    from dataclasses import replace

    with CaseFile.open(reviewed, create=False) as case:
        (stored,) = case.evidence()
        other = case.add_evidence(replace(stored.item, sha256="b" * 64))
        case.begin_run(other, run_key="two", time_range=WHOLE)
        case.begin_run(other, run_key="three", time_range=WHOLE)
        assert case.review().earlier == ()


def test_decisions_put_in_before_anything_is_analysed_are_meant_for_the_first_analysis(tmp_path: Path) -> None:
    """As `reproduce` does."""
    with CaseFile.open(tmp_path / "case", create=True) as case:
        case.decide("reproduction", IgnoreTracks(evidence_id=1, track_ids=(3,)))
    begun(tmp_path / "case", key="one")[0].close()
    with CaseFile.open(tmp_path / "case", create=False) as case:
        assert case.review().ignored(1) == {3}
        case.begin_run(1, run_key="two", time_range=WHOLE)
        assert case.review().ignored(1) == frozenset()


def test_a_run_whose_begin_an_older_version_did_not_log_gives_way_too(tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "case", create=True) as case:
        case.append_audit("old", "analysis started", "/evidence/a.mp4 " + "0" * 64)
        case.decide("M. Weber", IgnoreTracks(evidence_id=1, track_ids=(3,)))
        assert case.review().ignored(1) == {3}
    begun(tmp_path / "case", key="new")[0].close()
    with CaseFile.open(tmp_path / "case", create=False) as case:
        assert case.review().ignored(1) == frozenset()
