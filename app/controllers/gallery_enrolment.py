"""Enrolling photos that were dropped: asked about, queued on the engine, told photo by photo."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.gallery_answers import sorted_request
from app.gallery_jobs import EnrolJob, PhotosCounted
from app.session import Session
from app.workers.jobs import Job
from core.domain.events import ErrorReport
from core.domain.gallery import EnrolCounts, EnrolOutcome, EnrolRequest
from ui.views.gallery import GalleryView

if TYPE_CHECKING:
    from pathlib import Path

_RELOAD_S = 2.0


@dataclass(slots=True, kw_only=True)
class _Running:
    """An enrolment that is queued or runs."""

    label: str
    gallery: Path
    total: int | None = None
    counts: EnrolCounts = field(default_factory=EnrolCounts)


class GalleryEnrolment(QObject):
    """Part of the gallery's controller."""

    def __init__(self, session: Session, view: GalleryView) -> None:
        super().__init__(session)
        self._session = session
        self._view = view
        self._jobs: dict[int, _Running] = {}
        self._reloaded_at = 0.0
        view.files_dropped.connect(self._sort)
        view.enrol_asked.connect(self._enrol)
        view.enrol_cancel_asked.connect(self.cancel)
        jobs = session.jobs
        jobs.started.connect(self._on_started)
        jobs.reported.connect(self._on_event)
        jobs.succeeded.connect(self._on_succeeded)
        jobs.cancelled.connect(self._on_cancelled)
        jobs.failed.connect(self._on_failed)

    def cancel(self) -> None:
        """Stop all enrolments; what is enrolled stays."""
        for job_id in tuple(self._jobs):
            self._session.jobs.cancel(job_id)

    def _sort(self, paths: list[Path], person_id: int | None) -> None:
        if not self._session.gallery.is_open:
            self._session.failed.emit(
                ErrorReport(
                    what="no gallery is open to enrol people in", next_step="make a new gallery or open one first"
                )
            )
            return
        # A look at the disk, which may be slow: not on the window's thread.
        self._session.gallery.ask(lambda _: sorted_request(paths, person_id), self._view.ask_enrolment)

    def _enrol(self, request: EnrolRequest) -> None:
        gallery = self._session.gallery_path
        if gallery is None:
            return
        job = EnrolJob(
            gallery=gallery,
            key=self._session.gallery_key,
            request=request,
            actor=self._session.actor,
            device=self._session.preferences.device,
            model=self._session.preferences.model,
        )
        label = self._label(request)
        job_id = self._session.jobs.add(Job(label=label, run=job.run))
        if not self._jobs:
            self._view.begin_enrolment(label)
        self._jobs[job_id] = _Running(label=label, gallery=gallery)

    def _label(self, request: EnrolRequest) -> str:
        n = len(request.photos)
        if request.listings and n:
            return self.tr("Enrol {n} files and folders").format(n=n + len(request.listings))
        if request.listings:
            return self.tr("Enrol people from {name}").format(name=request.listings[0].name)
        if n == 1:
            return self.tr("Enrol {name}").format(name=request.photos[0].name)
        return self.tr("Enrol {n} photos").format(n=n)

    def _on_started(self, job_id: int) -> None:
        running = self._jobs.get(job_id)
        if running is not None:
            self._view.begin_enrolment(running.label)
            self._view.show_enrolment(running.counts, running.total)

    def _on_event(self, job_id: int, event: object) -> None:
        running = self._jobs.get(job_id)
        if running is None:
            return
        if isinstance(event, PhotosCounted):
            running.total = event.total
        elif isinstance(event, EnrolOutcome):
            running.counts = running.counts.plus(event.status)
            if event.reason or event.warnings:
                self._view.add_remark(event)
            if event.template_id is not None:
                self._reload(running, at_most_every_s=_RELOAD_S)
        else:
            return
        self._view.show_enrolment(running.counts, running.total)

    def _on_succeeded(self, job_id: int, _: object) -> None:
        running = self._jobs.pop(job_id, None)
        if running is not None:
            self._end(running, self.tr("Done: {label}").format(label=running.label))

    def _on_cancelled(self, job_id: int) -> None:
        running = self._jobs.pop(job_id, None)
        if running is not None:
            self._end(running, self.tr("Stopped: {label}. What was enrolled stays.").format(label=running.label))

    def _on_failed(self, job_id: int, report: ErrorReport) -> None:
        running = self._jobs.pop(job_id, None)
        if running is not None:
            self._end(running, self.tr("Failed: {label}: {what}").format(label=running.label, what=report.what))

    def _end(self, running: _Running, words: str) -> None:
        self._view.end_enrolment(words)
        if self._jobs:  # the next one waits
            self._view.begin_enrolment(next(iter(self._jobs.values())).label)
        self._reload(running)

    def _reload(self, running: _Running, *, at_most_every_s: float = 0.0) -> None:
        now = time.monotonic()
        if now - self._reloaded_at >= at_most_every_s and self._session.gallery_path == running.gallery:
            self._reloaded_at = now
            self._session.gallery_changed.emit()
