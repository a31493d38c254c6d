"""The foot of the case view: what runs, what waits, how long all of it will take."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from ui.icons import Icon
from ui.theme import ButtonKind
from ui.tokens import SPACE
from ui.widgets.buttons import tool_button
from ui.widgets.elided_label import ElidedLabel
from ui.widgets.job_bar import clock_words


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSummary:
    """The queue in a few numbers.

    Attributes:
        running: what is being done; '' when nothing is.
        waiting: what waits, next one first.
        seconds_left: estimate for all of it; None while unknown.
        is_paused: the queue stands still.
    """

    running: str = ""
    waiting: tuple[str, ...] = ()
    seconds_left: float | None = None
    is_paused: bool = False

    @property
    def is_busy(self) -> bool:
        """Whether anything runs or waits."""
        return bool(self.running or self.waiting)


class QueueStrip(QFrame):
    """One line on the queue.

    Args:
        pause, resume: actions of the whole queue, shown as buttons.

    Signals:
        cancel_all_asked: stop everything.
    """

    cancel_all_asked = Signal()

    def __init__(self, pause: QAction, resume: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "panel")
        self._running = ElidedLabel("", Qt.TextElideMode.ElideMiddle, self)
        self._waiting = ElidedLabel("", Qt.TextElideMode.ElideRight, self)
        self._waiting.setProperty("rank", "muted")
        self._left = QLabel(self)
        self._left.setProperty("rank", "muted")
        self._left.setToolTip(
            self.tr(
                "Estimated from what finding and recovering faces and hashing cost so far; shown once each was seen"
            )
        )
        self._cancel = tool_button(Icon.STOP, self.tr("Stop everything; what is done stays"), parent=self)
        self._cancel.clicked.connect(self.cancel_all_asked)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE + 4, SPACE // 2, SPACE, SPACE // 2)
        row.setSpacing(SPACE + 4)
        row.addWidget(self._running, 3)
        row.addWidget(self._waiting, 4)
        row.addWidget(self._left)
        self._buttons = [self._button(pause), self._button(resume)]
        for button in (*self._buttons, self._cancel):
            row.addWidget(button)
        self.set_queue(QueueSummary())

    def set_queue(self, queue: QueueSummary) -> None:
        """Show the queue; nothing is shown while it is empty and not paused."""
        self.setVisible(queue.is_busy or queue.is_paused)
        if queue.is_paused:
            words = self.tr("Paused: {job}").format(job=queue.running) if queue.running else self.tr("Queue paused")
        else:
            words = queue.running or self.tr("Starting…")
        self._running.setText(words)
        n = len(queue.waiting)
        if n == 0:
            self._waiting.setText(self.tr("Nothing else waits"))
        else:
            head = self.tr("1 waits") if n == 1 else self.tr("%n wait", "", n)
            self._waiting.setText(f"{head}: {', '.join(queue.waiting)}")
        left = "" if queue.seconds_left is None or queue.is_paused else clock_words(queue.seconds_left)
        self._left.setText(self.tr("about {time} left in all").format(time=left) if left else "")
        self.setAccessibleName(self.tr("Queue"))
        self.setAccessibleDescription(self.words())
        for button in self._buttons:
            action = button.defaultAction()
            button.setVisible(action.isVisible())

    def words(self) -> str:
        """Return all it says."""
        return " · ".join(part for part in (self._running.text(), self._waiting.text(), self._left.text()) if part)

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("kind", ButtonKind.FLAT.value)
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setAccessibleName(action.text())
        return button
