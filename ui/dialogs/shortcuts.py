"""The shortcuts page: the table of `ui.shortcuts`, grouped."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from ui.shortcuts import SHORTCUTS, Shortcut, ShortcutGroup
from ui.theme import mono_font
from ui.tokens import SPACE
from ui.widgets.buttons import push_button

_AROUND = 20 * SPACE
"""Height of what stands above and below the table, with the window's own title, px."""
_LEFT = (
    *(ShortcutGroup.PLAYBACK, ShortcutGroup.MARKS, ShortcutGroup.TIMELINE),
    *(ShortcutGroup.CANDIDATES, ShortcutGroup.FACES, ShortcutGroup.GALLERY),
)


class ShortcutsDialog(QDialog):
    """Shows all keys; not modal, so that one can try them. It deletes itself."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        table = QWidget()
        table.setObjectName("page")
        halves = QHBoxLayout(table)
        halves.setContentsMargins(0, 0, 2 * SPACE, 0)
        halves.setSpacing(5 * SPACE)
        for groups in (_LEFT, tuple(group for group in ShortcutGroup if group not in _LEFT)):
            half = QVBoxLayout()
            for group in groups:
                half.addLayout(self._table(group))
                half.addSpacing(SPACE)
            half.addStretch()
            halves.addLayout(half, 1)
        column.addWidget(self._scrolled(table), 1)
        foot = QHBoxLayout()
        hint = QLabel(
            self.tr(
                "While you type in a field, letters and digits are text. Arrows, Home, End, +, − and F go to the list "
                "or picture that has the focus."
            ),
            self,
        )
        hint.setProperty("rank", "small")
        hint.setWordWrap(True)
        close = push_button(self.tr("Close"), keys=self.tr("Esc"), parent=self)
        close.clicked.connect(self.close)
        foot.addWidget(hint, 1)
        foot.addWidget(close)
        column.addLayout(foot)

    def _scrolled(self, table: QWidget) -> QScrollArea:
        """Return the table in an area as large as it, or as the screen allows: the foot has to stay in reach."""
        area = QScrollArea(self)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(table)
        wanted = table.sizeHint()
        room = self.screen().availableGeometry().size() - QSize(6 * SPACE, _AROUND)
        area.setMinimumWidth(min(wanted.width() + area.verticalScrollBar().sizeHint().width(), room.width()))
        area.setMinimumHeight(min(wanted.height(), room.height()))
        return area

    def _table(self, group: ShortcutGroup) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * SPACE)
        grid.setVerticalSpacing(SPACE // 2 + 1)
        grid.setColumnMinimumWidth(0, 24 * SPACE if group is ShortcutGroup.WINDOW else 16 * SPACE)
        grid.setColumnStretch(1, 1)
        head = QLabel(QCoreApplication.translate("ShortcutGroup", group.value), self)
        head.setProperty("rank", "section")
        grid.addWidget(head, 0, 0, 1, 2)
        for line, row in enumerate((row for row in SHORTCUTS if row.group is group), start=1):
            caps = QHBoxLayout()
            caps.setSpacing(SPACE // 2)
            for words in _caps(row):
                cap = QLabel(words, self)
                cap.setProperty("rank", "key")
                cap.setFont(mono_font(12))
                caps.addWidget(cap)
            caps.addStretch()
            grid.addLayout(caps, line, 0)
            text = QLabel(row.said(), self)
            text.setTextFormat(Qt.TextFormat.PlainText)
            grid.addWidget(text, line, 1)
        return grid


def _caps(row: Shortcut) -> list[str]:
    """Return the words on its key caps; a run such as Ctrl+1 to Ctrl+6 becomes one."""
    native = [QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText) for keys in row.keys]
    return native if len(native) <= 2 else [f"{native[0]} … {native[-1][-1]}"]
