"""Opens the demo case step by step: clip, case, gallery, people, analysis."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from app.demo import DEMO_INFO, DemoPlaces, EnrolDemoJob, prepare_demo
from app.disk_questions import DiskQuestions
from app.session import Session
from app.workers.desk import Desk
from app.workers.jobs import Job


class DemoOpening(QObject):
    """Makes the demo case where there is none, and opens it with its own gallery.

    The gallery that was open before comes back when the demo case is closed.

    Args:
        session: what is open.
        disk: where files are copied.
    """

    def __init__(self, session: Session, disk: Desk[DiskQuestions]) -> None:
        super().__init__(session)
        self._session = session
        self._disk = disk
        self._places: DemoPlaces | None = None
        self._enrolling = 0
        self._gallery: Path | None = None
        self._gallery_before: Path | None = None
        session.case_opened.connect(self._on_case_opened)
        session.gallery_changed.connect(self._on_gallery_changed)
        session.jobs.finished.connect(self._on_job_finished)
        session.case_closed.connect(self._on_case_closed)

    def start(self) -> None:
        """Begin; failures go to `Session.failed`."""
        folders = self._session.folders
        self._disk.ask(lambda _: prepare_demo(folders), self._open)

    def _open(self, places: DemoPlaces) -> None:
        self._session.open_case(places.case_folder, create=True, info=DEMO_INFO if places.is_new else None)
        self._places = places

    def _on_case_opened(self) -> None:
        places = self._places
        if places is None or self._session.case_folder != places.case_folder:
            self._places = None
            return
        self._gallery = places.gallery
        if self._session.gallery_path != places.gallery:
            self._gallery_before = self._session.gallery_path
        # After whoever opens the usual gallery together with a case.
        QTimer.singleShot(0, self, lambda: self._session.open_gallery(places.gallery, create=True))

    def _on_gallery_changed(self) -> None:
        places, session = self._places, self._session
        if places is None or session.gallery_path != places.gallery or self._enrolling:
            return
        job = EnrolDemoJob(places=places, device=session.preferences.device)
        self._enrolling = session.jobs.add(Job(label=self.tr("Enrol the people of the demo"), run=job.run))
        session.evidence.take_in([places.clip])

    def _on_job_finished(self, job_id: int) -> None:
        if job_id == self._enrolling:
            self._session.gallery_changed.emit()
            self._places, self._enrolling = None, 0

    def _on_case_closed(self) -> None:
        if self._enrolling:
            self._session.jobs.cancel(self._enrolling)  # begun again when the demo is opened again
        self._places, self._enrolling = None, 0
        session = self._session
        if self._gallery is None or session.gallery_path != self._gallery:
            return
        # The next case must not be searched for the people of the demo.
        usual = session.preferences.gallery or session.folders.gallery
        before = self._gallery_before or usual
        session.open_gallery(before, create=before == session.folders.gallery)
