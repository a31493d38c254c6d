"""Everything an evidence report says, ready to be laid out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import overload

import numpy as np

from core.domain.arrays import UInt8Array, frozen_array
from core.domain.calibration import Calibration
from core.domain.custody import SignedHead
from core.domain.evidence import EvidenceItem, FrameRecord
from core.domain.faces import AlignedFace, Rejection
from core.domain.identity import Decision, IdentityFinding
from core.domain.recovery import RecoveredFaces
from core.domain.review import Review
from core.domain.time import TimePoint, TimeRange


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsRecord:
    """One model file used in a run: name, SHA-256, licence and data terms in one line."""

    name: str
    sha256: str
    terms: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunManifest:
    """All that is needed to run the analysis again.

    Attributes:
        application_version: version of Unswap.
        config: resolved configuration as (name, value) pairs.
        weights: every model file used.
        libraries: (name, version) pairs.
        platform: operating system, processor, Python.
        device: compute device, for example ``"cpu"`` or ``"cuda:0 NVIDIA ..."``; where a run went on elsewhere, both
            are joined by ``"; then "``, and so are versions of a library.
        seed: seed of every random draw.
        started_at, ended_at: UTC.
        command: command line that reproduces the run.
        tolerance: what agreement to expect from a repetition, in one sentence.
    """

    application_version: str
    config: tuple[tuple[str, str], ...]
    weights: tuple[WeightsRecord, ...]
    libraries: tuple[tuple[str, str], ...]
    platform: str
    device: str
    seed: int
    started_at: datetime
    ended_at: datetime
    command: str
    tolerance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line of the custody log."""

    at: datetime
    actor: str
    action: str
    detail: str
    entry_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RecoveredFrame:
    """One frame shown in the report: the face as filmed beside its reconstructions."""

    face: AlignedFace
    recovered: RecoveredFaces


class LaterFrames(Sequence[RecoveredFrame]):
    """Recovered frames that are read when they are looked at, each time anew: nobody holds the pixels of all persons.

    Args:
        frame_indices: of the frames, in their order; they are known without reading anything.
        read: the frame at a position.
    """

    def __init__(self, frame_indices: Sequence[int], read: Callable[[int], RecoveredFrame]) -> None:
        self.frame_indices = tuple(frame_indices)
        self._read = read

    def __len__(self) -> int:
        return len(self.frame_indices)

    @overload
    def __getitem__(self, at: int) -> RecoveredFrame: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[RecoveredFrame]: ...
    def __getitem__(self, at: int | slice) -> RecoveredFrame | Sequence[RecoveredFrame]:
        positions = range(len(self))[at]
        if isinstance(positions, int):
            return self._read(positions)
        read = self._read
        return LaterFrames([self.frame_indices[i] for i in positions], lambda i: read(positions[i]))


