"""The case page beside its table: queue, offers, facts, notes, custody log, layout."""

from dataclasses import replace

import pytest
from builders_case_view import NOW, emitted, refused, row, select
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from core.domain.custody import CustodyFinding, CustodyStatus, FindingKind
from core.domain.events import Progress
from core.domain.report import AuditEntry, CaseInfo
from core.domain.review import ReviewEntry, WriteNote
from ui.dialogs.closing import ClosingDialog
from ui.theme import ThemeMode, apply_theme
from ui.views.case import CaseView
from ui.widgets.evidence_model import Column
from ui.widgets.evidence_row import RowState
from ui.widgets.queue_strip import QueueSummary

SCAN = Progress(stage="scan", done=30, total=120, unit="s")


@pytest.fixture
def view(qtbot: QtBot) -> CaseView:
    made = CaseView()
    qtbot.addWidget(made)
    made.resize(1240, 760)
    made.show()
    return made


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
    status = CustodyStatus(case_id="c" * 32, n_entries=2, head_sha256="b" * 64, signed=None)
    view.set_custody(entries, status)
    assert view.custody.head.signature() == "Unsigned"
    assert view.custody.verdict() == "Chain verified: yes · 2 entries · bbbbbbbbbbbb…"
    assert view.custody.lines()[0] == ("unswap", "analysis started", "clip.mp4"), "newest first"
    finding = CustodyFinding(kind=FindingKind.ENTRY_CHANGED, sentence="entry 2 was changed, or the one before it was")
    view.set_custody(entries, replace(status, findings=(finding,)))
    assert "NO" in view.custody.verdict() and "Entry 2" in view.custody.verdict()
    view.set_custody(entries, replace(status, bound_late=("the result of item 1", "the crops of item 1")))
    whole, late = view.custody.verdict().splitlines()
    assert whole.startswith("Chain verified: yes") and late == (
        "Bound to the log only since the case was brought up to date (written by an older version), an earlier change "
        "would not show: the result of item 1; the crops of item 1."
    )


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
