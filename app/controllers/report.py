"""The report page: its summary follows the session; pages and files are made on a thread of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from app.commands.case_options import REPORT_NAME
from app.controllers.case import open_in_file_manager
from app.controllers.report_lines import report_summary
from app.report_work import ExportOrder, Preview, export_report, make_preview, signer_with
from app.session import Session
from app.workers.desk import Desk
from core.domain.cancel import CancelToken
from core.domain.events import ErrorReport
from core.domain.evidence import EvidenceState
from core.domain.report import EvidenceResult
from core.report.seal import Seal
from ui.views.report import ReportView
from ui.widgets.report_summary import ExportedReport, Work

if TYPE_CHECKING:
    from core.casefile.store import CaseFile

R = TypeVar("R")


class ReportController(QObject):
    """Joins the report page to the session.

    Reports are made on a desk of their own, with their own connection to the case: hashing evidence takes long, and
    neither a decision nor an analysis waits for it. Failures go through `session.failed`.

    Args:
        session: what is open.
        view: the page.
        show_folder: opens a folder outside of the window.

    Signals:
        person_chosen: evidence id, person track id, to be shown in the analysis view.
        item_chosen: evidence id, likewise.
        case_page_asked: show the case page.
        exported: `ExportedReport`; the custody log has a new line.
    """

    person_chosen = Signal(int, int)
    item_chosen = Signal(int)
    case_page_asked = Signal()
    exported = Signal(object)

    def __init__(
        self, session: Session, view: ReportView, show_folder: Callable[[Path], None] = open_in_file_manager
    ) -> None:
        super().__init__(session)
        self._session = session
        self._view = view
        self._desk: Desk[CaseFile] = Desk("report", self)
        self._opened: Path | None = None
        self._cancel = CancelToken()
        self._work = Work.NONE
        self._generation = 0
        self._results: dict[int, EvidenceResult] = {}
        self._asked: set[int] = set()
        self._unread: list[int] = []
        self._hashes: dict[int, str] = {}
        self._last_export: Path | None = None
        self._n_changes = 0
        self._has_preview = False
        self._authority = session.preferences.timestamp_url
        # Several changes of one moment make one summary.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self.show_now)
        session.case_opened.connect(self._on_opened)
        session.case_closed.connect(self._forget)
        session.info_changed.connect(self._on_changed)
        session.items_changed.connect(self._on_changed)
        session.review_changed.connect(self._on_changed)
        session.result_changed.connect(self._on_result)
        session.preferences_changed.connect(self._follow_authority)
        view.page_shown.connect(self._on_shown)
        view.preview_asked.connect(self.refresh)
        view.cancel_asked.connect(self.cancel)
        view.export_asked.connect(self.export)
        view.folder_asked.connect(lambda path: show_folder(path.parent))
        view.go_to_person.connect(self.person_chosen)
        view.go_to_item.connect(self.item_chosen)
        view.go_to_case.connect(self.case_page_asked)

    def show_now(self) -> None:
        """Bring the summary up to date, if it is in view."""
        session = self._session
        if session.case_folder is None or not self._view.is_shown():
            return
        self._view.show_summary(
            report_summary(
                info=session.info,
                items=session.items,
                review=session.review,
                results=self._results,
                hashes=self._hashes,
                suggested_path=self._last_export or session.case_folder / REPORT_NAME,
            )
        )
        self._read_results()

    def refresh(self) -> None:
        """Make the preview anew; one that is being made is given up."""
        if self._session.case_folder is None or self._work is Work.EXPORT:
            return
        fonts, cancel, n_changes = self._session.folders.fonts, self._begin(Work.PREVIEW), self._n_changes

        def made(preview: Preview) -> None:
            self._hashes = preview.hashes
            self._has_preview = True
            self._view.show_preview(preview.pages)
            if n_changes != self._n_changes:
                self._view.show_stale()
            self._soon.start()

        key = self._session.case_key
        seal = Seal()
        if key is not None:
            is_stamped = bool(self._session.preferences.timestamp_url)
            seal = Seal(signer=key.name, key_sha256=key.fingerprint, has_timestamp=is_stamped)
        self._ask(lambda case: make_preview(case, fonts, cancel, seal), made)

    def export(self, pdf: Path) -> None:
        """Write the report to a place; a preview that is being made is made again afterwards."""
        session = self._session
        if session.case_folder is None or self._work is Work.EXPORT:
            return
        wants_preview = self._work is Work.PREVIEW
        keep = () if session.gallery_path is None else (session.gallery_path,)
        signer = signer_with(session.case_key, session.preferences.timestamp_url)
        order = ExportOrder(pdf=pdf, actor=session.actor, folders=session.folders, signer=signer, keep=keep)
        cancel = self._begin(Work.EXPORT)
        session.set_export(cancel)

        def written(answer: tuple[ExportedReport, dict[int, str]]) -> None:
            report, self._hashes = answer
            self._last_export = report.pdf
            self._view.show_exported(report)
            self.exported.emit(report)
            self._soon.start()
            if wants_preview:
                self.refresh()

        self._ask(lambda case: export_report(case, order, cancel), written)

    def follow_key(self, name: str) -> None:
        """Another key signs now, '' for none: the first page says so."""
        self._view.show_signer(name)
        if self._has_preview:
            self._view.show_stale()

    def _follow_authority(self) -> None:
        """Who confirms the time of a signature stands on the first page, too."""
        former, self._authority = self._authority, self._session.preferences.timestamp_url
        if self._has_preview and former != self._authority:
            self._view.show_stale()

    def cancel(self) -> None:
        """Stop what is being made; files that are already being written are finished."""
        self._cancel.cancel()

    def close(self) -> None:
        """Stop what is being made and end the thread."""
        self._cancel.cancel()
        self._generation += 1
        self._session.set_export(None)
        self._desk.stop()

    # --- the thread that makes reports

    def _begin(self, work: Work) -> CancelToken:
        """Give up what is being made; the token is that of the work that begins."""
        self._cancel.cancel()
        self._cancel = CancelToken()
        self._generation += 1
        self._work = work
        self._view.show_work(work)
        return self._cancel

    def _ask(self, work: Callable[[CaseFile], R], done: Callable[[R], None]) -> None:
        generation, cancel = self._generation, self._cancel

        def ended(answer: R) -> None:
            if generation == self._generation:
                self._end()
                done(answer)

        def failed(error: ErrorReport) -> None:
            if generation == self._generation:
                self._end()
                if not cancel.is_cancelled:
                    self._session.failed.emit(error)

        self._open_desk()
        self._desk.ask(work, ended, failed)

    def _open_desk(self) -> None:
        folder = self._session.case_folder
        if folder is None or folder == self._opened:
            return

        def make() -> CaseFile:
            from core.casefile.store import CaseFile

            return CaseFile.open(folder, create=False)

        def refused(error: ErrorReport) -> None:
            # What was asked of a case that cannot be opened is dropped by the desk.
            self._opened = None
            self._end()
            self._session.failed.emit(error)

        self._opened = folder
        self._desk.open(make, None, refused)

    def _end(self) -> None:
        self._work = Work.NONE
        self._session.set_export(None)
        self._view.show_work(Work.NONE)

    # --- what the session says

    def _on_opened(self) -> None:
        self._forget()
        self._soon.start()

    def _forget(self) -> None:
        self._cancel.cancel()
        self._generation += 1
        self._work = Work.NONE
        self._session.set_export(None)
        self._desk.release()
        self._opened = self._last_export = None
        self._results.clear()
        self._asked.clear()
        self._unread.clear()
        self._hashes.clear()
        self._has_preview = False
        self._view.clear()

    def _on_shown(self) -> None:
        self.show_now()
        self._make_first()

    def _make_first(self) -> None:
        """Make the first preview of a case without being asked."""
        is_done = any(stored.state is EvidenceState.DONE for stored in self._session.items)
        if is_done and not self._has_preview and self._work is Work.NONE:
            self.refresh()

    def _on_changed(self) -> None:
        self._n_changes += 1
        if self._has_preview:
            self._view.show_stale()
        self._soon.start()

    def _on_result(self, evidence_id: int) -> None:
        self._results.pop(evidence_id, None)
        self._asked.discard(evidence_id)
        self._on_changed()
        if self._view.is_shown():
            self._make_first()

    def _read_results(self) -> None:
        """Read outlines of finished items that are not known yet, one after another."""
        done = [stored.id for stored in self._session.items if stored.state is EvidenceState.DONE]
        wanted = [i for i in done if i not in self._asked]
        is_reading = bool(self._unread)
        self._asked.update(wanted)
        self._unread += [i for i in wanted if i not in self._unread]
        if not is_reading:
            self._read_next()

    def _read_next(self) -> None:
        if not self._unread:
            return
        evidence_id = self._unread[0]

        def read(result: EvidenceResult | None) -> None:
            self._unread.remove(evidence_id)
            if result is not None:
                self._results[evidence_id] = replace(result, frames=())
                self._soon.start()
            self._read_next()

        def failed(error: ErrorReport) -> None:
            self._unread.remove(evidence_id)
            self._session.failed.emit(error)
            self._read_next()

        self._session.case.ask(lambda case: case.outline(evidence_id), read, failed)
