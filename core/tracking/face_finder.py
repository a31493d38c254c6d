"""From frames to faces in tracks: whole-frame search on key frames, refinement of predicted boxes in
between."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Protocol

from core.detection.base import FaceDetector
from core.detection.quality import QualityGate, measure
from core.domain.arrays import FloatArray, UInt8Array
from core.domain.evidence import Frame
from core.domain.faces import FaceDetection, FaceTrack, Rejection
from core.domain.foreign_text import exact_fraction, parsed_json
from core.domain.time import TimePoint
from core.tracking.cuts import CutDetector, CutState
from core.tracking.tracker import DropReason, FaceTracker, TrackerSettings

_SAME_FACE_IOU = 0.5
_BACK_AGAIN_IOU = 0.3
_CROWDED_IOU = 0.05
_NO_EMBEDDING = frozenset(
    {Rejection.TOO_SMALL, Rejection.YAW, Rejection.PITCH, Rejection.LOW_SCORE, Rejection.OUT_OF_FRAME}
)
"""Faces whose embedding says little of the person; a blurred one still serves to tell two people apart."""


class AppearanceEmbedder(Protocol):
    """Turns faces of one frame into unit vectors."""

    def __call__(self, frame_rgb: UInt8Array, landmarks_px: Sequence[FloatArray]) -> FloatArray:
        """Embed the faces with these landmarks, each (5, 2) float32, of a frame (H, W, 3) uint8.

        Returns:
            (N, D) float32, rows of unit length. A face's row must not depend on the other faces by more than
            rounding, and equal calls must give equal results.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FinderSettings:
    """When the whole frame is searched.

    Attributes:
        key_period_s: longest time between two searches, seconds.
        key_rest_s: shortest time between a search and one that only a lost face asks for, so that a face
            which comes and goes cannot make every frame a key frame, seconds.
    """

    key_period_s: Fraction = Fraction(1)
    key_rest_s: Fraction = Fraction(1, 3)

    def __post_init__(self) -> None:
        if self.key_period_s <= 0 or self.key_rest_s < 0:
            raise ValueError("key_period_s must be positive and key_rest_s not negative")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FrameFaces:
    """What was found in one frame.

    Attributes:
        index, time: of the frame.
        is_cut: a scene cut lies between the previous analysed frame and this one.
        is_key: the whole frame was searched.
        detections: faces with quality, and with an embedding where one was computed.
        closed: tracks that ended with this frame; not needed to resume.
        track_ids: for each detection the track it went to (see `FaceFinder.aliases`), None for none; not
            needed
            to resume.
    """

    index: int
    time: TimePoint
    is_cut: bool
    is_key: bool
    detections: tuple[FaceDetection, ...]
    closed: tuple[FaceTrack, ...] = field(default=())
    track_ids: tuple[int | None, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class FinderState:
    """What a resumed `FaceFinder` cannot work out from stored detections; about 4 kB.

    Attributes:
        cut: memory of the cut detector.
        last_planned: time of the last search that the clock or a cut asked for; None before the first.
        last_search: time of the last search for any reason; None before the first.
    """

    cut: CutState = field(default_factory=CutState)
    last_planned: TimePoint | None = None
    last_search: TimePoint | None = None

    def to_json(self) -> str:
        """One line of JSON; survives exactly."""
        return json.dumps(
            {
                "cut": self.cut.to_mapping(),
                "last_planned": _time_to_list(self.last_planned),
                "last_search": _time_to_list(self.last_search),
            }
        )

    @classmethod
    def from_json(cls, text: str) -> FinderState:
        """Back from `to_json`. Raises ValueError, KeyError or TypeError on anything else."""
        values = parsed_json(text)
        return cls(
            cut=CutState.from_mapping(values["cut"]),
            last_planned=_time_from_list(values["last_planned"]),
            last_search=_time_from_list(values["last_search"]),
        )


def _time_to_list(time: TimePoint | None) -> list[int] | None:
    return None if time is None else [time.pts, time.time_base.numerator, time.time_base.denominator]


def _time_from_list(values: list[int] | None) -> TimePoint | None:
    return None if values is None else TimePoint(pts=values[0], time_base=exact_fraction(f"{values[1]}/{values[2]}"))


class FaceFinder:
    """Finds and tracks the faces of one video, batch by batch.

    The whole frame is searched on the first frame, after a cut, `key_period_s` after the last search, and
    when a face that the last frame showed is not found again (at most every `key_rest_s`). Elsewhere the
    detector's last stage looks at the predicted boxes only.

    On the CPU results do not depend on how the frames are divided into batches.

    To resume an interrupted run: make a new finder with the stored `FinderState` of the last finished batch,
        and
    call `replay` with the stored `FrameFaces` from the beginning; then go on with `process`. Boxes, scores,
    landmarks and embeddings must have been stored without rounding.

    Args:
        detector: finds faces.
        tracker_settings: see `TrackerSettings`; None for the defaults.
        gate: judges the quality of every detection; nothing is left out here.
        key_period_s: see `FinderSettings`; seconds.
        embed: appearance of faces; None to track by motion alone. Called for key frames and where boxes
            touch, so that crossing people are told apart, with faces whose pose and size let an embedding
            mean something.
        state: where an earlier run stopped.
    """

    def __init__(
        self,
        detector: FaceDetector,
        tracker_settings: TrackerSettings | None = None,
        gate: QualityGate | None = None,
        key_period_s: Fraction = Fraction(1),
        *,
        embed: AppearanceEmbedder | None = None,
        state: FinderState | None = None,
    ) -> None:
        state = state or FinderState()
        self._detector = detector
        self._settings = FinderSettings(key_period_s=key_period_s, key_rest_s=key_period_s / 3)
        self._gate = gate or QualityGate()
        self._embed = embed
        self._tracker = FaceTracker(tracker_settings)
        self._cuts = CutDetector(state=state.cut)
        self._last_planned = state.last_planned
        self._last_search = state.last_search

    @property
    def state(self) -> FinderState:
        """To be stored with the batch that `process` returned last."""
        return FinderState(cut=self._cuts.state, last_planned=self._last_planned, last_search=self._last_search)

    @property
    def n_dropped(self) -> Mapping[DropReason, int]:
        """See `FaceTracker.n_dropped`."""
        return self._tracker.n_dropped

    def holders(self, detections: Sequence[FaceDetection]) -> list[int | None]:
        """See `FaceTracker.holders`."""
        return self._tracker.holders(detections)

    @property
    def aliases(self) -> Mapping[int, int]:
        """See `FaceTracker.aliases`."""
        return self._tracker.aliases

    def replay(self, frames: Iterable[FrameFaces]) -> list[FaceTrack]:
        """Rebuild the tracker from the stored frames of the interrupted run, first to last.

        Returns:
            Tracks that closed in them, as the interrupted run returned them.
        """
        return [track for frame in frames for track in self._tracker.update(frame, frame.detections)]

    def process(self, batch: Sequence[Frame]) -> list[FrameFaces]:
        """Find the faces of the next frames, in order of time; one entry a frame."""
        cuts = [self._cuts.is_cut(frame.rgb) for frame in batch]
        # Clock and cuts alone decide on these, so they can be searched together whatever gets lost on the
        # way.
        planned = self._plan(batch, cuts)
        searched = dict(zip(planned, self._detector.detect([batch[i] for i in planned]), strict=True))
        return [
            self._process_one(frame, is_cut, searched.get(i))
            for i, (frame, is_cut) in enumerate(zip(batch, cuts, strict=True))
        ]

    def finish(self) -> list[FaceTrack]:
        """Close the tracks still open, because the range ends here."""
        return self._tracker.finish()

    def _plan(self, batch: Sequence[Frame], cuts: Sequence[bool]) -> list[int]:
        planned = []
        for i, frame in enumerate(batch):
            if cuts[i] or self._is_past(self._last_planned, self._settings.key_period_s, frame.time):
                planned.append(i)
                self._last_planned = frame.time
        return planned

    @staticmethod
    def _is_past(since: TimePoint | None, period_s: Fraction, now: TimePoint) -> bool:
        return since is None or now.seconds - since.seconds >= period_s

    def _process_one(self, frame: Frame, is_cut: bool, searched: list[FaceDetection] | None) -> FrameFaces:
        is_key = searched is not None
        if searched is not None:
            found = searched
        else:
            found, is_missing = self._refined(frame)
            if is_missing and self._is_past(self._last_search, self._settings.key_rest_s, frame.time):
                found, is_key = self._detector.detect([frame])[0], True
        if is_key:
            self._last_search = frame.time
        found = _without_duplicates(found)
        measured = [replace(d, quality=measure(frame.rgb, d, self._gate)) for d in found]
        detections = tuple(self._embedded(frame.rgb, measured, is_key))
        faces = FrameFaces(index=frame.index, time=frame.time, is_cut=is_cut, is_key=is_key, detections=detections)
        closed = tuple(self._tracker.update(faces, detections))
        return replace(faces, closed=closed, track_ids=tuple(self._tracker.holders(detections)))

    def _refined(self, frame: Frame) -> tuple[list[FaceDetection], bool]:
        """Faces at the predicted boxes, and whether one that the last frame showed is missing."""
        predictions = self._tracker.predict(frame.time)
        if not predictions:
            return [], False
        refined = self._detector.refine([frame], [[box for _, box in predictions]])[0]
        in_sight = set(self._tracker.in_sight())
        found, is_missing = [], False
        for (track_id, box), face in zip(predictions, refined, strict=True):
            # Where a face was lost, only one at that very place is it again; one nearby may be anybody.
            if face is not None and (track_id in in_sight or face.bbox.iou(box) >= _BACK_AGAIN_IOU):
                found.append(face)
            else:
                is_missing |= track_id in in_sight
        return found, is_missing

    def _embedded(self, rgb: UInt8Array, detections: list[FaceDetection], is_key: bool) -> list[FaceDetection]:
        if self._embed is None:
            return detections
        wanted = [
            i
            for i, d in enumerate(detections)
            if d.quality is not None
            and _NO_EMBEDDING.isdisjoint(d.quality.rejections)
            and (is_key or any(d.bbox.iou(o.bbox) > _CROWDED_IOU for o in detections if o is not d))
        ]
        if wanted:
            vectors = self._embed(rgb, [detections[i].landmarks_px for i in wanted])
            for i, vector in zip(wanted, vectors, strict=True):
                detections[i] = replace(detections[i], embedding=vector)
        return detections


def _without_duplicates(found: Sequence[FaceDetection]) -> list[FaceDetection]:
    """One detection a face: two predicted boxes can be refined to the same face. Best score first."""
    kept: list[FaceDetection] = []
    for detection in sorted(found, key=lambda d: -d.score):
        if all(detection.bbox.iou(other.bbox) <= _SAME_FACE_IOU for other in kept):
            kept.append(detection)
    return kept
