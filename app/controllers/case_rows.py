"""What the evidence table shows: the items of the case, the jobs on them, and the refused inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.controllers.forecast import Forecast
from app.workers.jobs import JobState, JobStatus
from core.domain.evidence import EvidenceState, StoredEvidence
from core.domain.report import EvidenceResult
from ui.widgets.evidence_row import EvidenceRow, HashCheck, ResultSummary, RowState
from ui.widgets.queue_strip import QueueSummary

_AT_REST = {
    EvidenceState.QUEUED: RowState.WAITING,
    EvidenceState.RUNNING: RowState.INTERRUPTED,
    EvidenceState.DONE: RowState.DONE,
    EvidenceState.FAILED: RowState.FAILED,
}
_AT_WORK = {
    JobState.QUEUED: RowState.QUEUED,
    JobState.RUNNING: RowState.RUNNING,
    JobState.PAUSED: RowState.PAUSED,
}
_ENDED, _WAITS, _RUNS = range(3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """The jobs on the open case.

    Attributes:
        statuses: oldest first.
        waiting_ids: jobs that wait, next one first.
        stopping: ids of jobs that were asked to stop.
        is_paused: see `JobQueue.is_paused`.
    """

    statuses: tuple[JobStatus, ...] = ()
    waiting_ids: tuple[int, ...] = ()
    stopping: frozenset[int] = frozenset()
    is_paused: bool = False

    def live(self) -> tuple[JobStatus, ...]:
        """Those that run or wait."""
        return tuple(status for status in self.statuses if status.state in _AT_WORK)

    def at_work(self) -> frozenset[int]:
        """Items that are being worked on now: only their rows change with progress."""
        return frozenset(
            status.evidence_id
            for status in self.statuses
            if status.evidence_id is not None and status.state in (JobState.RUNNING, JobState.PAUSED)
        )

    def standing(self) -> tuple[object, ...]:
        """All of it but how far the jobs are."""
        states = tuple((status.job_id, status.state, status.error) for status in self.statuses)
        return (states, self.waiting_ids, self.stopping, self.is_paused)

    def by_item(self) -> dict[int, JobStatus]:
        """What is to be shown for each item: its running job, else one that waits, else the one that ended last."""
        found: dict[int, JobStatus] = {}
        for status in self.statuses:
            if status.evidence_id is None:
                continue
            other = found.get(status.evidence_id)
            if other is None or _rank(status) > _rank(other) or _rank(status) == _ENDED:
                found[status.evidence_id] = status
        return found


@dataclass(slots=True, kw_only=True)
class Known:
    """What was read or found out about the open case, beside the items themselves.

    Attributes:
        refused: (path, reason) of inputs that could not be taken in.
        next_steps: what to do about refused inputs, by path; known for those of this sitting.
        summaries: of finished analyses, by evidence id.
        hash_checks: by evidence id.
    """

    refused: tuple[tuple[str, str], ...] = ()
    next_steps: dict[str, str] = field(default_factory=dict)
    summaries: dict[int, ResultSummary] = field(default_factory=dict)
    hash_checks: dict[int, HashCheck] = field(default_factory=dict)


def evidence_rows(
    items: Sequence[StoredEvidence], queue: Queue, known: Known, forecast: Forecast
) -> tuple[EvidenceRow, ...]:
    """One row for each item, in intake order, then one for each refused input."""
    rows = item_rows(items, queue, known, forecast)
    refused = [
        EvidenceRow(
            path=Path(path), state=RowState.REFUSED, reason=reason, next_step=known.next_steps.get(str(Path(path)), "")
        )
        for path, reason in known.refused
    ]
    return (*rows, *refused)


def item_rows(items: Sequence[StoredEvidence], queue: Queue, known: Known, forecast: Forecast) -> list[EvidenceRow]:
    """One row for each of these items."""
    by_item, places = queue.by_item(), {job_id: place for place, job_id in enumerate(queue.waiting_ids, 1)}
    return [_item_row(stored, by_item.get(stored.id), places, queue.stopping, known, forecast) for stored in items]


def _item_row(
    stored: StoredEvidence,
    status: JobStatus | None,
    places: Mapping[int, int],
    stopping: frozenset[int],
    known: Known,
    forecast: Forecast,
) -> EvidenceRow:
    row = EvidenceRow(
        path=stored.item.path,
        evidence_id=stored.id,
        item=stored.item,
        state=_AT_REST[stored.state],
        hash_check=known.hash_checks.get(stored.id, HashCheck.NOT_CHECKED),
    )
    if status is not None and status.state in _AT_WORK:
        return replace(
            row,
            state=RowState.STOPPING if status.job_id in stopping else _AT_WORK[status.state],
            queue_place=places.get(status.job_id),
            progress=status.progress,
            rate=status.rate,
            seconds_left=status.seconds_left,
            item_seconds_left=forecast.left(status, stored.item),
        )
    if status is not None and status.state is JobState.FAILED and status.error is not None:
        return replace(row, state=RowState.FAILED, reason=status.error.what, next_step=status.error.next_step)
    if stored.state is EvidenceState.FAILED:
        what, next_step = _parted(stored)
        return replace(row, reason=what, next_step=next_step)
    if stored.state is EvidenceState.DONE:
        return replace(row, summary=known.summaries.get(stored.id))
    return row


def _rank(status: JobStatus) -> int:
    if status.state not in _AT_WORK:
        return _ENDED
    return _WAITS if status.state is JobState.QUEUED else _RUNS


def _parted(stored: StoredEvidence) -> tuple[str, str]:
    """What happened and what to do, from the one text that the case keeps (see `core.errors.CaseError`)."""
    text = stored.failure.removeprefix(f"{stored.item.path}: ").removesuffix(".")
    what, _, next_step = text.partition(". ")
    return what, next_step


def unfinished_ids(rows: Sequence[EvidenceRow]) -> list[int]:
    """Items whose analysis was not finished, and on which nobody works."""
    return [
        row.evidence_id
        for row in rows
        if row.state in (RowState.INTERRUPTED, RowState.WAITING) and row.evidence_id is not None
    ]


def summary_of(result: EvidenceResult) -> ResultSummary:
    """What the table says of a finished analysis."""
    scores = [person.fake_score for person in result.persons if person.fake_score is not None]
    return ResultSummary(
        n_persons=len(result.persons), top_score=max(scores, default=None), warnings=tuple(result.warnings)
    )


def queue_summary(items: Sequence[StoredEvidence], analyses: Queue, intake: Queue, forecast: Forecast) -> QueueSummary:
    """The queue in a few numbers."""
    names = {stored.id: stored.item.path.name for stored in items}
    live = (*intake.live(), *analyses.live())
    running = [status for status in live if status.state is not JobState.QUEUED]
    waiting = {status.job_id: status for status in analyses.live()}
    in_line = [waiting[job_id] for job_id in analyses.waiting_ids if job_id in waiting]
    labels = [status.label for status in intake.live() if status.state is JobState.QUEUED]
    labels += [names.get(status.evidence_id or 0, status.label) for status in in_line]
    return QueueSummary(
        running=", ".join(status.label for status in running),
        waiting=tuple(labels),
        seconds_left=forecast.left_in_all(items, analyses),
        is_paused=analyses.is_paused,
    )