def frame_indices(frames: Sequence[RecoveredFrame]) -> tuple[int, ...]:
    """In which frames the faces were, without reading pixels where they are not read yet."""
    if isinstance(frames, LaterFrames):
        return frames.frame_indices
    return tuple(frame.face.frame_index for frame in frames)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PersonTrack:
    """One person in one evidence item, merged over cuts.

    Attributes:
        person_track_id: 1-based within the item.
        track_ids: the face tracks that were merged.
        first, last: time span.
        n_detections: detections in all.
        n_rejected: how many faces each gate excluded.
        scores: (time, fake score) of every recovered frame, in time order.
        fake_score: aggregated over the recovered frames, [0, 1]; None when nothing was recovered.
        forgery_decision, forgery_reason: category of support for "this face was swapped".
        frames: recovered frames shown, best quality first; a tuple, or `LaterFrames` in a report.
        findings: source first, then target; empty when nothing was recovered.
        input_finding: search with the face as filmed, for comparison: its category says nothing; None if not searched.
    """

    person_track_id: int
    track_ids: tuple[int, ...]
    first: TimePoint
    last: TimePoint
    n_detections: int
    n_rejected: tuple[tuple[Rejection, int], ...]
    scores: tuple[tuple[TimePoint, float], ...]
    fake_score: float | None
    forgery_decision: Decision
    forgery_reason: str
    frames: Sequence[RecoveredFrame]
    findings: tuple[IdentityFinding, ...]
    input_finding: IdentityFinding | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EvidenceResult:
    """The analysis of one evidence item.

    Attributes:
        evidence: the item at intake.
        sha256_before: hash before the analysis; '' when none came to its end.
        sha256_after: hash after the analysis, in a report that at export; '' when the file could not be read.
        analysed_range: part of the item that was looked at.
        n_frames_decoded, n_frames_analysed, n_frames_corrupt, n_frames_duplicate, n_cuts: counts.
        frames: analysed frames named by pts and pixel hash.
        persons: people found.
        warnings: partial failures, one sentence each.
        failure: why the item could not be analysed; '' when it was.
        sha256_analysed: in a report, the hash after the analysis; '' when none was taken.
        touched_at: in a report, the file's modification time at export where it is another than at intake; None else.
    """

    evidence: EvidenceItem
    sha256_before: str
    sha256_after: str
    analysed_range: TimeRange
    n_frames_decoded: int
    n_frames_analysed: int
    n_frames_corrupt: int
    n_frames_duplicate: int
    n_cuts: int
    frames: tuple[FrameRecord, ...]
    persons: tuple[PersonTrack, ...]
    warnings: tuple[str, ...] = ()
    failure: str = ""
    sha256_analysed: str = ""
    touched_at: datetime | None = None

    @property
    def is_changed(self) -> bool:
        """Whether any hash that was taken of the file is another one than that at intake."""
        taken = {self.sha256_before, self.sha256_analysed, self.sha256_after} - {""}
        return not taken <= {self.evidence.sha256}


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRate:
    """One measured error rate with its population.

    Attributes:
        measure: for example ``"FMR, recovered target, 8 frames"``.
        threshold: score threshold.
        rate, low, high: estimate and 95 % interval, [0, 1].
        trials: number of comparisons behind it.
        population: who the people were, in one sentence.
    """

    measure: str
    threshold: float
    rate: float
    low: float
    high: float
    trials: int
    population: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunBasis:
    """What the results of some items were made with.

    Attributes:
        manifest: how the run was made; its begin and end are those of all runs made alike.
        error_rates: measured rates that the decisions lean on.
        model_limits: sentences on what the models were and were not validated on.
        gallery_name: file name of the searched gallery, '' when none was searched.
        calibration: what was measured of the models; `Calibration.none()` where nothing was.
        evidence_ids: the items, by their ids within the case, rising; () for all that have a result.
    """

    manifest: RunManifest
    error_rates: tuple[ErrorRate, ...]
    model_limits: tuple[str, ...]
    gallery_name: str
    calibration: Calibration = field(default_factory=Calibration.none)
    evidence_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseInfo:
    """What a person enters about a case; empty strings where nothing was entered."""

    case_number: str = ""
    title: str = ""
    examiner: str = ""
    organisation: str = ""
    request: str = ""
    questions: tuple[str, ...] = ()
    observations: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BookmarkedFrame:
    """A frame that a person put into the report.

    Attributes:
        evidence_id: of the item within the case.
        action_id: of the bookmark among the person's actions.
        frame_index, time, frame_sha256, caption: as bookmarked.
        actor, at: who, and when, UTC.
        thumbnail_rgb: (h, w, 3) uint8 RGB, upright, reduced in size; None when it cannot be shown.
        problem: one sentence on why it cannot be shown; '' when it is.
    """

    evidence_id: int
    action_id: int
    frame_index: int
    time: TimePoint
    frame_sha256: str
    caption: str
    actor: str
    at: datetime
    thumbnail_rgb: UInt8Array | None
    problem: str = ""

    def __post_init__(self) -> None:
        if (self.thumbnail_rgb is None) != bool(self.problem):
            raise ValueError("a bookmarked frame has either a picture or a reason for having none")
        if self.thumbnail_rgb is not None:
            rgb = frozen_array(self.thumbnail_rgb, "BookmarkedFrame.thumbnail_rgb", (None, None, 3), np.uint8)
            object.__setattr__(self, "thumbnail_rgb", rgb)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CaseReport:
    """Everything the PDF and the JSON beside it say.

    Attributes:
        case: what a person entered.
        created_at: UTC.
        results: one for each evidence item, in intake order.
        refused: (path, reason) of inputs that could not be taken in.
        manifest: how the run was made.
        error_rates: measured rates that the decisions lean on.
        model_limits: sentences on what the models were and were not validated on.
        audit: custody log, grouped by the layout.
        gallery_name: file name of the searched gallery, '' when none was searched.
        review: the decisions of a person that hold.
        evidence_ids: id within the case of each of `results`, which the review names items by; 1, 2, ... when empty.
        bookmark_frames: frames that a person put into the report, by item and time.
        calibration: what was measured of the models of the run; `Calibration.none()` where nothing was.
        signed_head: the latest signature over the custody log; None when it was never signed.
        other_runs: items that were analysed with other settings, models, programs or galleries than the last run, which
            `manifest`, `error_rates`, `model_limits`, `gallery_name` and `calibration` describe; the latest first.
        unrecorded: ids of items with a result of which it was not recorded what it was made with.
    """

    case: CaseInfo
    created_at: datetime
    results: tuple[EvidenceResult, ...]
    refused: tuple[tuple[str, str], ...]
    manifest: RunManifest
    error_rates: tuple[ErrorRate, ...]
    model_limits: tuple[str, ...]
    audit: tuple[AuditEntry, ...]
    gallery_name: str = ""
    review: Review = field(default_factory=Review)
    evidence_ids: tuple[int, ...] = ()
    bookmark_frames: tuple[BookmarkedFrame, ...] = ()
    calibration: Calibration = field(default_factory=Calibration.none)
    signed_head: SignedHead | None = None
    other_runs: tuple[RunBasis, ...] = ()
    unrecorded: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not self.evidence_ids:
            object.__setattr__(self, "evidence_ids", tuple(range(1, len(self.results) + 1)))
        if len(self.evidence_ids) != len(self.results):
            raise ValueError(f"{len(self.evidence_ids)} ids for {len(self.results)} items")

    @property
    def runs(self) -> tuple[RunBasis, ...]:
        """All runs with the items that they analysed, the last one first."""
        elsewhere = {item for run in self.other_runs for item in run.evidence_ids} | set(self.unrecorded)
        analysed = zip(self.evidence_ids, self.results, strict=True)
        last = RunBasis(
            manifest=self.manifest,
            error_rates=self.error_rates,
            model_limits=self.model_limits,
            gallery_name=self.gallery_name,
            calibration=self.calibration,
            evidence_ids=tuple(item for item, result in analysed if not result.failure and item not in elsewhere),
        )
        return (last, *self.other_runs)

    def n_ignored(self, number: int) -> int:
        """How many face tracks of an item a person left out.

        Args:
            number: of the item within `results`, 1-based.
        """
        return len(self.review.ignored(self.evidence_ids[number - 1]))
