"""The frame of the window: menus, job line, messages, badges, theme, layout."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from app.session import Session
from app.settings import application_version
from app.workers.jobs import JobState, JobStatus
from core.domain.events import ErrorReport
from core.evidence.writing import write_whole
from ui.dialogs.about import AboutDialog
from ui.dialogs.shortcuts import ShortcutsDialog
from ui.main_window import MainWindow, Page
from ui.theme import ThemeMode, apply_theme
from ui.widgets.message_bar import Level

_LOG = logging.getLogger("unswap.window")
_OF_CASE = (Page.CASE, Page.ANALYSIS, Page.REPORT)
_STAGES = {
    "enrol": "enrolling photos",
    "load": "loading the networks",
    "scan": "looking for faces",
    "recover": "recovering faces",
    "identify": "comparing with the gallery",
    "take in": "hashing and reading",
    "hash new": "hashing",
    "hash": "hashing again",
}


class ShellController(QObject):
    """Joins the main window's own parts to the session."""

    def __init__(self, session: Session, window: MainWindow, app: QApplication) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._app = app
        session.case_opened.connect(self._on_case_opened)
        session.case_closed.connect(self.show_no_case)
        session.info_changed.connect(self._show_title)
        session.preferences_changed.connect(self._show_preferences)
        session.failed.connect(self.show_error)
        for queue in (session.jobs, session.intake):
            queue.changed.connect(self._show_jobs)
        window.job_bar.pause_asked.connect(session.jobs.pause)
        window.job_bar.resume_asked.connect(session.jobs.resume)
        window.job_bar.cancel_asked.connect(self._cancel_shown)
        menus = window.menus
        menus.theme_chosen.connect(self._choose_theme)
        menus.shortcuts_asked.connect(self._show_shortcuts)
        menus.self_check_asked.connect(lambda: window.show_page(Page.MODELS))
        menus.export_asked.connect(lambda: window.show_page(Page.REPORT))
        menus.about_asked.connect(self._show_about)
        self._show_preferences()
        self._show_jobs()

    def show_error(self, report: ErrorReport) -> None:
        """Tell of a failure in the window."""
        self._window.messages.show_error(report)

    def show_trouble(self, n_failed: int) -> None:
        """Tell that the self-check found something broken."""
        message = self._window.messages.show_message(
            Level.WARNING,
            self.tr("The self-check found %n thing(s) that do not work.", "", n_failed),
            action_text=self.tr("Show"),
        )
        message.action_asked.connect(lambda: self._window.show_page(Page.MODELS))

    def restore_layout(self) -> None:
        """Put the window where it stood when it was closed last; nonsense in the file changes nothing."""
        try:
            self._window.restore_layout(self._session.folders.layout.read_bytes())
        except OSError:
            return  # the first start, or a folder that cannot be read: the usual layout is as good

    def save_layout(self) -> None:
        """Keep where the window stands. A folder that cannot be written costs the layout and nothing else."""
        path: Path = self._session.folders.layout
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, self._window.saved_layout(), mode=0o600)
        except OSError as error:
            _LOG.warning("the window's layout was not saved: %s", error)

    def _on_case_opened(self) -> None:
        self._set_case_pages(is_open=True)
        self._show_title()
        self._window.show_page(Page.CASE)

    def show_no_case(self) -> None:
        """Go back to the start page; pages of a case cannot be gone to."""
        self._window.set_case_title("")
        self._set_case_pages(is_open=False)
        self._window.show_page(Page.START)

    def _set_case_pages(self, *, is_open: bool) -> None:
        for page in _OF_CASE:
            self._window.set_page_enabled(page, is_open)

    def _show_title(self) -> None:
        info, folder = self._session.info, self._session.case_folder
        if folder is not None:
            self._window.set_case_title(" ".join(filter(None, (info.case_number, info.title))) or folder.name)

    def _show_preferences(self) -> None:
        preferences = self._session.preferences
        self._window.menus.set_theme(ThemeMode(preferences.theme))
        self._window.set_recent_cases(list(preferences.recent_cases))

    def _choose_theme(self, mode: ThemeMode) -> None:
        apply_theme(self._app, mode)
        self._session.set_preferences(replace(self._session.preferences, theme=mode.value))

    def _show_shortcuts(self) -> None:
        ShortcutsDialog(self._window).show()

    def _show_about(self) -> None:
        AboutDialog(application_version(), self._window).open()

    def _live(self) -> list[JobStatus]:
        statuses = (*self._session.jobs.statuses(), *self._session.intake.statuses())
        return [s for s in statuses if s.state in (JobState.RUNNING, JobState.PAUSED)]

    def _show_jobs(self) -> None:
        live = self._live()
        n_live = sum(not status.may_be_cut_off for status in live)
        n_at_work = n_live + len(self._session.jobs.waiting_ids()) + len(self._session.intake.waiting_ids())
        self._window.set_badge(Page.CASE, n_at_work if self._session.case_folder is not None else 0)
        bar, jobs = self._window.job_bar, self._session.jobs
        if live:
            self._show_job(live[0])
        elif jobs.is_paused:
            bar.show_standing(len(jobs.waiting_ids()))
        else:
            bar.show_idle()

    def _show_job(self, status: JobStatus) -> None:
        bar, jobs, progress = self._window.job_bar, self._session.jobs, status.progress
        label = status.label if progress is None else f"{status.label}: {_STAGES.get(progress.stage, progress.stage)}"
        bar.show_progress(
            label,
            progress.done if progress is not None else 0,
            progress.total if progress is not None else None,
            progress.unit if progress is not None else "",
            status.rate,
            status.seconds_left,
        )
        if status.state is JobState.PAUSED:
            bar.show_paused()
        elif status not in jobs.statuses():
            bar.hide_pause()
            if jobs.is_paused:
                bar.offer_resume()

    def _cancel_shown(self) -> None:
        live = self._live()
        if live:
            running = {s.job_id for s in self._session.jobs.statuses() if s is live[0]}
            (self._session.jobs if running else self._session.intake).cancel(live[0].job_id)
