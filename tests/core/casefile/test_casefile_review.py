"""A person's decisions in the case: kept, undone, redone, logged."""

from fractions import Fraction

import pytest

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
    Review,
    ReviewAction,
    Verdict,
    WriteNote,
    WriteObservation,
    made_track_id,
)
from core.domain.time import TimePoint
from core.errors import BugError

AT = TimePoint(pts=1001, time_base=Fraction(1, 30000))
EVERY_KIND: tuple[ReviewAction, ...] = (
    JoinTracks(evidence_id=1, track_ids=(1, 4)),
    PartTracks(evidence_id=1, track_ids=(4,)),
    CutTrack(evidence_id=1, track_id=2, frame_index=30),
    AddFace(evidence_id=1, frame_index=12, time=AT, bbox=BBox(x1=1.5, y1=2, x2=30.25, y2=40)),
    IgnoreTracks(evidence_id=2, track_ids=(3,)),
    JudgeCandidate(
        evidence_id=1, track_id=1, role=Role.TARGET, person_id=7, name="Ada \udce9", verdict=Verdict.CONFIRMED
    ),
    WriteNote(text="<b>not markup</b>\n\u202e", evidence_id=None),
    WriteObservation(evidence_id=1, track_id=1, text="a scar above the left eye"),
    BookmarkFrame(evidence_id=1, frame_index=12, time=AT, frame_sha256="a" * 64, caption="mouth"),
    Retract(action_id=9),
)


def test_every_kind_of_decision_comes_back_as_it_was(tmp_path):
    with CaseFile.open(tmp_path / "case", create=True) as case:
        for action in EVERY_KIND:
            case.decide("Examiner", action)
    with CaseFile.open(tmp_path / "case", create=False) as case:
        kept = [entry.action for entry in case.decisions()]
        assert [type(a) for a in kept] == [type(a) for a in EVERY_KIND]
        assert [a for a in kept if not isinstance(a, JudgeCandidate)] == [
            a for a in EVERY_KIND if not isinstance(a, JudgeCandidate)
        ]
        assert kept[5].name == "Ada \\udce9", "bytes that no encoding explains are spelled out"
        assert case.verify_audit() == []


def test_undo_and_redo_are_kept_and_logged(tmp_path):
    with CaseFile.open(tmp_path / "case", create=True) as case:
        entry = case.decide("Ex", IgnoreTracks(evidence_id=1, track_ids=(2,)))
        case.set_decision_active("Ex", entry.id, is_active=False)
        case.set_decision_active("Ex", entry.id, is_active=False)
        assert case.review().ignored(1) == frozenset()
    with CaseFile.open(tmp_path / "case", create=False) as case:
        case.set_decision_active("Ex", entry.id, is_active=True)
        assert case.review().ignored(1) == {2}
        assert [line.action for line in case.audit()] == ["decision", "decision undone", "decision redone"]
        assert all(line.detail.startswith("1: ignore track 2 of item 1") for line in case.audit())
        with pytest.raises(BugError, match="no action 99"):
            case.set_decision_active("Ex", 99, is_active=True)


def _review(tmp_path, *actions) -> Review:
    with CaseFile.open(tmp_path / "case", create=True) as case:
        for action in actions:
            case.decide("Ex", action)
        return case.review()


@pytest.mark.parametrize(
    ("actions", "groups"),
    [
        ((), [[1, 3], [2], [4]]),
        ((JoinTracks(evidence_id=1, track_ids=(3, 4)),), [[1, 3, 4], [2]]),
        ((PartTracks(evidence_id=1, track_ids=(3,)),), [[1], [2], [3], [4]]),
        (
            (JoinTracks(evidence_id=1, track_ids=(1, 2, 4)), PartTracks(evidence_id=1, track_ids=(2, 3))),
            [[1, 4], [2, 3]],
        ),
        ((JoinTracks(evidence_id=2, track_ids=(1, 2)),), [[1, 3], [2], [4]]),
        ((JoinTracks(evidence_id=1, track_ids=(77,)),), [[1, 3], [2], [4]]),
    ],
    ids=["none", "join brings whole persons", "part", "in order", "of another item", "of a track long gone"],
)
def test_persons_follow_joins_and_parts_in_order(tmp_path, actions, groups):
    assert _review(tmp_path, *actions).regrouped(1, [[1, 3], [2], [4]]) == groups


def test_what_was_retracted_no_longer_holds_and_a_later_verdict_replaces_the_earlier(tmp_path):
    def judged(verdict):
        return JudgeCandidate(evidence_id=1, track_id=1, role=Role.SOURCE, person_id=7, name="Ada", verdict=verdict)

    review = _review(
        tmp_path,
        WriteNote(text="first", evidence_id=1, track_id=1),
        WriteNote(text="second", evidence_id=1, track_id=3),
        Retract(action_id=1),
        judged(Verdict.CONFIRMED),
        judged(Verdict.REJECTED),
    )
    assert [e.action.text for e in review.notes(1, (1, 3))] == ["second"]
    assert review.verdicts(1, (1, 3))[Role.SOURCE, 7].action.verdict is Verdict.REJECTED
    assert review.verdicts(1, (3,)) == {}


def test_tracks_made_by_a_person_have_ids_of_their_own(tmp_path):
    review = _review(tmp_path, *EVERY_KIND[:4])
    assert review.cuts(1) == ((made_track_id(3), EVERY_KIND[2]),)
    assert review.added_faces(1) == {made_track_id(4): EVERY_KIND[3]}
