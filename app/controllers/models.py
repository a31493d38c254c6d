"""The page of models and the self-check, and the import of weights."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.installation import Installation
from app.session import Session
from app.weights_import import ImportJob, ImportOutcome
from app.workers.jobs import Job
from core.domain.installation import ImportRequest, WeightsPurpose
from ui.views.models import ModelsView


class ModelsController(QObject):
    """Joins the view to the installation and the engine.

    Signals:
        trouble_found: (number of failed checks) a self-check that ended found something broken.
    """

    trouble_found = Signal(int)

    def __init__(self, session: Session, installation: Installation, view: ModelsView) -> None:
        super().__init__(session)
        self._session = session
        self._installation = installation
        self._view = view
        self._request: ImportRequest | None = None
        self._job_id: int | None = None
        view.opened.connect(self._on_opened)
        view.check_asked.connect(installation.check)
        view.import_asked.connect(self._on_import_asked)
        view.import_cancelled.connect(self._on_import_cancelled)
        installation.check_started.connect(view.show_check_started)
        installation.check_found.connect(view.add_check)
        installation.check_ended.connect(self._on_check_ended)
        jobs = session.jobs
        jobs.started.connect(self._on_job_started)
        jobs.succeeded.connect(self._on_job_succeeded)
        jobs.finished.connect(self._on_job_finished)

    def _on_opened(self) -> None:
        if not self._installation.is_known and not self._installation.is_checking:
            self._installation.check()

    def _on_check_ended(self) -> None:
        self._view.show_check_ended()
        self._view.show_weights(self._installation.weights)
        failed = self._installation.failed_checks
        if failed:
            self.trouble_found.emit(len(failed))

    def _on_import_asked(self, request: ImportRequest) -> None:
        if self._job_id is not None:
            return  # the view offers no second one
        self._request = request
        self._view.show_import_running(request.path, is_waiting=self._session.jobs.is_busy)
        label = self.tr("Import {name}").format(name=request.path.name)
        self._job_id = self._session.jobs.add(Job(label=label, run=ImportJob(request=request).run))

    def _on_import_cancelled(self) -> None:
        if self._job_id is not None:
            self._session.jobs.cancel(self._job_id)

    def _on_job_started(self, job_id: int) -> None:
        if job_id == self._job_id and self._request is not None:
            self._view.show_import_running(self._request.path, is_waiting=False)

    def _on_job_succeeded(self, job_id: int, outcome: object) -> None:
        if job_id != self._job_id or not isinstance(outcome, ImportOutcome):
            return
        if outcome.refusal is not None:
            self._view.show_import_refused(outcome.refusal)
            return
        self._view.show_imported(outcome.name, self._hint(outcome))
        self._installation.check()

    def _on_job_finished(self, job_id: int) -> None:
        if job_id == self._job_id:
            self._job_id, self._request = None, None
            self._view.show_import_ended()

    def _hint(self, outcome: ImportOutcome) -> str:
        hints = {
            WeightsPurpose.RECOVERY: self.tr("Choose it as the recovery model in the preferences."),
            WeightsPurpose.EMBEDDER: self.tr("A new gallery can be made with it on the command line."),
        }
        hint = hints.get(outcome.purpose, "")
        if outcome.detector is not None:
            also = self.tr("The pack’s face detector can be chosen in the preferences: {folder}")
            hint = f"{hint} {also.format(folder=outcome.detector)}"
        return hint
