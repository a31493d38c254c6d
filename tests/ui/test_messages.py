from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QLabel, QPushButton, QToolButton

from core.domain.events import ErrorReport
from ui.widgets.message_bar import MAX_VISIBLE, Level, MessageBar

BAD_FILE = ErrorReport(
    what="the file holds sound but no picture", next_step="choose a video", path=Path("/evidence/a.mp4")
)


@pytest.fixture
def bar(qtbot) -> MessageBar:
    made = MessageBar()
    made.resize(800, 400)
    qtbot.addWidget(made)
    made.show()
    return made


def visible(bar: MessageBar) -> list[str]:
    return [message.text() for message in bar.messages() if message.isVisible()]


def button(bar: MessageBar, text: str) -> QAbstractButton:
    return next(b for b in bar.findChildren(QPushButton) if b.text() == text)


def test_an_error_says_what_where_and_what_next(bar: MessageBar) -> None:
    message = bar.show_error(BAD_FILE)
    assert message.text().split("\n") == [
        "The file holds sound but no picture.",
        "/evidence/a.mp4",
        "Choose a video.",
    ]
    assert message.level is Level.ERROR
    assert message.accessibleName().startswith("Error: ")
    assert "Choose a video" in message.accessibleDescription()


def test_the_detail_of_a_bug_is_copied_never_shown(bar: MessageBar) -> None:
    report = ErrorReport(what="a fault of the program", next_step="send it", is_bug=True, detail="Traceback: x")
    message = bar.show_error(report)
    assert "Traceback" not in message.text()
    button(bar, "Copy details").click()
    assert QGuiApplication.clipboard().text() == "Traceback: x"


def test_what_is_no_bug_has_no_details_to_copy(bar: MessageBar) -> None:
    bar.show_error(ErrorReport(what="x", next_step="y", detail="internal"))
    assert "Copy details" not in [b.text() for b in bar.findChildren(QPushButton)]


def test_file_names_are_never_markup(bar: MessageBar) -> None:
    hostile = "<img src='file:///etc/passwd'><b>bold"
    message = bar.show_error(ErrorReport(what=hostile, next_step=hostile, path=Path(hostile)))
    labels = [label for label in message.findChildren(QLabel) if label.text()]
    assert len(labels) == 3
    assert {label.textFormat() for label in labels} == {Qt.TextFormat.PlainText}


def test_newest_is_on_top_and_older_ones_wait(bar: MessageBar) -> None:
    for n in range(5):
        bar.show_info(f"message {n}")
    assert visible(bar) == ["message 4", "message 3", "message 2"]
    assert button(bar, "2 more").isVisible()


def test_more_unfolds_and_folds(bar: MessageBar) -> None:
    for n in range(5):
        bar.show_info(f"message {n}")
    button(bar, "2 more").click()
    assert len(visible(bar)) == 5
    button(bar, "Show fewer").click()
    assert len(visible(bar)) == MAX_VISIBLE


def test_closing_one_brings_up_the_next(bar: MessageBar) -> None:
    for n in range(4):
        bar.show_info(f"message {n}")
    bar.messages()[0].findChild(QToolButton).click()
    assert visible(bar) == ["message 2", "message 1", "message 0"]


def test_the_bar_takes_no_room_when_all_are_closed(bar: MessageBar) -> None:
    bar.show_info("a")
    bar.show_error(BAD_FILE)
    bar.clear()
    assert bar.messages() == ()
    assert not bar.isVisible()


def test_the_same_message_is_not_stacked(bar: MessageBar) -> None:
    for _ in range(3):
        bar.show_error(BAD_FILE)
    bar.show_warning("The file holds sound but no picture.")
    assert len(bar.messages()) == 2


def test_a_message_can_offer_something_to_do(bar: MessageBar, qtbot) -> None:
    message = bar.show_success("Report written", "Open it")
    with qtbot.waitSignal(message.action_asked):
        button(bar, "Open it").click()


def test_success_goes_by_itself_and_errors_stay(bar: MessageBar, qtbot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.widgets.message_bar._PASSING_MS", 1)
    bar.show_error(BAD_FILE)
    bar.show_success("Report written")
    qtbot.waitUntil(lambda: len(bar.messages()) == 1)
    assert bar.messages()[0].level is Level.ERROR


def test_a_closed_message_is_not_closed_again_by_its_timer(bar: MessageBar, qtbot, monkeypatch) -> None:
    monkeypatch.setattr("ui.widgets.message_bar._PASSING_MS", 1)
    bar.show_success("one").closed.emit()
    bar.show_success("two")
    qtbot.waitUntil(lambda: bar.messages() == ())


def test_every_level_has_its_own_sign_and_word(bar: MessageBar) -> None:
    made = [bar.show_message(level, "x") for level in Level]
    marks = [m.findChild(QLabel).pixmap().toImage() for m in made]
    assert len({bytes(image.constBits()) for image in marks}) == len(Level)
    assert len({m.accessibleName() for m in made}) == len(Level)
