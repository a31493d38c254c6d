"""What the window knows of this installation: checks, weights, devices, thresholds."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.self_check_child import facts_of_child
from app.session import Session
from app.settings import application_version
from app.workers.engine_room import EngineRoom
from app.workers.jobs import Job
from core.domain.cancel import CancelToken
from core.domain.events import Progress
from core.domain.installation import Check, CheckState, DeviceInfo, WeightsInfo
from core.domain.thresholds import ThresholdTable


class Installation(QObject):
    """Runs the self-check and keeps what it found. Lives on the window's thread.

    Attributes:
        checks: of the last run, as far as it came.
        weights, devices, thresholds: of the last run that ended; empty before the first.

    Signals:
        check_started: a run began; `checks` is empty.
        check_found: (Check) one check was made.
        check_ended: the run is over, or was stopped; everything may have changed.
    """

    check_started = Signal()
    check_found = Signal(object)
    check_ended = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._job_id: int | None = None
        self._is_outdated = False
        self._is_known = False
        self._found_weights: list[WeightsInfo] = []
        self._found_devices: list[DeviceInfo] = []
        self._found_thresholds = ThresholdTable()
        self.checks: tuple[Check, ...] = ()
        self.weights: tuple[WeightsInfo, ...] = ()
        self.devices: tuple[DeviceInfo, ...] = ()
        self.thresholds = ThresholdTable()
        # Not behind analyses, which may take hours.
        queue = session.intake
        queue.reported.connect(self._on_reported)
        queue.succeeded.connect(self._on_succeeded)
        queue.finished.connect(self._on_finished)

    @property
    def is_checking(self) -> bool:
        """Whether a run is under way."""
        return self._job_id is not None

    @property
    def is_known(self) -> bool:
        """Whether a run has ended well."""
        return self._is_known

    @property
    def failed_checks(self) -> tuple[Check, ...]:
        """What does not work."""
        return tuple(check for check in self.checks if check.state is CheckState.FAILED)

    def check(self) -> None:
        """Look at everything; again after the run that is under way, if there is one."""
        if self.is_checking:
            self._is_outdated = True
            return
        self.checks = ()
        self._found_weights, self._found_devices = [], []
        self._found_thresholds = ThresholdTable()
        self._job_id = self._session.intake.add(Job(label=self.tr("Self-check"), run=_look, may_be_cut_off=True))
        self.check_started.emit()

    def check_at_first_start(self) -> None:
        """Look at everything when this version of the program runs for the first time on this computer."""
        if self._session.preferences.checked_version != application_version():
            self.check()

    def _on_reported(self, job_id: int, fact: object) -> None:
        if job_id != self._job_id:
            return
        match fact:
            case Check():
                self.checks = (*self.checks, fact)
                self.check_found.emit(fact)
            case WeightsInfo():
                self._found_weights.append(fact)
            case DeviceInfo():
                self._found_devices.append(fact)
            case ThresholdTable():
                self._found_thresholds = fact

    def _on_succeeded(self, job_id: int, _: object) -> None:
        if job_id != self._job_id:
            return
        self._is_known = True
        self.weights, self.devices = tuple(self._found_weights), tuple(self._found_devices)
        self.thresholds = self._found_thresholds
        preferences = self._session.preferences
        self._session.set_preferences(replace(preferences, checked_version=application_version()))

    def _on_finished(self, job_id: int) -> None:
        if job_id != self._job_id:
            return
        self._job_id = None
        if self._is_outdated:
            self._is_outdated = False
            self.check()
        else:
            self.check_ended.emit()


def _look(room: EngineRoom, cancel: CancelToken) -> Generator[object, None, None]:
    yield Progress(stage="checking", done=0, total=None, unit="")
    yield from facts_of_child(room.folders, cancel)
