"""The line at the foot of the window that tells what is being worked on, how fast, and how long it will take."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, Signal, SignalInstance
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget

from ui.icons import Icon
from ui.theme import scaled
from ui.tokens import SPACE
from ui.widgets.buttons import tool_button
from ui.widgets.elided_label import ElidedLabel

_STEPS = 1000
_VIDEO_UNIT = "s"


class JobBar(QFrame):
    """Shows the current job.

    Signals:
        pause_asked, resume_asked, cancel_asked: what a person wants of the current job.
    """

    pause_asked = Signal()
    resume_asked = Signal()
    cancel_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "bar")
        self._label = ElidedLabel("", Qt.TextElideMode.ElideMiddle, self)
        self._progress = QProgressBar(self)
        self._progress.setTextVisible(False)
        self._progress.setFixedWidth(220)
        self._progress.setAccessibleName(self.tr("Progress of the current job"))
        self._numbers = QLabel(self)
        self._numbers.setProperty("rank", "muted")
        self._numbers.setTextFormat(Qt.TextFormat.PlainText)
        self._pause = self._button(Icon.PAUSE, self.tr("Pause the job"), self.pause_asked)
        self._resume = self._button(Icon.PLAY, self.tr("Go on with the job"), self.resume_asked)
        self._cancel = self._button(Icon.STOP, self.tr("Cancel the job; what is done stays"), self.cancel_asked)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * SPACE, SPACE // 2, SPACE, SPACE // 2)
        row.setSpacing(SPACE + 4)
        row.addWidget(self._label, 1)
        row.addWidget(self._numbers)
        row.addWidget(self._progress)
        for button in (self._pause, self._resume, self._cancel):
            row.addWidget(button)
        self.setFixedHeight(scaled(4 * SPACE + 6))
        self.show_idle()

    def show_progress(
        self, label: str, done: float, total: float | None, unit: str, rate: float | None, seconds_left: float | None
    ) -> None:
        """Show a running job.

        Args:
            label: what is being done, to which file.
            done, total: in `unit`; total None when unknown.
            unit: for example ``"frames"``; ``"s"`` are seconds of video.
            rate: units a second; None when not yet known.
            seconds_left: estimate for this step; None when not yet known.
        """
        self._label.setText(label)
        self._progress.setRange(0, _STEPS if total else 0)
        if total:
            self._progress.setValue(round(_STEPS * min(done / total, 1.0)))
        parts = [self._done_words(done, total, unit) if done or total is not None else ""]
        if rate is not None:
            parts.append(rate_words(rate, unit))
        if seconds_left is not None:
            parts.append(self.tr("{time} left in this step").format(time=clock_words(seconds_left)))
        self._numbers.setText("  ·  ".join(filter(None, parts)))
        self._show_parts(running=True, paused=False)

    def show_paused(self) -> None:
        """Show that the current job waits for a person."""
        self._progress.setRange(0, self._progress.maximum() or _STEPS)
        self._numbers.setText(self.tr("Paused"))
        self._show_parts(running=True, paused=True)

    def show_standing(self, n_waiting: int) -> None:
        """Show that nothing runs because the queue is paused, and how much waits in it."""
        some = self.tr("Paused, 1 waits") if n_waiting == 1 else self.tr("Paused, %n wait", "", n_waiting)
        self._label.setText(some if n_waiting else self.tr("Paused"))
        self._progress.setRange(0, _STEPS)
        self._progress.setValue(0)
        self._numbers.clear()
        self._show_parts(running=True, paused=True)
        self._progress.hide()
        self._cancel.hide()

    def offer_resume(self) -> None:
        """Offer to go on with the queue that stands behind the job on show."""
        self._resume.show()

    def hide_pause(self) -> None:
        """Offer no pause: the current job is short, and no queue stands behind it."""
        self._pause.hide()

    def show_idle(self) -> None:
        """Show that nothing runs."""
        self._label.setText(self.tr("Ready"))
        self._progress.setRange(0, _STEPS)
        self._progress.setValue(0)
        self._numbers.clear()
        self._show_parts(running=False, paused=False)

    def numbers_text(self) -> str:
        """Return the words on count, rate and time left."""
        return self._numbers.text()

    def progress_range(self) -> tuple[int, int]:
        """Return the ends of the bar; (0, 0) while it runs to and fro because the end is not known."""
        return self._progress.minimum(), self._progress.maximum()

    def _done_words(self, done: float, total: float | None, unit: str) -> str:
        if unit == _VIDEO_UNIT:
            unit = self.tr("s of video")
        if total is None:
            return f"{done:,.0f} {unit}" if unit else ""
        return self.tr("{done} of {total} {unit}").format(done=f"{done:,.0f}", total=f"{total:,.0f}", unit=unit)

    def _show_parts(self, *, running: bool, paused: bool) -> None:
        self._progress.setVisible(running)
        self._pause.setVisible(running and not paused)
        self._resume.setVisible(running and paused)
        self._cancel.setVisible(running)

    def _button(self, glyph: Icon, name: str, intent: SignalInstance) -> QToolButton:
        button = tool_button(glyph, name, parent=self)
        button.clicked.connect(intent)
        return button


def rate_words(rate: float, unit: str) -> str:
    """Return how fast it goes; "s/s" would not tell which second is which."""

    def said(text: str) -> str:
        return QCoreApplication.translate("JobBar", text)

    if unit == _VIDEO_UNIT:
        return said("{rate}× real time").format(rate=f"{rate:.1f}")
    return said("{rate} {unit}/s").format(rate=f"{rate:.1f}", unit=unit)


def clock_words(seconds: float) -> str:
    """Return ``h:mm:ss`` or ``m:ss``, whole seconds rounded up."""
    whole = max(0, int(-(-seconds // 1)))
    minutes, s = divmod(whole, 60)
    hours, m = divmod(minutes, 60)
    return f"{hours}:{m:02d}:{s:02d}" if hours else f"{m}:{s:02d}"
