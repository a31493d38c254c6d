"""Leaving the window while work runs: asks, waits for the step at hand without freezing, loses nothing."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer
from shiboken6 import isValid

from app.controllers.unsaved import unsaved_question
from app.session import Session
from app.workers.jobs import JobState
from ui.dialogs.closing import ClosingDialog
from ui.dialogs.confirm import ConfirmDialog
from ui.main_window import MainWindow
from ui.widgets.message_bar import Level, Message

_LIVE = (JobState.RUNNING, JobState.PAUSED, JobState.QUEUED)


class ClosingController(QObject):
    """Answers the main window's `close_asked`.

    Args:
        session: whose jobs are waited for.
        window: to be closed.
    """

    def __init__(self, session: Session, window: MainWindow) -> None:
        super().__init__(session)
        self._session = session
        self._window = window
        self._dialog: ClosingDialog | None = None
        self._question: ConfirmDialog | None = None
        self._leaves_when_idle = False
        self._is_stopping = False
        self._wish: Message | None = None
        # What has ended may queue what comes next: looked at when everybody has heard of the end.
        self._look = QTimer(self)
        self._look.setSingleShot(True)
        self._look.setInterval(0)
        self._look.timeout.connect(self._on_jobs_changed)
        window.close_asked.connect(self._on_close_asked)
        for queue in (session.jobs, session.intake):
            queue.finished.connect(lambda _: self._look.start())
        session.export_changed.connect(self._look.start)

    @property
    def is_busy(self) -> bool:
        """Whether work runs or waits that must not be broken off unasked."""
        return bool(self._labels())

    def _on_close_asked(self) -> None:
        if not self.is_busy:
            self._leave_asking()
        elif self._dialog is None and not self._is_stopping:
            self._dialog = dialog = ClosingDialog(self._labels(), self._window)
            dialog.keep_running_chosen.connect(self._keep_running)
            dialog.stop_chosen.connect(self._stop)
            dialog.rejected.connect(self._stay)
            dialog.finished.connect(self._forget_dialog)
            dialog.open()

    def _keep_running(self) -> None:
        self._leaves_when_idle = True
        self._session.jobs.resume()  # a queue that stands still would never end
        self._tell_wish()
        self._window.showMinimized()
        self._look.start()

    def _tell_wish(self) -> None:
        """Whoever brings the window back meanwhile sees what it is about to do, and can keep it open."""
        self._forget_wish()
        self._wish = self._window.messages.show_message(
            Level.INFO,
            self.tr("The window closes when all work is done."),
            action_text=self.tr("Keep it open"),
        )
        self._wish.action_asked.connect(self._stay)

    def _forget_wish(self) -> None:
        if self._wish is not None and isValid(self._wish):
            self._wish.closed.emit()
        self._wish = None

    def _stop(self) -> None:
        self._leaves_when_idle = self._is_stopping = True
        self._window.messages.show_info(
            self.tr("Closing after the current step…"), self.tr("What is done is kept; resume it another time.")
        )
        self._session.jobs.cancel_all()
        self._session.intake.cancel_all()
        self._session.stop_export()
        self._look.start()

    def _stay(self) -> None:
        self._leaves_when_idle = False
        self._forget_wish()

    def _forget_dialog(self) -> None:
        self._dialog = None

    def _on_jobs_changed(self) -> None:
        if self.is_busy:
            return
        if self._dialog is not None:
            self._dialog.accept()  # what it asks about has ended; the wish to leave holds
            self._leave_asking()
        elif self._leaves_when_idle:
            self._leave_asking()

    def _leave_asking(self) -> None:
        """Leave, but not with something typed that would be gone."""
        self._leaves_when_idle = False
        if not self._session.is_writing():
            self._leave()
        elif self._question is None:
            self._window.showNormal()
            self._question = question = unsaved_question(self._window)
            question.confirmed.connect(self._leave)
            question.finished.connect(self._forget_question)
            question.open()

    def _forget_question(self) -> None:
        self._question = None

    def _leave(self) -> None:
        # Not within the window's own handling of the wish to close it.
        QTimer.singleShot(0, self, self._close_if_idle)

    def _close_if_idle(self) -> None:
        if self.is_busy:  # something was begun since
            self._leaves_when_idle = True
            return
        self._window.allow_close()
        self._window.close()

    def _labels(self) -> list[str]:
        statuses = (*self._session.intake.statuses(), *self._session.jobs.statuses())
        labels = [status.label for status in statuses if status.state in _LIVE and not status.may_be_cut_off]
        return [*labels, self.tr("Export of the report")] if self._session.is_exporting else labels
