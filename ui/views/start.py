"""The first page: what this is, and the ways into a case."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from ui.icons import Icon, application_icon
from ui.shortcuts import Command, keys_of
from ui.theme import ButtonKind
from ui.tokens import SPACE
from ui.widgets.buttons import push_button
from ui.widgets.drop_area import DropArea
from ui.widgets.empty_state import EmptyState
from ui.widgets.recent_case_row import RecentCase, RecentCaseRow

__all__ = ["RecentCase", "StartView"]

_LOGO_PX = 64


class StartView(QWidget):
    """Start page.

    Signals:
        new_case_asked, open_case_asked, demo_asked: the buttons.
        case_chosen: folder of a recent case.
        recent_removed: folder to take off the list; the case itself stays.
        files_dropped: list of `Path`.
    """

    new_case_asked = Signal()
    open_case_asked = Signal()
    demo_asked = Signal()
    case_chosen = Signal(Path)
    recent_removed = Signal(Path)
    files_dropped = Signal(list)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self._rows = QVBoxLayout()
        self._rows.setSpacing(2)
        self._shown: list[RecentCaseRow] = []
        self._no_recent = EmptyState(
            Icon.CLOCK, self.tr("No cases yet"), self.tr("Cases you open are listed here, newest first."), parent=self
        )
        columns = QHBoxLayout()
        columns.setSpacing(3 * SPACE)
        columns.addLayout(self._ways_in(), 4)
        columns.addWidget(self._recent_card(), 5)
        column = QVBoxLayout(self)
        column.setContentsMargins(5 * SPACE, 4 * SPACE, 5 * SPACE, 4 * SPACE)
        column.setSpacing(4 * SPACE)
        column.addLayout(self._head())
        column.addLayout(columns, 1)
        self.show_recent([])

    def show_recent(self, cases: Sequence[RecentCase]) -> None:
        """List recent cases, in the order given."""
        for row in self._shown:
            self._rows.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._shown.clear()
        for place, case in enumerate(cases):
            row = RecentCaseRow(case, self)
            row.case_chosen.connect(self.case_chosen)
            row.removal_asked.connect(self.recent_removed)
            self._rows.insertWidget(place, row)
            self._shown.append(row)
        self._no_recent.setVisible(not cases)
        self._list.setVisible(bool(cases))

    def rows(self) -> list[RecentCaseRow]:
        """Return the listed cases, top to bottom."""
        return list(self._shown)

    def _head(self) -> QHBoxLayout:
        logo = QLabel(self)
        logo.setPixmap(application_icon().pixmap(QSize(_LOGO_PX, _LOGO_PX), self.devicePixelRatioF()))
        name = QLabel(self.tr("Unswap"), self)
        name.setProperty("rank", "display")
        purpose = QLabel(self.tr("Recovers the faces behind a face swap, and ranks candidates for who they are."), self)
        purpose.setProperty("rank", "muted")
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(name)
        words.addWidget(purpose)
        head = QHBoxLayout()
        head.setSpacing(2 * SPACE)
        head.addWidget(logo)
        head.addLayout(words, 1)
        return head

    def _ways_in(self) -> QVBoxLayout:
        new = self._action(self.tr("New case…"), Icon.ADD, ButtonKind.PRIMARY, keys_of(Command.NEW_CASE))
        new.clicked.connect(self.new_case_asked)
        old = self._action(self.tr("Open a case…"), Icon.OPEN, ButtonKind.PLAIN, keys_of(Command.OPEN_CASE))
        old.clicked.connect(self.open_case_asked)
        demo = self._action(self.tr("Open the demo case"), Icon.PLAY, ButtonKind.PLAIN, "")
        demo.setToolTip(self.tr("A short clip with a known swap, and a small gallery of photos"))
        demo.clicked.connect(self.demo_asked)
        self._drop = DropArea(
            self.tr("Drop videos here"), self.tr("They go into a new case. Originals are only read."), self
        )
        self._drop.files_dropped.connect(self.files_dropped)
        column = QVBoxLayout()
        column.setSpacing(SPACE)
        for button in (new, old, demo):
            column.addWidget(button)
        column.addSpacing(SPACE)
        column.addWidget(self._drop, 1)
        return column

    def _action(self, text: str, glyph: Icon, kind: ButtonKind, keys: str) -> QPushButton:
        button = push_button(text, kind=kind, glyph=glyph, keys=keys, parent=self)
        button.setProperty("large", True)
        return button

    def _recent_card(self) -> QFrame:
        card = QFrame(self)
        card.setProperty("surface", "panel")
        title = QLabel(self.tr("Recent cases"), card)
        title.setProperty("rank", "strong")
        inner = QWidget(card)
        inner.setObjectName("page")
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.addStretch()
        inner.setLayout(self._rows)
        self._list = QScrollArea(card)
        self._list.setWidgetResizable(True)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setWidget(inner)
        column = QVBoxLayout(card)
        column.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, SPACE)
        column.setSpacing(SPACE)
        column.addWidget(title)
        column.addWidget(self._list, 1)
        column.addWidget(self._no_recent, 1)
        return card
