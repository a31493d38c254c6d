"""What the engine does: jobs and how far they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from app.workers.engine_room import EngineRoom
from core.domain.cancel import CancelToken
from core.domain.events import ErrorReport, Progress


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Job:
    """Long work for the engine thread.

    Attributes:
        label: what a person reads, for example ``"Analyse clip.mp4"``.
        run: a generator on the engine thread: yields `Progress` and other events, returns the result. It opens its
            own databases there and checks the token between steps.
        evidence_id: the item of the open case that the job works on; None where it works on none.
        is_of_case: it ends with the open case; so does every job with an `evidence_id`.
        may_be_cut_off: leaving the window needs no question because of it; nothing that a person did is in it.
    """

    label: str
    run: Callable[[EngineRoom, CancelToken], Iterator[object]]
    evidence_id: int | None = None
    is_of_case: bool = False
    may_be_cut_off: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStatus:
    """A job as the queue shows it.

    Attributes:
        job_id: of the job within the queue, > 0.
        label, evidence_id, is_of_case, may_be_cut_off: see `Job`.
        state: where it stands.
        progress: the last one reported.
        rate: `progress.unit` a second, None while unknown.
        seconds_left: of the current stage, None while unknown.
        error: why it failed.
    """

    job_id: int
    label: str
    evidence_id: int | None
    state: JobState = JobState.QUEUED
    progress: Progress | None = None
    rate: float | None = None
    seconds_left: float | None = None
    error: ErrorReport | None = None
    is_of_case: bool = False
    may_be_cut_off: bool = False
