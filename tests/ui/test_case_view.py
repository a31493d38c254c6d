"""The case page: what it shows of what it is told, and what it says a person wants."""

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QLineEdit, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from core.domain.events import Progress
from core.domain.evidence import EvidenceItem, EvidenceKind
from core.domain.report import AuditEntry, CaseInfo
from core.domain.review import ReviewEntry, WriteNote
from core.domain.time import TimeRange
from ui.dialogs.closing import ClosingDialog
from ui.dialogs.time_range import TimeRangeDialog
from ui.theme import ThemeMode, apply_theme
from ui.views.case import CaseView
from ui.widgets import evidence_words as words
from ui.widgets.evidence_model import Column
from ui.widgets.evidence_row import EvidenceRow, HashCheck, ResultSummary, RowState
from ui.widgets.queue_strip import QueueSummary

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
ITEM = EvidenceItem(
    path=Path("/seized/phone/clip.mp4"),
    sha256="0123456789abcdef" * 4,
    size_bytes=48_213_004,
    modified_at=NOW,
    ingested_at=NOW,
    kind=EvidenceKind.VIDEO,
    container="mov,mp4,m4a,3gp,3g2,mj2",
    codec="h264",
    pixel_format="yuv420p",
    stream_index=0,
    n_video_streams=1,
    has_audio=True,
    width_px=1920,
    height_px=1080,
    rotation_deg=0,
    nominal_fps=Fraction(30000, 1001),
    is_vfr=False,
    time_base=Fraction(1, 90000),
    duration_s=Fraction(754, 10),
)
SUMMARY = ResultSummary(n_persons=2, top_score=0.93124)


def row(number: int, state: RowState, name: str = "", **more) -> EvidenceRow:
    item = replace(ITEM, path=Path("/seized/phone") / (name or f"clip{number}.mp4"))
    return EvidenceRow(path=item.path, evidence_id=number, item=item, state=state, **more)


def refused(name: str = "notes.txt") -> EvidenceRow:
    return EvidenceRow(path=Path("/seized") / name, state=RowState.REFUSED, reason="the file is no video")


@pytest.fixture
def view(qtbot: QtBot) -> CaseView:
    made = CaseView()
    qtbot.addWidget(made)
    made.resize(1240, 760)
    made.show()
    return made


def cell(view: CaseView, place: int, column: Column) -> str:
    return view.evidence.table.model().index(place, column).data()


def select(view: CaseView, *numbers: int) -> None:
    view.evidence.table.select_keys([f"item {number}" for number in numbers])


def emitted(signal, act) -> list:
    got = []
    signal.connect(lambda *values: got.append(values[0] if len(values) == 1 else values))
    act()
    return got


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


