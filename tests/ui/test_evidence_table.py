"""The table of evidence: words, updates, and what can be done to the selected items."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from builders_case_view import ITEM, SUMMARY, emitted, refused, row, select
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from core.domain.events import Progress
from core.domain.time import TimeRange
from ui.dialogs.time_range import TimeRangeDialog
from ui.views.case import CaseView
from ui.widgets import evidence_words as words
from ui.widgets.evidence_model import Column
from ui.widgets.evidence_row import HashCheck, ResultSummary, RowState

SCAN = Progress(stage="scan", done=30, total=120, unit="s")


@pytest.fixture
def view(qtbot: QtBot) -> CaseView:
    made = CaseView()
    qtbot.addWidget(made)
    made.resize(1240, 760)
    made.show()
    return made


def cell(view: CaseView, place: int, column: Column) -> str:
    return view.evidence.table.model().index(place, column).data()


# --- words


@pytest.mark.parametrize(
    ("size", "said"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (48_213_004, "48.2 MB"), (3 * 10**15, "3000.0 TB")]
)
def test_sizes(size, said):
    assert words.size_words(size) == said


def test_formats_rates_and_lengths_are_those_of_the_file():
    assert words.format_words(ITEM) == "H.264 in mp4"
    webm = replace(ITEM, path=Path("a.bin"), container="matroska,webm", codec="vp9")
    assert words.format_words(webm) == "VP9 in matroska"
    assert words.format_words(replace(webm, path=Path("a.webm"))) == "VP9 in webm"
    assert words.format_words(replace(ITEM, codec="dvvideo", container="avi")) == "dvvideo in avi"
    assert words.format_words(replace(ITEM, codec="jpeg", container="jpeg")) == "JPEG"
    assert words.frame_rate_words(ITEM) == "29.97 fps"
    assert words.frame_rate_words(replace(ITEM, nominal_fps=Fraction(25), is_vfr=True)) == "25 fps, uneven"
    assert words.frame_rate_words(replace(ITEM, nominal_fps=None)) == "–"
    assert words.length_words(ITEM) == "0:01:15.400"
    assert words.length_words(replace(ITEM, duration_s=None)) == "–"


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (row(1, RowState.WAITING), "Not analysed yet"),
        (row(1, RowState.QUEUED, queue_place=1), "Queued, next"),
        (row(1, RowState.QUEUED, queue_place=3), "Queued, number 3 in line"),
        (row(1, RowState.RUNNING), "Starting…"),
        (
            row(1, RowState.RUNNING, progress=SCAN, rate=2.13, seconds_left=42.2),
            "Finding faces · 25 % · 0:43 left in this step · 2.1× real time",
        ),
        (
            row(1, RowState.RUNNING, progress=SCAN, rate=2.13, seconds_left=42.2, item_seconds_left=71),
            "Finding faces · 25 % · about 1:11 left · 2.1× real time",
        ),
        (
            row(1, RowState.RUNNING, progress=Progress(stage="load", done=0, total=None, unit="networks")),
            "Loading the networks",
        ),
        (row(1, RowState.PAUSED, progress=SCAN), "Paused · Finding faces 25 %"),
        (row(1, RowState.STOPPING), "Stopping after the current step…"),
        (row(1, RowState.INTERRUPTED), "Interrupted – what was done is kept"),
        (row(1, RowState.DONE), "Done"),
        (row(1, RowState.DONE, summary=SUMMARY), "Done – 2 persons, highest fake score 0.931"),
        (
            row(1, RowState.DONE, summary=ResultSummary(n_persons=1, top_score=None, warnings=("damaged",))),
            "Done – 1 person, nothing recovered · 1 warning",
        ),
        (row(1, RowState.DONE, summary=ResultSummary(n_persons=0, top_score=None)), "Done – no face found"),
        (row(1, RowState.FAILED, reason="the disk is full"), "Failed – the disk is full"),
        (refused(), "Not taken in – the file is no video"),
    ],
)
def test_where_an_input_stands_is_said_in_words_beside_an_icon(shown, said):
    assert words.state_words(shown) == said
    assert words.state_sign(shown)


# --- table


def test_an_empty_case_says_what_to_do_and_offers_it(view, qtbot):
    button = next(b for b in view.findChildren(QPushButton) if b.text() == "Add files…")
    assert button.isVisible() and not view.evidence.table.isVisible()
    button.click()
    dialog = view.findChild(QFileDialog)
    assert dialog.fileMode() == QFileDialog.FileMode.ExistingFiles
    got = emitted(view.files_added, lambda: dialog.filesSelected.emit(["/a/b.mp4", "/a/c.mp4"]))
    assert got == [[Path("/a/b.mp4"), Path("/a/c.mp4")]]
    dialog.close()


def test_the_dialog_for_files_shows_media_first(view):
    view.set_media_suffixes([".mkv", ".mp4"])
    view.evidence.ask_for_files()
    dialog = view.findChild(QFileDialog)
    assert dialog.nameFilters() == ["Videos and pictures (*.mkv *.mp4)", "All files (*)"]
    dialog.close()


def test_every_column_is_filled(view):
    view.set_rows([row(1, RowState.DONE, "clip.mp4", summary=SUMMARY, hash_check=HashCheck.UNCHANGED), refused()])
    assert cell(view, 0, Column.NAME) == "clip.mp4"
    assert cell(view, 0, Column.STATE) == "Done – 2 persons, highest fake score 0.931"
    assert cell(view, 0, Column.SHA256) == "0123456789ab…"
    assert cell(view, 0, Column.FOLDER) == "/seized/phone"
    assert cell(view, 0, Column.RESOLUTION) == "1920 × 1080"
    assert cell(view, 1, Column.SIZE) == "–"
    hash_cell = view.evidence.table.model().index(0, Column.SHA256)
    tip = hash_cell.data(Qt.ItemDataRole.ToolTipRole)
    assert ITEM.sha256 in tip and "unchanged" in tip
    assert hash_cell.data(Qt.ItemDataRole.AccessibleTextRole).startswith("SHA-256: ")
    for column in Column:
        assert view.evidence.table.model().headerData(column, Qt.Orientation.Horizontal)


def test_updates_keep_the_selection_and_the_order_of_sorting(view):
    view.set_rows([row(n, RowState.QUEUED, name) for n, name in ((1, "b.mp4"), (2, "a.mp4"), (3, "c.mp4"))])
    view.evidence.table.sortByColumn(Column.NAME, Qt.SortOrder.AscendingOrder)
    select(view, 1)
    view.set_rows(
        [
            row(1, RowState.RUNNING, "b.mp4", progress=SCAN),
            row(3, RowState.DONE, "c.mp4"),
            row(4, RowState.WAITING, "0"),
        ]
    )
    assert [cell(view, place, Column.NAME) for place in range(3)] == ["0", "b.mp4", "c.mp4"]
    assert [r.evidence_id for r in view.evidence.table.selected_rows()] == [1]
    assert "Finding faces" in view.evidence.details.words()


def test_progress_changes_the_rows_it_is_of_and_no_other(view):
    rows = [row(number, RowState.QUEUED) for number in (1, 2, 3)]
    view.set_rows(rows)
    changed = []
    view.evidence._model.dataChanged.connect(lambda first, last: changed.append((first.row(), last.row())))
    at_work = replace(rows[1], state=RowState.RUNNING, progress=SCAN)
    view.update_rows([at_work, row(9, RowState.RUNNING)])
    assert view.rows() == (rows[0], at_work, rows[2]) and changed == [(1, 1)]


def test_what_is_selected_is_told_in_full(view):
    failed = row(1, RowState.FAILED, reason="the file is no longer the one taken in", next_step="restore it")
    view.set_rows([replace(failed, hash_check=HashCheck.CHANGED), row(2, RowState.DONE, summary=SUMMARY), refused()])
    assert not view.evidence.details.isVisible()
    select(view, 1)
    said = view.evidence.details.words()
    assert "Failed – the file is no longer the one taken in.\nRestore it." in said
    assert "/seized/phone/clip1.mp4" in said and "changed since intake" in said
    view.evidence.table.select_keys(["refused /seized/notes.txt"])
    assert "dismiss" in view.evidence.details.words()
    select(view, 1, 2)
    assert "2 selected" in view.evidence.details.words()


# --- intents


def test_actions_say_which_items_they_are_meant_for(view):
    view.set_rows(
        [row(1, RowState.DONE), row(2, RowState.INTERRUPTED), row(3, RowState.QUEUED, queue_place=2), refused()]
    )
    actions = view.evidence.actions_of_evidence
    select(view, 1, 2)
    assert emitted(view.analyse_asked, actions.analyse.trigger) == [[1, 2]]
    assert emitted(view.hash_check_asked, actions.check_hash.trigger) == [[1, 2]]
    select(view, 3)
    assert not actions.analyse.isEnabled()
    assert emitted(view.front_asked, actions.first.trigger) == [3]
    assert emitted(view.cancel_asked, actions.cancel.trigger) == [[3]]
    select(view, 1)
    assert actions.analyse.text() == "Analyse again"
    assert emitted(view.item_chosen, actions.open_item.trigger) == [1]
    assert emitted(view.folder_asked, actions.show_folder.trigger) == [Path("/seized/phone/clip1.mp4")]
    actions.copy_hash.trigger()
    assert QGuiApplication.clipboard().text() == ITEM.sha256
    select(view, 2)
    assert actions.analyse.text() == "Resume"
    view.evidence.table.select_keys(["refused /seized/notes.txt"])
    assert not actions.open_item.isEnabled() and not actions.check_hash.isEnabled()
    assert emitted(view.dismiss_asked, actions.dismiss.trigger) == [[Path("/seized/notes.txt")]]


def test_the_keyboard_alone_is_enough(view, qtbot):
    view.set_rows([row(1, RowState.DONE), row(2, RowState.WAITING), refused()])
    table = view.evidence.table
    with qtbot.waitActive(view):
        view.activateWindow()
    table.setFocus()
    select(view, 1)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    assert [r.evidence_id for r in table.selected_rows()] == [2]
    assert emitted(view.analyse_asked, lambda: qtbot.keyClick(table, Qt.Key.Key_F5)) == [[2]]
    assert emitted(view.item_chosen, lambda: qtbot.keyClick(table, Qt.Key.Key_Return)) == [2]
    qtbot.keyClick(table, Qt.Key.Key_Down)
    assert emitted(view.dismiss_asked, lambda: qtbot.keyClick(table, Qt.Key.Key_Delete)) == [
        [Path("/seized/notes.txt")]
    ]
    assert emitted(view.item_chosen, lambda: qtbot.keyClick(table, Qt.Key.Key_Return)) == [], "a refused input"


def test_a_double_click_opens_the_item_once(view, qtbot):
    view.set_rows([row(1, RowState.DONE)])
    place = view.evidence.table.visualRect(view.evidence.table.model().index(0, 0)).center()
    viewport = view.evidence.table.viewport()
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=place)
    got = emitted(view.item_chosen, lambda: qtbot.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=place))
    assert got == [1]


def test_a_part_of_a_video_is_asked_for_in_times_as_people_write_them(view):
    view.set_rows([row(1, RowState.WAITING), row(2, RowState.WAITING)])
    select(view, 1)
    view.evidence.actions_of_evidence.analyse_range.trigger()
    dialog = view.findChild(TimeRangeDialog)
    for start, end in (("x", ""), ("0:70", ""), ("10", "5"), ("2:00", "")):
        dialog.start.setText(start)
        dialog.end.setText(end)
        assert dialog.problem.text(), f"{start} to {end}"
        assert emitted(view.range_chosen, dialog.accept) == []
    dialog.start.setText("0:05.5")
    dialog.end.setText("1:00")
    assert not dialog.problem.text()
    got = emitted(view.range_chosen, dialog.accept)
    assert got == [(1, TimeRange(start=Fraction(11, 2), end=Fraction(60)))]


def test_the_whole_video_is_the_part_without_ends(qtbot):
    dialog = TimeRangeDialog("clip.mp4", None)
    qtbot.addWidget(dialog)
    assert emitted(dialog.range_chosen, dialog.accept) == [TimeRange()]


def test_files_can_be_dropped_on_the_page(view):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/seized/a.mp4"), QUrl.fromLocalFile("/seized/b")])
    enter = QDragEnterEvent(
        QPoint(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    view.dragEnterEvent(enter)
    assert enter.isAccepted()
    drop = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    assert emitted(view.files_added, lambda: view.dropEvent(drop)) == [[Path("/seized/a.mp4"), Path("/seized/b")]]
