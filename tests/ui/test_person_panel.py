"""The right part of the analysis view: who is there, who is shown, what can be done with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton, QSplitter, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from core.domain.identity import Decision
from tests.builders_report_parts import recovered_frame
from ui.dialogs.join_persons import JoinPersonsDialog
from ui.person_words import PersonWords, StatementWords, WrittenWords
from ui.widgets.face_model import FaceEntry
from ui.widgets.person_header import TrackWords
from ui.widgets.person_list import PersonList
from ui.widgets.person_model import PersonRow, ReviewState
from ui.widgets.person_panel import PersonPanel
from ui.widgets.scrolled import Scrolled
from ui.widgets.spread_plot import Band, Mark

GREY = np.full((24, 24, 3), 90, dtype=np.uint8)


def row(key: int, state: ReviewState = ReviewState.TO_REVIEW) -> PersonRow:
    return PersonRow(
        key=key,
        label=f"Person {key}" if key > 0 else "Ignored: track 9",
        span="0:00:00.000 – 0:00:02.000",
        fake_score="0.814",
        state=state,
        track_id=abs(key),
        tracks=(abs(key), 10 + abs(key)),
    )


ROWS = (row(1), row(2, ReviewState.REVIEWED), row(3), row(-9, ReviewState.IGNORED))


def person(number: int = 1) -> PersonWords:
    return PersonWords(
        person_track_id=number,
        subject=(1, number),
        label=f"Item 1, person {number}",
        tracks=(number, 10 + number),
        span="Seen from 0:00:00.000 to 0:00:02.000 in 12 detections.",
        forgery=StatementWords(
            question="Was the face replaced by a face swap?",
            decision=Decision.SUPPORTED,
            category="Supported",
            reason="The score 0.814 reaches the threshold 0.500.",
        ),
        fake_score="0.814",
        n_recovered=3,
        quality="The quality gate excluded none of 12 faces.",
        sections=(),
        first_seconds=0.0,
        last_seconds=2.0,
    )


TRACKS = (
    TrackWords(track_id=1, words="Track 1: 0:00:00.000 – 0:00:01.000", can_be_cut=True),
    TrackWords(track_id=11, words="Track 11: 0:00:01.000 – 0:00:02.000"),
)
ENTRIES = tuple(
    FaceEntry(key=(n, 0), seconds=float(3 - n), time=f"0:00:0{3 - n}.000", quality=0.9 - n / 10, fake_score=0.8)
    for n in range(3)
)
BANDS = (Band(title="Fake score", words="0.800 to 0.800", mark=Mark.SCORE, values=(0.8, 0.8, 0.8)),)
NOTE = WrittenWords(action_id=6, text="A poster, not a person.", given="M. Weber, 14 March 2026, 09:40 UTC")


@pytest.fixture
def panel(qtbot: QtBot) -> PersonPanel:
    made = PersonPanel()
    qtbot.addWidget(made)
    made.resize(480, 760)
    made.set_persons(ROWS)
    made.show_person(person(), TRACKS)
    made.set_frames(ENTRIES, BANDS)
    made.set_decisions({}, None, (), ask_first=True, is_reviewed=False)
    made.show()
    qtbot.waitExposed(made)
    return made


def button(widget: QWidget, text: str) -> QPushButton:
    return next(b for b in widget.findChildren(QPushButton) if b.text() == text)


def words(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def heard(*signals: object) -> list[tuple[object, ...]]:
    told: list[tuple[object, ...]] = []
    for signal in signals:
        signal.connect(lambda *args: told.append(args))
    return told


# --- the list


def test_a_person_is_chosen_by_mouse_and_by_arrows_and_by_nothing_else(panel: PersonPanel, qtbot: QtBot) -> None:
    told = heard(panel.person_asked)
    view = panel.persons.focusProxy()
    qtbot.keyClick(view, Qt.Key.Key_Down)
    qtbot.keyClick(view, Qt.Key.Key_End)
    assert told == [(2,), (-9,)]
    panel.show_person(person(3), TRACKS)
    panel.set_persons(ROWS)
    assert panel.persons.current() == 3
    event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_U, Qt.KeyboardModifier.NoModifier, "u")
    view.keyPressEvent(event)
    assert not event.isAccepted()
    assert len(told) == 2


def test_the_list_is_narrowed_by_text_and_state(panel: PersonPanel) -> None:
    told = heard(panel.person_asked)
    persons: PersonList = panel.persons
    persons.filter_text().setText("person 3")
    assert persons.shown_keys() == (3,)
    persons.filter_text().setText("12")  # a track of person 2
    assert persons.shown_keys() == (2,)
    persons.filter_text().clear()
    persons.filter_state().setCurrentIndex(persons.filter_state().findData(ReviewState.TO_REVIEW))
    assert persons.shown_keys() == (1, 3)
    persons.set_current(2)  # somewhere else a hidden person is chosen
    assert persons.shown_keys() == (1, 2, 3, -9)
    assert persons.current() == 2
    assert told == []


def test_faces_are_asked_for_only_where_they_are_seen(panel: PersonPanel, qtbot: QtBot) -> None:
    told = heard(panel.faces_wanted)
    panel.set_persons([row(n) for n in range(1, 2000)])
    qtbot.waitUntil(lambda: bool(told))
    keys = {key for (batch,) in told for key in batch}
    assert 1 <= len(keys) < 30
    for key in keys:
        panel.set_face(key, GREY)
    panel.grab()


def test_state_and_score_are_said_in_words(panel: PersonPanel) -> None:
    index = panel.persons.focusProxy().model().index(1, 0)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == (
        "Person 2, reviewed, 0:00:00.000 – 0:00:02.000, fake score 0.814, tracks 2, 12"
    )


def test_words_that_change_do_not_move_the_choice(panel: PersonPanel) -> None:
    told = heard(panel.person_asked)
    panel.set_persons((row(1, ReviewState.REVIEWED), *ROWS[1:]))
    assert panel.persons.current() == 1
    assert told == []


def test_who_leaves_the_filter_stays_shown_and_nobody_else_is_chosen(panel: PersonPanel) -> None:
    told = heard(panel.person_asked)
    state = panel.persons.filter_state()
    state.setCurrentIndex(state.findData(ReviewState.TO_REVIEW))
    panel.set_persons((row(1, ReviewState.REVIEWED), *ROWS[1:]))
    assert panel.persons.shown_keys() == (3,)
    assert panel.persons.current() is None
    assert told == []


def test_the_layout_is_kept_and_reset(panel: PersonPanel) -> None:
    def places() -> list[int]:
        return [panel.persons.height(), panel.header.mapTo(panel, panel.header.pos()).y()]

    first, saved = places(), panel.saved_layout()
    panel._splitter.setSizes([300, 300])
    assert places() != first
    panel.restore_layout(saved)
    assert places() == first
    panel.restore_layout(b"nonsense")
    assert places() == first
    panel._splitter.setSizes([300, 300])
    panel.reset_layout()
    assert places() == first


# --- the person


def test_the_header_says_what_the_report_says(panel: PersonPanel) -> None:
    said = words(panel.header)
    for part in (
        "Item 1, person 1",
        "The score 0.814 reaches the threshold 0.500.",
        "Fake score 0.814, 3 recovered frames. Tracks 1, 11.",
        "Seen from 0:00:00.000 to 0:00:02.000 in 12 detections.",
    ):
        assert part in said
    assert panel.header.accessibleName() == "Item 1, person 1. Was the face replaced by a face swap? Supported."


def test_tracks_can_be_parted_and_cut_where_it_makes_sense(panel: PersonPanel) -> None:
    told = heard(panel.part_asked)
    cuts = heard(panel.cut_asked)
    assert [a.text() for a in panel.header.part_menu().actions()] == [t.words for t in TRACKS]
    panel.header.part_menu().actions()[1].trigger()
    (cut,) = panel.header.cut_menu().actions()
    cut.trigger()
    assert (told, cuts) == ([(11,)], [(1,)])
    panel.set_tracks(TRACKS[1:])
    assert not button(panel.header, "Part").isEnabled()
    assert not button(panel.header, "Cut here").isEnabled()


def test_a_person_is_joined_with_one_of_the_others(panel: PersonPanel, qtbot: QtBot) -> None:
    told = heard(panel.join_asked)
    button(panel.header, "Join…").click()
    dialog = panel.findChild(JoinPersonsDialog)
    assert dialog is not None
    assert dialog.persons().shown_keys() == (2, 3)
    assert not button(dialog, "Join").isEnabled()
    qtbot.keyClick(dialog.persons().focusProxy(), Qt.Key.Key_Down)
    qtbot.keyClick(dialog.persons().focusProxy(), Qt.Key.Key_End)
    button(dialog, "Join").click()
    assert told == [(3,)]
    panel.set_persons(ROWS[:1])
    assert not button(panel.header, "Join…").isEnabled()


def test_ignoring_and_taking_it_back(panel: PersonPanel) -> None:
    ignored, back = heard(panel.ignore_asked), heard(panel.unignore_asked)
    button(panel.header, "Ignore").click()
    panel.show_ignored(-9, "Ignored: track 9", "Neither recovered nor searched.")
    assert panel.persons.current() == -9
    button(panel, "No longer ignore").click()
    assert (ignored, back) == ([()], [()])
    assert "Neither recovered nor searched." in words(panel)


def test_a_frame_chosen_anywhere_is_asked_for_once(panel: PersonPanel, qtbot: QtBot) -> None:
    told = heard(panel.frame_asked)
    panel.mark_frame(0)
    assert told == []
    panel.tabs().setCurrentIndex(0)
    qtbot.keyClick(panel.strip, Qt.Key.Key_Home)
    panel.tabs().setCurrentIndex(1)
    qtbot.keyClick(panel.frames.strip, Qt.Key.Key_Home)
    qtbot.keyClick(panel.frames.plot, Qt.Key.Key_Home)
    assert told == [(2,), (2,), (2,)]
    panel.mark_frame(2)
    assert (panel.strip.current(), panel.frames.strip.current()) == (2, 2)


def test_pictures_of_both_lists_come_from_one_answer(panel: PersonPanel, qtbot: QtBot) -> None:
    told = heard(panel.thumbnails_wanted)
    panel.set_frames(ENTRIES, BANDS)
    qtbot.waitUntil(lambda: bool(told))
    for entry in ENTRIES:
        panel.set_thumbnail(entry.key, GREY)
    told.clear()
    panel.tabs().setCurrentIndex(1)
    qtbot.wait(20)
    assert told == []


def test_faces_of_a_frame_are_compared(panel: PersonPanel) -> None:
    frame = recovered_frame(0)
    recovered = frame.recovered
    panel.show_faces(frame.face.rgb, recovered.source_rgb, recovered.target_rgb, recovered.identity_map)
    assert all(pane.scale() > 0 for pane in panel.compare.panes())
    panel.set_frames((), ())
    assert panel.compare.panes()[0].missing == ("No face of this person was recovered; there is no picture to show.")
    assert panel.strip.isHidden()
    assert panel.frames.plot.isHidden()


# --- notes


def test_notes_are_shown_added_and_taken_back(panel: PersonPanel, qtbot: QtBot) -> None:
    written, back = heard(panel.note_written), heard(panel.note_taken_back)
    panel.set_decisions({}, None, (NOTE,), ask_first=True, is_reviewed=False)
    panel.tabs().setCurrentIndex(3)
    assert panel.tabs().tabText(3) == "Notes (1)"
    assert NOTE.text in words(panel.notes)
    assert not button(panel.notes, "Add note").isEnabled()
    panel.notes.field().setFocus()
    qtbot.keyClicks(panel.notes.field(), "See track 4.")
    qtbot.keyClick(panel.notes.field(), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    panel.notes.findChild(QToolButton).click()
    assert (written, back) == ([("See track 4.",)], [(6,)])
    panel.set_decisions({}, None, (NOTE,), ask_first=True, is_reviewed=False)
    assert panel.notes.field().toPlainText() == "See track 4.", "not saved yet, perhaps never"
    saved = replace(NOTE, action_id=7, text="See track 4.")
    panel.set_decisions({}, None, (NOTE, saved), ask_first=True, is_reviewed=False)
    assert panel.notes.field().toPlainText() == ""


def test_a_review_is_closed_with_or_without_a_reason(panel: PersonPanel) -> None:
    told = heard(panel.review_closed)
    close: Callable[[], None] = button(panel.notes, "Mark as reviewed").click
    close()
    panel.notes.field().setPlainText("Seen from behind only.")
    close()
    assert told == [("",), ("Seen from behind only.",)]
    panel.set_decisions({}, None, (NOTE,), ask_first=True, is_reviewed=True)
    assert not button(panel.notes, "Mark as reviewed").isEnabled()


def test_a_note_half_written_waits_for_its_person(panel: PersonPanel) -> None:
    panel.notes.field().setPlainText("The jaw")
    panel.set_decisions({}, None, (NOTE,), ask_first=True, is_reviewed=False)
    assert panel.notes.field().toPlainText() == "The jaw"
    panel.show_person(person(2), ())
    panel.set_decisions({}, None, (), ask_first=True, is_reviewed=False)
    assert panel.notes.field().toPlainText() == ""
    panel.show_person(person(1), ())
    panel.set_decisions({}, None, (), ask_first=True, is_reviewed=False)
    assert panel.notes.field().toPlainText() == "The jaw"


def test_what_was_typed_in_one_case_does_not_stand_in_the_next(panel: PersonPanel) -> None:
    panel.notes.field().setPlainText("The jaw")
    editor = panel.candidates.editor().findChild(QPlainTextEdit)
    editor.setPlainText("A scar")
    assert panel.has_writing
    panel.forget_writing()
    assert not panel.has_writing
    panel.show_nothing("", "")
    panel.show_person(person(1), ())  # the first person of another case's first item
    panel.set_decisions({}, None, (), ask_first=True, is_reviewed=False)
    assert panel.notes.field().toPlainText() == ""
    assert editor.toPlainText() == ""


# --- nobody


def test_an_empty_panel_says_what_to_do(panel: PersonPanel) -> None:
    panel.set_persons(())
    panel.show_nothing("No item chosen", "Choose an item of the case.")
    assert panel.persons.isHidden()
    assert "Choose an item of the case." in words(panel)
    panel.set_decisions({}, None, (), ask_first=True, is_reviewed=False)  # a late answer
    assert "Choose an item of the case." in words(panel)


def test_nothing_is_squeezed_out_of_view(panel: PersonPanel, qtbot: QtBot) -> None:
    reason = "The score 0.814 reaches the threshold 0.500. " * 4
    long = replace(person(), forgery=replace(person().forgery, reason=reason))
    panel.show_person(long, TRACKS)
    scrolled = next(area for area in panel.findChildren(Scrolled) if area.isVisible())
    for width in (380, 460, 700):
        panel.resize(width, 100)  # as low as it goes
        qtbot.wait(20)
        assert scrolled.verticalScrollBar().maximum() > 0
        for part in (panel.header, panel.strip, *panel.compare.panes()):
            corner = part.mapTo(scrolled.widget(), part.rect().bottomRight())
            assert scrolled.widget().rect().contains(corner), (width, part)
            assert corner.x() < scrolled.viewport().width(), (width, part)


def test_the_list_gives_way_to_the_person_until_a_hand_moves_the_divider(panel: PersonPanel, qtbot: QtBot) -> None:
    panel.resize(460, 900)
    qtbot.wait(20)
    assert panel.persons.height() == 188
    panel.resize(460, 460)
    qtbot.wait(20)
    assert panel.persons.height() == panel.persons.minimumSizeHint().height()
    splitter = panel.findChildren(QSplitter)[0]
    splitter.setSizes([200, 200])
    splitter.splitterMoved.emit(200, 1)
    panel.resize(460, 470)
    qtbot.wait(20)
    assert panel.persons.height() > 188


def test_no_page_of_a_person_makes_the_window_grow(panel: PersonPanel) -> None:
    panel.show_person(person(), TRACKS)
    heights = set()
    for place in range(panel.tabs().count()):
        panel.tabs().setCurrentIndex(place)
        heights.add(panel.minimumSizeHint().height())
    assert len(heights) == 1, "no page makes the window grow"
    assert heights.pop() < 640


def test_everything_to_press_has_a_name_and_a_tip(panel: PersonPanel) -> None:
    for kind in (QPushButton, QToolButton):
        for found in panel.findChildren(kind):
            if found.isVisibleTo(panel) and found.objectName() != "ScrollLeftButton":
                assert found.accessibleName() or found.text(), found
                assert found.toolTip(), found.accessibleName()
