from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPlainTextEdit, QPushButton, QWidget
from shiboken6 import isValid

from core.domain.report import CaseInfo
from ui.dialogs.confirm import ConfirmDialog
from ui.dialogs.new_case import NewCaseDialog
from ui.dialogs.shortcuts import ShortcutsDialog
from ui.shortcuts import SHORTCUTS

CASES = Path("/home/examiner/cases")


def button(dialog: QWidget, text: str) -> QPushButton:
    return next(b for b in dialog.findChildren(QPushButton) if b.text() == text)


def field(dialog: QWidget, name: str) -> QLineEdit | QPlainTextEdit:
    fields = dialog.findChildren(QLineEdit) + dialog.findChildren(QPlainTextEdit)
    return next(f for f in fields if f.accessibleName() == name)


@pytest.fixture
def host(qtbot) -> QWidget:
    """A window for dialogs to belong to; they delete themselves when closed."""
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def new_case(host: QWidget) -> NewCaseDialog:
    dialog = NewCaseDialog(CASES, examiner="R. Franklin", organisation="Lab 51", parent=host)
    dialog.open()
    return dialog


def test_a_case_is_made_of_what_was_typed(new_case: NewCaseDialog, qtbot) -> None:
    qtbot.keyClicks(field(new_case, "Case number"), " 2026/311 ")
    qtbot.keyClicks(field(new_case, "Title"), "Impersonation")
    field(new_case, "Request").setPlainText("Who is it?\n")
    field(new_case, "Questions").setPlainText("Is it a swap?\n\n  Whose face?  \n")
    with qtbot.waitSignal(new_case.case_made) as caught:
        button(new_case, "Make the case").click()
    assert caught.args == [
        CASES / "2026-311-Impersonation",
        CaseInfo(
            case_number="2026/311",
            title="Impersonation",
            examiner="R. Franklin",
            organisation="Lab 51",
            request="Who is it?",
            questions=("Is it a swap?", "Whose face?"),
        ),
    ]
    assert new_case.isVisible(), "nothing typed is lost when the folder turns out to be unusable"


def test_a_folder_typed_by_hand_is_kept(new_case: NewCaseDialog, qtbot) -> None:
    folder = field(new_case, "Folder")
    folder.clear()
    qtbot.keyClicks(folder, "/data/x")
    qtbot.keyClicks(field(new_case, "Title"), "Later")
    with qtbot.waitSignal(new_case.case_made) as caught:
        button(new_case, "Make the case").click()
    assert caught.args[0] == Path("/data/x")


@pytest.mark.parametrize("name", ["../../etc", "a/b\\c", "...", "con: *?", "Ünïcode 案件"])
def test_a_suggested_folder_stays_inside_the_cases_folder(new_case: NewCaseDialog, name: str) -> None:
    field(new_case, "Title").setText(name)
    suggested = field(new_case, "Folder").text()
    assert suggested == "" or (Path(suggested).parent == CASES and ".." not in Path(suggested).parts)


@pytest.mark.parametrize(
    ("title", "folder", "problem"),
    [("", "/data/x", "number or a title"), ("A", "", "Choose a folder"), ("A", "relative", "whole path")],
)
def test_what_is_missing_is_said_beside_the_field(
    new_case: NewCaseDialog, qtbot, title: str, folder: str, problem: str
) -> None:
    field(new_case, "Title").setText(title)
    field(new_case, "Folder").setText(folder)
    with qtbot.assertNotEmitted(new_case.case_made):
        button(new_case, "Make the case").click()
    assert problem in new_case.problem()
    wrong = field(new_case, "Folder" if title else "Case number")
    assert wrong.property("invalid") is True
    assert wrong.accessibleDescription() == new_case.problem()
    wrong.setText("/data/y")
    assert new_case.problem() == ""
    assert wrong.property("invalid") is False


def test_a_refused_folder_is_said_and_nothing_typed_is_lost(new_case: NewCaseDialog, qtbot) -> None:
    field(new_case, "Title").setText("A")
    new_case.show_problem("Another case lives there.")
    assert new_case.problem() == "Another case lives there."
    assert field(new_case, "Title").text() == "A"
    new_case.accept()
    qtbot.waitUntil(lambda: not isValid(new_case))


def test_confirming_says_what_goes(host: QWidget, qtbot) -> None:
    dialog = ConfirmDialog("Erase?", "For good.", ["4 <b>photos</b>"], "Erase", is_dangerous=True, parent=host)
    dialog.open()
    assert "•  4 <b>photos</b>" in [label.text() for label in dialog.findChildren(QLabel)]
    confirmed = []
    dialog.confirmed.connect(lambda: confirmed.append(True))
    button(dialog, "Erase").click()
    assert confirmed
    qtbot.waitUntil(lambda: not isValid(dialog))


def test_enter_never_does_what_cannot_be_undone(host: QWidget, qtbot) -> None:
    dialog = ConfirmDialog("Erase?", "For good.", (), "Erase", is_dangerous=True, parent=host)
    dialog.open()
    confirmed = []
    dialog.confirmed.connect(lambda: confirmed.append(True))
    with qtbot.waitSignal(dialog.rejected):
        qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert not confirmed


def test_enter_confirms_what_is_harmless(host: QWidget, qtbot) -> None:
    dialog = ConfirmDialog("Close?", "Nothing is lost.", parent=host)
    dialog.open()
    with qtbot.waitSignal(dialog.confirmed):
        qtbot.keyClick(dialog, Qt.Key.Key_Return)


def test_escape_confirms_nothing(host: QWidget, qtbot) -> None:
    dialog = ConfirmDialog("Close?", "Nothing is lost.", parent=host)
    dialog.open()
    with qtbot.waitSignal(dialog.rejected), qtbot.assertNotEmitted(dialog.confirmed):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)


def test_the_shortcuts_page_shows_the_whole_table(host: QWidget, qtbot) -> None:
    dialog = ShortcutsDialog(host)
    dialog.show()
    words = {label.text() for label in dialog.findChildren(QLabel)}
    assert {row.text for row in SHORTCUTS} <= words
    assert "Shift+Left" in words
    assert dialog.screen().availableGeometry().size().expandedTo(dialog.size()) == dialog.screen().availableSize()
    button(dialog, "Close").click()
    qtbot.waitUntil(lambda: not isValid(dialog))
