"""What a timeline shows: curves, lanes, cuts and bookmarks of one evidence item, ready to be painted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Seconds = NDArray[np.float64]
"""Times on the stream's clock, seconds."""


def _nothing() -> Seconds:
    return np.empty(0, np.float64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreCurve:
    """Fake scores of one person.

    Attributes:
        label: for example ``"Person 2"``.
        colour_index: 1-based place in the palette's colours of tracks.
        track_ids: the tracks of the person.
        seconds: (n,) float64, ascending.
        scores: (n,) float64, [0, 1].
    """

    label: str
    colour_index: int
    track_ids: tuple[int, ...]
    seconds: Seconds
    scores: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrackLane:
    """When one face track is there.

    Attributes:
        track_id: of the track.
        label: whom it was counted to, for example ``"Person 2"``; '' where nobody.
        colour_index: as its person's curve.
        spans: (n, 2) float64, ascending: begin and end of each unbroken stretch, seconds; between them are gaps.
        is_ignored: a person said that it does not matter.
        is_reviewed: a person has judged whom it shows, or ignored it.
    """

    track_id: int
    label: str
    colour_index: int
    spans: NDArray[np.float64]
    is_ignored: bool = False
    is_reviewed: bool = False

    @property
    def begin(self) -> Fraction:
        """When it is seen first, to the microsecond."""
        return _exactly(self.spans[0, 0])


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineBookmark:
    """A bookmarked frame: when, and its caption ('' for none)."""

    seconds: float
    caption: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TimelineContent:
    """All that a timeline shows. Times are seconds on the stream's clock.

    Attributes:
        start, end: of the first and the last picture.
        curves: one a person.
        threshold: of the fake score; None where none was measured.
        lanes: one a face track, in the order in which they are shown.
        cuts: (n,) float64, ascending: scene cuts.
        bookmarks: in order of time.
        analysed: begin and end of the part that was looked at; None while nothing was.
    """

    start: Fraction = Fraction(0)
    end: Fraction = Fraction(0)
    curves: tuple[ScoreCurve, ...] = ()
    threshold: float | None = None
    lanes: tuple[TrackLane, ...] = ()
    cuts: Seconds = field(default_factory=_nothing)
    bookmarks: tuple[TimelineBookmark, ...] = ()
    analysed: tuple[float, float] | None = None

    def lane_of(self, track_id: int | None) -> int | None:
        """Place of a track's lane; None where it has none."""
        return next((place for place, lane in enumerate(self.lanes) if lane.track_id == track_id), None)

    def next_track(self, after: Fraction) -> TrackLane | None:
        """The lane that begins next after a time; past the last one the first."""
        return _next(self.lanes, after)

    def next_unreviewed(self, after: Fraction) -> TrackLane | None:
        """The lane that begins next and has not been judged; past the last one the first."""
        return _next([lane for lane in self.lanes if not lane.is_reviewed], after)

    def peak(self, track_id: int | None = None) -> Fraction | None:
        """When the fake score is highest: of the person that has the track, else of all; None without scores."""
        own = [curve for curve in self.curves if track_id in curve.track_ids and len(curve.scores)]
        curves = own or [curve for curve in self.curves if len(curve.scores)]
        if not curves:
            return None
        best = max(curves, key=lambda curve: float(curve.scores.max()))
        return _exactly(best.seconds[int(best.scores.argmax())])


def _next(lanes: Sequence[TrackLane], after: Fraction) -> TrackLane | None:
    in_order = sorted(lanes, key=lambda lane: lane.begin)
    # A frame's time is exact, a lane's begin is rounded.
    later = (lane for lane in in_order if lane.begin > after + Fraction(1, 1_000_000))
    return next(later, in_order[0] if in_order else None)


def _exactly(seconds: float) -> Fraction:
    return Fraction(round(float(seconds) * 1_000_000), 1_000_000)
