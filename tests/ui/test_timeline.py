"""The timeline: every moment can be reached, marks and lanes can be chosen, and it stays quick when there is much."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from pytestqt.qtbot import QtBot

from core.domain.time import TimeRange
from ui.widgets.timeline import Timeline
from ui.widgets.timeline_content import ScoreCurve, TimelineBookmark, TimelineContent, TrackLane
from ui.widgets.timeline_hints import timeline_hint
from ui.widgets.timeline_painting import (
    TimelineFrame,
    curve_px,
    gutter_px,
    lane_px,
    merged_spans,
    reduced_curve,
    ruler_px,
)
from ui.widgets.timeline_scale import TimelineScale

START, END = Fraction(2), Fraction(62)


def lane(track_id: int, *spans: tuple[float, float], **details) -> TrackLane:
    known = {"label": f"Person {track_id}", "colour_index": track_id}
    return TrackLane(track_id=track_id, spans=np.array(spans, np.float64), **{**known, **details})


def curve(track_id: int, seconds: list[float], scores: list[float]) -> ScoreCurve:
    return ScoreCurve(
        label=f"Person {track_id}",
        colour_index=track_id,
        track_ids=(track_id,),
        seconds=np.array(seconds),
        scores=np.array(scores),
    )


CONTENT = TimelineContent(
    start=START,
    end=END,
    curves=(curve(1, [5, 6, 7], [0.1, 0.9, 0.2]), curve(2, [20, 30], [0.3, 0.95])),
    threshold=0.6,
    lanes=(
        lane(1, (5, 8), (10, 12), is_reviewed=True),
        lane(2, (20, 31)),
        lane(3, (40, 41), is_ignored=True, is_reviewed=True),
    ),
    cuts=np.array([15.0, 35.0]),
    bookmarks=(TimelineBookmark(seconds=6.0, caption="the ring"),),
    analysed=(2, 50),
)


@pytest.fixture
def timeline(qtbot: QtBot) -> Timeline:
    made = Timeline()
    qtbot.addWidget(made)
    made.resize(round(gutter_px()) + 600, 240)
    made.show()
    qtbot.waitExposed(made)
    made.set_content(CONTENT)
    return made


def x_of(timeline: Timeline, seconds: float) -> int:
    return round(gutter_px() + timeline._scale.to_px(seconds))


def point(timeline: Timeline, seconds: float, y: float = ruler_px() + 10) -> QPoint:
    return QPoint(x_of(timeline, seconds), round(y))


def lane_y(place: int) -> float:
    return ruler_px() + curve_px() + (place + 0.5) * lane_px()


def test_dragging_tells_moments_and_letting_go_the_final_one(timeline, qtbot):
    told = []
    timeline.time_chosen.connect(lambda seconds, is_final: told.append((float(seconds), is_final)))
    view = timeline.viewport()
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=point(timeline, 10))
    qtbot.mouseMove(view, point(timeline, 30))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=point(timeline, 50))
    assert [is_final for _, is_final in told] == [False, False, True]
    assert [seconds for seconds, _ in told] == pytest.approx([10, 30, 50], abs=0.1)
    assert float(timeline.playhead) == pytest.approx(50, abs=0.1)


def test_both_ends_can_be_reached(timeline, qtbot):
    told = []
    timeline.time_chosen.connect(lambda seconds, is_final: told.append(seconds))
    view = timeline.viewport()
    for x in (round(gutter_px()), view.width() - 1, view.width() + 500):
        qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=point(timeline, 30))
        qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(x, 30))
    assert (told[1], told[-1]) == (START, END)
    assert float(told[3]) == pytest.approx(float(END), abs=0.2)


def test_a_lane_that_is_clicked_chooses_its_track(timeline, qtbot):
    with qtbot.waitSignal(timeline.track_chosen) as chosen:
        qtbot.mouseClick(timeline.viewport(), Qt.MouseButton.LeftButton, pos=point(timeline, 25, lane_y(1)))
    assert chosen.args == [2]
    with qtbot.waitSignal(timeline.track_chosen) as chosen, qtbot.assertNotEmitted(timeline.time_chosen):
        qtbot.mouseClick(timeline.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, round(lane_y(2))))
    assert chosen.args == [3], "the name alone chooses, and moves nothing"


def test_lanes_are_chosen_with_keys_alone(timeline, qtbot):
    chosen = []
    timeline.track_chosen.connect(chosen.append)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up):
        qtbot.keyClick(timeline, key)
    assert chosen == [1, 2, 3, 3, 2]


def test_zoom_keeps_the_moment_under_the_pointer_and_fit_shows_all(timeline, qtbot):
    at = point(timeline, 20)
    wheel = QWheelEvent(
        QPointF(at),
        QPointF(at),
        QPoint(),
        QPoint(0, 360),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    timeline.wheelEvent(wheel)
    assert x_of(timeline, 20) == pytest.approx(at.x(), abs=1)
    assert timeline.horizontalScrollBar().maximum() > 0
    timeline.horizontalScrollBar().setValue(timeline.horizontalScrollBar().maximum())
    assert timeline._scale.view[1] == pytest.approx(float(END))
    qtbot.keyClick(timeline, Qt.Key.Key_F)
    assert timeline._scale.is_fitted
    qtbot.keyClick(timeline, Qt.Key.Key_Plus)
    assert not timeline._scale.is_fitted
    qtbot.keyClick(timeline, Qt.Key.Key_Minus)
    assert timeline._scale.is_fitted


def test_the_view_follows_the_playhead(timeline):
    timeline.zoom(8, Fraction(10))
    assert timeline._scale.view[1] < 40
    timeline.set_playhead(Fraction(50))
    first, last = timeline._scale.view
    assert first < 50 < last


def test_range_marks_are_told_from_the_first_picture_on(timeline, qtbot):
    with qtbot.waitSignal(timeline.range_changed) as changed:
        timeline.mark_in(Fraction(12))
    assert changed.args == [TimeRange(start=Fraction(10))]
    timeline.mark_out(Fraction(22))
    assert timeline.range == TimeRange(start=Fraction(10), end=Fraction(20))
    timeline.mark_in(Fraction(30))
    assert timeline.range == TimeRange(start=Fraction(28)), "an end before the begin goes"
    timeline.mark_out(START)
    assert timeline.range == TimeRange()
    timeline.clear_range()
    assert timeline.range == TimeRange()


def test_range_marks_can_be_dragged_in_the_ruler(timeline, qtbot):
    timeline.mark_in(Fraction(12))
    view = timeline.viewport()
    with qtbot.assertNotEmitted(timeline.time_chosen):
        qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=point(timeline, 12, 5))
        qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=point(timeline, 32, 5))
    assert float(timeline.range.start) == pytest.approx(30, abs=0.2)


def test_marks_stay_when_the_same_item_changes_and_go_with_another(timeline):
    timeline.mark_in(Fraction(12))
    timeline.set_content(TimelineContent(start=START, end=END))
    assert timeline.range.start == 10
    timeline.set_content(TimelineContent(start=START, end=Fraction(9)))
    assert timeline.range == TimeRange()


def test_ways_to_the_next_track_the_peak_and_the_unreviewed():
    assert CONTENT.next_track(Fraction(6)).track_id == 2
    assert CONTENT.next_track(Fraction(20)).track_id == 3, "from a lane's own begin on to the next"
    assert CONTENT.next_track(Fraction(50)).track_id == 1, "past the last the first"
    assert CONTENT.peak(1) == 6, "of the chosen track's person"
    assert CONTENT.peak() == 30
    assert CONTENT.peak(99) == 30
    assert CONTENT.next_unreviewed(Fraction(50)).track_id == 2
    empty = TimelineContent(start=START, end=END)
    assert (empty.next_track(START), empty.peak(), empty.next_unreviewed(START)) == (None, None, None)


def test_the_playhead_stays_in_the_hand_that_drags_it(timeline, qtbot):
    view = timeline.viewport()
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=point(timeline, 30))
    timeline.set_playhead(Fraction(10))
    assert float(timeline.playhead) == pytest.approx(30, abs=0.1)
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=point(timeline, 30))
    timeline.set_playhead(Fraction(10))
    assert timeline.playhead == 10


def test_what_lies_under_the_pointer_is_told(timeline):
    frame = timeline._frame()

    def hint(seconds: float, y: float) -> list[str]:
        return timeline_hint(CONTENT, timeline._scale, frame, QPointF(point(timeline, seconds, y))).splitlines()[1:]

    assert hint(6, ruler_px() + 5) == ["Person 1: fake score 0.900", "Bookmark: the ring"]
    assert hint(40.5, lane_y(2)) == ["3 · Person 3 · ignored"]
    assert hint(35, 5) == ["Scene cut"]


def test_only_the_playhead_is_painted_anew_while_playing(timeline, qtbot):
    timeline.grab()
    still = timeline._still
    timeline.set_playhead(Fraction(33))
    timeline.grab()
    assert timeline._still is still
    timeline.set_selected_track(2)
    timeline.grab()
    assert timeline._still is not still


def test_much_is_reduced_to_what_pixels_can_show(timeline):
    rng = np.random.default_rng(0)
    times = np.sort(rng.uniform(2, 62, 100_000))
    scale = TimelineScale()
    scale.set_extent(2, 62)
    scale.set_width(600)
    spans = np.stack([times[:-1], times[:-1] + 0.0003], axis=1)
    assert len(merged_spans(spans, scale, 600)) <= 600
    px, scores = reduced_curve(times, rng.uniform(0, 1, len(times)), scale, 600)
    assert len(px) <= 1204
    assert scores.max() > 0.999 and scores.min() < 0.001, "peaks survive"
    apart = np.array([[5.0, 6.0], [6.05, 7.0], [9.0, 10.0]])
    assert len(merged_spans(apart, scale, 600)) == 2, "only what is closer than a pixel becomes one"
    lanes = tuple(lane(number, *spans[number * 100 : number * 100 + 50].tolist()) for number in range(1, 501))
    timeline.set_content(TimelineContent(start=START, end=END, lanes=lanes, cuts=times))
    timeline.grab()
    timeline.set_selected_track(500)
    bottom = TimelineFrame.lane(timeline._frame(), 499).bottom()
    assert bottom <= timeline.viewport().height() + 1, "a chosen lane comes into view"


def test_ruler_speaks_of_hours_and_of_hundredths():
    scale = TimelineScale()
    scale.set_width(1000)
    scale.set_extent(0, 7200)
    assert [words for _, words in scale.ticks()][:3] == ["0:00", "15:00", "30:00"]
    assert [words for _, words in scale.ticks()][-1] == "2:00:00"
    scale.zoom(1e9, 3600)
    assert next(words for _, words in scale.ticks()) == "59:59.90"
