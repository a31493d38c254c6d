"""The menu bar: every entry is an intent that somebody else carries out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from ui.icons import Icon, icon
from ui.pages import Page, page_title
from ui.theme import ThemeMode


class MainMenu(QMenuBar):
    """Menus of the window.

    Signals:
        new_case_asked, open_case_asked, close_case_asked, export_asked, preferences_asked, quit_asked: File.
        recent_chosen: the folder of a recent case.
        page_asked, theme_chosen, layout_reset_asked: View.
        shortcuts_asked, self_check_asked, about_asked: Help.
    """

    new_case_asked = Signal()
    open_case_asked = Signal()
    recent_chosen = Signal(Path)
    close_case_asked = Signal()
    export_asked = Signal()
    preferences_asked = Signal()
    quit_asked = Signal()
    page_asked = Signal(Page)
    theme_chosen = Signal(ThemeMode)
    layout_reset_asked = Signal()
    shortcuts_asked = Signal()
    self_check_asked = Signal()
    about_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._recent = QMenu(self.tr("Open &recent"), self)
        self._recent.setIcon(icon(Icon.CLOCK))
        self._of_case: list[QAction] = []
        self._pages: dict[Page, QAction] = {}
        self._themes: dict[ThemeMode, QAction] = {}
        self._build_file()
        self._edit = self.addMenu(self.tr("&Edit"))
        self._edit.setEnabled(False)
        self._build_view()
        self._build_help()
        self.set_recent_cases([])
        self.set_case_open(False)

    def set_recent_cases(self, folders: list[Path]) -> None:
        """Fill "Open recent", newest first."""
        self._recent.clear()
        for folder in folders:
            action = self._recent.addAction(str(folder).replace("&", "&&"))
            action.triggered.connect(lambda _=False, folder=folder: self.recent_chosen.emit(folder))
        self._recent.setEnabled(bool(folders))

    def set_undo_actions(self, undo: QAction, redo: QAction) -> None:
        """Put the actions of undo and redo into Edit; they carry the name of what they undo."""
        undo.setIcon(icon(Icon.UNDO))
        undo.setShortcut(QKeySequence("Ctrl+Z"))
        redo.setIcon(icon(Icon.REDO))
        redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
        self._edit.clear()
        self._edit.addActions([undo, redo])
        self._edit.setEnabled(True)

    def set_case_open(self, is_open: bool) -> None:
        """Say whether there is a case that can be closed and reported."""
        for action in self._of_case:
            action.setEnabled(is_open)

    def set_page_enabled(self, page: Page, is_enabled: bool) -> None:
        """Say whether a page can be gone to."""
        self._pages[page].setEnabled(is_enabled)

    def set_theme(self, mode: ThemeMode) -> None:
        """Tick the theme that is on."""
        self._themes[mode].setChecked(True)

    def _build_file(self) -> None:
        menu = self.addMenu(self.tr("&File"))
        self._entry(menu, self.tr("&New case…"), self.new_case_asked, Icon.ADD, "Ctrl+N")
        self._entry(menu, self.tr("&Open case…"), self.open_case_asked, Icon.OPEN, "Ctrl+O")
        menu.addMenu(self._recent)
        close = self._entry(menu, self.tr("&Close case"), self.close_case_asked, None, "Ctrl+W")
        menu.addSeparator()
        export = self._entry(menu, self.tr("&Export report…"), self.export_asked, Icon.EXPORT, "Ctrl+E")
        self._of_case = [close, export]
        menu.addSeparator()
        preferences = self._entry(menu, self.tr("&Preferences…"), self.preferences_asked, Icon.SETTINGS, "Ctrl+,")
        preferences.setMenuRole(QAction.MenuRole.PreferencesRole)
        menu.addSeparator()
        leave = self._entry(menu, self.tr("&Quit"), self.quit_asked, None, "Ctrl+Q")
        leave.setMenuRole(QAction.MenuRole.QuitRole)

    def _build_view(self) -> None:
        menu = self.addMenu(self.tr("&View"))
        for page in Page:
            intent = partial(self.page_asked.emit, page)
            self._pages[page] = self._entry(menu, page_title(page), intent, page.glyph, page.keys)
        menu.addSeparator()
        themes = menu.addMenu(self.tr("&Theme"))
        themes.setIcon(icon(Icon.THEME))
        group = QActionGroup(self)
        words = {
            ThemeMode.LIGHT: self.tr("&Light"),
            ThemeMode.DARK: self.tr("&Dark"),
            ThemeMode.SYSTEM: self.tr("As the &system"),
        }
        for mode, text in words.items():
            action = self._entry(themes, text, partial(self.theme_chosen.emit, mode))
            action.setCheckable(True)
            group.addAction(action)
            self._themes[mode] = action
        self._entry(menu, self.tr("&Reset layout"), self.layout_reset_asked, Icon.REFRESH)

    def _build_help(self) -> None:
        menu = self.addMenu(self.tr("&Help"))
        self._entry(menu, self.tr("&Keyboard shortcuts"), self.shortcuts_asked, Icon.KEYBOARD, "?")
        self._entry(menu, self.tr("&Self-check"), self.self_check_asked, Icon.SUCCESS)
        menu.addSeparator()
        about = self._entry(menu, self.tr("&About Unswap"), self.about_asked, Icon.INFO)
        about.setMenuRole(QAction.MenuRole.AboutRole)

    def _entry(
        self,
        menu: QMenu,
        text: str,
        intent: SignalInstance | Callable[[], object],
        glyph: Icon | None = None,
        keys: str = "",
    ) -> QAction:
        action = menu.addAction(text)
        if glyph is not None:
            action.setIcon(icon(glyph))
        if keys:
            action.setShortcut(QKeySequence(keys))
        emit = intent.emit if isinstance(intent, SignalInstance) else intent
        action.triggered.connect(lambda _=False: emit())
        return action
