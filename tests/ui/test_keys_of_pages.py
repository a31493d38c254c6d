"""The real window on a case: on every page a key means one thing, and the table of keys tells it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu, QTabWidget, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from app.desktop import Desktop
from tests.builders_window import opened
from ui.main_window import Page
from ui.shortcuts import SHORTCUTS, Command, Shortcut, ShortcutGroup
from ui.widgets.candidate_row import CandidateRow
from ui.widgets.person_panel import PersonPanel

ROOT = Path(__file__).resolve().parents[2]
UI = ROOT / "ui"
G, CONTEXT = ShortcutGroup, Qt.ShortcutContext

PRESSED = {
    Page.ANALYSIS: (G.PLAYBACK, G.MARKS, G.TIMELINE, G.REVIEW, G.CANDIDATES, G.FACES),
    Page.REPORT: (G.TIMELINE,),
}
"""Groups whose keys a page hears itself, without a QShortcut."""

PRESSED_TOO = {Page.ANALYSIS: (Command.ANALYSE, Command.ANALYSE_RANGE)}


@pytest.fixture
def desktop(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Desktop]:
    made = opened(qapp, qtbot, tmp_path)
    yield made
    made.shut_down()


def candidates(desktop: Desktop, qtbot: QtBot) -> list[CandidateRow]:
    """The rows of the first person, brought into view on the analysis page."""
    panel = desktop.window.findChildren(PersonPanel)[0]

    def rows() -> list[CandidateRow]:
        return [row for row in panel.findChildren(CandidateRow) if row.isVisible()]

    panel.tabs().setCurrentIndex(2)
    qtbot.waitUntil(lambda: bool(rows()), timeout=20_000)
    return rows()


def pressed_rows(page: Page) -> list[Shortcut]:
    """Lines of the table whose keys the page hears itself."""
    groups, commands = PRESSED.get(page, ()), PRESSED_TOO.get(page, ())
    return [row for row in SHORTCUTS if row.group in groups or row.command in commands]


def bound(window: QWidget) -> Iterator[tuple[QKeySequence, Qt.ShortcutContext, QWidget, str]]:
    """Every key that Qt itself watches now: sequence, context, owner, what it does."""
    for action in window.findChildren(QAction):
        if not isValid(action) or not action.isEnabled() or not action.isVisible():
            continue
        for holder in action.associatedObjects():
            # An action of the menu bar works although its menu is hidden; one of a context menu does not.
            in_bar = isinstance(holder, QMenu) and bool(holder.menuAction().associatedObjects())
            owner = window if in_bar else holder
            if isinstance(owner, QWidget) and owner.isVisible():
                for keys in action.shortcuts():
                    yield keys, action.shortcutContext(), owner, action.text().replace("&", "")
    for shortcut in window.findChildren(QShortcut):
        owner, every = shortcut.parent(), shortcut.keys()
        if shortcut.isEnabled() and isinstance(owner, QWidget) and owner.isVisible():
            for keys in every:
                yield keys, shortcut.context(), owner, f"{type(owner).__name__}'s {keys.toString()}"
    for button in window.findChildren(QAbstractButton):
        if not button.shortcut().isEmpty() and button.isVisible() and button.isEnabled():
            yield button.shortcut(), CONTEXT.WindowShortcut, button, button.text()


def reaches(context: Qt.ShortcutContext, owner: QWidget, focus: QWidget) -> bool:
    """Whether a key works while `focus` has the focus."""
    if context is CONTEXT.WidgetShortcut:
        return focus is owner
    if context is CONTEXT.WidgetWithChildrenShortcut:
        return focus is owner or owner.isAncestorOf(focus)
    return True


def focusable(page: QWidget) -> list[QWidget]:
    every: list[QWidget] = page.findChildren(QWidget)
    return [w for w in every if w.isVisible() and w.isEnabled() and w.focusPolicy() is not Qt.FocusPolicy.NoFocus]


def clashes(window: QWidget, page: QWidget, rows: Iterable[Shortcut]) -> set[str]:
    """Keys that mean two things at once on a page, in words."""
    watched = list(bound(window))
    found = set()
    for focus in focusable(page):
        meanings: dict[str, set[str]] = defaultdict(set)
        for keys, context, owner, words in watched:
            if reaches(context, owner, focus):
                meanings[keys.toString()].add(words)
        for row in rows:
            for key in row.keys:
                meanings[QKeySequence(key).toString()].add(row.text)
        found |= {f"{key}: {sorted(said)}" for key, said in meanings.items() if len(said) > 1}
    return found


@pytest.mark.parametrize("page", list(Page))
def test_a_key_means_one_thing_on_a_page(desktop: Desktop, qtbot: QtBot, page: Page) -> None:
    window = desktop.window
    window.show_page(page)
    if page is Page.ANALYSIS:
        candidates(desktop, qtbot)
    assert len(focusable(window.page(page))) > 1
    for tabs in [tabs for tabs in window.page(page).findChildren(QTabWidget) if tabs.isVisible()]:
        for tab in range(tabs.count()):
            tabs.setCurrentIndex(tab)
            assert not clashes(window, window.page(page), pressed_rows(page)), tabs.tabText(tab)
    assert not clashes(window, window.page(page), pressed_rows(page))


def test_a_clash_would_be_found(desktop: Desktop) -> None:
    window = desktop.window
    window.show_page(Page.GALLERY)
    twice = QAction("Again", window.page(Page.GALLERY))
    twice.setShortcut(QKeySequence("F2"))
    window.page(Page.GALLERY).addAction(twice)
    assert len(clashes(window, window.page(Page.GALLERY), ())) == 1


def test_a_candidate_takes_its_own_keys_and_no_other(desktop: Desktop, qtbot: QtBot) -> None:
    """With the focus on a candidate every other key of the page still does what it does elsewhere."""
    desktop.window.show_page(Page.ANALYSIS)
    row = candidates(desktop, qtbot)[0]
    told: list[object] = []
    row.judged.connect(told.append)
    for line in pressed_rows(Page.ANALYSIS):
        for keys in line.keys:
            key = QKeySequence(keys)[0]
            event = QKeyEvent(QEvent.Type.KeyPress, key.key(), key.keyboardModifiers())
            row.keyPressEvent(event)
            assert event.isAccepted() is (line.group is G.CANDIDATES), line
    assert len(told) == 3


def test_the_table_lists_every_key_of_the_window(desktop: Desktop) -> None:
    """Copying apart, which everybody knows."""
    listed = {QKeySequence(key).toString() for row in SHORTCUTS for key in row.keys}
    copying = {keys.toString() for keys in QKeySequence.keyBindings(QKeySequence.StandardKey.Copy)}
    actions: list[QAction] = desktop.window.findChildren(QAction)
    shortcuts: list[list[QKeySequence]] = [each.keys() for each in desktop.window.findChildren(QShortcut)]
    of_window = {keys.toString() for each in actions if isValid(each) for keys in each.shortcuts()}
    of_window |= {keys.toString() for each in shortcuts for keys in each}
    assert {"Ctrl+Q", "Ctrl+W", "Del", "Return"} <= of_window
    assert not of_window - listed - copying


def test_letters_and_digits_are_known_to_the_table_alone() -> None:
    """A letter that a widget compares by itself is a second meaning that no table shows."""
    letters = [f"Key_{each}" for each in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"]
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in sorted(UI.rglob("*.py"))
        for word in path.read_text(encoding="utf-8").replace(",", " ").replace(")", " ").replace(":", " ").split()
        if word.rpartition(".")[2] in letters
    ]
    assert not found
