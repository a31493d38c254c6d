import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ui.pages import Page
from ui.shortcuts import SHORTCUTS, Command, ShortcutGroup, command_of, is_typing, keys_of

NONE, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
EVERYWHERE = tuple(ShortcutGroup)
PAD = Qt.KeyboardModifier.KeypadModifier


def press(key: Qt.Key, text: str = "", keys: Qt.KeyboardModifier = NONE) -> QKeyEvent:
    return QKeyEvent(QEvent.Type.KeyPress, key, keys, text)


@pytest.mark.parametrize(
    ("event", "command"),
    [
        (press(Qt.Key.Key_Space, " "), Command.PLAY),
        (press(Qt.Key.Key_J, "j"), Command.REVERSE),
        (press(Qt.Key.Key_K, "k"), Command.STOP),
        (press(Qt.Key.Key_L, "l"), Command.FORWARD),
        (press(Qt.Key.Key_Left), Command.FRAME_BACK),
        (press(Qt.Key.Key_Right), Command.FRAME_ON),
        (press(Qt.Key.Key_Left, keys=SHIFT), Command.SECOND_BACK),
        (press(Qt.Key.Key_Right, keys=SHIFT), Command.SECOND_ON),
        (press(Qt.Key.Key_Home), Command.FIRST),
        (press(Qt.Key.Key_End), Command.LAST),
        (press(Qt.Key.Key_I, "i"), Command.MARK_IN),
        (press(Qt.Key.Key_O, "o"), Command.MARK_OUT),
        (press(Qt.Key.Key_M, "m"), Command.BOOKMARK),
        (press(Qt.Key.Key_Plus, "+"), Command.ZOOM_IN),
        (press(Qt.Key.Key_Plus, "+", SHIFT), Command.ZOOM_IN),
        (press(Qt.Key.Key_Plus, "+", PAD), Command.ZOOM_IN),
        (press(Qt.Key.Key_Equal, "="), Command.ZOOM_IN),
        (press(Qt.Key.Key_Minus, "-"), Command.ZOOM_OUT),
        (press(Qt.Key.Key_Minus, "-", PAD), Command.ZOOM_OUT),
        (press(Qt.Key.Key_F, "f"), Command.FIT),
        (press(Qt.Key.Key_N, "n"), Command.NEXT_TRACK),
        (press(Qt.Key.Key_P, "p"), Command.PEAK),
        (press(Qt.Key.Key_T, "t"), Command.NEXT_UNREVIEWED),
        (press(Qt.Key.Key_S, "s"), Command.CUT_TRACK),
        (press(Qt.Key.Key_U, "u"), Command.LEAVE_OPEN),
        (press(Qt.Key.Key_Question, "?", SHIFT), Command.SHORTCUTS),
        (press(Qt.Key.Key_Z, "\x1a", CTRL), Command.UNDO),
        (press(Qt.Key.Key_Z, "\x1a", CTRL | SHIFT), Command.REDO),
    ],
)
def test_keys_do_what_the_table_says(qapp, event: QKeyEvent, command: Command) -> None:
    assert command_of(event, EVERYWHERE) is command


@pytest.mark.parametrize(
    "event", [press(Qt.Key.Key_Y, "y"), press(Qt.Key.Key_J, "\n", CTRL), press(Qt.Key.Key_Shift, "", SHIFT)]
)
def test_other_keys_do_nothing(qapp, event: QKeyEvent) -> None:
    assert command_of(event, EVERYWHERE) is None


def test_keys_are_ignored_while_typing(qtbot) -> None:
    form = QWidget()
    qtbot.addWidget(form)
    column = QVBoxLayout(form)
    editable = QComboBox()
    editable.setEditable(True)
    writing = [QLineEdit(), QPlainTextEdit(), QSpinBox(), editable]
    reading = QPlainTextEdit()
    reading.setReadOnly(True)
    others = [QPushButton("x"), QListWidget(), QComboBox(), reading]
    for each in writing + others:
        column.addWidget(each)
    form.show()
    form.activateWindow()
    qtbot.waitUntil(form.isActiveWindow)
    for widgets, typing in ((writing, True), (others, False)):
        for each in widgets:
            each.setFocus()
            assert is_typing() is typing, each
            assert (command_of(press(Qt.Key.Key_J, "j"), EVERYWHERE) is None) is typing, each


@pytest.mark.parametrize(
    ("group", "command"), [(ShortcutGroup.GALLERY, Command.ERASE_PERSON), (ShortcutGroup.CANDIDATES, Command.TAKE_BACK)]
)
def test_a_key_means_what_it_means_where_it_is_pressed(qapp, group: ShortcutGroup, command: Command) -> None:
    assert command_of(press(Qt.Key.Key_Delete), (group,)) is command
    assert command_of(press(Qt.Key.Key_J, "j"), (group,)) is None


def test_every_command_has_a_line() -> None:
    assert {row.command for row in SHORTCUTS} == set(Command)
    assert len(SHORTCUTS) == len(Command)


def test_the_table_and_the_menus_agree(qapp) -> None:
    pages = next(row for row in SHORTCUTS if row.command is Command.PAGES)
    assert pages.keys == tuple(page.keys for page in Page)
    assert keys_of(Command.PLAY) == "Space"
