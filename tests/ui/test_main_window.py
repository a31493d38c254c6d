from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSize, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QUndoStack
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMenu, QWidget

from ui.main_window import MainWindow, Page
from ui.menus import MainMenu
from ui.theme import ThemeMode
from ui.widgets.drop_overlay import DropOverlay
from ui.widgets.nav_button import NavButton
from ui.widgets.nav_rail import NavRail

LEFT, COPY, NO_KEYS = Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier


class DockedPage(QLabel):
    """A page that has a layout of its own."""

    def __init__(self) -> None:
        super().__init__("docks")
        self.state = b"first"

    def saved_layout(self) -> bytes:
        return self.state

    def restore_layout(self, saved: bytes) -> None:
        self.state = saved

    def reset_layout(self) -> None:
        self.state = b"first"


@pytest.fixture
def window(qtbot) -> MainWindow:
    made = MainWindow()
    qtbot.addWidget(made)
    for page in Page:
        made.add_page(page, QLabel(page.value))
    made.show()
    qtbot.waitExposed(made)
    return made


def entry(window: MainWindow, page: Page) -> NavButton:
    return next(b for b in window.findChildren(NavButton) if b.page is page)


def menu(window: MainWindow, title: str) -> QMenu:
    return next(m for m in window.findChildren(QMenu) if m.title().replace("&", "") == title)


def action(window: MainWindow, title: str, text: str) -> QAction:
    return next(a for a in menu(window, title).actions() if a.text().replace("&", "").rstrip("…") == text)


def files(*names: str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(name) for name in names])
    return data


def test_the_first_page_added_is_in_view(window: MainWindow) -> None:
    assert window.current_page() is Page.START


@pytest.mark.parametrize("page", list(Page))
def test_the_rail_goes_to_every_page(window: MainWindow, qtbot, page: Page) -> None:
    with qtbot.waitSignal(window.page_shown) as caught:
        entry(window, page).click()
    assert caught.args == [page]
    assert window.current_page() is page
    assert entry(window, page).isChecked()
    assert next(label for label in window.findChildren(QLabel) if label.text() == page.value).isVisible()


@pytest.mark.parametrize("digit", range(1, 7))
def test_ctrl_and_a_digit_goes_to_the_page(window: MainWindow, qtbot, digit: int) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key(Qt.Key.Key_0 + digit), Qt.KeyboardModifier.ControlModifier)
    assert window.current_page() is list(Page)[digit - 1]


def test_a_disabled_page_stays_away(window: MainWindow) -> None:
    window.set_page_enabled(Page.ANALYSIS, False)
    window.show_page(Page.ANALYSIS)
    assert window.current_page() is Page.START
    window.set_page_enabled(Page.ANALYSIS, True)
    window.show_page(Page.ANALYSIS)
    assert window.current_page() is Page.ANALYSIS


def test_leaving_a_page_that_gets_disabled_goes_to_start(window: MainWindow) -> None:
    window.show_page(Page.ANALYSIS)
    window.set_page_enabled(Page.ANALYSIS, False)
    assert window.current_page() is Page.START


def test_a_page_nobody_made_cannot_be_gone_to(qtbot) -> None:
    window = MainWindow()
    qtbot.addWidget(window)
    window.add_page(Page.START, QLabel())
    window.show_page(Page.CASE)
    assert window.current_page() is Page.START
    assert not entry(window, Page.CASE).isEnabled()


def test_a_page_can_be_replaced_in_view(window: MainWindow, qapp: QApplication) -> None:
    window.add_page(Page.START, QLabel("new start"))
    assert window.current_page() is Page.START
    assert next(label for label in window.findChildren(QLabel) if label.text() == "new start").isVisible()


def test_the_title_names_the_case(window: MainWindow) -> None:
    window.set_case_title("2026/311")
    assert window.windowTitle() == "2026/311 – Unswap"
    assert action(window, "File", "Close case").isEnabled()
    window.set_case_title("")
    assert window.windowTitle() == "Unswap"
    assert not action(window, "File", "Export report").isEnabled()


def test_a_badge_is_drawn_and_told(window: MainWindow) -> None:
    before = entry(window, Page.ANALYSIS).grab().toImage()
    window.set_badge(Page.ANALYSIS, 7)
    assert entry(window, Page.ANALYSIS).grab().toImage() != before
    assert entry(window, Page.ANALYSIS).accessibleName() == "Analysis, 7 waiting"
    window.set_badge(Page.ANALYSIS, 0)
    assert entry(window, Page.ANALYSIS).accessibleName() == "Analysis"