SCAN = Progress(stage="scan", done=30, total=120, unit="s")


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (row(1, RowState.WAITING), "Not analysed yet"),
        (row(1, RowState.QUEUED, queue_place=1), "Queued, next"),
        (row(1, RowState.QUEUED, queue_place=3), "Queued, number 3 in line"),
        (row(1, RowState.RUNNING), "Starting…"),
        (
            row(1, RowState.RUNNING, progress=SCAN, rate=2.13, seconds_left=42.2),
            "Finding faces · 25 % · 0:43 left · 2.1× real time",
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


def test_the_queue_is_told_and_steered(view):
    strip, actions = view.strip, view.evidence.actions_of_evidence
    assert not strip.isVisible()
    view.set_queue(QueueSummary(running="Analyse a.mp4", waiting=("b.mp4", "c.mp4"), seconds_left=75))
    assert strip.isVisible()
    assert strip.words() == "Analyse a.mp4 · 2 wait: b.mp4, c.mp4 · about 1:15 left in all"
    assert actions.pause.isVisible() and not actions.resume.isVisible()
    assert emitted(view.pause_asked, actions.pause.trigger) == [()]
    view.set_queue(QueueSummary(running="Analyse a.mp4", is_paused=True))
    assert strip.words().startswith("Paused: Analyse a.mp4")
    assert emitted(view.resume_asked, actions.resume.trigger) == [()]
    stop = next(b for b in strip.findChildren(QAbstractButton) if b.accessibleName().startswith("Stop everything"))
    assert emitted(view.cancel_all_asked, stop.click) == [()]


def test_what_was_interrupted_is_offered(view):
    button = next(b for b in view.findChildren(QPushButton) if b.text() == "Resume all")
    assert not button.isVisible()
    view.set_unfinished(2)
    assert button.isVisible()
    assert emitted(view.resume_all_asked, button.click) == [()]
    view.set_unfinished(0)
    assert not button.isVisible()


# --- beside the table


def test_facts_are_saved_when_a_field_is_left_and_only_when_something_changed(view, qtbot):
    stored = CaseInfo(case_number="7", title="Old", questions=("Who?",), observations="kept")
    view.set_info(stored)
    title, questions = view.form.field("title"), view.form.field("questions")
    with qtbot.waitActive(view):
        view.activateWindow()
    got = []
    view.info_changed.connect(got.append)
    title.setFocus()
    questions.setFocus()
    assert got == []
    title.setFocus()
    title.selectAll()
    qtbot.keyClicks(title, "New")
    assert got == []
    view.set_info(replace(stored, examiner="Zoë"))
    assert title.text() == "New", "what is being typed is not overwritten"
    questions.setFocus()
    assert got == [replace(stored, examiner="Zoë", title="New")]
    view.set_info(got[0])
    questions.setPlainText("Who?\n\n When? ")
    view.commit_edits()
    assert got[1].questions == ("Who?", "When?")


def test_a_note_stays_in_its_field_until_it_is_saved(view, qtbot):
    got = []
    view.note_written.connect(got.append)
    draft = view.notes.draft()
    view._sides.setCurrentWidget(view.notes)
    with qtbot.waitActive(view):
        view.activateWindow()
    draft.setFocus()
    draft.setPlainText("  Seal 4471 unbroken. ")
    for _ in range(2):
        qtbot.keyClick(draft, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert got == ["Seal 4471 unbroken."], "handed in once"
    view.set_notes(())
    assert draft.toPlainText(), "it could not be saved"
    qtbot.keyClick(draft, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert len(got) == 2
    entry = ReviewEntry(id=5, at=NOW, actor="Zoë", action=WriteNote(text=got[0]))
    view.set_notes([entry])
    assert not draft.toPlainText()
    assert view.notes.texts()[0].startswith("Seal 4471 unbroken.\n")
    assert emitted(view.note_removed, lambda: view.notes.remove_at(0)) == [5]


def test_the_custody_log_is_read_when_it_is_looked_at(view):
    assert emitted(view.custody_asked, lambda: view._sides.setCurrentWidget(view.custody)) == [()]
    assert view.is_custody_shown()
    entries = [
        AuditEntry(at=NOW, actor="unswap", action=action, detail="clip.mp4", entry_sha256=digit * 64)
        for action, digit in (("evidence taken in", "a"), ("analysis started", "b"))
    ]
    view.set_custody(entries, [])
    assert view.custody.verdict() == "Chain verified: yes · 2 entries · bbbbbbbbbbbb…"
    assert view.custody.lines()[0] == ("unswap", "analysis started", "clip.mp4"), "newest first"
    view.set_custody(entries, ["entry 2 was changed, or the one before it was"])
    assert "NO" in view.custody.verdict() and "entry 2" in view.custody.verdict()


def test_layout_is_kept_and_reset_and_nonsense_changes_nothing(view):
    view.set_rows([row(1, RowState.DONE)])
    head = view.evidence.table.horizontalHeader()
    usual = head.sectionSize(Column.NAME)
    head.resizeSection(Column.NAME, 333)
    saved = view.saved_layout()
    view.reset_layout()
    assert head.sectionSize(Column.NAME) == usual
    view.restore_layout(saved)
    assert head.sectionSize(Column.NAME) == 333
    for nonsense in (b"", b"x" * 50, saved[:9]):
        view.restore_layout(nonsense)
        assert head.sectionSize(Column.NAME) == 333


@pytest.mark.parametrize("mode", [ThemeMode.LIGHT, ThemeMode.DARK])
def test_every_control_has_a_name_and_a_tooltip_in_both_themes(view, qapp, mode):
    apply_theme(qapp, mode)
    view.set_rows([row(1, RowState.RUNNING, progress=SCAN), refused()])
    view.set_queue(QueueSummary(running="Analyse a.mp4"))
    view.set_unfinished(1)
    select(view, 1)
    assert not view.grab().isNull()
    for control in (
        *view.findChildren(QAbstractButton),
        *view.findChildren(QLineEdit),
        *view.findChildren(QPlainTextEdit),
    ):
        if control.isVisible() and not control.objectName().startswith("qt_") and control.focusPolicy():
            assert control.accessibleName(), control
            assert control.toolTip(), control.accessibleName()


def test_the_page_fits_the_smallest_window(view):
    view.set_rows([row(1, RowState.RUNNING, progress=SCAN), refused()])
    select(view, 1)
    view.resize(view.minimumSizeHint())
    assert view.minimumSizeHint().width() <= 900
    assert view.minimumSizeHint().height() <= 620


def test_another_case_starts_with_an_empty_page(view):
    view.set_info(CaseInfo(title="Old"))
    view.set_rows([row(1, RowState.DONE)])
    view.notes.draft().setPlainText("half a note")
    view.clear()
    assert view.rows() == ()
    assert view.form.field("title").text() == ""
    assert view.notes.draft().toPlainText() == ""


def test_leaving_while_work_runs_offers_three_ways(qtbot):
    jobs = [f"Analyse {n}.mp4" for n in range(9)]
    for name, signal in (("keep", "keep_running_chosen"), ("stop", "stop_chosen"), ("cancel", "rejected")):
        dialog = ClosingDialog(jobs)
        qtbot.addWidget(dialog)
        dialog.open()
        assert emitted(getattr(dialog, signal), getattr(dialog, name).click) == [()]
