"""The rail at the left edge: where one is, where one can go."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ui.icons import Icon, Tint, application_icon, icon
from ui.pages import Page
from ui.theme import scaled
from ui.tokens import SPACE
from ui.widgets.buttons import tool_button
from ui.widgets.nav_button import NavButton

_WIDE_PX = 21 * SPACE
_NARROW_PX = 7 * SPACE


class NavRail(QFrame):
    """Entries of all pages; can be narrowed to icons.

    Signals:
        page_asked: a person pressed an entry.
    """

    page_asked = Signal(Page)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("navRail")
        self._is_narrow = False
        self._has_room = True
        self._mark = QLabel(self)
        self._mark.setPixmap(application_icon().pixmap(QSize(scaled(28), scaled(28)), self.devicePixelRatioF()))
        self._name = QLabel(self.tr("Unswap"), self)
        self._name.setProperty("rank", "strong")
        self._entries = {page: NavButton(page, self) for page in Page}
        for page, entry in self._entries.items():
            entry.clicked.connect(lambda _=False, page=page: self.page_asked.emit(page))
        self._fold = tool_button(Icon.CHEVRON_LEFT, self.tr("Show icons only"), tint=Tint.MUTED, parent=self)
        self._fold.clicked.connect(lambda: self.set_narrow(not self._is_narrow))
        head = QHBoxLayout()
        head.setContentsMargins(SPACE + 6, 0, 0, 0)
        head.setSpacing(SPACE + 2)
        head.addWidget(self._mark)
        head.addWidget(self._name, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE + 4, 0, SPACE)
        column.setSpacing(0)
        column.addLayout(head)
        column.addSpacing(SPACE + 4)
        for page, entry in self._entries.items():
            if page is Page.MODELS:
                column.addStretch(1)
            column.addWidget(entry)
        column.addWidget(self._fold, 0, Qt.AlignmentFlag.AlignHCenter)
        self.set_narrow(False)

    @property
    def is_narrow(self) -> bool:
        """Whether a person wants icons only; without room for names there are no more, see `set_room`."""
        return self._is_narrow

    def entry(self, page: Page) -> NavButton:
        """Return the entry of `page`."""
        return self._entries[page]

    def set_narrow(self, is_narrow: bool) -> None:
        """Show icons only, or names too."""
        self._is_narrow = is_narrow
        self._show()

    def set_room(self, has_room: bool) -> None:
        """Say whether names have room; without it icons are shown, whatever a person wants."""
        if has_room is not self._has_room:
            self._has_room = has_room
            self._show()

    def _show(self) -> None:
        is_narrow = self._is_narrow or not self._has_room
        self._fold.setEnabled(self._has_room)
        self.setFixedWidth(scaled(_NARROW_PX) if is_narrow else scaled(_WIDE_PX))
        self._name.setVisible(not is_narrow)
        for entry in self._entries.values():
            entry.set_narrow(is_narrow)
        self._fold.setIcon(icon(Icon.CHEVRON_RIGHT if is_narrow else Icon.CHEVRON_LEFT, Tint.MUTED))
        name = self.tr("Show names") if is_narrow else self.tr("Show icons only")
        self._fold.setToolTip(name)
        self._fold.setAccessibleName(name)
