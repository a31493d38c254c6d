"""The small vocabulary in which long work reports to the command line and to the window."""

from __future__ import annotations

from dataclasses import dataclass

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
    """The work on one evidence item ended well."""

    result: EvidenceResult


PipelineEvent = StageStarted | Progress | TrackClosed | FacesRecovered | FindingReady | StageWarning | AnalysisDone
