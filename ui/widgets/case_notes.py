"""Remarks on a case as a whole."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QDateTime, QLocale, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from core.domain.review import ReviewEntry, WriteNote
from ui.icons import Icon, icon
from ui.plain import spelled
from ui.theme import ButtonKind
from ui.tokens import SPACE
from ui.widgets.buttons import push_button
from ui.widgets.empty_state import EmptyState

_ID_ROLE = int(Qt.ItemDataRole.UserRole)


class CaseNotes(QWidget):
    """Lists notes, newest first, and takes new ones.

    Signals:
        note_written: text of a new note.
        note_removed: id of the action that wrote a note; can be undone.
    """

    note_written = Signal(str)
    note_removed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._handed_in = ""
        self._draft = QPlainTextEdit(self)
        self._draft.setPlaceholderText(self.tr("Write a note on the case"))
        self._draft.setAccessibleName(self.tr("New note"))
        self._draft.setToolTip(self.tr("A note is kept in the case, and printed in its report"))
        self._draft.setTabChangesFocus(True)
        self._draft.setFixedHeight(self._draft.fontMetrics().lineSpacing() * 3 + 3 * SPACE)
        keys = "Ctrl+Return"
        shown = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
        self._add = push_button(self.tr("Add note"), kind=ButtonKind.PRIMARY, keys=shown, parent=self)
        self._add.clicked.connect(self._write)
        self._add.setEnabled(False)
        self._draft.textChanged.connect(lambda: self._add.setEnabled(bool(self._typed())))
        shortcut = QShortcut(QKeySequence(keys), self._draft)
        shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        shortcut.activated.connect(self._write)
        self._list = QListWidget(self)
        self._list.setAccessibleName(self.tr("Notes on the case"))
        self._list.setWordWrap(True)
        self._list.setSpacing(2)
        self._list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self._list.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        remove = QAction(icon(Icon.REMOVE), self.tr("Remove note"), self._list)
        remove.setShortcut(QKeySequence("Delete"))
        remove.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        remove.triggered.connect(self._remove)
        self._list.addAction(remove)
        nothing = EmptyState(
            Icon.NOTE, self.tr("No notes"), self.tr("What you write here is kept with the case."), parent=self
        )
        self._stack = QStackedLayout()
        self._stack.addWidget(nothing)
        self._stack.addWidget(self._list)
        hint = QLabel(self.tr("Delete removes a note; Undo brings it back."), self)
        hint.setProperty("rank", "small")
        hint.setWordWrap(True)
        below = QHBoxLayout()
        below.addWidget(hint, 1)
        below.addWidget(self._add)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE // 2, SPACE, SPACE // 2, SPACE)
        column.setSpacing(SPACE)
        column.addWidget(self._draft)
        column.addLayout(below)
        column.addLayout(self._stack, 1)

    def set_notes(self, notes: Sequence[ReviewEntry]) -> None:
        """Show the notes that hold, given oldest first. What was typed goes once it is among them, not before."""
        saved = any(isinstance(e.action, WriteNote) and e.action.text == self._handed_in for e in notes)
        if self._handed_in and saved and self._typed() == self._handed_in:
            self._draft.clear()
        self._handed_in = ""
        self._list.clear()
        for entry in reversed(notes):
            if isinstance(entry.action, WriteNote):
                when = QLocale().toString(
                    QDateTime.fromSecsSinceEpoch(int(entry.at.timestamp())), QLocale.FormatType.ShortFormat
                )
                item = QListWidgetItem(f"{entry.action.text}\n{when} · {spelled(entry.actor)}", self._list)
                item.setData(_ID_ROLE, entry.id)
        self._stack.setCurrentIndex(1 if self._list.count() else 0)

    @property
    def has_draft(self) -> bool:
        """Whether a note was typed and not saved."""
        return bool(self._typed())

    def texts(self) -> list[str]:
        """Return the words of every listed note, newest first."""
        return [self._list.item(place).text() for place in range(self._list.count())]

    def draft(self) -> QPlainTextEdit:
        """Return the field for a new note."""
        return self._draft

    def clear_draft(self) -> None:
        """Forget what was typed, for example because another case was opened."""
        self._draft.clear()

    def remove_at(self, place: int) -> None:
        """Ask to remove the listed note at `place`."""
        self._list.setCurrentRow(place)
        self._remove()

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Return a small size: the list scrolls."""
        return QSize(20 * SPACE, 20 * SPACE)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Wrap the notes anew."""
        super().resizeEvent(event)
        self._list.scheduleDelayedItemsLayout()

    def _write(self) -> None:
        text = self._typed()
        if text and text != self._handed_in:
            self._handed_in = text
            self.note_written.emit(text)

    def _typed(self) -> str:
        return self._draft.toPlainText().strip()

    def _remove(self) -> None:
        item = self._list.currentItem()
        if item is not None:
            self.note_removed.emit(int(item.data(_ID_ROLE)))
