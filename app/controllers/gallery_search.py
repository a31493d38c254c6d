"""Searching the gallery with a photo, or with a recovered face."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.gallery_access import FaceQuery, RecoveredBy
from app.gallery_answers import NO_CASE, Lookup, answer
from app.gallery_jobs import PhotoSearchJob
from app.session import Session
from app.workers.jobs import Job
from core.domain.events import ErrorReport
from core.domain.identity import IdentityTemplate
from ui.person_words import CandidateSection
from ui.views.gallery import GalleryView

if TYPE_CHECKING:
    from core.gallery.store import Gallery


def lookup_of(session: Session) -> Lookup:
    """How the gallery is to be asked now: the examiner, and the case as purpose."""
    info = session.info
    purpose = info.case_number or info.title or (session.case_folder.name if session.case_folder else NO_CASE)
    preferences = session.preferences
    return Lookup(actor=session.actor, purpose=purpose, candidates=preferences.candidates, device=preferences.device)


class GallerySearchController(QObject):
    """Part of the gallery's controller; the latest question counts."""

    def __init__(self, session: Session, view: GalleryView) -> None:
        super().__init__(session)
        self._session = session
        self._view = view
        self._question = 0
        self._job_id: int | None = None
        self._label = ""
        view.search_asked.connect(self._search_photo)
        view.search_cancel_asked.connect(self.cancel)
        session.jobs.succeeded.connect(self._on_succeeded)
        session.jobs.cancelled.connect(self._on_cancelled)
        session.jobs.failed.connect(self._on_failed)

    def search_with(self, template: IdentityTemplate, calibration_id: str, label: str) -> None:
        """Search with a recovered face; needs no network, so it waits for none.

        Args:
            template: the face.
            calibration_id: of the table of error rates that holds for it, '' for none.
            label: how it is called.
        """
        self._begin(label)
        if not self._is_open():
            return
        self._view.show_search(label, is_reconstruction=True)
        question = self._question
        query = FaceQuery(
            label=label,
            kind=template.role.value,
            embedding=template.embedding,
            embedder_id=template.embedder_id,
            surroundings=template.surroundings,
            n_frames=template.n_frames,
            made_with=RecoveredBy(calibration_id=calibration_id),
        )
        lookup, folders = lookup_of(self._session), self._session.folders

        def ask(gallery: Gallery) -> CandidateSection:
            return answer(gallery, query, lookup, folders)

        def done(section: CandidateSection) -> None:
            if question == self._question:
                self._view.show_answer(section, is_reconstruction=True)

        def failed(report: ErrorReport) -> None:
            if question == self._question:
                self._view.show_search_problem(label, report)

        self._session.gallery.ask(ask, done, failed)

    def cancel(self) -> None:
        """Stop looking."""
        self._question += 1
        self._stop_job()
        self._view.end_search()

    def _search_photo(self, photo: Path) -> None:
        self._begin(photo.name)
        gallery = self._session.gallery_path
        if not self._is_open() or gallery is None:
            return
        self._view.show_search(photo.name, is_reconstruction=False)
        job = PhotoSearchJob(
            gallery=gallery, key=self._session.gallery_key, photo=photo, lookup=lookup_of(self._session)
        )
        label = self.tr("Search with {name}").format(name=photo.name)
        self._job_id = self._session.jobs.add(Job(label=label, run=job.run), first=True)

    def _begin(self, label: str) -> None:
        self._question += 1
        self._stop_job()
        self._label = label

    def _is_open(self) -> bool:
        if self._session.gallery.is_open:
            return True
        report = ErrorReport(what="no gallery is open to search in", next_step="open a gallery, or make one and enrol")
        self._view.show_search_problem(self._label, report)
        return False

    def _stop_job(self) -> None:
        job_id, self._job_id = self._job_id, None  # from now on its answer is nobody's
        if job_id is not None:
            self._session.jobs.cancel(job_id)

    def _on_succeeded(self, job_id: int, found: object) -> None:
        if job_id != self._job_id:
            return
        self._job_id = None
        if isinstance(found, ErrorReport):
            self._view.show_search_problem(self._label, found)
        elif isinstance(found, CandidateSection):
            self._view.show_answer(found, is_reconstruction=False)

    def _on_cancelled(self, job_id: int) -> None:
        if job_id == self._job_id:
            self._job_id = None
            self._view.end_search()

    def _on_failed(self, job_id: int, report: ErrorReport) -> None:
        if job_id == self._job_id:
            self._job_id = None
            self._view.show_search_problem(self._label, report)
