"""The engine thread's worker: runs one job at a time and reports in a small vocabulary."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from PySide6.QtCore import QObject, Signal, Slot

from app.settings import Folders
from app.workers.boundary import error_report
from app.workers.engine_room import EngineRoom
from app.workers.jobs import Job
from core.domain.cancel import CancelToken
from core.domain.events import Progress
from core.errors import AnalysisCancelledError

_PROGRESS_PERIOD_S = 0.05


class PauseGate:
    """Holds a job up between two events while closed; safe to use from any thread."""

    def __init__(self) -> None:
        self._is_open = threading.Event()
        self._is_open.set()

    def close(self) -> None:
        """Hold up whoever passes."""
        self._is_open.clear()

    def open(self) -> None:
        """Let everybody pass."""
        self._is_open.set()

    def pass_through(self) -> None:
        """Wait until the gate is open."""
        self._is_open.wait()


class JobWorker(QObject):
    """Lives on the engine thread.

    Signals (all with the job's id): `started`, `progressed` (at most 20 a second, the last one of a stage always),
    `reported` (every other event), then exactly one of `succeeded` (with the generator's return value), `cancelled`,
    `failed` (with an `ErrorReport`), then `finished`.
    """

    started = Signal(int)
    progressed = Signal(int, object)
    reported = Signal(int, object)
    succeeded = Signal(int, object)
    cancelled = Signal(int)
    failed = Signal(int, object)
    finished = Signal(int)

    def __init__(self, folders: Folders, gate: PauseGate) -> None:
        super().__init__()
        self._folders = folders
        self._gate = gate
        self._room: EngineRoom | None = None

    @Slot(int, object, object)
    def run(self, job_id: int, job: Job, cancel: CancelToken) -> None:
        """Run a job to its end, whatever that is."""
        self.started.emit(job_id)
        try:
            cancel.raise_if_cancelled()
            self._room = self._room or EngineRoom(self._folders)
            result = self._consume(job_id, job.run(self._room, cancel), cancel)
        except AnalysisCancelledError:
            self.cancelled.emit(job_id)
        except BaseException as error:
            self.failed.emit(job_id, error_report(error))
        else:
            self.succeeded.emit(job_id, result)
        self.finished.emit(job_id)

    def _consume(self, job_id: int, events: Iterator[object], cancel: CancelToken) -> object:
        last_shown = 0.0
        held: Progress | None = None
        while True:
            try:
                event = next(events)
            except StopIteration as end:
                if held is not None:
                    self.progressed.emit(job_id, held)
                return end.value
            if isinstance(event, Progress):
                now = time.monotonic()
                held = event
                if now - last_shown >= _PROGRESS_PERIOD_S or event.done == event.total:
                    self.progressed.emit(job_id, event)
                    last_shown, held = now, None
            else:
                if held is not None:
                    self.progressed.emit(job_id, held)
                    held = None
                self.reported.emit(job_id, event)
            self._gate.pass_through()
            if cancel.is_cancelled:
                # The generator's own clean-up runs here, on its own thread.
                getattr(events, "close", lambda: None)()
                cancel.raise_if_cancelled()
