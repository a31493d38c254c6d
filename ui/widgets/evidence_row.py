"""What one line of the evidence table shows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core.domain.events import Progress
from core.domain.evidence import EvidenceItem


class RowState(StrEnum):
    """Where an input stands, as a person sees it."""

    WAITING = "waiting"
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    INTERRUPTED = "interrupted"
    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"


class HashCheck(StrEnum):
    """What became of the hash that was taken at intake."""

    NOT_CHECKED = "not checked"
    CHECKING = "checking"
    UNCHANGED = "unchanged"
    CHANGED = "changed"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultSummary:
    """What the table says of a finished analysis.

    Attributes:
        n_persons: people found.
        top_score: highest fake score among them, [0, 1]; None when nothing was recovered.
        warnings: partial failures, one sentence each.
    """

    n_persons: int
    top_score: float | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow:
    """One input: an item of the case, or one that could not be taken in.

    Attributes:
        path: of the file or folder.
        evidence_id: of the item within the case; None for a refused input.
        item: as taken in; None for a refused input.
        state: where it stands.
        queue_place: 1-based place among the jobs that wait; None when it does not wait.
        progress: of the running job; None before its first report.
        rate: `progress.unit` a second; None while unknown.
        seconds_left: of the current stage; None while unknown.
        item_seconds_left: until the analysis of the item ends; None while unknown.
        summary: of the finished analysis; None while there is none, or it is not yet read.
        reason: why it failed or was refused, one clause; '' otherwise.
        next_step: what to do about it, one clause; '' when nothing is known.
        hash_check: see `HashCheck`.
    """

    path: Path
    evidence_id: int | None = None
    item: EvidenceItem | None = None
    state: RowState = RowState.WAITING
    queue_place: int | None = None
    progress: Progress | None = None
    rate: float | None = None
    seconds_left: float | None = None
    item_seconds_left: float | None = None
    summary: ResultSummary | None = None
    reason: str = ""
    next_step: str = ""
    hash_check: HashCheck = HashCheck.NOT_CHECKED

    @property
    def key(self) -> str:
        """Names the row for as long as the case is open."""
        return f"refused {self.path}" if self.evidence_id is None else f"item {self.evidence_id}"

    @property
    def fraction(self) -> float | None:
        """How much of the current stage is done, [0, 1]; None when unknown or nothing runs."""
        if self.progress is None or not self.progress.total or self.state not in (RowState.RUNNING, RowState.PAUSED):
            return None
        return min(1.0, max(0.0, self.progress.done / self.progress.total))
