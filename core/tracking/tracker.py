"""Faces over time: tracks from detections alone, online and without pixels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

import numpy as np

from core.domain.faces import FaceDetection, FaceTrack, TrackEnd
from core.domain.geometry import BBox
from core.domain.time import TimePoint
from core.tracking.association import (
    AppearanceScale,
    Candidate,
    assign,
    pair_cost,
    reunion_cost,
)
from core.tracking.open_track import OpenTrack


class FrameStamp(Protocol):
    """What the tracker reads of a frame; `core.domain.evidence.FrameRecord` and `FrameFaces` have it."""

    @property
    def index(self) -> int: ...  # noqa: D102
    @property
    def time(self) -> TimePoint: ...  # noqa: D102
    @property
    def is_cut(self) -> bool: ...  # noqa: D102


class DropReason(StrEnum):
    """Why a track is not handed out."""

    FLEETING = "vanished again after fewer sightings than a track needs"
    UNSURE = "the detector was unsure nearly every time"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerSettings:
    """How tracks begin, go on and end.

    Attributes:
        start_score: least score of a detection that begins a track, and of a "sure" one, [0, 1].
        coast_s: how long a face out of sight is looked for where its motion puts it, seconds.
        reentry_s: how long after that a new track that looks the same is still the old one, seconds.
        motion_gate: squared Mahalanobis distance, 3 degrees of freedom, beyond which a box is another face's.
        appearance_weight: of appearance against motion in a pair's cost, [0, 1]; 0 ignores embeddings in the
            cost.
        appearance: meaning of cosines; None ignores embeddings altogether.
        min_sightings: a track with fewer detections is dropped if the face vanished by itself. One that a cut
            or
            the end of the range broke off is kept: a short shot is no sign of a false detection.
        min_mean_score: a track whose detections score less on average is dropped, [0, 1].
    """

    start_score: float = 0.9
    coast_s: float = 1.0
    reentry_s: float = 10.0
    motion_gate: float = 16.0
    appearance_weight: float = 0.5
    appearance: AppearanceScale | None = field(default_factory=AppearanceScale)
    min_sightings: int = 3
    min_mean_score: float = 0.85

    @classmethod
    def for_scores_from(cls, usable: float) -> TrackerSettings:
        """For a detector whose usable faces score from `usable` on, [0, 1]; the defaults are those for 0.95."""
        return cls(start_score=max(0.0, round(usable - 0.05, 3)), min_mean_score=max(0.0, round(usable - 0.1, 3)))

    def __post_init__(self) -> None:
        for name in ("start_score", "appearance_weight", "min_mean_score"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie in [0, 1]")
        if self.coast_s < 0 or self.reentry_s < 0 or self.motion_gate <= 0 or self.min_sightings < 1:
            raise ValueError("times must not be negative, the gate positive, min_sightings at least 1")


class FaceTracker:
    """Associates detections frame by frame; the same calls give the same tracks, bit by bit.

    So an interrupted run is resumed by calling `update` again with the stored frames and detections; boxes,
    scores and embeddings must have been stored without rounding.

    Args:
        settings: see `TrackerSettings`.
    """

    def __init__(self, settings: TrackerSettings | None = None) -> None:
        self._settings = settings or TrackerSettings()
        self._open: list[OpenTrack] = []
        self._next_id = 1
        self._number = 0
        self._now: TimePoint | None = None
        self._dropped: Counter[DropReason] = Counter()
        self._aliases: dict[int, int] = {}

    @property
    def n_dropped(self) -> Mapping[DropReason, int]:
        """How many tracks were dropped so far, by reason."""
        return dict(self._dropped)

    @property
    def aliases(self) -> Mapping[int, int]:
        """Ids that `predict` and `holders` gave to tracks which then turned out to be older ones gone on: id
        -> final id.
        """
        return dict(self._aliases)

    def predict(self, time: TimePoint) -> list[tuple[int, BBox]]:
        """Where to look for known faces at `time`: (track id, box), in order of id; changes nothing.

        Faces out of sight for more than `coast_s` are left out.
        """
        return [
            (track.track_id, track.motion.predicted(time).box) for track in self._open if self._is_coasting(track, time)
        ]

    def in_sight(self) -> list[int]:
        """Ids of the tracks that the last frame showed."""
        return [track.track_id for track in self._open if self._is_in_sight(track)]

    def holders(self, detections: Sequence[FaceDetection]) -> list[int | None]:
        """Id of the track that each detection of the last `update` went to; None for one that went to none.

        See `aliases` for tracks that later turn out to be older ones.
        """
        latest = {id(t.detections[-1]): t.track_id for t in self._open if self._is_in_sight(t)}
        return [latest.get(id(detection)) for detection in detections]

    def update(self, frame: FrameStamp, detections: Sequence[FaceDetection]) -> list[FaceTrack]:
        """Take in one frame; frames must come in order of time.

        Args:
            frame: index, time, and whether a cut lies before it.
            detections: all faces of the frame, without duplicates.

        Returns:
            Tracks that are over now, in order of id: all open ones at a cut, and those lost for too long.
        """
        closed = self._close(self._open, TrackEnd.CUT) if frame.is_cut else []
        over = [track for track in self._open if self._is_over(track, frame.time)]
        closed += self._close(over, TrackEnd.LOST)
        coasting = [track for track in self._open if self._is_coasting(track, frame.time)]
        in_sight = [track for track in coasting if self._is_in_sight(track)]
        self._number += 1
        self._now = frame.time
        sure = [d for d in detections if d.score >= self._settings.start_score]
        unsure = [d for d in detections if d.score < self._settings.start_score]
        new = self._match(coasting, sure, frame.time)
        self._match([t for t in in_sight if not self._is_in_sight(t)], unsure, frame.time)
        for detection in new:
            self._open.append(OpenTrack(self._next_id, detection, self._number))
            self._next_id += 1
        self._reunite()
        return sorted(closed, key=lambda track: track.track_id)

    def finish(self) -> list[FaceTrack]:
        """Close what is open, because the range ends here; in order of id."""
        closed = self._close(self._open, TrackEnd.END_OF_RANGE)
        return sorted(closed, key=lambda track: track.track_id)

    def _match(self, tracks: list[OpenTrack], detections: list[FaceDetection], time: TimePoint) -> list[FaceDetection]:
        """Extend tracks by detections; returns the detections left over."""
        settings = self._settings
        candidates = [Candidate(motion=t.motion.predicted(time), appearance=t.appearance) for t in tracks]
        pairs = assign(
            [
                [
                    pair_cost(c, d, settings.appearance, settings.motion_gate, settings.appearance_weight)
                    for d in detections
                ]
                for c in candidates
            ]
        )
        for row, column in pairs:
            tracks[row].extend(detections[column], self._number)
        taken = {column for _, column in pairs}
        return [detection for i, detection in enumerate(detections) if i not in taken]

    def _reunite(self) -> None:
        """Let lost tracks go on as newer ones that look the same: somebody came back.

        A face that comes back is often half hidden at first and has no embedding yet, so this asks again each
        time, with all that has been seen of the newer track.
        """
        scale = self._settings.appearance
        lost = [track for track in self._open if not self._is_in_sight(track)]
        newer = [track for track in self._open if self._is_in_sight(track)]
        if scale is None or not lost:
            return
        costs = [
            [
                reunion_cost(old.appearance, new.appearance, scale) if old.last_number < new.first_number else None
                for new in newer
            ]
            for old in lost
        ]
        for row, column in assign(costs):
            lost[row].absorb(newer[column])
            self._open.remove(newer[column])
            self._rename(newer[column].track_id, lost[row].track_id)

    def _rename(self, track_id: int, final_id: int) -> None:
        for alias, target in self._aliases.items():
            if target == track_id:
                self._aliases[alias] = final_id
        self._aliases[track_id] = final_id

    def _is_in_sight(self, track: OpenTrack) -> bool:
        return track.last_number == self._number

    def _is_coasting(self, track: OpenTrack, time: TimePoint) -> bool:
        # At low sampling rates even the next frame may be further away than `coast_s`.
        away = time.seconds - track.motion.time.seconds
        return self._is_in_sight(track) or away <= self._settings.coast_s

    def _is_over(self, track: OpenTrack, time: TimePoint) -> bool:
        patience = self._settings.coast_s
        if self._settings.appearance is not None and track.appearance is not None:
            patience += self._settings.reentry_s
        return not self._is_in_sight(track) and time.seconds - track.motion.time.seconds > patience

    def _close(self, tracks: Sequence[OpenTrack], reason: TrackEnd) -> list[FaceTrack]:
        gone = {track.track_id for track in tracks}
        self._open = [track for track in self._open if track.track_id not in gone]
        kept = []
        for track in tracks:
            if (why := self._why_drop(track)) is not None:
                self._dropped[why] += 1
                continue
            # A face long out of sight was lost before the cut or the end came.
            is_lost = self._now is not None and not self._is_coasting(track, self._now)
            kept.append(
                FaceTrack(
                    track_id=track.track_id,
                    detections=tuple(track.detections),
                    n_gaps=track.n_gaps,
                    end_reason=TrackEnd.LOST if is_lost else reason,
                )
            )
        return kept

    def _why_drop(self, track: OpenTrack) -> DropReason | None:
        if not self._is_in_sight(track) and len(track.detections) < self._settings.min_sightings:
            return DropReason.FLEETING
        if float(np.mean([d.score for d in track.detections])) < self._settings.min_mean_score:
            return DropReason.UNSURE
        return None
