"""The ways into a case: new, open, recent, dropped videos, the demo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import platformdirs
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog
from shiboken6 import isValid

from app.controllers.demo import DemoOpening
from app.controllers.unsaved import unsaved_question
from app.disk_questions import DiskQuestions
from app.session import Session
from app.workers.desk import Desk
from core.domain.events import ErrorReport
from core.domain.report import CaseInfo
from ui.dialogs.confirm import ConfirmDialog
from ui.dialogs.dropped_files import DroppedFilesDialog
from ui.dialogs.new_case import NewCaseDialog
from ui.main_window import MainWindow, Page
from ui.views.start import StartView
from ui.widgets.recent_case_row import RecentCase

_FOLDER_OF_CASES = "Unswap cases"
_SHOWN_STOPS = 5


class StartController(QObject):
    """Joins the start page, and the File menu's ways into a case, to the session.

    Args:
        session: what is open.
        view: the start page.
        window: owner of the dialogs; files dropped on it, where no page takes them, come here.
        cases_folder: where new cases usually go; None takes a folder in the user's documents.
    """

    def __init__(self, session: Session, view: StartView, window: MainWindow, cases_folder: Path | None = None) -> None:
        super().__init__(session)
        self._session = session
        self._view = view
        self._window = window
        self._cases_folder = cases_folder or platformdirs.user_documents_path() / _FOLDER_OF_CASES
        self._disk: Desk[DiskQuestions] = Desk("disk", self)
        self._disk.open(DiskQuestions, None, session.failed.emit)
        self._disk.unexpected.connect(session.failed)
        self._demo = DemoOpening(session, self._disk)
        view.new_case_asked.connect(self.make_case)
        view.open_case_asked.connect(self.choose_case)
        view.case_chosen.connect(self.open_case)
        view.demo_asked.connect(self.open_demo)
        view.recent_removed.connect(self._forget_case)
        view.files_dropped.connect(self.take_into_new_case)
        window.files_dropped.connect(self.take_files)
        menus = window.menus
        menus.new_case_asked.connect(self.make_case)
        menus.open_case_asked.connect(self.choose_case)
        menus.recent_chosen.connect(self.open_case)
        menus.close_case_asked.connect(self.close_case)
        for changed in (session.preferences_changed, session.case_opened, session.case_closed):
            changed.connect(self.show_recent)
        self.show_recent()

    def show_recent(self) -> None:
        """List the recent cases; whether they are still there is looked up elsewhere."""

        def listed(cases: list[RecentCase]) -> None:
            self._view.show_recent(cases)

        folders = self._session.preferences.recent_cases
        self._disk.ask(lambda disk: disk.recent_cases(folders), listed)

    def make_case(self) -> None:
        """Ask for what a new case needs."""
        self._ask_for_case(())

    def choose_case(self) -> None:
        """Ask for the folder of a case."""
        dialog = QFileDialog(self._window, self.tr("Open a case"), str(self._cases_folder))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda name: self.open_case(Path(name)))
        dialog.open()

    def open_case(self, folder: Path) -> None:
        """Open the case in this folder; the one that is open is gone to."""
        if folder == self._session.case_folder:
            self._window.show_page(Page.CASE)
        else:
            self._leaving(lambda: self._session.open_case(folder))

    def open_demo(self) -> None:
        """Make the demo case, or open it."""
        self._leaving(self._demo.start)

    def close_case(self) -> None:
        """Close the open case."""
        self._leaving(self._session.close_case)

    def take_into_new_case(self, paths: Sequence[Path]) -> None:
        """Ask for a new case for dropped files, whatever is open; a case among them is opened instead."""
        if paths:
            self._unless_a_case(paths, lambda: self._ask_for_case(tuple(paths)))

    def take_files(self, paths: Sequence[Path]) -> None:
        """Take files that were dropped on the window: into the open case only where it is in view, or when told so."""
        page = self._window.current_page()
        if self._session.case_folder is None or page is Page.START:
            self.take_into_new_case(paths)
        elif paths and page is Page.CASE:
            self._session.evidence.take_in(paths)
        elif paths:
            self._unless_a_case(paths, lambda: self._ask_where(tuple(paths)))

    def _unless_a_case(self, paths: Sequence[Path], go_on: Callable[[], None]) -> None:
        """Open the first case among these, else go on."""

        def looked(case: Path | None) -> None:
            if case is not None:
                self.open_case(case)
            else:
                go_on()

        self._disk.ask(lambda disk: disk.case_among(paths), looked)

    def _ask_where(self, paths: tuple[Path, ...]) -> None:
        info, folder = self._session.info, self._session.case_folder
        if folder is None:  # closed meanwhile
            self._ask_for_case(paths)
            return
        files = paths[0].name if len(paths) == 1 else self.tr("%n files and folders", "", len(paths))
        case = " ".join(filter(None, (info.case_number, info.title))) or folder.name
        dialog = DroppedFilesDialog(files, case, self._window)
        dialog.add_chosen.connect(lambda: self._session.evidence.take_in(paths))
        dialog.new_case_chosen.connect(lambda: self._ask_for_case(paths))
        dialog.open()

    def shut_down(self) -> None:
        """End the thread of the questions to the disk."""
        self._disk.stop()

    def _leaving(self, go_on: Callable[[], None], stay: Callable[[], None] = lambda: None) -> None:
        """Ask before the work on the open case is broken off; what was done is kept either way."""
        session = self._session
        stops, is_writing = list(session.case_work()), session.is_writing()
        stops += [self.tr("Export of the report")] if session.is_exporting else []
        if session.case_folder is None or not (stops or is_writing):
            go_on()
            return
        question = self._stop_question(stops, is_writing=is_writing) if stops else unsaved_question(self._window)
        question.confirmed.connect(go_on)
        question.rejected.connect(stay)
        question.open()

    def _stop_question(self, stops: Sequence[str], *, is_writing: bool) -> ConfirmDialog:
        shown = [*stops[:_SHOWN_STOPS]]
        if len(stops) > _SHOWN_STOPS:
            shown.append(self.tr("and %n more", "", len(stops) - _SHOWN_STOPS))
        shown += [self.tr("A note or an observation that was typed and not saved")] if is_writing else []
        return ConfirmDialog(
            self.tr("Stop the work on the open case?"),
            self.tr(
                "What is done is kept. Analyses go on where they stopped when you open the case again; files that were "
                "not taken in are listed there, to be added again. This stops:"
            ),
            shown,
            confirm_text=self.tr("Stop and leave"),
            parent=self._window,
        )

    def _ask_for_case(self, files: tuple[Path, ...]) -> None:
        preferences = self._session.preferences
        dialog = NewCaseDialog(
            self._cases_folder,
            title=files[0].stem if files else "",
            examiner=preferences.examiner,
            organisation=preferences.organisation,
            parent=self._window,
        )
        dialog.case_made.connect(lambda folder, info: self._make(dialog, folder, info, files))
        dialog.open()

    def _make(self, dialog: NewCaseDialog, folder: Path, info: CaseInfo, files: tuple[Path, ...]) -> None:
        session = self._session

        def opened() -> None:
            session.case_opened.disconnect(opened)
            if session.case_folder == folder:
                if isValid(dialog):
                    dialog.accept()
                self._remember_examiner(info)
                session.evidence.take_in(files)

        def failed(report: ErrorReport) -> None:
            session.case_opened.disconnect(opened)
            if not isValid(dialog):  # closed meanwhile
                session.failed.emit(report)
                return
            step = report.next_step
            dialog.show_problem(f"{report.what[:1].upper()}{report.what[1:]}. {step[:1].upper()}{step[1:]}.")

        def go_on() -> None:
            session.case_opened.connect(opened)
            session.open_case(folder, create=True, info=info, is_new=True, failed=failed)

        self._leaving(go_on, lambda: dialog.take_up() if isValid(dialog) else None)

    def _remember_examiner(self, info: CaseInfo) -> None:
        try:
            remembered = replace(self._session.preferences, examiner=info.examiner, organisation=info.organisation)
        except ValueError:  # too long to begin every case with
            return
        self._session.set_preferences(remembered)

    def _forget_case(self, folder: Path) -> None:
        self._session.set_preferences(self._session.preferences.without_recent_case(folder))
