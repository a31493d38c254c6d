"""The window and all behind it: made here, joined here, and ended here."""

from __future__ import annotations

import logging
import sys
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from app.controllers.case import CaseController
from app.controllers.closing import ClosingController
from app.controllers.gallery import GalleryController
from app.controllers.gallery_log import GalleryLogController
from app.controllers.keys import KeysController
from app.controllers.models import ModelsController
from app.controllers.person import PersonController
from app.controllers.playback import PlaybackController
from app.controllers.preferences import PreferencesController
from app.controllers.report import ReportController
from app.controllers.shell import ShellController
from app.controllers.start import StartController
from app.controllers.undoing import UndoController
from app.controllers.viewing import ViewingLog
from app.installation import Installation
from app.places import is_there
from app.preferences import load_preferences
from app.session import Session
from app.settings import Folders, application_version
from app.workers.frame_server import FrameServer
from core.domain.events import ErrorReport
from core.domain.identity import IdentityTemplate
from ui.dialogs.key import KeyDialog
from ui.dialogs.preferences import PreferencesDialog
from ui.main_window import MainWindow, Page
from ui.theme import ThemeMode, apply_theme
from ui.views.analysis import AnalysisView
from ui.views.case import CaseView
from ui.views.gallery import GalleryView
from ui.views.models import ModelsView
from ui.views.report import ReportView
from ui.views.start import StartView
from ui.widgets.person_panel import PersonPanel

_LOG = logging.getLogger("unswap.window")
_LOG_BYTES = 1_000_000


