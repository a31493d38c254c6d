"""The panel of the chosen person on a real case; only the panel itself is a stand-in."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pytest
from builders_person_case import N_FRAMES, analyse_again, person_case, persons, renumbered
from builders_report import result
from builders_report_parts import recovered_frame
from builders_views import stand_in
from pytestqt.qtbot import QtBot

from app.controllers.person import PersonController
from app.person_report import all_persons
from app.session import Session
from app.settings import Folders
from core.casefile.store import CaseFile
from core.domain.identity import Role
from core.domain.preferences import Preferences
from core.domain.review import (
    CutTrack,
    IgnoreTracks,
    JoinTracks,
    JudgeCandidate,
    PartTracks,
    Review,
    Verdict,
    WriteNote,
    WriteObservation,
)
from ui.widgets.person_model import ReviewState
from ui.widgets.person_panel import PersonPanel

CLIP = Path("resources/demo/swap.mp4").absolute()
PATIENCE_MS = 120_000
ITEM = 1


class Bench:
    """A session on a case, the controller, and what its panel was told."""

    def __init__(self, folders: Folders) -> None:
        self.session = Session(folders, Preferences(device="cpu"))
        self.session.jobs.pause()  # an analysis beside us is played by `analyse_again`
        self.panel = stand_in(PersonPanel)
        self.failures: list[object] = []
        self.session.failed.connect(self.failures.append)
        self.controller = PersonController(self.session, self.panel)
        self.chosen: list[int] = []
        self.controller.person_chosen.connect(self.chosen.append)
        self.times: list[object] = []
        self.controller.frame_chosen.connect(self.times.append)

    def rows(self):
        """The lines of the list as the panel was told last."""
        return self.panel.set_persons.call_args.args[0]

    def person(self):
        return self.panel.show_person.call_args.args[0]

    def tracks(self):
        return self.panel.show_person.call_args.args[1]

    def entries(self):
        return self.panel.set_frames.call_args.args[0]

    def bands(self):
        return self.panel.set_frames.call_args.args[1]

    def verdicts(self):
        return self.panel.set_decisions.call_args.args[0]

    def observation(self):
        return self.panel.set_decisions.call_args.args[1]

    def notes(self):
        return self.panel.set_decisions.call_args.args[2]

    def flags(self):
        return self.panel.set_decisions.call_args.kwargs

    def actions(self):
        """What holds in the review, in order."""
        return [entry.action for entry in self.session.review.entries]


@pytest.fixture(scope="module")
def made_case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("persons") / "case"
    person_case(folder)
    return folder


@pytest.fixture
def folder(made_case: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made_case, tmp_path / "case"))


@pytest.fixture
def bench(untrained: Folders, qtbot: QtBot, folder: Path) -> Iterator[Bench]:
    made = Bench(untrained)
    with qtbot.waitSignal(made.session.case_opened, timeout=PATIENCE_MS):
        made.session.open_case(folder)
    yield made
    made.session.shut_down()


@pytest.fixture
def shown(bench: Bench, qtbot: QtBot) -> Bench:
    """With person 1 of the item shown, frames and all."""
    bench.controller.set_item(ITEM)
    wait(qtbot, lambda: bench.panel.show_faces.called)
    return bench


def wait(qtbot: QtBot, condition) -> None:
    qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE_MS)


def settled(bench: Bench, qtbot: QtBot) -> None:
    """Wait until the case's thread has answered all that was asked so far."""
    answers: list[object] = []
    bench.session.case.ask(lambda case: None, lambda _: answers.append(None))
    wait(qtbot, lambda: answers)


def decided(bench: Bench, qtbot: QtBot, act) -> None:
    with qtbot.waitSignal(bench.session.review_changed, timeout=PATIENCE_MS):
        act()
    settled(bench, qtbot)


# --- what is shown


def test_persons_are_listed_and_the_first_who_waits_is_shown(shown: Bench) -> None:
    assert [(r.key, r.label, r.fake_score, r.state, r.tracks) for r in shown.rows()] == [
        (1, "Person 1", "0.814", ReviewState.TO_REVIEW, (1, 3)),
        (2, "Person 2", "0.310", ReviewState.TO_REVIEW, (2,)),
        (3, "Person 3", "", ReviewState.TO_REVIEW, (4,)),
    ]
    assert shown.chosen[-1] == 1
    said = shown.person()
    assert (said.label, said.fake_score, said.n_recovered) == ("Item 1, person 1", "0.814", N_FRAMES)
    assert said.forgery.category == "Supported"
    assert said.forgery.reason.startswith("The fake score of 0.814 over 9 frames lies above")
    assert [t.words for t in shown.tracks()] == [
        "Track 1: 0:00:00.000 – 0:00:00.810, 5 faces",
        "Track 3: 0:00:01.020 – 0:00:01.620, 4 faces",
    ]
    assert not any(t.can_be_cut for t in shown.tracks())


