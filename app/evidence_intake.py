"""Files on their way into the open case: hashed and understood on the intake's thread, then queued for analysis."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from app.case_jobs import STOPPED, IntakeJob, Refused, TakenIn
from app.workers.jobs import Job
from core.domain.evidence import EvidenceState

if TYPE_CHECKING:
    from app.session import Session
    from core.casefile.store import CaseFile


_RELOAD_MS = 250


class EvidenceIntake(QObject):
    """What a session takes in. Refused inputs are told by `Session.refused`, new items by `Session.items_changed`."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._untouched: dict[int, tuple[Path, ...]] = {}
        self._to_analyse: dict[int, Path] = {}
        self._names: dict[int, str] = {}
        # Small files come by the dozen a second, and reading thousands of items anew takes its time.
        self._reload = QTimer(self)
        self._reload.setSingleShot(True)
        self._reload.setInterval(_RELOAD_MS)
        self._reload.timeout.connect(session.reload_items)
        queue = session.intake
        queue.started.connect(lambda job_id: self._untouched.pop(job_id, None))
        queue.reported.connect(self._on_reported)
        queue.succeeded.connect(self._on_succeeded)
        queue.cancelled.connect(self._on_cancelled)
        queue.finished.connect(lambda job_id: self._to_analyse.pop(job_id, None))
        session.case_closed.connect(self._names.clear)

    def take_in(self, paths: Sequence[Path], *, analyse: bool = True) -> None:
        """Hash and probe files and folders, put them into the open case, and queue their analysis."""
        folder = self._session.case_folder
        if folder is None or not paths:
            return
        job = IntakeJob(case_folder=folder, inputs=tuple(map(Path, paths)), actor=self._session.actor)
        name = paths[0].name if len(paths) == 1 else f"{len(paths)} files"
        job_id = self._session.intake.add(Job(label=f"Take in {name}", run=job.run, is_of_case=True))
        self._untouched[job_id] = job.inputs
        if analyse:
            self._to_analyse[job_id] = folder

    def name_of(self, evidence_id: int) -> str:
        """File name of an item, also of one that was taken in a moment ago."""
        names = self._names | {item.id: item.item.path.name for item in self._session.items}
        return names.get(evidence_id, f"item {evidence_id}")

    def _on_reported(self, _: int, event: object) -> None:
        if isinstance(event, TakenIn):
            self._names[event.evidence_id] = event.path.name  # before the session's items are read again
            if event.was_there:
                self._session.was_there.emit(event.path)
        if isinstance(event, Refused):
            self._session.refused.emit(event.error)
        if isinstance(event, TakenIn | Refused) and not self._reload.isActive():
            self._reload.start()

    def _on_succeeded(self, job_id: int, ids: object) -> None:
        folder = self._to_analyse.get(job_id)
        if folder is None or folder != self._session.case_folder or not isinstance(ids, tuple):
            return
        done = {item.id for item in self._session.items if item.state is EvidenceState.DONE}
        for evidence_id in ids:
            if evidence_id not in done:
                self._session.analyse(evidence_id)

    def _on_cancelled(self, job_id: int) -> None:
        """Inputs of a job that never began are kept as refused; a job that began does so itself."""
        inputs = self._untouched.pop(job_id, ())

        def keep(case: CaseFile) -> None:
            case.add_all_refused([(str(path), STOPPED) for path in inputs])

        if inputs:
            self._session.case.write(keep)
        self._session.reload_items()
