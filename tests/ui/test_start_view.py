from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton

from ui.views.start import RecentCase, StartView
from ui.widgets.drop_area import DropArea
from ui.widgets.empty_state import EmptyState

HERE = RecentCase(path=Path("/cases/one"), title="2026/311", opened_at=datetime(2026, 11, 20, 9, 30, tzinfo=UTC))
GONE = RecentCase(path=Path("/usb/two"), title="", opened_at=datetime(2026, 11, 1, tzinfo=UTC), is_missing=True)


@pytest.fixture
def view(qtbot) -> StartView:
    made = StartView()
    qtbot.addWidget(made)
    made.resize(1100, 700)
    made.show()
    return made


@pytest.mark.parametrize(
    ("text", "signal"),
    [("New case…", "new_case_asked"), ("Open a case…", "open_case_asked"), ("Open the demo case", "demo_asked")],
)
def test_the_buttons_are_intents(view: StartView, qtbot, text: str, signal: str) -> None:
    with qtbot.waitSignal(getattr(view, signal)):
        next(b for b in view.findChildren(QPushButton) if b.text() == text).click()


def test_without_recent_cases_it_says_so(view: StartView) -> None:
    assert view.findChild(EmptyState).isVisible()
    view.show_recent([HERE])
    assert not view.findChild(EmptyState).isVisible()
    view.show_recent([])
    assert view.findChild(EmptyState).isVisible()
    assert view.rows() == []


def test_a_recent_case_is_opened_with_the_keyboard(view: StartView, qtbot) -> None:
    view.show_recent([HERE, GONE])
    row = view.rows()[0]
    assert row.text() == "2026/311"
    with qtbot.waitSignal(view.case_chosen) as caught:
        qtbot.keyClick(row, Qt.Key.Key_Space)
    assert caught.args == [HERE.path]


def test_a_missing_case_says_why_and_cannot_be_opened(view: StartView, qtbot) -> None:
    view.show_recent([GONE])
    row = view.rows()[0]
    assert row.text() == "two"
    assert row.where().startswith("Not there any more: /usb/two")
    assert row.toolTip() == row.where()
    with qtbot.assertNotEmitted(view.case_chosen):
        qtbot.mouseClick(row, Qt.MouseButton.LeftButton, pos=QPoint(30, 20))


def test_a_case_is_taken_off_the_list_without_opening_it(view: StartView, qtbot) -> None:
    view.show_recent([HERE])
    with qtbot.waitSignal(view.recent_removed) as caught, qtbot.assertNotEmitted(view.case_chosen):
        view.rows()[0].findChild(QToolButton).click()
    assert caught.args == [HERE.path]


def test_listing_again_replaces_the_list(view: StartView) -> None:
    view.show_recent([HERE, GONE])
    view.show_recent([GONE])
    assert [row.recent for row in view.rows()] == [GONE]


def test_hostile_titles_are_only_text(view: StartView) -> None:
    view.show_recent([RecentCase(path=Path("/x"), title="<b>&x</b>\n" * 9, opened_at=HERE.opened_at)])
    assert view.grab().width() == 1100


def test_a_hundred_cases_scroll(view: StartView) -> None:
    view.show_recent([HERE] * 100)
    assert view.minimumSizeHint().height() < 700


def test_dropped_videos_are_handed_on(view: StartView, qtbot) -> None:
    area, data = view.findChild(DropArea), QMimeData()
    data.setUrls([QUrl.fromLocalFile("/v/a.mp4")])
    no_keys, left, copy = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction
    QApplication.sendEvent(area, QDragEnterEvent(QPoint(9, 9), copy, data, left, no_keys))
    assert area.property("over") is True
    with qtbot.waitSignal(view.files_dropped) as caught:
        QApplication.sendEvent(area, QDropEvent(QPointF(9, 9), copy, data, left, no_keys))
    assert caught.args == [[Path("/v/a.mp4")]]
    assert area.property("over") is False