def test_the_window_says_what_the_report_says(shown: Bench) -> None:
    source, target, filmed = shown.person().sections
    assert source.title == "Recovered source (the face that was put in)"
    assert source.statement.question == "Whom does the recovered source (the face that was put in) resemble?"
    assert source.statement.search == "3 candidates at or above the threshold of 0.420."
    assert (target.role, filmed.role, filmed.statement) == (Role.TARGET, None, None)
    first = source.rows[0]
    assert (first.name, first.score_text, first.number) == ("Grace Hopper", "0.610", "no. 41 of the gallery")
    assert first.side == "at or above the threshold 0.420, false match rate 0.08\u00a0%"
    assert source.rows[-1].side.startswith("below the threshold 0.420")
    assert filmed.rows[0].side.endswith("false match rate not measured")
    assert any(note.startswith("Gallery: 1,250 people") for note in source.notes)
    assert "score: similarity of the faces, at most 1; threshold 0.420 (upright stroke)" in source.caption
    assert {(row.made_of, row.has_alike_surroundings) for row in source.rows} == {("", False)}


def test_candidates_raised_by_alike_surroundings_say_what_their_score_was_made_of() -> None:
    made = result(persons=persons())
    person, *others = made.persons
    source, target = person.findings
    assert target.search is not None
    best, second, *rest = target.search.candidates
    best = replace(best, score=0.88, face_score=0.412, surroundings_score=0.806)
    second = replace(second, face_score=second.score, surroundings_score=-0.1)
    search = replace(target.search, candidates=(best, second, *rest), n_surroundings=1)
    person = replace(person, findings=(source, replace(target, search=search)))
    words = all_persons(replace(made, persons=(person, *others)), Review(), 1, 1)[0].sections[1]
    assert [(row.made_of, row.has_alike_surroundings) for row in words.rows[:3]] == [
        ("face 0.412 · surroundings 0.806", True),
        (f"face {second.score:.3f} · surroundings -0.100", False),
        ("", False),
    ]
    assert "raised where hair, ears and outline are alike (known of 1 photo)" in words.caption