@pytest.mark.parametrize(
    ("title", "text", "signal"),
    [
        ("File", "New case", "new_case_asked"),
        ("File", "Open case", "open_case_asked"),
        ("File", "Close case", "close_case_asked"),
        ("File", "Export report", "export_asked"),
        ("File", "Preferences", "preferences_asked"),
        ("View", "Reset layout", "layout_reset_asked"),
        ("Help", "Keyboard shortcuts", "shortcuts_asked"),
        ("Help", "Self-check", "self_check_asked"),
        ("Help", "About Unswap", "about_asked"),
    ],
)
def test_every_menu_entry_is_an_intent(window: MainWindow, qtbot, title: str, text: str, signal: str) -> None:
    window.set_case_title("a case")
    with qtbot.waitSignal(getattr(window.menus, signal)):
        action(window, title, text).trigger()


def test_no_two_menu_entries_share_a_key(window: MainWindow) -> None:
    keys = [key.toString() for a in window.findChildren(QAction) for key in a.shortcuts()]
    assert len(keys) == len(set(keys)) > 10


def test_recent_cases_are_listed_and_chosen(window: MainWindow, qtbot) -> None:
    recent = next(m for m in window.findChildren(QMenu) if "recent" in m.title())
    assert not recent.isEnabled()
    window.set_recent_cases([Path("/cases/a&b"), Path("/cases/c")])
    assert [a.text() for a in recent.actions()] == ["/cases/a&&b", "/cases/c"]
    with qtbot.waitSignal(window.menus.recent_chosen) as caught:
        recent.actions()[0].trigger()
    assert caught.args == [Path("/cases/a&b")]
    window.set_recent_cases([])
    assert not recent.isEnabled()


def test_a_chosen_theme_is_ticked_alone(window: MainWindow, qtbot) -> None:
    themes = next(m for m in window.findChildren(QMenu) if "Theme" in m.title())
    window.menus.set_theme(ThemeMode.SYSTEM)
    assert [a.isChecked() for a in themes.actions()] == [False, False, True]
    with qtbot.waitSignal(window.menus.theme_chosen) as caught:
        themes.actions()[0].trigger()
    assert caught.args == [ThemeMode.LIGHT]
    assert [a.isChecked() for a in themes.actions()] == [True, False, False]


def test_undo_and_redo_come_from_the_stack(window: MainWindow) -> None:
    assert not menu(window, "Edit").isEnabled()
    stack = QUndoStack(window)
    undo, redo = stack.createUndoAction(window), stack.createRedoAction(window)
    window.set_undo_actions(undo, redo)
    assert menu(window, "Edit").actions() == [undo, redo]
    assert undo.shortcut().toString() == "Ctrl+Z"
    assert "Ctrl+Shift+Z" in [key.toString() for key in redo.shortcuts()]


def test_closing_asks_and_stays_open(window: MainWindow, qtbot) -> None:
    with qtbot.waitSignal(window.close_asked):
        assert not window.close()
    assert window.isVisible()
    with qtbot.waitSignal(window.close_asked):
        action(window, "File", "Quit").trigger()
    window.allow_close()
    with qtbot.assertNotEmitted(window.close_asked):
        assert window.close()


def test_layouts_come_back(window: MainWindow, qtbot) -> None:
    page = DockedPage()
    window.add_page(Page.ANALYSIS, page)
    page.state = b"moved"
    window.resize(1200, 750)
    window.findChild(NavRail).set_narrow(True)
    saved = window.saved_layout()
    window.reset_layout()
    assert (page.state, window.size(), window.findChild(NavRail).is_narrow) == (b"first", QSize(1280, 800), False)
    window.restore_layout(saved)
    assert (page.state, window.height(), window.findChild(NavRail).is_narrow) == (b"moved", 750, True)


def test_a_broken_layout_changes_nothing(window: MainWindow) -> None:
    page = DockedPage()
    window.add_page(Page.ANALYSIS, page)
    saved = window.saved_layout()
    page.state = b"now"
    for length in range(len(saved) - 1):
        window.restore_layout(saved[:length])
    window.restore_layout(b"\xff" * 64)
    assert page.state == b"now"
    assert window.size() == QSize(1280, 800)


