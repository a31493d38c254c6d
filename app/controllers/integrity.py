"""Custody log and hashes on the case page: read, verified, taken again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.hash_check import HashCheckJob, HashFound
from app.session import Session
from app.workers.jobs import Job
from core.domain.custody import CustodyStatus
from core.domain.events import ErrorReport
from core.domain.evidence import StoredEvidence
from core.domain.report import AuditEntry
from ui.views.case import CaseView
from ui.widgets.evidence_row import HashCheck
from ui.widgets.message_bar import MessageBar

if TYPE_CHECKING:
    from core.casefile.store import CaseFile


class IntegrityController(QObject):
    """Keeps the custody log in view up to date, and checks hashes when asked.

    Attributes:
        checks: what became of the hashes of the open case, by evidence id.

    Signals:
        changed: `checks` would answer otherwise.
    """

    changed = Signal()

    def __init__(self, session: Session, view: CaseView, messages: MessageBar) -> None:
        super().__init__(session)
        self._session = session
        self._view = view
        self._messages = messages
        self._jobs: dict[int, StoredEvidence] = {}
        self.checks: dict[int, HashCheck] = {}
        session.case_opened.connect(self._start_over)
        session.case_closed.connect(self._start_over)
        # Each of them follows something that was written into the log.
        for changed in (session.case_opened, session.info_changed, session.items_changed, session.review_changed):
            changed.connect(self.follow)
        session.intake.succeeded.connect(self._on_succeeded)
        session.intake.finished.connect(self._on_finished)
        view.hash_check_asked.connect(self.check)
        view.custody_asked.connect(self.read)

    def follow(self) -> None:
        """Read the log again if it is in view."""
        if self._view.is_custody_shown():
            self.read()

    def read(self) -> None:
        """Read the log, verify its chain, and show both."""

        ledger_path = self._session.folders.head_ledger

        def work(case: CaseFile) -> tuple[tuple[AuditEntry, ...], CustodyStatus]:
            from core.evidence.ledger import HeadLedger

            return case.audit(), case.check_log(ledger=HeadLedger(ledger_path))

        self._session.case.ask(work, lambda found: self._view.set_custody(*found))

    def check(self, evidence_ids: list[int]) -> None:
        """Hash these items again, each as a job of its own, beside the analyses."""
        folder = self._session.case_folder
        if folder is None:
            return
        asked = set(self._jobs)
        busy = {self._jobs[job_id].id for job_id in asked}
        for item in self._session.items:
            if item.id in evidence_ids and item.id not in busy:
                job = HashCheckJob(case_folder=folder, item=item, actor=self._session.actor)
                label = self.tr("Check the hash of {name}").format(name=item.item.path.name)
                self.checks[item.id] = HashCheck.CHECKING
                self._jobs[self._session.intake.add(Job(label=label, run=job.run, is_of_case=True))] = item
        self.changed.emit()

    def _start_over(self) -> None:
        self._jobs.clear()
        self.checks.clear()

    def _on_succeeded(self, job_id: int, found: object) -> None:
        if job_id not in self._jobs or not isinstance(found, HashFound):
            return
        path = found.item.item.path
        if not found.check.sha256:
            self.checks[found.item.id] = HashCheck.UNREADABLE
            self._session.failed.emit(
                ErrorReport(
                    what=f"the file {found.check.words}",
                    next_step="connect the disk it lies on, or restore it from a copy, then check again",
                    path=path,
                )
            )
        elif found.check.is_same:
            self.checks[found.item.id] = HashCheck.UNCHANGED
            self._messages.show_success(self.tr("{name} is unchanged since intake.").format(name=path.name))
        else:
            self.checks[found.item.id] = HashCheck.CHANGED
            self._session.failed.emit(
                ErrorReport(
                    what="the file is no longer the one taken in: its SHA-256 is another",
                    next_step="restore it from a copy, or take the changed file in as a new item under another name",
                    path=path,
                )
            )

    def _on_finished(self, job_id: int) -> None:
        item = self._jobs.pop(job_id, None)
        if item is None:
            return
        if self.checks.get(item.id) is HashCheck.CHECKING:  # stopped, or failed
            del self.checks[item.id]
        self.changed.emit()
        self.follow()
