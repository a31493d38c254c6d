"""The analysis page: its keys, what it says when something is missing, and its docks."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from builders_report import item
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from core.domain.evidence import EvidenceState, Frame, FrameRecord, ShownFrame, StoredEvidence
from core.domain.geometry import BBox
from core.domain.time import TimePoint, TimeRange
from ui.shortcuts import Command
from ui.views.analysis import AnalysisView
from ui.widgets.canvas_faces import CanvasFace
from ui.widgets.timeline_content import TimelineContent, TrackLane

ITEMS = (
    StoredEvidence(id=1, item=item("first.mp4"), state=EvidenceState.DONE),
    StoredEvidence(id=2, item=item("second.mp4"), state=EvidenceState.QUEUED),
)
CONTENT = TimelineContent(
    start=Fraction(0),
    end=Fraction(10),
    lanes=(TrackLane(track_id=4, label="Person 1", colour_index=1, spans=np.array([[1.0, 3.0]])),),
)


def shown() -> ShownFrame:
    time = TimePoint(pts=25, time_base=Fraction(1, 25))
    rgb = np.zeros((90, 160, 3), np.uint8)
    frame = Frame(index=25, time=time, rgb=rgb, rotation_deg=0, is_corrupt=False)
    return ShownFrame(frame=frame, sha256="ab" * 32, is_exact=True)


@pytest.fixture
def view(qtbot: QtBot) -> AnalysisView:
    made = AnalysisView()
    qtbot.addWidget(made)
    made.resize(1100, 700)
    made.show()
    qtbot.waitExposed(made)
    made.show_items(ITEMS)
    made.show_item(ITEMS[0])
    made.show_extent(Fraction(0), Fraction(10))
    made.show_timeline(CONTENT)
    made.show_frame(shown(), None, has_analysis=True)
    return made


def button(view: AnalysisView, name: str) -> QPushButton:
    return next(b for b in view.findChildren(QPushButton) if b.text() == name)


# --- keys


@pytest.mark.parametrize(
    ("key", "command"),
    [
        (Qt.Key.Key_Space, Command.PLAY),
        (Qt.Key.Key_J, Command.REVERSE),
        (Qt.Key.Key_L, Command.FORWARD),
        (Qt.Key.Key_Left, Command.FRAME_BACK),
        (Qt.Key.Key_I, Command.MARK_IN),
        (Qt.Key.Key_M, Command.BOOKMARK),
        (Qt.Key.Key_N, Command.NEXT_TRACK),
        (Qt.Key.Key_D, Command.DRAW_FACE),
        (Qt.Key.Key_S, Command.CUT_TRACK),
        (Qt.Key.Key_X, Command.CLEAR_RANGE),
    ],
)
@pytest.mark.parametrize("part", ["canvas", "timeline"])
def test_keys_work_wherever_the_focus_is_on_the_page(view, qtbot, part, key, command):
    focused = view.canvas.picture if part == "canvas" else view.timeline
    focused.setFocus()
    with qtbot.waitSignal(view.command_asked) as asked:
        qtbot.keyClick(focused, key)
    assert asked.args == [command]


def test_the_list_of_items_leaves_letters_and_ends_to_the_video(view, qtbot):
    box = view.header.findChild(QComboBox)
    for key, command in ((Qt.Key.Key_L, Command.FORWARD), (Qt.Key.Key_End, Command.LAST), (Qt.Key.Key_F, None)):
        with qtbot.waitSignal(view.command_asked, raising=command is not None, timeout=200) as asked:
            qtbot.keyClick(box, key)
        assert (asked.args or [None]) == [command]
    assert view.header.chosen() == 1


def test_keys_work_as_soon_as_the_page_comes_into_view(view, qtbot):
    field = QLineEdit()
    qtbot.addWidget(field)
    view.hide()
    field.show()
    field.setFocus()
    view.show()
    view.activateWindow()
    qtbot.waitUntil(view.canvas.picture.hasFocus)


def test_keys_are_ignored_while_typing(view, qtbot):
    field = QLineEdit()
    view.set_person_panel(field)
    view.activateWindow()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    with qtbot.assertNotEmitted(view.command_asked):
        qtbot.keyClicks(field, "jkl m")
    assert field.text() == "jkl m"


def test_zoom_keys_go_to_the_part_with_the_focus_else_to_the_timeline(view, qtbot):
    fitted = view.canvas.picture.camera.scale
    qtbot.keyClick(view.canvas.picture, Qt.Key.Key_Plus)
    assert view.canvas.picture.camera.scale > fitted
    assert view.timeline._scale.is_fitted
    with qtbot.assertNotEmitted(view.command_asked):
        qtbot.keyClick(view, Qt.Key.Key_Plus)
        assert not view.timeline._scale.is_fitted
        qtbot.keyClick(view, Qt.Key.Key_F)
    assert view.timeline._scale.is_fitted and view.canvas.picture.camera.is_fitted


def test_keys_of_other_pages_are_left_alone(view, qtbot):
    with qtbot.assertNotEmitted(view.command_asked):
        qtbot.keyClick(view, Qt.Key.Key_Insert)


# --- what is shown


def test_frame_time_and_name_are_shown_together(view):
    assert view.timeline.playhead == 1
    assert "frame 25" in view.canvas.facts_text()
    record = FrameRecord(index=25, time=shown().frame.time, sha256="ab" * 32, is_corrupt=False)
    view.show_frame(shown(), record, has_analysis=True)
    assert "The frame that was analysed" in view.canvas.facts_text()


def test_nothing_of_the_former_item_stays(view):
    view.mark_in(Fraction(2))
    view.show_faces(
        [CanvasFace(track_id=4, person_label="", bbox=BBox(x1=1, y1=1, x2=9, y2=9), colour_index=1)],
        are_exact=True,
    )
    view.show_item(ITEMS[1])
    assert view.canvas.shown is None
    assert view.canvas.picture.faces() == ()
    assert view.timeline.content.lanes == ()
    assert view.timeline.range == TimeRange()
    assert view.header.chosen() == 2


def test_an_item_is_chosen_from_the_list_which_tells_where_it_stands(view, qtbot):
    (combo,) = view.header.findChildren(QComboBox)
    texts = [combo.itemText(place) for place in range(combo.count())]
    assert texts == ["1 · first.mp4 – analysed", "2 · second.mp4 – not analysed yet"]
    with qtbot.waitSignal(view.item_chosen) as chosen:
        combo.activated.emit(1)
    assert chosen.args == [2]
    view.show_items(ITEMS[:1])
    assert view.header.chosen() == 1, "the item on show stays chosen when the list changes"


def test_the_list_of_items_is_not_made_anew_for_one_that_changes_or_is_added(view):
    (combo,) = view.header.findChildren(QComboBox)
    taken_away = []
    combo.model().rowsRemoved.connect(lambda *_: taken_away.append(True))
    third = replace(ITEMS[1], id=3)
    view.show_items([ITEMS[0], replace(ITEMS[1], state=EvidenceState.DONE), third])
    texts = [combo.itemText(place) for place in range(combo.count())]
    assert texts == ["1 · first.mp4 – analysed", "2 · second.mp4 – analysed", "3 · second.mp4 – not analysed yet"]
    assert taken_away == [] and view.header.chosen() == 1
    other = replace(ITEMS[0], item=replace(ITEMS[0].item, sha256="f" * 64, path=Path("other.mp4")))
    view.show_items([other])
    assert combo.itemText(0) == "1 · other.mp4 – analysed", "another case numbers its items alike"


def test_without_evidence_the_page_says_where_to_go(qtbot):
    view = AnalysisView()
    qtbot.addWidget(view)
    view.show()
    said = [label.text() for label in view.findChildren(QLabel) if label.isVisible()]
    assert any("No video" in text for text in said)
    with qtbot.waitSignal(view.evidence_asked):
        qtbot.mouseClick(button(view, "Go to the case page"), Qt.MouseButton.LeftButton)


def test_a_notice_offers_what_can_be_done(view, qtbot):
    assert not view.notice.isVisible()
    view.show_notice("Not analysed yet.", "Analyse")
    assert view.notice.isVisible() and view.notice.text() == "Not analysed yet."
    with qtbot.waitSignal(view.notice_followed):
        qtbot.mouseClick(button(view, "Analyse"), Qt.MouseButton.LeftButton)
    view.show_notice("")
    assert not view.notice.isVisible()


def test_what_cannot_be_done_now_cannot_be_pressed(view):
    view.set_available(has_tracks=False, can_draw=True, can_cut=False)
    assert not button(view, "Next track").isEnabled()
    view.set_available(has_tracks=True, can_draw=True, can_cut=True)
    assert button(view, "Next track").isEnabled()


# --- intents


def test_boxes_and_lanes_choose_tracks(view, qtbot):
    box = BBox(x1=20, y1=20, x2=80, y2=80)
    view.show_faces([CanvasFace(track_id=4, person_label="", bbox=box, colour_index=1)], are_exact=True)
    place = view.canvas.picture.camera.transform().map(50.0, 50.0)
    with qtbot.waitSignal(view.track_chosen) as chosen:
        qtbot.mouseClick(view.canvas.picture, Qt.MouseButton.LeftButton, pos=_point(place))
    assert chosen.args == [4]
    with qtbot.waitSignal(view.track_chosen):
        qtbot.keyClick(view.timeline, Qt.Key.Key_Down)


def test_marks_tell_the_range_and_show_it(view, qtbot):
    with qtbot.waitSignal(view.range_changed) as changed:
        view.mark_out(Fraction(4))
    assert changed.args == [TimeRange(end=Fraction(4))]
    assert button(view, "Analyse range").isVisible()
    view.clear_range()
    assert not button(view, "Analyse range").isVisible()


def test_drawing_is_shown_on_its_button_and_ends_with_the_box(view, qtbot):
    view.start_drawing()
    (pressed,) = [b for b in view.header.findChildren(type(view.header._draw)) if b.isChecked()]
    assert "Draw a face" in pressed.toolTip()
    with qtbot.waitSignal(view.drawing_ended):
        qtbot.keyClick(view.canvas.picture, Qt.Key.Key_Escape)
    assert not pressed.isChecked()


def test_strength_of_the_map_reaches_the_canvas(view, qtbot):
    with qtbot.waitSignal(view.map_opacity_changed):
        view.transport.set_map_opacity(0.9)
    assert view.canvas.picture._map_opacity == 0.9


# --- docks


def test_panels_are_docked_and_their_places_can_be_kept_and_reset(view, qtbot):
    panel, strip = QLabel("persons"), QLabel("faces")
    view.set_person_panel(panel)
    view.set_face_strip(strip)
    assert panel.isVisible() and strip.isVisible()
    assert strip.mapTo(view, strip.rect().topLeft()).x() < panel.mapTo(view, panel.rect().topLeft()).x()
    kept = view.saved_layout()
    for action in view._docks.panel_actions():
        action.trigger()
    assert not panel.isVisible() and not strip.isVisible()
    view.restore_layout(kept)
    assert panel.isVisible() and strip.isVisible()
    view._docks.panel_actions()[0].trigger()
    view.reset_layout()
    assert panel.isVisible()


def test_a_layout_that_is_nonsense_changes_nothing(view):
    view.set_person_panel(QLabel("persons"))
    before = view.saved_layout()
    view.restore_layout(b"nonsense")
    assert view.saved_layout() == before


def test_everything_that_can_be_used_has_a_name_and_a_tip(view):
    for each in (*view.header.findChildren(QPushButton), *view.transport.findChildren(QPushButton)):
        assert each.accessibleName() and each.toolTip()
    for each in (view.timeline, view.canvas.picture):
        assert each.accessibleName()


def _point(place: tuple[float, float]):
    from PySide6.QtCore import QPoint

    return QPoint(round(place[0]), round(place[1]))
