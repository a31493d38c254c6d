"""The frame around the views: rail, pages, messages, job line, menus; knows nothing of cases."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, runtime_checkable

from PySide6.QtCore import QByteArray, QDataStream, QIODevice, QSize, Signal
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from ui.dropped_files import local_paths
from ui.icons import application_icon
from ui.menus import MainMenu
from ui.pages import Page
from ui.theme import scaled
from ui.widgets.drop_overlay import DropOverlay
from ui.widgets.job_bar import JobBar
from ui.widgets.message_bar import MessageBar
from ui.widgets.nav_rail import NavRail
from ui.widgets.scrolled import PageFrame

__all__ = ["HasLayout", "MainWindow", "Page"]

MINIMUM = QSize(960, 600)
USUAL = QSize(1280, 800)
_ROOM_FOR_NAMES_PX = 1100
"""Width of the window below which the rail shows icons only, so that the pages keep their room."""
_LAYOUT_VERSION = 1


@runtime_checkable
class HasLayout(Protocol):
    """A page with docks or splitters of its own; the window keeps them together with its own layout."""

    def saved_layout(self) -> bytes:
        """Return where everything stands."""
        ...

    def restore_layout(self, saved: bytes) -> None:
        """Put everything where it stood; nonsense is ignored."""
        ...

    def reset_layout(self) -> None:
        """Put everything where it stood at first."""
        ...


class MainWindow(QMainWindow):
    """The window of the application.

    Attributes:
        menus: menu bar; its signals are the intents of the menus.
        messages: what went well or wrong.
        job_bar: the current job.

    Signals:
        page_shown: another page came into view.
        files_dropped: files or folders were dropped where no view takes them itself.
        close_asked: a person wants to leave; answer with `allow_close` and `close`.
    """

    page_shown = Signal(Page)
    files_dropped = Signal(list)
    close_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._may_close = False
        self._pages: dict[Page, QWidget] = {}
        self._frames: dict[Page, PageFrame] = {}
        self.setWindowIcon(application_icon())
        self.setMinimumSize(MINIMUM)
        self.resize(USUAL)
        self.setAcceptDrops(True)
        self.menus = MainMenu(self)
        self.setMenuBar(self.menus)
        self._rail = NavRail(self)
        self.messages = MessageBar(self)
        self._stack = QStackedWidget(self)
        self.job_bar = JobBar(self)
        self.setCentralWidget(self._arranged())
        self._overlay = DropOverlay(self)
        self._rail.page_asked.connect(self.show_page)
        self.menus.page_asked.connect(self.show_page)
        self.menus.layout_reset_asked.connect(self.reset_layout)
        self.menus.quit_asked.connect(self.close)
        for page in Page:
            self.set_page_enabled(page, False)
        self.set_case_title("")

    def add_page(self, page: Page, widget: QWidget) -> None:
        """Put a view into its page, in place of what stood there; the window owns it from now on."""
        in_view = self.current_page()
        former = self._frames.pop(page, None)
        self._pages[page] = widget
        self._frames[page] = PageFrame(widget, self)
        self._stack.addWidget(self._frames[page])
        self.set_page_enabled(page, True)
        if in_view in (None, page):
            self.show_page(page)
        if former is not None:
            self._stack.removeWidget(former)
            former.deleteLater()

    def page(self, page: Page) -> QWidget:
        """Return the view in a page; KeyError where there is none."""
        return self._pages[page]

    def show_page(self, page: Page) -> None:
        """Bring a page into view; one that is missing or disabled stays away."""
        entry = self._rail.entry(page)
        if page not in self._pages or not entry.isEnabled():
            return
        entry.setChecked(True)
        self._stack.setCurrentWidget(self._frames[page])
        self.page_shown.emit(page)

    def current_page(self) -> Page | None:
        """Return the page in view."""
        return next((page for page, frame in self._frames.items() if frame is self._stack.currentWidget()), None)

    def set_page_enabled(self, page: Page, is_enabled: bool) -> None:
        """Say whether a page can be gone to, for example only with a case open; from a disabled one goes to START."""
        self._rail.entry(page).setEnabled(is_enabled and page in self._pages)
        self.menus.set_page_enabled(page, is_enabled and page in self._pages)
        if not is_enabled and page is self.current_page():
            self.show_page(Page.START)

    def set_case_title(self, title: str) -> None:
        """Name the open case in the window's title; '' when none is open."""
        self.setWindowTitle(f"{title} – Unswap" if title else "Unswap")
        self.menus.set_case_open(bool(title))

    def set_badge(self, page: Page, count: int) -> None:
        """Show how many things wait on a page; 0 shows nothing."""
        self._rail.entry(page).set_badge(count)

    def set_recent_cases(self, folders: list[Path]) -> None:
        """Fill File > Open recent, newest first."""
        self.menus.set_recent_cases(folders)

    def set_undo_actions(self, undo: QAction, redo: QAction) -> None:
        """Put the actions of undo and redo into Edit."""
        self.menus.set_undo_actions(undo, redo)

    def allow_close(self) -> None:
        """Let the next `close` through."""
        self._may_close = True

    def saved_layout(self) -> bytes:
        """Return size, place, rail and the layouts of the pages, for `restore_layout`."""
        data = QByteArray()
        stream = QDataStream(data, QIODevice.OpenModeFlag.WriteOnly)
        stream.writeInt32(_LAYOUT_VERSION)
        stream << self.saveGeometry()
        stream.writeBool(self._rail.is_narrow)
        kept = {page: widget for page, widget in self._pages.items() if isinstance(widget, HasLayout)}
        stream.writeInt32(len(kept))
        for page, widget in kept.items():
            stream.writeQString(page.value)
            stream << QByteArray(widget.saved_layout())
        return bytes(data.data())

    def restore_layout(self, saved: bytes) -> None:
        """Take up a layout; what cannot be read, or is of another version, changes nothing."""
        stream = QDataStream(QByteArray(saved))
        if stream.readInt32() != _LAYOUT_VERSION:
            return
        geometry = QByteArray()
        stream >> geometry
        is_narrow = stream.readBool()
        layouts: dict[str, bytes] = {}
        for _ in range(min(stream.readInt32(), len(Page))):
            name, layout = stream.readQString(), QByteArray()
            stream >> layout
            layouts[name] = bytes(layout.data())
        if stream.status() != QDataStream.Status.Ok:
            return
        self.restoreGeometry(geometry)
        self._rail.set_narrow(is_narrow)
        for page, widget in self._pages.items():
            if isinstance(widget, HasLayout) and page.value in layouts:
                widget.restore_layout(layouts[page.value])

    def reset_layout(self) -> None:
        """Put everything where it stood at first."""
        self.showNormal()
        self.resize(USUAL)
        self._rail.set_narrow(False)
        for widget in self._pages.values():
            if isinstance(widget, HasLayout):
                widget.reset_layout()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Ask first: work may be running."""
        if self._may_close:
            event.accept()
            return
        event.ignore()
        self.close_asked.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        """Show that files can be dropped."""
        paths = local_paths(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self._overlay.show_over(len(paths))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802
        """Take the veil away."""
        self._overlay.hide()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        """Hand the files on."""
        self._overlay.hide()
        event.acceptProposedAction()
        self.files_dropped.emit(local_paths(event.mimeData()))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Keep the veil as large as the window, and the pages' room."""
        super().resizeEvent(event)
        self._rail.set_room(self.width() >= scaled(_ROOM_FOR_NAMES_PX))
        self._overlay.setGeometry(self.rect())

    def _arranged(self) -> QWidget:
        ground = QWidget(self)
        ground.setObjectName("page")
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self.messages)
        right.addWidget(self._stack, 1)
        upper = QHBoxLayout()
        upper.setSpacing(0)
        upper.addWidget(self._rail)
        upper.addLayout(right, 1)
        whole = QVBoxLayout(ground)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(upper, 1)
        whole.addWidget(self.job_bar)
        return ground