def test_frames_come_without_pixels_and_pictures_when_they_are_seen(shown: Bench, qtbot: QtBot) -> None:
    entries = shown.entries()
    assert len(entries) == 7
    assert [band.title for band in shown.bands()] == ["Fake score", "Recovered source", "Recovered target"]
    assert shown.bands()[0].words == "0.820 to 0.919, median 0.904"
    wanted = [entry.key for entry in entries[:3]]
    shown.panel.thumbnails_wanted.emit(wanted)
    wait(qtbot, lambda: shown.panel.set_thumbnail.call_count == 3)
    for call, key in zip(shown.panel.set_thumbnail.call_args_list, wanted, strict=True):
        assert call.args[0] == key
        assert np.array_equal(call.args[1], recovered_frame(key.frame_index // 6).face.rgb)


def test_the_cosines_are_those_of_the_frames_to_the_template(shown: Bench) -> None:
    finding = persons()[0].findings[0]
    band = shown.bands()[1]
    expected = [float(recovered_frame(n).recovered.source_embedding @ finding.template.embedding) for n in range(7)]
    assert band.values == pytest.approx(expected, abs=1e-6)
    assert band.left_out == {n for n in range(7) if n * 6 not in finding.frame_indices}
    left_out = next(e for e in shown.entries() if e.key.frame_index == 6)
    assert left_out.remark == "Left out of the templates of the source and of the target: an outlier."


def test_the_best_frame_is_compared_first_and_another_when_asked(shown: Bench, qtbot: QtBot) -> None:
    assert shown.panel.mark_frame.call_args.args == (0,)
    assert shown.times == []
    shown.panel.show_faces.reset_mock()
    shown.panel.frame_asked.emit(4)
    wait(qtbot, lambda: shown.panel.show_faces.called)
    frame = recovered_frame(4)
    original, source, target, identity_map = shown.panel.show_faces.call_args.args
    assert np.array_equal(original, frame.face.rgb)
    assert np.array_equal(source, frame.recovered.source_rgb)
    assert np.array_equal(target, frame.recovered.target_rgb)
    assert np.array_equal(identity_map, frame.recovered.identity_map)
    assert shown.times == [frame.face.time]


def test_faces_of_the_list_are_those_of_the_best_frames(shown: Bench, qtbot: QtBot) -> None:
    shown.panel.faces_wanted.emit([1, 2, 3])
    wait(qtbot, lambda: shown.panel.set_face.call_count == 3)
    faces = {call.args[0]: call.args[1] for call in shown.panel.set_face.call_args_list}
    assert np.array_equal(faces[1], recovered_frame(0).face.rgb)
    assert faces[3] is None, "nothing was recovered, and nobody asks again"


def test_a_person_never_recovered_is_shown_without_frames(shown: Bench, qtbot: QtBot) -> None:
    shown.panel.person_asked.emit(3)
    settled(shown, qtbot)
    assert shown.person().label == "Item 1, person 3"
    assert shown.person().sections == ()
    assert (shown.entries(), shown.bands()) == ((), ())
    assert shown.chosen[-1] == 3


def test_late_answers_do_not_overwrite_a_newer_choice(shown: Bench, qtbot: QtBot) -> None:
    shown.panel.set_frames.reset_mock()
    shown.panel.show_faces.reset_mock()
    for person in (2, 1, 3, 2):
        shown.panel.person_asked.emit(person)
    wait(qtbot, lambda: shown.panel.show_faces.called)
    settled(shown, qtbot)
    assert shown.panel.set_frames.call_count == 1
    assert len(shown.entries()) == 1
    assert shown.panel.show_faces.call_count == 1


def test_late_pictures_of_another_person_are_dropped(shown: Bench, qtbot: QtBot) -> None:
    shown.panel.thumbnails_wanted.emit([entry.key for entry in shown.entries()])
    shown.controller.set_item(None)
    settled(shown, qtbot)
    assert not shown.panel.set_thumbnail.called
    assert shown.rows() == ()
    assert shown.chosen[-1] == 0


def test_a_track_chosen_elsewhere_shows_its_person(bench: Bench, qtbot: QtBot) -> None:
    bench.controller.set_item(ITEM)
    bench.controller.choose_track(2)  # before the item was read
    wait(qtbot, lambda: bench.panel.show_faces.called)
    assert bench.person().person_track_id == 2
    bench.controller.choose_track(3)
    assert bench.person().person_track_id == 1
    bench.controller.choose_track(77)
    assert bench.person().person_track_id == 1


def test_an_item_without_a_result_says_so(bench: Bench, qtbot: QtBot, folder: Path) -> None:
    bench.controller.set_item(99)
    settled(bench, qtbot)
    assert bench.panel.show_nothing.call_args.args[0] == "Not analysed yet"
    assert bench.rows() == ()


def test_closing_the_case_empties_the_panel(shown: Bench) -> None:
    shown.session.close_case()
    assert shown.panel.show_nothing.call_args.args[0] == "No item chosen"
    assert shown.controller.evidence_id is None
    shown.panel.judged.emit(Role.SOURCE, 41, Verdict.CONFIRMED)  # nobody is meant
    shown.panel.frame_asked.emit(0)


# --- decisions


def test_a_verdict_is_saved_shown_taken_back_and_undone(shown: Bench, qtbot: QtBot, folder: Path) -> None:
    decided(shown, qtbot, lambda: shown.panel.judged.emit(Role.SOURCE, 41, Verdict.CONFIRMED))
    (action,) = shown.actions()
    assert action == JudgeCandidate(
        evidence_id=ITEM, track_id=1, role=Role.SOURCE, person_id=41, name="Grace Hopper", verdict=Verdict.CONFIRMED
    )
    assert type(action.role) is Role and type(action.verdict) is Verdict
    said = shown.verdicts()[Role.SOURCE, 41]
    assert said.verdict is Verdict.CONFIRMED
    assert said.given.startswith("M. Weber, ")
    decided(shown, qtbot, lambda: shown.panel.judged.emit(Role.SOURCE, 41, Verdict.REJECTED))
    n_before = shown.session.undo_stack.count()
    shown.panel.verdict_taken_back.emit(Role.SOURCE, 41)
    wait(qtbot, lambda: shown.actions() == [])
    settled(shown, qtbot)
    assert shown.verdicts() == {}
    assert shown.session.undo_stack.count() == n_before + 1
    shown.session.undo_stack.undo()
    wait(qtbot, lambda: len(shown.actions()) == 2)
    settled(shown, qtbot)
    assert shown.verdicts()[Role.SOURCE, 41].verdict is Verdict.REJECTED
    with CaseFile.open(folder, create=False) as case:
        assert len(case.decisions()) == 4, "nothing is lost"


def test_a_person_is_reviewed_when_the_first_candidates_are_judged(shown: Bench, qtbot: QtBot) -> None:
    assert not shown.flags()["is_reviewed"]
    for role in Role:
        decided(shown, qtbot, lambda role=role: shown.panel.judged.emit(role, 41, Verdict.UNKNOWN))
    assert shown.flags()["is_reviewed"]
    assert [row.state for row in shown.rows()][:2] == [ReviewState.REVIEWED, ReviewState.TO_REVIEW]
    assert shown.controller.choose_next_unreviewed()
    assert shown.controller.person.person_track_id == 2
    assert shown.controller.choose_next_unreviewed()
    assert shown.controller.person.person_track_id == 3
    assert shown.controller.choose_next_unreviewed(), "it begins again"
    assert shown.controller.person.person_track_id == 2


def test_observations_are_asked_for_first_unless_the_preferences_say_otherwise(shown: Bench, qtbot: QtBot) -> None:
    assert shown.flags()["ask_first"] is True
    assert shown.observation() is None
    decided(shown, qtbot, lambda: shown.panel.observed.emit("The left ear has a notch."))
    assert shown.actions() == [WriteObservation(evidence_id=ITEM, track_id=1, text="The left ear has a notch.")]
    assert shown.observation().text == "The left ear has a notch."
    shown.session.set_preferences(replace(shown.session.preferences, observations_first=False))
    assert shown.flags()["ask_first"] is False


def test_notes_are_written_taken_back_and_close_a_review(shown: Bench, qtbot: QtBot) -> None:
    decided(shown, qtbot, lambda: shown.panel.note_written.emit("See track 4."))
    decided(shown, qtbot, lambda: shown.panel.review_closed.emit("seen from behind only"))
    assert shown.actions() == [
        WriteNote(text="See track 4.", evidence_id=ITEM, track_id=1),
        WriteNote(text="Reviewed: seen from behind only", evidence_id=ITEM, track_id=1),
    ]
    assert [note.text for note in shown.notes()] == ["See track 4.", "Reviewed: seen from behind only"]
    assert shown.rows()[0].state is ReviewState.REVIEWED
    decided(shown, qtbot, lambda: shown.panel.note_taken_back.emit(shown.notes()[1].action_id))
    assert shown.rows()[0].state is ReviewState.TO_REVIEW
    decided(shown, qtbot, lambda: shown.panel.review_closed.emit(""))
    assert shown.actions()[-1].text == "Reviewed."


def test_hostile_text_cannot_turn_a_line_around(shown: Bench, qtbot: QtBot) -> None:
    decided(shown, qtbot, lambda: shown.panel.note_written.emit("first\nsecond \u202egnp.exe"))
    assert shown.notes()[0].text == "first\nsecond ‹U+202E›gnp.exe"


def test_joining_parting_and_cutting_name_the_right_tracks(shown: Bench, qtbot: QtBot) -> None:
    decided(shown, qtbot, lambda: shown.panel.join_asked.emit(3))
    decided(shown, qtbot, lambda: shown.panel.part_asked.emit(3))
    shown.panel.cut_asked.emit(1)  # no picture is on screen
    shown.controller.set_frame_on_screen(12)
    assert [(t.track_id, t.can_be_cut) for t in shown.panel.set_tracks.call_args.args[0]] == [(1, True), (3, False)]
    decided(shown, qtbot, lambda: shown.panel.cut_asked.emit(1))
    assert shown.actions() == [
        JoinTracks(evidence_id=ITEM, track_ids=(1, 4)),
        PartTracks(evidence_id=ITEM, track_ids=(3,)),
        CutTrack(evidence_id=ITEM, track_id=1, frame_index=12),
    ]
    assert shown.panel.set_busy.call_args.args == (True,), "the analysis is queued"


@pytest.mark.parametrize(("frame", "can"), [(0, False), (1, True), (24, True), (25, False)])
def test_a_track_is_cut_only_where_faces_stay_on_both_sides(shown: Bench, frame: int, can: bool) -> None:
    shown.controller.set_frame_on_screen(frame)
    assert shown.panel.set_tracks.call_args.args[0][0].can_be_cut is can


def test_ignoring_goes_on_to_the_next_and_can_be_taken_back(shown: Bench, qtbot: QtBot, folder: Path) -> None:
    decided(shown, qtbot, shown.panel.ignore_asked.emit)
    assert shown.actions() == [IgnoreTracks(evidence_id=ITEM, track_ids=(1, 3))]
    assert [row.key for row in shown.rows()] == [2, 3, -1]
    assert shown.rows()[-1].label == "Ignored: tracks 1, 3"
    assert shown.rows()[-1].span == "0:00:00.000 – 0:00:01.620"
    assert shown.controller.person.person_track_id == 2

    _, second, third = persons()
    analyse_again(folder, ITEM, (renumbered(second, 1), renumbered(third, 2)))
    shown.session.result_changed.emit(ITEM)
    settled(shown, qtbot)
    assert [row.key for row in shown.rows()] == [1, 2, -1]
    assert shown.controller.person.track_ids == (2,), "the choice follows the track, not the number"

    shown.panel.person_asked.emit(-1)
    assert shown.panel.show_ignored.call_args.args[0] == -1
    assert shown.controller.person is None
    assert shown.chosen[-1] == 0
    decided(shown, qtbot, shown.panel.unignore_asked.emit)
    assert shown.actions() == []
    assert shown.panel.show_nothing.call_args.args[0] == "No longer ignored"
    analyse_again(folder, ITEM, persons())
    shown.session.result_changed.emit(ITEM)
    settled(shown, qtbot)
    assert shown.controller.person.track_ids == (1, 3), "who came back is shown"


# --- a new analysis


def test_the_choice_and_the_frame_stay_when_persons_are_numbered_anew(shown: Bench, qtbot: QtBot, folder: Path) -> None:
    shown.panel.frame_asked.emit(5)
    settled(shown, qtbot)
    first, second, third = persons()
    shown.panel.show_frames_coming.reset_mock()
    analyse_again(folder, ITEM, (renumbered(second, 1), renumbered(third, 2), renumbered(first, 3, (1,))))
    shown.session.result_changed.emit(ITEM)
    settled(shown, qtbot)
    settled(shown, qtbot)
    assert shown.person().label == "Item 1, person 3"
    assert shown.chosen[-1] == 3
    assert shown.panel.mark_frame.call_args.args == (5,)
    assert not shown.panel.show_frames_coming.called, "nothing flickers"


def test_an_analysis_of_another_item_changes_nothing(shown: Bench, qtbot: QtBot) -> None:
    shown.panel.set_persons.reset_mock()
    shown.session.result_changed.emit(ITEM + 1)
    settled(shown, qtbot)
    assert not shown.panel.set_persons.called


def test_pictures_erased_by_an_analysis_beside_us_are_no_fault(shown: Bench, qtbot: QtBot, folder: Path) -> None:
    with CaseFile.open(folder, create=False) as case:
        run = case.run(ITEM)
        case.begin_run(ITEM, run_key="other settings", time_range=run.time_range)
    shown.panel.frame_asked.emit(2)
    shown.panel.thumbnails_wanted.emit([entry.key for entry in shown.entries()[:2]])
    shown.panel.faces_wanted.emit([1])
    wait(qtbot, lambda: shown.panel.set_face.called and shown.panel.set_thumbnail.call_count == 2)
    settled(shown, qtbot)
    assert "analysed anew" in shown.panel.show_no_faces.call_args.args[0]
    assert [call.args[1] for call in shown.panel.set_thumbnail.call_args_list] == [None, None]
    assert shown.failures == []


def test_nothing_went_wrong_unseen(shown: Bench, qtbot: QtBot) -> None:
    settled(shown, qtbot)
    assert shown.failures == []


def test_a_real_clip_is_analysed_reshaped_and_restored(untrained: Folders, qtbot: QtBot, tmp_path: Path) -> None:
    bench = Bench(untrained)
    session = bench.session
    session.jobs.resume()
    try:
        session.set_preferences(Preferences(device="cpu", frames_per_person=1, sample_period_s=Fraction(1, 2)))
        with qtbot.waitSignal(session.case_opened, timeout=PATIENCE_MS):
            session.open_case(tmp_path / "case", create=True)
        with qtbot.waitSignal(session.items_changed, timeout=PATIENCE_MS):
            session.evidence.take_in([CLIP])
        wait(qtbot, lambda: session.items)
        bench.controller.set_item(session.items[0].id)
        wait(qtbot, lambda: bench.panel.show_faces.called)
        before = bench.rows()
        decided(bench, qtbot, bench.panel.ignore_asked.emit)
        wait(qtbot, lambda: not session.jobs.is_busy)
        settled(bench, qtbot)
        assert [row.state for row in bench.rows()].count(ReviewState.IGNORED) == 1
        assert len(bench.rows()) == len(before)
        session.undo_stack.undo()
        wait(qtbot, lambda: not session.jobs.is_busy and bench.rows() == before)
        assert bench.failures == []
    finally:
        session.shut_down()
