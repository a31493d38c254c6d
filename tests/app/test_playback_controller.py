"""The video of the analysis page on a real case and a real clip; only the page is a stand-in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from fractions import Fraction

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pytest
from builders_media import number_in
from builders_playback_case import ANALYSED, N_PICTURES, RECOVERED, PlaybackCase, box_at, playback_case
from builders_views import stand_in
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.analysis_scene import stretches
from app.controllers.map_overlay import carried_along
from app.controllers.playback import PlaybackController
from app.session import Session
from app.settings import Folders
from app.workers.frame_server import FrameServer
from core.domain.evidence import FrameRecord, ShownFrame
from core.domain.geometry import BBox
from core.domain.preferences import Preferences
from core.domain.review import AddFace, BookmarkFrame, CutTrack, IgnoreTracks, Retract
from core.domain.time import TimePoint, TimeRange
from ui.dialogs.confirm import ConfirmDialog
from ui.shortcuts import Command
from ui.views.analysis import AnalysisView

TIMEOUT_MS = 30_000
FPS = 25


class Bench:
    """A session on a case, the controller, and what its page was told."""

    def __init__(self, folders: Folders, case: PlaybackCase, qtbot: QtBot) -> None:
        self.case, self.qtbot = case, qtbot
        self.session = Session(folders, Preferences(device="cpu"))
        self.session.jobs.pause()
        self.failures: list[object] = []
        self.session.failed.connect(self.failures.append)
        self.server = FrameServer()
        self.view = stand_in(AnalysisView)
        self.controller = PlaybackController(self.session, self.view, self.server)
        self.items: list[int] = []
        self.controller.item_shown.connect(self.items.append)
        self.tracks: list[int] = []
        self.controller.track_chosen.connect(self.tracks.append)

    def opens(self) -> None:
        with self.qtbot.waitSignal(self.session.case_opened, timeout=TIMEOUT_MS):
            self.session.open_case(self.case.folder)

    def shows(self, evidence_id: int) -> None:
        """Show an item and wait until everything of it is there."""
        for told in (self.view.show_frame, self.view.show_extent, self.view.show_faces, self.view.show_timeline):
            told.reset_mock()
        self.controller.show_item(evidence_id)
        self.until(lambda: self.frame is not None and self.frame.is_exact and self.view.show_extent.called)
        if evidence_id != self.case.waiting:
            self.until(lambda: self.told("show_frame", "has_analysis"))
            self.until(lambda: self.content.analysed is not None)
        if evidence_id == self.case.analysed:
            self.until(lambda: bool(self.faces))

    def until(self, is_so: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(is_so, timeout=TIMEOUT_MS)

    def told(self, method: str, name: str):
        """What the page was told last by a keyword."""
        call = getattr(self.view, method).call_args
        return call.kwargs.get(name) if call else None

    def asks(self, command: Command) -> None:
        self.view.command_asked.emit(command)

    def sees(self, index: int) -> FrameRecord | None:
        """Wait for the very frame; returns the record it was shown with."""
        self.until(lambda: self.frame is not None and self.frame.is_exact and self.frame.frame.index == index)
        return self.view.show_frame.call_args.args[1]

    def goes_to(self, index: int) -> FrameRecord | None:
        self.view.time_chosen.emit(Fraction(index, FPS), True)
        return self.sees(index)

    @property
    def frame(self) -> ShownFrame | None:
        call = self.view.show_frame.call_args
        return call.args[0] if call else None

    @property
    def faces(self):
        call = self.view.show_faces.call_args
        return call.args[0] if call else ()

    @property
    def content(self):
        return self.view.show_timeline.call_args.args[0]

    @property
    def decided(self):
        """Decisions that hold, oldest first."""
        return [entry.action for entry in self.session.review.entries]

    def decides(self, act: Callable[[], None]) -> None:
        with self.qtbot.waitSignal(self.session.review_changed, timeout=TIMEOUT_MS):
            act()


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> PlaybackCase:
    return playback_case(tmp_path_factory.mktemp("playback"))


@pytest.fixture
def case(made, tmp_path) -> PlaybackCase:
    """A copy of the case that the test may change; the clips stay where they are."""
    import shutil
    from dataclasses import replace

    shutil.copytree(made.folder, tmp_path / "case")
    return replace(made, folder=tmp_path / "case")


@pytest.fixture
def bench(folders: Folders, case, qtbot) -> Iterator[Bench]:
    made = Bench(folders, case, qtbot)
    made.opens()
    yield made
    made.server.stop()
    made.session.shut_down()


# --- the item


def test_an_item_is_shown_with_its_first_frame_its_timeline_and_its_boxes(bench, case):
    bench.shows(case.analysed)
    assert bench.items == [case.analysed]
    record = bench.sees(0)
    assert record is not None and record.sha256 == bench.frame.sha256, "the frame that was analysed"
    assert [face.track_id for face in bench.faces] == [1]
    assert bench.told("show_faces", "are_exact") is True
    content = bench.content
    assert (content.start, content.end) == (0, Fraction(N_PICTURES - 1, FPS))
    assert [(lane.track_id, lane.is_ignored) for lane in content.lanes] == [(1, False), (5, True), (2, False)]
    assert [curve.label for curve in content.curves] == ["Person 1", "Person 2"]
    assert content.cuts.tolist() == [15 / FPS]
    assert bench.view.show_extent.call_args.args == (0, Fraction(N_PICTURES - 1, FPS))
    assert bench.failures == []


def test_an_item_that_was_not_analysed_can_be_looked_at_and_says_so(bench, case):
    bench.shows(case.waiting)
    assert bench.sees(0) is None
    assert bench.told("show_frame", "has_analysis") is False
    words, action = bench.view.show_notice.call_args.args
    assert "Not analysed yet" in words and action == "Analyse"
    bench.view.notice_followed.emit()
    assert [(s.evidence_id) for s in bench.session.jobs.statuses()] == [case.waiting]


def test_an_item_without_a_face_says_what_can_be_done(bench, case):
    bench.shows(case.empty)
    bench.until(lambda: "No face" in bench.view.show_notice.call_args.args[0])
    bench.view.notice_followed.emit()
    bench.until(lambda: bench.view.start_drawing.called)


def test_the_first_item_is_shown_when_the_page_comes_into_view(bench, case):
    bench.controller.page_shown()
    assert bench.items == [case.analysed]
    bench.controller.page_shown()
    assert bench.items == [case.analysed]


def test_nothing_of_the_former_item_stays(bench, case):
    bench.shows(case.analysed)
    bench.view.track_chosen.emit(1)
    bench.shows(case.waiting)
    bench.qtbot.wait(50)
    assert bench.content.lanes == () and bench.faces == ()
    assert bench.frame.frame.rgb.shape == (64, 96, 3)
    assert bench.controller.track_id is None


def test_closing_the_case_lets_go_of_the_file(bench, case):
    bench.shows(case.analysed)
    bench.session.close_case()
    assert bench.items[-1] == 0
    bench.until(lambda: bench.server._reader is None)
    bench.asks(Command.FRAME_ON)
    assert bench.view.show_item.call_args.args == (None,)


# --- moving about


def test_steps_count_from_the_frame_wished_for_last(bench, case):
    bench.shows(case.analysed)
    for _ in range(3):
        bench.asks(Command.FRAME_ON)
    assert number_in(bench.frame.frame.rgb) <= 3
    bench.sees(3)
    assert bench.view.show_frame.call_args.args[1] is None, "between analysed frames"
    assert bench.told("show_faces", "are_exact") is False
    bench.asks(Command.FRAME_BACK)
    bench.sees(2)
    bench.asks(Command.SECOND_ON)
    bench.asks(Command.SECOND_ON)
    bench.sees(52)
    bench.asks(Command.SECOND_BACK)
    bench.sees(27)
    bench.asks(Command.LAST)
    bench.sees(N_PICTURES - 1)
    bench.asks(Command.FIRST)
    bench.sees(0)


def test_boxes_between_analysed_frames_are_those_of_the_nearest(bench, case):
    bench.shows(case.analysed)
    bench.goes_to(12)
    assert {face.track_id: face.bbox for face in bench.faces} == {1: box_at(1, 10), 5: box_at(5, 10)}
    assert [face.is_ignored for face in bench.faces] == [False, True]


def test_keys_play_faster_and_stop(bench, case, monkeypatch):
    bench.shows(case.analysed)
    asked = []

    def play(speed: int, *, start: int | None = None) -> None:
        asked.append(speed)
        bench.server.speed_changed.emit(speed)

    monkeypatch.setattr(bench.server, "play", play)
    forward, reverse, stop, play_or_pause = Command.FORWARD, Command.REVERSE, Command.STOP, Command.PLAY
    for command in (forward, forward, forward, forward, forward, reverse, reverse, stop, play_or_pause, play_or_pause):
        bench.asks(command)
    assert asked == [1, 2, 4, 8, 8, -1, -2, 0, 1, 0]
    assert bench.view.show_speed.call_args.args == (0,)
    bench.controller.page_left()
    assert asked[-1] == 0


def test_playing_shows_frames_and_leaving_the_page_stops_it(bench, case):
    bench.shows(case.analysed)
    bench.asks(Command.PLAY)
    bench.until(lambda: bench.view.show_frame.call_args.args[0].frame.index > 2)
    bench.controller.page_left()
    bench.until(lambda: bench.view.show_speed.call_args.args == (0,))


def test_playing_on_from_the_end_begins_anew(bench, case):
    bench.shows(case.analysed)
    bench.asks(Command.LAST)
    bench.sees(N_PICTURES - 1)
    bench.view.show_frame.reset_mock()
    bench.asks(Command.PLAY)
    bench.until(lambda: bench.view.show_frame.called)
    assert bench.view.show_frame.call_args_list[0].args[0].frame.index == 0
    bench.asks(Command.STOP)


def test_dragging_asks_for_something_near_and_letting_go_for_the_very_frame(bench, case):
    bench.shows(case.analysed)
    bench.view.time_chosen.emit(Fraction(44, FPS), False)
    bench.view.time_chosen.emit(Fraction(43, FPS), True)
    bench.sees(43)


# --- tracks


def test_ways_to_the_next_track_the_peak_and_the_unreviewed(bench, case):
    bench.shows(case.analysed)
    bench.asks(Command.NEXT_TRACK)
    bench.sees(10)
    bench.asks(Command.NEXT_TRACK)
    bench.sees(35)
    assert bench.tracks == [5, 2]
    bench.asks(Command.PEAK)
    bench.sees(RECOVERED)
    bench.asks(Command.NEXT_UNREVIEWED)
    bench.sees(35)
    bench.asks(Command.NEXT_UNREVIEWED)
    bench.sees(0)
    assert bench.tracks == [5, 2, 2, 1], "the ignored track waits for nobody"


def test_a_chosen_person_chooses_the_track_that_is_there(bench, case):
    bench.shows(case.analysed)
    bench.controller.choose_person(2)
    assert bench.controller.track_id == 2
    assert bench.view.select_track.call_args.args == (2,)
    assert bench.tracks == [], "who was chosen elsewhere is not told back"
    bench.controller.choose_person(99)
    bench.controller.choose_track(99)
    assert bench.controller.track_id == 2


def test_the_identity_map_lies_over_the_face_and_says_which_frame_it_is_of(bench, case):
    bench.shows(case.analysed)
    bench.goes_to(RECOVERED)
    bench.view.track_chosen.emit(1)
    bench.until(lambda: bench.view.show_identity_map.call_args.args[0] is not None)
    _, affine, caption = bench.view.show_identity_map.call_args.args
    assert caption == "Identity map of this frame"
    then = affine @ [box_at(1, RECOVERED).x1, 40, 1]
    bench.goes_to(20)
    _, moved, caption = bench.view.show_identity_map.call_args.args
    assert "of frame 10, 0.40 s earlier" in caption
    assert moved @ [box_at(1, 20).x1, 40, 1] == pytest.approx(then, abs=1e-3)
    bench.goes_to(50)
    assert bench.view.show_identity_map.call_args.args[0] is None, "the face is not in this frame"
    bench.view.track_chosen.emit(2)
    bench.until(lambda: "not recovered" in bench.view.show_identity_map.call_args.args[2])


# --- decisions


def test_a_frame_is_bookmarked_by_its_hash_and_a_second_press_takes_it_back(bench, case):
    bench.shows(case.analysed)
    bench.goes_to(7)
    bench.decides(lambda: bench.asks(Command.BOOKMARK))
    (bookmark,) = bench.decided
    assert isinstance(bookmark, BookmarkFrame)
    assert (bookmark.frame_index, bookmark.frame_sha256) == (7, bench.frame.sha256)
    assert [mark.seconds for mark in bench.content.bookmarks] == [pytest.approx(7 / FPS)]
    bench.decides(lambda: bench.asks(Command.BOOKMARK))
    assert bench.decided == []
    assert bench.content.bookmarks == ()


def test_a_face_is_drawn_on_an_analysed_frame_only(bench, case):
    bench.shows(case.analysed)
    bench.goes_to(33)
    bench.asks(Command.DRAW_FACE)
    bench.sees(35)
    bench.until(lambda: bench.view.start_drawing.called)
    box = BBox(x1=5, y1=5, x2=45, y2=60)
    bench.decides(lambda: bench.view.box_drawn.emit(box))
    (added,) = bench.decided
    assert added == AddFace(evidence_id=case.analysed, frame_index=35, time=bench.frame.frame.time, bbox=box)
    drawn = [face for face in bench.faces if face.is_added]
    assert [face.bbox for face in drawn] == [box], "shown at once, before it has been analysed"
    assert any(status.evidence_id == case.analysed for status in bench.session.jobs.statuses())


def test_going_elsewhere_gives_up_drawing(bench, case):
    bench.shows(case.analysed)
    bench.asks(Command.DRAW_FACE)
    assert bench.view.start_drawing.called
    bench.view.end_drawing.reset_mock()
    bench.goes_to(20)
    assert bench.view.end_drawing.called
    bench.view.box_drawn.emit(BBox(x1=5, y1=5, x2=45, y2=60))
    assert bench.decided == []
    bench.asks(Command.DRAW_FACE)
    bench.view.end_drawing.reset_mock()
    bench.asks(Command.DRAW_FACE)
    assert bench.view.end_drawing.called, "the same key gives up"


def test_no_face_is_drawn_on_pixels_that_were_not_analysed(bench, case):
    bench.shows(case.analysed)
    scene = bench.controller._scene
    assert scene is not None
    record = scene.records[0]
    scene.records[0] = FrameRecord(index=0, time=record.time, sha256="00" * 32, is_corrupt=False)
    bench.asks(Command.DRAW_FACE)
    assert not bench.view.start_drawing.called
    assert "not the pixels that were analysed" in bench.view.show_notice.call_args.args[0]


def test_a_track_is_cut_at_the_frame_on_show_where_it_is_on_both_sides(bench, case):
    bench.shows(case.analysed)
    bench.view.track_chosen.emit(1)
    assert bench.told("set_available", "can_cut") is False, "nothing of it lies before its first frame"
    bench.goes_to(12)
    assert bench.told("set_available", "can_cut") is True
    bench.decides(lambda: bench.asks(Command.CUT_TRACK))
    assert bench.decided == [CutTrack(evidence_id=case.analysed, track_id=1, frame_index=12)]
    bench.goes_to(50)
    bench.asks(Command.CUT_TRACK)
    assert len(bench.session.entries) == 1


def question() -> ConfirmDialog:
    (asked,) = (w for w in QApplication.topLevelWidgets() if isinstance(w, ConfirmDialog) and w.isVisible())
    return asked


def test_a_marked_range_is_analysed(bench, case):
    bench.shows(case.analysed)
    bench.goes_to(10)
    bench.asks(Command.MARK_IN)
    bench.asks(Command.MARK_OUT)
    assert bench.view.mark_in.call_args.args == bench.view.mark_out.call_args.args == (Fraction(10, FPS),)
    asked = []
    bench.session.analyse = lambda evidence_id, time_range=None, **_: asked.append((evidence_id, time_range))
    bench.asks(Command.ANALYSE_RANGE)
    assert asked == [], "nothing is marked"
    marked = TimeRange(start=Fraction(10, FPS), end=Fraction(1))
    bench.view.range_changed.emit(marked)
    bench.asks(Command.ANALYSE_RANGE)
    assert asked == [], "the analysis of the whole item would be lost"
    question().reject()
    assert asked == []
    bench.asks(Command.ANALYSE_RANGE)
    question().accept()
    assert asked == [(case.analysed, marked)]
    bench.asks(Command.CLEAR_RANGE)
    assert bench.view.clear_range.called


def test_a_decision_made_elsewhere_shows_at_once(bench, case):
    bench.shows(case.analysed)
    bench.decides(lambda: bench.session.decide(IgnoreTracks(evidence_id=case.analysed, track_ids=(1,))))
    assert [face.is_ignored for face in bench.faces] == [True]
    assert [lane.track_id for lane in bench.content.lanes if lane.is_ignored] == [1, 5]
    bench.decides(lambda: bench.session.decide(Retract(action_id=bench.session.entries[0].id)))
    assert [face.is_ignored for face in bench.faces] == [False]


def test_a_new_analysis_is_read_anew_and_the_frame_stays(bench, case):
    bench.shows(case.analysed)
    bench.goes_to(20)
    bench.view.show_timeline.reset_mock()
    bench.session.result_changed.emit(case.analysed)
    bench.until(lambda: bench.view.show_timeline.called)
    bench.sees(20)
    assert bench.failures == []


def test_a_decoder_that_dies_is_told(bench, case):
    bench.shows(case.analysed)
    bench.server._reader.abort()
    bench.view.time_chosen.emit(Fraction(40, FPS), True)
    bench.until(lambda: bool(bench.failures))
    assert bench.failures[0].next_step
    bench.goes_to(40)


# --- parts


def test_a_stretch_lasts_until_the_next_frame_that_was_looked_at():
    analysed = np.array([0, 5, 10, 15, 20, 25])
    times = analysed / 25.0
    found = stretches((0, 5, 15, 25), analysed, times)
    assert found.tolist() == [[0.0, 0.4], [0.6, 0.8], [1.0, 1.0]]


def test_a_map_is_carried_along_with_a_face_that_moved_and_grew():
    affine = np.array([[2, 0, -20], [0, 2, -40]], np.float32)
    then, now = BBox(x1=10, y1=20, x2=30, y2=40), BBox(x1=100, y1=50, x2=140, y2=90)
    moved = carried_along(affine, then, now)
    for corner_then, corner_now in (((10, 20), (100, 50)), ((30, 40), (140, 90))):
        assert moved @ [*corner_now, 1] == pytest.approx(affine @ [*corner_then, 1])


def test_analysed_frames_are_found_on_either_side(bench, case):
    bench.shows(case.analysed)
    scene = bench.controller._scene
    assert scene is not None
    assert [scene.nearest_analysed(index).index for index in (0, 2, 3, 58, 10**6)] == [0, 0, 5, 55, 55]
    assert scene.track_of(2, TimePoint(pts=0, time_base=Fraction(1))) == 2
    assert list(ANALYSED)[-1] == 55
