"""How long the analyses will take: what each step was seen to cost on this computer, added up for what is to come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from app.workers.jobs import JobState, JobStatus
from core.domain.evidence import EvidenceItem, StoredEvidence
from core.evidence.hashing import MEGABYTE, TOLD_FROM_BYTES

if TYPE_CHECKING:
    from app.controllers.case_rows import Queue

_SCAN, _RECOVER, _HASH = "s", "faces", "MB"
"""Units of the steps that take long: finding faces, recovering them, hashing."""


class Forecast:
    """Learns from jobs as they run; says nothing of what it has not seen yet."""

    def __init__(self) -> None:
        self._rates: dict[str, float] = {}
        self._faces: dict[int, int] = {}

    def hear(self, statuses: Sequence[JobStatus]) -> None:
        """Learn from the jobs as they stand now."""
        for status in statuses:
            progress = status.progress
            if status.state is not JobState.RUNNING or progress is None:
                continue
            if status.rate and progress.unit in (_SCAN, _RECOVER, _HASH):
                self._rates[progress.unit] = status.rate
            if progress.unit == _RECOVER and progress.total is not None:
                self._faces[status.job_id] = round(progress.total)

    def forget_jobs(self) -> None:
        """Another case: its videos show other numbers of people. The computer stays the same."""
        self._faces.clear()

    def left(self, status: JobStatus, item: EvidenceItem) -> float | None:
        """Seconds until the analysis of an item ends; None while the cost of a step to come is unknown."""
        progress = status.progress if status.state is not JobState.QUEUED else None
        now = status.seconds_left
        hashing, scanning, recovering = self._hashing(item), self._scanning(item), self._recovering()
        steps: tuple[float | None, ...]
        if progress is None or progress.unit not in (_SCAN, _RECOVER, _HASH):
            steps = (hashing, scanning, recovering, hashing)
        elif progress.unit == _RECOVER:
            steps = (now if progress.total else 0.0, hashing)
        elif progress.unit == _SCAN:
            steps = (now, recovering, hashing)
        elif status.job_id in self._faces:  # the second of the two hashings
            steps = (now,)
        else:
            steps = (now, scanning, recovering, hashing)
        return _sum(steps)

    def left_in_all(self, items: Sequence[StoredEvidence], queue: Queue) -> float | None:
        """Seconds until all that runs and waits is done; None while a part is unknown, or nothing runs."""
        by_id: Mapping[int, EvidenceItem] = {stored.id: stored.item for stored in items}
        live = [(status, by_id.get(status.evidence_id or 0)) for status in queue.live()]
        if not live:
            return None
        return _sum([self.left(status, item) for status, item in live if item is not None])

    def _hashing(self, item: EvidenceItem) -> float | None:
        if item.size_bytes < TOLD_FROM_BYTES:  # done in a moment
            return 0.0
        return self._cost(_HASH, item.size_bytes / MEGABYTE)

    def _scanning(self, item: EvidenceItem) -> float | None:
        return self._cost(_SCAN, float(item.duration_s or 0))

    def _recovering(self) -> float | None:
        """As many faces as the items of this case had so far, on average."""
        if not self._faces:
            return None
        return self._cost(_RECOVER, sum(self._faces.values()) / len(self._faces))

    def _cost(self, unit: str, amount: float) -> float | None:
        if not amount:
            return 0.0
        rate = self._rates.get(unit)
        return amount / rate if rate else None


def _sum(steps: Sequence[float | None]) -> float | None:
    known = [step for step in steps if step is not None]
    return sum(known) if len(known) == len(steps) else None
