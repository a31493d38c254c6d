"""The queue of jobs and the one engine thread that works it off."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot

from app.settings import Folders
from app.workers.job_worker import JobWorker, PauseGate
from app.workers.jobs import Job, JobState, JobStatus
from core.domain.cancel import CancelToken
from core.domain.events import ErrorReport, Progress

_KEPT_STATUSES = 200
_MEMORY_S = 20.0


@dataclass(slots=True, kw_only=True)
class _Pace:
    """Rate of the current stage over the last seconds."""

    stage: str = ""
    seen: deque[tuple[float, float]] = field(default_factory=deque)

    def rate(self, progress: Progress) -> float | None:
        """Units a second; None until two reports lie apart."""
        now = time.monotonic()
        if progress.stage != self.stage:
            self.stage, self.seen = progress.stage, deque()
        self.seen.append((now, progress.done))
        while now - self.seen[0][0] > _MEMORY_S:
            self.seen.popleft()
        (start, first), span = self.seen[0], now - self.seen[0][0]
        return (progress.done - first) / span if start < now and span > 0.2 and progress.done > first else None


class JobQueue(QObject):
    """Runs jobs one after another on the engine thread. Lives on the window's thread.

    Signals: those of `JobWorker`, and `changed` whenever `statuses` would answer otherwise.
    """

    started = Signal(int)
    progressed = Signal(int, object)
    reported = Signal(int, object)
    succeeded = Signal(int, object)
    cancelled = Signal(int)
    failed = Signal(int, object)
    finished = Signal(int)
    changed = Signal()
    _handed = Signal(int, object, object)

    def __init__(self, folders: Folders, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._gate = PauseGate()
        self._is_paused = False
        self._next_id = 1
        self._waiting: deque[tuple[int, Job]] = deque()
        self._running: tuple[int, CancelToken] | None = None
        self._statuses: dict[int, JobStatus] = {}
        self._pace = _Pace()
        self._thread = QThread()
        self._thread.setObjectName("engine")
        self._worker = JobWorker(folders, self._gate)
        self._worker.moveToThread(self._thread)
        queued = Qt.ConnectionType.QueuedConnection
        self._handed.connect(self._worker.run, queued)
        self._worker.started.connect(self._on_started, queued)
        self._worker.progressed.connect(self._on_progressed, queued)
        self._worker.reported.connect(self.reported, queued)
        self._worker.succeeded.connect(self._on_succeeded, queued)
        self._worker.cancelled.connect(self._on_cancelled, queued)
        self._worker.failed.connect(self._on_failed, queued)
        self._worker.finished.connect(self._on_finished, queued)
        self._thread.start()

    @property
    def is_busy(self) -> bool:
        """Whether a job runs or waits."""
        return self._running is not None or bool(self._waiting)

    @property
    def is_paused(self) -> bool:
        """Whether the queue stands still between two steps."""
        return self._is_paused

    def statuses(self) -> tuple[JobStatus, ...]:
        """All jobs in the order in which they were added, ended ones too (the last 200)."""
        return tuple(self._statuses.values())

    def live(self) -> tuple[JobStatus, ...]:
        """Those that run, stand still or wait."""
        return tuple(status for status in self._statuses.values() if status.state in _LIVE)

    def waiting_ids(self) -> tuple[int, ...]:
        """Ids of the jobs that wait, next one first."""
        return tuple(job_id for job_id, _ in self._waiting)

    def add(self, job: Job, *, first: bool = False) -> int:
        """Put a job at the end of the queue (or before all that wait) and return its id."""
        job_id, self._next_id = self._next_id, self._next_id + 1
        (self._waiting.appendleft if first else self._waiting.append)((job_id, job))
        self._statuses[job_id] = JobStatus(
            job_id=job_id,
            label=job.label,
            evidence_id=job.evidence_id,
            is_of_case=job.is_of_case or job.evidence_id is not None,
            may_be_cut_off=job.may_be_cut_off,
        )
        for old in [i for i, s in self._statuses.items() if s.state not in _LIVE][:-_KEPT_STATUSES]:
            del self._statuses[old]
        self.changed.emit()
        self._hand_over()
        return job_id

    def move_to_front(self, job_id: int) -> None:
        """Let a waiting job be the next."""
        for entry in self._waiting:
            if entry[0] == job_id:
                self._waiting.remove(entry)
                self._waiting.appendleft(entry)
                self.changed.emit()
                return

    def cancel(self, job_id: int) -> None:
        """Ask a running job to stop at its next check, or take a waiting one out of the queue."""
        if self._running is not None and self._running[0] == job_id:
            self._running[1].cancel()
            self._gate.open()  # so that it gets to its next check
            return
        for entry in self._waiting:
            if entry[0] == job_id:
                self._waiting.remove(entry)
                self._set(job_id, state=JobState.CANCELLED)
                self.cancelled.emit(job_id)
                self.finished.emit(job_id)
                return

    def cancel_all(self) -> None:
        """Empty the queue and ask the running job to stop."""
        for job_id in self.waiting_ids():
            self.cancel(job_id)
        if self._running is not None:
            self.cancel(self._running[0])

    def pause(self) -> None:
        """Stand still after the current step; nothing is lost."""
        self._is_paused = True
        self._gate.close()
        if self._running is not None:
            self._set(self._running[0], state=JobState.PAUSED)
        self.changed.emit()

    def resume(self) -> None:
        """Go on."""
        if not self._is_paused:
            return
        self._is_paused = False
        self._pace = _Pace()
        self._gate.open()
        if self._running is not None:
            self._set(self._running[0], state=JobState.RUNNING)
        self.changed.emit()
        self._hand_over()

    def stop(self) -> None:
        """Cancel everything, wait for the engine thread and end it."""
        if not self._thread.isRunning():
            return
        self.cancel_all()
        self._gate.open()
        self._thread.quit()
        self._thread.wait()

    def _hand_over(self) -> None:
        if self._running is not None or not self._waiting or self._is_paused:
            return
        job_id, job = self._waiting.popleft()
        cancel = CancelToken()
        self._running = (job_id, cancel)
        self._pace = _Pace()
        self._handed.emit(job_id, job, cancel)

    def _set(self, job_id: int, *, state: JobState, error: ErrorReport | None = None) -> None:
        self._statuses[job_id] = replace(self._statuses[job_id], state=state, error=error)
        self.changed.emit()

    @Slot(int)
    def _on_started(self, job_id: int) -> None:
        self._set(job_id, state=JobState.PAUSED if self._is_paused else JobState.RUNNING)
        self.started.emit(job_id)

    @Slot(int, object)
    def _on_progressed(self, job_id: int, progress: Progress) -> None:
        rate = self._pace.rate(progress)
        left = (progress.total - progress.done) / rate if rate and progress.total is not None else None
        self._statuses[job_id] = replace(self._statuses[job_id], progress=progress, rate=rate, seconds_left=left)
        self.progressed.emit(job_id, progress)
        self.changed.emit()

    @Slot(int, object)
    def _on_succeeded(self, job_id: int, result: object) -> None:
        self._set(job_id, state=JobState.DONE)
        self.succeeded.emit(job_id, result)

    @Slot(int)
    def _on_cancelled(self, job_id: int) -> None:
        self._set(job_id, state=JobState.CANCELLED)
        self.cancelled.emit(job_id)

    @Slot(int, object)
    def _on_failed(self, job_id: int, error: ErrorReport) -> None:
        self._set(job_id, state=JobState.FAILED, error=error)
        self.failed.emit(job_id, error)

    @Slot(int)
    def _on_finished(self, job_id: int) -> None:
        self._running = None
        if self._is_paused:
            self._gate.close()
        self.finished.emit(job_id)
        self._hand_over()
        self.changed.emit()


_LIVE = (JobState.QUEUED, JobState.RUNNING, JobState.PAUSED)
