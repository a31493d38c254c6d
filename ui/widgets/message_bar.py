"""Messages inside the window: what happened, to which file, and what to do next; never a box in the way."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from ui.icons import Icon, Tint, icon_pixmap
from ui.theme import ButtonKind
from ui.tokens import SPACE
from ui.widgets.buttons import push_button, tool_button
from ui.widgets.elided_label import ElidedLabel

if TYPE_CHECKING:
    from core.domain.events import ErrorReport

MAX_VISIBLE = 3
_PASSING_MS = 6000


class Level(StrEnum):
    """How grave a message is; each has its own icon and word, not only its colour."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"


_LOOKS = {
    Level.INFO: (Icon.INFO, Tint.ACCENT),
    Level.SUCCESS: (Icon.SUCCESS, Tint.SUCCESS),
    Level.WARNING: (Icon.WARNING, Tint.WARNING),
    Level.ERROR: (Icon.ERROR, Tint.DANGER),
}


class Message(QFrame):
    """One message.

    Signals:
        closed: a person is done with it.
        action_asked: its button was pressed.
    """

    closed = Signal()
    action_asked = Signal()

    def __init__(
        self,
        level: Level,
        what: str,
        next_step: str = "",
        path: Path | None = None,
        detail: str = "",
        action_text: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("message")
        self.setProperty("level", level.value)
        self.level = level
        self._glyph, self._tint = _LOOKS[level]
        self._detail = detail
        self._mark = QLabel(self)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._label(what, ""))
        if path is not None:
            where = ElidedLabel(str(path), parent=self)
            where.setProperty("rank", "small")
            words.addWidget(where)
        if next_step:
            words.addWidget(self._label(next_step, "muted"))
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE + 4, SPACE, SPACE, SPACE)
        row.setSpacing(SPACE + 4)
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        if detail:
            copy = push_button(self.tr("Copy details"), tip=self.tr("Copy what a developer needs"), parent=self)
            copy.clicked.connect(self.copy_detail)
            row.addWidget(copy, 0, Qt.AlignmentFlag.AlignVCenter)
        if action_text:
            act = push_button(action_text, parent=self)
            act.clicked.connect(self.action_asked)
            row.addWidget(act, 0, Qt.AlignmentFlag.AlignVCenter)
        close = tool_button(Icon.CLOSE, self.tr("Close this message"), parent=self)
        close.clicked.connect(self.closed)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self.setAccessibleName(f"{self._level_word()}: {what}")
        self.setAccessibleDescription(" ".join(str(part) for part in (path or "", next_step) if part))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._paint_mark()

    def text(self) -> str:
        """Return all its words, line by line."""
        return "\n".join(label.text() for label in self.findChildren(QLabel) if label.text())

    def copy_detail(self) -> None:
        """Put the technical detail on the clipboard."""
        QGuiApplication.clipboard().setText(self._detail)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._paint_mark()

    def _paint_mark(self) -> None:
        self._mark.setPixmap(icon_pixmap(self._glyph, 20, self._tint, self.devicePixelRatioF()))
        self._mark.setToolTip(self._level_word())

    def _label(self, text: str, rank: str) -> QLabel:
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setText(text)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        if rank:
            label.setProperty("rank", rank)
        return label

    def _level_word(self) -> str:
        return {
            Level.INFO: self.tr("Note"),
            Level.SUCCESS: self.tr("Done"),
            Level.WARNING: self.tr("Warning"),
            Level.ERROR: self.tr("Error"),
        }[self.level]


class MessageBar(QWidget):
    """Stack of messages, newest first; what exceeds `MAX_VISIBLE` waits behind "N more".

    A message that says the same as an open one takes its place.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._messages: list[Message] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, 0)
        self._column.setSpacing(SPACE // 2)
        self._is_open = False
        self._more = push_button("", kind=ButtonKind.FLAT, parent=self)
        self._more.clicked.connect(self._unfold)
        self._close_all = push_button(self.tr("Close all"), kind=ButtonKind.FLAT, parent=self)
        self._close_all.clicked.connect(self.clear)
        foot = QHBoxLayout()
        foot.addStretch()
        foot.addWidget(self._more)
        foot.addWidget(self._close_all)
        self._column.addLayout(foot)
        self._arrange()

    def show_info(self, what: str, next_step: str = "") -> Message:
        """Tell something; stays until closed."""
        return self.show_message(Level.INFO, what, next_step)

    def show_success(self, what: str, action_text: str = "") -> Message:
        """Tell that something worked; goes by itself after a few seconds."""
        message = self.show_message(Level.SUCCESS, what, action_text=action_text)
        QTimer.singleShot(_PASSING_MS, message, message.closed.emit)
        return message

    def show_warning(self, what: str, next_step: str = "", path: Path | None = None) -> Message:
        """Tell of something that a person should know; stays until closed."""
        return self.show_message(Level.WARNING, what, next_step, path)

    def show_error(self, report: ErrorReport) -> Message:
        """Tell what went wrong, to which file, and what to do next; stays until closed."""
        detail = report.detail if report.is_bug else ""
        return self.show_message(Level.ERROR, _sentence(report.what), _sentence(report.next_step), report.path, detail)

    def show_message(
        self,
        level: Level,
        what: str,
        next_step: str = "",
        path: Path | None = None,
        detail: str = "",
        action_text: str = "",
    ) -> Message:
        """Add a message on top and return it, so that its `action_asked` can be heard."""
        message = Message(level, what, next_step, path, detail, action_text, self)
        for same in [m for m in self._messages if (m.level, m.text()) == (level, message.text())]:
            self._drop(same)
        message.closed.connect(lambda: self._drop(message))
        self._messages.insert(0, message)
        self._column.insertWidget(0, message)
        self._arrange()
        return message

    def messages(self) -> tuple[Message, ...]:
        """Return the open messages, newest first."""
        return tuple(self._messages)

    def clear(self) -> None:
        """Close all."""
        for message in self.messages():
            self._drop(message)

    def _drop(self, message: Message) -> None:
        if message in self._messages:
            self._messages.remove(message)
            self._column.removeWidget(message)
            message.hide()
            message.deleteLater()
            self._arrange()

    def _unfold(self) -> None:
        self._is_open = not self._is_open
        self._arrange()

    def _arrange(self) -> None:
        n_more = len(self._messages) - MAX_VISIBLE
        self._is_open = self._is_open and n_more > 0
        for place, message in enumerate(self._messages):
            message.setVisible(self._is_open or place < MAX_VISIBLE)
        words = self.tr("Show fewer") if self._is_open else self.tr("%n more", "", max(n_more, 0))
        self._more.setText(words)
        self._more.setAccessibleName(words)
        self._more.setToolTip(self.tr("Show all messages, or the newest only"))
        self._more.setVisible(n_more > 0)
        self._close_all.setVisible(n_more > 0)
        self.setVisible(bool(self._messages))


def _sentence(clause: str) -> str:
    """Errors hold clauses; the window shows sentences."""
    clause = clause.strip()
    if not clause:
        return ""
    return f"{clause[0].upper()}{clause[1:]}" + ("" if clause[-1] in ".!?" else ".")
