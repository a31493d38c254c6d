"""What the analysis page knows of an analysed item: its frames and tracks. Read on the thread that owns the case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.domain.evidence import FrameRecord
from core.domain.report import EvidenceResult
from core.domain.time import TimePoint

if TYPE_CHECKING:
    from core.casefile.records import TrackSpan
    from core.casefile.store import CaseFile

FORGERY_MEASURE = "pristine face called forged"
"""The measured rate whose threshold is drawn into the curve of fake scores."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """An analysed item.

    Attributes:
        evidence_id: of the item within the case.
        result: its outcome; the persons come without recovered frames.
        spans: where its tracks are, by track id.
        records: analysed frames by index.
        analysed: (n,) int64, rising: their indices.
        times: (n,) float64: their times, seconds on the stream's clock.
        cuts: (k,) float64: times of those that follow a scene cut.
        stretches: of each track, see `stretches`.
        threshold: of the fake score; None where none was measured.
    """

    evidence_id: int
    result: EvidenceResult
    spans: Mapping[int, TrackSpan]
    records: Mapping[int, FrameRecord]
    analysed: NDArray[np.int64]
    times: NDArray[np.float64]
    cuts: NDArray[np.float64]
    stretches: Mapping[int, NDArray[np.float64]]
    threshold: float | None

    def nearest_analysed(self, index: int) -> FrameRecord | None:
        """The analysed frame next to a frame, on either side; None where nothing was analysed."""
        if not len(self.analysed):
            return None
        place = int(np.searchsorted(self.analysed, index))
        around = self.analysed[max(0, place - 1) : place + 1]
        return self.records[int(min(around, key=lambda other: abs(int(other) - index)))]

    def span_of(self, track_id: int | None) -> TrackSpan | None:
        """Where a track is; None for one that the item lacks."""
        return self.spans.get(track_id) if track_id is not None else None

    def track_of(self, person_track_id: int, near: TimePoint | None) -> int | None:
        """The person's track that is there at a time, or comes next to it; None for a person the item lacks."""
        own = [span for span in self.spans.values() if span.person_track_id == person_track_id]
        if near is None:
            return min((span.track_id for span in own), default=None)

        def distance(span: TrackSpan) -> float:
            begin, end, here = (float(time.seconds) for time in (span.first, span.last, near))
            return max(begin - here, here - end, 0.0)

        return min(own, key=distance).track_id if own else None


def read_scene(case: CaseFile, evidence_id: int) -> Scene | None:
    """Read an item's outcome; None while it was not analysed to the end. Boxes come from `CaseFile.track_boxes`."""
    result = case.outline(evidence_id)
    if result is None:
        return None
    basis = case.run_basis(evidence_id)
    rates = basis.error_rates if basis is not None else ()
    spans = case.track_spans(evidence_id)
    analysed = np.array([record.index for record in result.frames], np.int64)
    times = np.array([float(record.time.seconds) for record in result.frames], np.float64)
    return Scene(
        evidence_id=evidence_id,
        result=result,
        spans={span.track_id: span for span in spans},
        records={record.index: record for record in result.frames},
        analysed=analysed,
        times=times,
        cuts=times[np.array([record.is_cut for record in result.frames], bool)],
        stretches={span.track_id: stretches(span.frame_indices, analysed, times) for span in spans},
        threshold=next((rate.threshold for rate in rates if rate.measure == FORGERY_MEASURE), None),
    )


def stretches(
    frame_indices: Sequence[int], analysed: NDArray[np.int64], times: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Unbroken stretches of a track: (n, 2) float64 seconds.

    A stretch ends with the analysed frame after the last one in which the face was found, since a face that is there
    in one frame is there until the next one is looked at.

    Args:
        frame_indices: frames in which the face was found, rising, at least one.
        analysed: indices of all analysed frames, rising.
        times: their times, seconds.
    """
    places = np.searchsorted(analysed, np.asarray(frame_indices, np.int64))
    places = np.minimum(places, len(analysed) - 1)
    breaks = np.flatnonzero(np.diff(places) > 1)
    begins = np.concatenate([[0], breaks + 1])
    ends = np.concatenate([breaks, [len(places) - 1]])
    following = np.minimum(places[ends] + 1, len(analysed) - 1)
    return np.stack([times[places[begins]], times[following]], axis=1)