def test_the_smallest_window_is_small_enough_for_a_laptop(window: MainWindow) -> None:
    """1366 x 768 with a task bar, and 1920 x 1080 at 150 % with one, leave more than this."""
    assert window.minimumSize() == QSize(960, 600)
    assert window.minimumSizeHint().width() <= 960
    assert window.minimumSizeHint().height() <= 600


def test_a_narrow_window_shows_icons_only_in_the_rail_and_gives_the_names_back(window: MainWindow) -> None:
    rail = window.findChildren(NavRail)[0]
    wide = rail.width()
    window.resize(1000, 700)
    assert rail.width() < wide / 2
    assert not rail.is_narrow  # nobody asked for it, so it is not kept
    window.resize(1280, 700)
    assert rail.width() == wide


def test_dropped_files_are_handed_on_under_a_veil(window: MainWindow, qtbot) -> None:
    data = files("/videos/a.mp4", "/videos/b.mkv")
    enter = QDragEnterEvent(QPoint(500, 400), COPY, data, LEFT, NO_KEYS)
    QApplication.sendEvent(window, enter)
    veil = window.findChild(DropOverlay)
    assert enter.isAccepted()
    assert veil.isVisible()
    assert veil.words() == "Drop 2 files here"
    with qtbot.waitSignal(window.files_dropped) as caught:
        QApplication.sendEvent(window, QDropEvent(QPointF(500, 400), COPY, data, LEFT, NO_KEYS))
    assert caught.args == [[Path("/videos/a.mp4"), Path("/videos/b.mkv")]]
    assert not veil.isVisible()


def test_the_veil_goes_when_the_files_leave(window: MainWindow) -> None:
    data = files("/videos/a.mp4")
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(5, 5), COPY, data, LEFT, NO_KEYS))
    assert window.findChild(DropOverlay).words() == "Drop the file here"
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert not window.findChild(DropOverlay).isVisible()


def test_what_is_no_file_cannot_be_dropped(window: MainWindow) -> None:
    data = QMimeData()
    data.setText("words")
    data.setUrls([QUrl("https://example.org/a.mp4")])
    enter = QDragEnterEvent(QPoint(5, 5), COPY, data, LEFT, NO_KEYS)
    QApplication.sendEvent(window, enter)
    assert not enter.isAccepted()
    assert not window.findChild(DropOverlay).isVisible()


def test_a_question_mark_typed_into_a_field_stays_there(window: MainWindow, qtbot) -> None:
    field = QLineEdit()
    window.add_page(Page.START, field)
    window.show_page(Page.START)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    field.setFocus()
    with qtbot.assertNotEmitted(window.menus.shortcuts_asked):
        qtbot.keyClicks(field, "who?")
    assert field.text() == "who?"
    field.clearFocus()
    with qtbot.waitSignal(window.menus.shortcuts_asked):
        qtbot.keyClicks(window, "?")


def test_everything_that_can_be_pressed_has_a_name_and_a_tooltip(window: MainWindow) -> None:
    from PySide6.QtWidgets import QAbstractButton

    window.messages.show_info("x")
    own = [b for b in window.findChildren(QAbstractButton) if not isinstance(b.parent(), MainMenu)]
    nameless = [
        b for b in own if b.objectName() != "qt_menubar_ext_button" and not (b.accessibleName() and b.toolTip())
    ]
    assert [b for b in nameless if b.isVisible()] == []


def test_pages_belong_to_the_window(window: MainWindow) -> None:
    page = QWidget()
    window.add_page(Page.GALLERY, page)
    assert page.window() is window


def test_arrow_keys_in_the_rail_go_where_they_point(window: MainWindow, qtbot) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    entry(window, Page.START).setFocus()
    qtbot.keyClick(entry(window, Page.START), Qt.Key.Key_Down)
    assert entry(window, Page.CASE).hasFocus()
    checked = [page for page in Page if entry(window, page).isChecked()]
    assert checked == [window.current_page()] == [Page.CASE]


def test_menu_and_rail_agree_on_which_pages_there_are(window: MainWindow) -> None:
    assert action(window, "View", "Report").isEnabled()
    window.set_page_enabled(Page.REPORT, False)
    assert not action(window, "View", "Report").isEnabled()
