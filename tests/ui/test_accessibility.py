"""Whoever cannot see the window, or has no mouse, finds everything by name and by key."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.desktop import Desktop
from app.settings import Folders
from ui.main_window import Page

ROOT = Path(__file__).resolve().parents[2]
KINDS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
)
QTS_OWN = ("qt_tabwidget", "qt_spinbox", "qt_scrollarea", "qt_dockwidget", "qt_menubar", "ScrollLeft", "ScrollRight")


@pytest.fixture
def desktop(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Desktop]:
    made = Desktop(qapp, Folders(resources=ROOT / "resources", data=tmp_path / "user", logs=tmp_path / "logs"))
    made.window.show()
    made.session.open_case(tmp_path / "case", create=True)
    qtbot.waitUntil(lambda: made.session.case_folder is not None)
    yield made
    made.shut_down()


def interactive(page: QWidget) -> list[QWidget]:
    found = [w for kind in KINDS for w in page.findChildren(kind)]
    return [
        w
        for w in found
        if not w.isHidden()
        and not isinstance(w, QScrollBar | QHeaderView)
        and not w.objectName().startswith(QTS_OWN)
        and not isinstance(w.parent(), QLineEdit | QComboBox | QAbstractSpinBox | QHeaderView | QAbstractItemView)
        and type(w).__name__ != "QTableCornerButton"
        and w.metaObject().className() not in ("QTableCornerButton", "QComboBoxListView")
    ]


def test_every_control_has_a_name(desktop: Desktop) -> None:
    nameless = []
    for page in Page:
        for widget in interactive(desktop.window.page(page)):
            text = widget.text() if isinstance(widget, QAbstractButton) else ""
            if not (widget.accessibleName() or text):
                nameless.append(f"{page.value}: {type(widget).__name__} {widget.objectName()!r} in {widget.parent()!r}")
    assert not nameless, "\n".join(nameless)


def test_every_page_is_reached_and_walked_through_by_keys(desktop: Desktop, qtbot: QtBot) -> None:
    window = desktop.window
    window.activateWindow()
    for page in Page:
        qtbot.keyClick(window, Qt.Key(Qt.Key.Key_1 + list(Page).index(page)), Qt.KeyboardModifier.ControlModifier)
        assert window.current_page() is page
        seen: list[QWidget] = []
        for _ in range(80):
            qtbot.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
            now = QApplication.focusWidget()
            if now is None or (seen and now is seen[0]):
                break
            seen.append(now)
        inside = [w for w in seen if window.page(page).isAncestorOf(w)]
        assert inside, f"no key leads into the page {page.value}"
