"""Undo in the window: what is taken back is said, and nobody's decision of another sitting goes unasked."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.controllers.undoing import UndoController
from app.session import Session
from app.settings import Folders
from core.casefile.store import CaseFile
from core.domain.identity import Role
from core.domain.preferences import Preferences
from core.domain.report import CaseInfo
from core.domain.review import JudgeCandidate, Retract, ReviewAction, Verdict, WriteNote
from ui.dialogs.confirm import ConfirmDialog
from ui.main_window import MainWindow

PATIENCE_MS = 120_000
REJECTED = JudgeCandidate(
    evidence_id=3, track_id=1, role=Role.SOURCE, person_id=41, name="Grace Hopper", verdict=Verdict.REJECTED
)


class Bench:
    def __init__(self, folders: Folders, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.session = Session(folders, Preferences())
        self.window = MainWindow()
        qtbot.addWidget(self.window, before_close_func=lambda window: window.allow_close())
        self.controller = UndoController(self.session, self.window)
        self.items: list[int] = []
        self.controller.item_concerned.connect(self.items.append)
        self.window.show()

    def open(self, folder: Path, examiner: str = "E. Xaminer") -> None:
        with self.qtbot.waitSignal(self.session.case_opened, timeout=PATIENCE_MS):
            self.session.open_case(folder, create=True, info=CaseInfo(examiner=examiner))

    def decide(self, *actions: ReviewAction) -> None:
        for action in actions:
            with self.qtbot.waitSignal(self.session.review_changed):
                self.session.decide(action)

    def question(self) -> ConfirmDialog | None:
        return next((d for d in self.window.findChildren(ConfirmDialog) if d.isVisible()), None)

    def said(self) -> list[str]:
        return [message.text() for message in self.window.messages.messages()]

    def holding(self) -> list[ReviewAction]:
        return [entry.action for entry in self.session.entries if entry.is_active]


@pytest.fixture
def bench(untrained: Folders, qtbot: QtBot) -> Iterator[Bench]:
    made = Bench(untrained, qtbot)
    yield made
    made.session.shut_down()


def test_an_own_decision_is_undone_at_once_and_said_with_a_way_back(bench, qtbot, tmp_path):
    bench.open(tmp_path / "case")
    assert not bench.controller.undo_action.isEnabled()
    bench.decide(REJECTED)
    assert bench.controller.undo_action.text().startswith("Undo rejected: Grace Hopper")
    with qtbot.waitSignal(bench.session.marked):
        bench.controller.undo_action.trigger()
    assert bench.question() is None and bench.holding() == []
    (words,) = bench.said()
    assert words.startswith("Undone: rejected: Grace Hopper")
    assert bench.items == [3], "the item concerned is gone to"
    with qtbot.waitSignal(bench.session.marked):
        bench.window.messages.messages()[0].action_asked.emit()
    assert bench.holding() == [REJECTED]
    (words,) = bench.said()
    assert words.startswith("Done again: rejected: Grace Hopper")


def test_a_decision_of_an_earlier_sitting_is_asked_about(bench, qtbot, tmp_path):
    with CaseFile.open(tmp_path / "case", create=True) as case:
        case.decide("M. Weber", REJECTED)
    bench.open(tmp_path / "case")
    bench.controller.undo_action.trigger()
    question = bench.question()
    text = " ".join(label.text() for label in question.findChildren(QLabel))
    assert "M. Weber made it on" in text and "rejected: Grace Hopper" in text
    question.reject()
    assert bench.holding() == [REJECTED] and bench.items == []
    qtbot.waitUntil(lambda: bench.question() is None)
    bench.controller.undo_action.trigger()
    with qtbot.waitSignal(bench.session.marked):
        bench.question().accept()
    assert bench.holding() == []


def test_what_was_decided_together_is_said_once(bench, qtbot, tmp_path):
    bench.open(tmp_path / "case")
    stack = bench.session.undo_stack
    with qtbot.waitSignals([bench.session.review_changed] * 2):
        stack.beginMacro("reject two")
        bench.session.decide(REJECTED)
        bench.session.decide(WriteNote(text="why", evidence_id=3))
        stack.endMacro()
    with qtbot.waitSignals([bench.session.marked] * 2):
        bench.controller.undo_action.trigger()
    assert bench.said() == ["Undone: reject two"] and bench.holding() == [] and bench.items == [3]


def test_a_note_that_comes_back_belongs_to_the_case_and_a_failure_is_not_said_to_be_done(bench, qtbot, tmp_path):
    bench.open(tmp_path / "case")
    bench.decide(WriteNote(text="kept"))
    bench.decide(Retract(action_id=bench.session.entries[0].id))
    with qtbot.waitSignal(bench.session.marked):
        bench.controller.undo_action.trigger()
    assert bench.items == [0]
    bench.window.messages.clear()
    other = CaseFile.open(tmp_path / "case", create=False)
    other._conn.execute("CREATE TRIGGER full BEFORE UPDATE ON review BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
    other.close()
    with qtbot.waitSignal(bench.session.failed):
        bench.controller.undo_action.trigger()
    assert bench.said() == [], "the shell tells of the failure"
