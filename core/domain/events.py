"""The small vocabulary in which long work reports to the command line and to the window."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.domain.evidence import EvidenceItem
from core.domain.faces import FaceTrack
from core.domain.report import EvidenceResult, PersonTrack, RecoveredFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class StageStarted:
    """A stage of the work on one evidence item began."""

    stage: str
    evidence: EvidenceItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a stage is: `done` of `total` `unit`s; total None when unknown."""

    stage: str
    done: float
    total: float | None
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrackClosed:
    """A face track ended."""

    track: FaceTrack


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FacesRecovered:
    """Recovery of one batch of faces of a person finished."""

    person_track_id: int
    frames: tuple[RecoveredFrame, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FindingReady:
    """All that will be said of one person is known."""

    person: PersonTrack


@dataclass(frozen=True, slots=True, kw_only=True)
class StageWarning:
    """A partial failure; it also enters the report."""

    stage: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AnalysisDone:
    """The work on one evidence item ended well.

    Attributes:
        result: as stored, but persons come without their recovered frames, whose pixels the case holds.
    """

    result: EvidenceResult


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorReport:
    """A failure as a worker hands it to the window.

    Attributes:
        what: what happened, one clause, no full stop.
        next_step: what to do about it, one clause.
        path: the file or folder concerned, None when there is none.
        is_bug: True when it is ours to mend and not the user's doing.
        detail: for the log and for a bug report; never shown on its own.
    """

    what: str
    next_step: str
    path: Path | None = None
    is_bug: bool = False
    detail: str = ""


PipelineEvent = StageStarted | Progress | TrackClosed | FacesRecovered | FindingReady | StageWarning | AnalysisDone