class Desktop(QObject):
    """Everything that a running window consists of.

    Args:
        app: the process's application object.
        folders: resources and the user's data.

    Attributes:
        session: what is open.
        window: the main window.
    """

    def __init__(self, app: QApplication, folders: Folders) -> None:
        super().__init__()
        told: list[ErrorReport] = []
        preferences = load_preferences(folders, told.append)
        apply_theme(app, ThemeMode(preferences.theme))
        self.session = Session(folders, preferences, self)
        self.window = MainWindow()
        session, window = self.session, self.window
        self._shell = ShellController(session, window, app)
        self._undoing = UndoController(session, window)
        start_view = StartView()
        window.add_page(Page.START, start_view)
        self._start = StartController(session, start_view, window)
        case_view = CaseView()
        window.add_page(Page.CASE, case_view)
        self._case = CaseController(session, case_view, window.messages)
        self._frames = FrameServer(self)
        analysis_view, panel = AnalysisView(), PersonPanel()
        analysis_view.set_person_panel(panel)
        window.add_page(Page.ANALYSIS, analysis_view)
        self._playback = PlaybackController(session, analysis_view, self._frames)
        self._persons = PersonController(session, panel)
        self._viewing = ViewingLog(session, self._persons, panel)
        gallery_view = GalleryView()
        window.add_page(Page.GALLERY, gallery_view)
        self._gallery = GalleryController(session, gallery_view, window.messages)
        self._gallery_log = GalleryLogController(session, gallery_view)
        report_view = ReportView()
        window.add_page(Page.REPORT, report_view)
        self._report = ReportController(session, report_view)
        self._installation = installation = Installation(session, self)
        models_view = ModelsView()
        window.add_page(Page.MODELS, models_view)
        self._models = ModelsController(session, installation, models_view)
        self._models.trouble_found.connect(self._shell.show_trouble)
        self._preferences = PreferencesController(
            session, installation, app, lambda values: PreferencesDialog(values, window)
        )
        window.menus.preferences_asked.connect(self._preferences.open)
        self._closing = ClosingController(session, window)
        session.is_writing = lambda: panel.has_writing or case_view.notes.has_draft
        # The last: what others write when a case is closed is signed too.
        self._keys = KeysController(session, case_view, lambda keys, examiner: KeyDialog(keys, examiner, window))
        self._keys.signed.connect(self._case.follow_log)
        self._report.exported.connect(self._case.follow_log)
        self._keys.key_changed.connect(self._report.follow_key)
        report_view.key_asked.connect(self._keys.ask)
        window.menus.export_asked.connect(report_view.choose_export)
        self._join_pages(analysis_view)
        self._shell.show_no_case()
        self._shell.restore_layout()
        for report in told:
            self._shell.show_error(report)

    def _join_pages(self, analysis_view: AnalysisView) -> None:
        """What is chosen on one page is shown on another."""
        window, playback, persons = self.window, self._playback, self._persons
        playback.item_shown.connect(lambda evidence_id: persons.set_item(evidence_id or None))
        playback.track_chosen.connect(persons.choose_track)
        playback.frame_shown.connect(persons.set_frame_on_screen)
        persons.person_chosen.connect(playback.choose_person)
        persons.frame_chosen.connect(playback.show_time)
        persons.search_asked.connect(self._search_gallery)
        analysis_view.evidence_asked.connect(lambda: window.show_page(Page.CASE))
        self._case.item_chosen.connect(self._show_item)
        self._report.item_chosen.connect(self._show_item)
        self._report.person_chosen.connect(self._show_person)
        self._report.case_page_asked.connect(lambda: window.show_page(Page.CASE))
        self._undoing.item_concerned.connect(self._show_concerned)
        self._undoing.gallery_concerned.connect(lambda: window.show_page(Page.GALLERY))
        window.page_shown.connect(self._on_page_shown)

    def _on_page_shown(self, page: Page) -> None:
        if page is Page.ANALYSIS:
            self._playback.page_shown()
        else:
            self._playback.page_left()

    def _show_item(self, evidence_id: int) -> None:
        self._playback.show_item(evidence_id)
        self.window.show_page(Page.ANALYSIS)

    def _show_concerned(self, evidence_id: int) -> None:
        """Nothing is undone out of sight."""
        if not evidence_id:
            self.window.show_page(Page.CASE)
        elif self._playback.evidence_id != evidence_id or self.window.current_page() is not Page.ANALYSIS:
            self._show_item(evidence_id)

    def _show_person(self, evidence_id: int, person_track_id: int) -> None:
        self._show_item(evidence_id)
        self._persons.choose_person(person_track_id)

    def _search_gallery(self, template: IdentityTemplate, calibration_id: str, label: str) -> None:
        self.window.show_page(Page.GALLERY)
        self._gallery.search_with(template, calibration_id, label)

    def show(self) -> None:
        """Open the window; the first start on a computer checks the installation beside it."""
        self.window.show()
        self._installation.check_at_first_start()
        gallery = self.session.preferences.gallery or self.session.folders.gallery
        if is_there(gallery):
            self.session.open_gallery(gallery)

    def on_internal_fault(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """For `sys.excepthook`: a fault on the window's own thread is logged and told, and the window stays open."""
        detail = "".join(traceback.format_exception(kind, error, trace))
        _LOG.error("internal fault in the window\n%s", detail)
        self._shell.show_error(
            ErrorReport(
                what=f"an internal fault stopped what you asked for ({kind.__name__})",
                next_step="what was finished and decided is kept; try again, and send the log file if it happens twice",
                path=self.session.folders.log_file,
                is_bug=True,
                detail=detail,
            )
        )

    def shut_down(self) -> None:
        """Keep the layout, end all workers and take the window apart."""
        self._shell.save_layout()
        self._start.shut_down()
        self._report.close()
        self._keys.close()
        self._frames.stop()
        self.session.shut_down()
        self.window.allow_close()
        self.window.close()
        self.session.deleteLater()  # with the controllers, before the views that they speak to
        self.window.deleteLater()


def run_window(folders: Folders) -> int:
    """Open the window and run until it is closed.

    Returns:
        The exit code of the process.
    """
    app = QApplication(sys.argv[:1])
    app.setApplicationName("Unswap")
    app.setApplicationDisplayName("Unswap")
    app.setApplicationVersion(application_version())
    app.setDesktopFileName("unswap")
    _log_to(folders.log_file)
    desktop = Desktop(app, folders)
    sys.excepthook = desktop.on_internal_fault
    desktop.show()
    code = app.exec()
    desktop.shut_down()
    return code


def _log_to(path: Path) -> None:
    """Faults enter a log file of bounded size; where it cannot be written, the standard error output has to do."""
    handler: logging.Handler
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=_LOG_BYTES, backupCount=1, encoding="utf-8", delay=True)
    except OSError:
        handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
    logging.getLogger("unswap").addHandler(handler)
