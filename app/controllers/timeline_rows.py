"""Curves, lanes, cuts and bookmarks of a timeline: from an analysis and from what people decided since."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from app.analysis_scene import Scene
from core.domain.outstanding import unreviewed
from core.domain.report import PersonTrack
from core.domain.review import BookmarkFrame, Review
from ui.widgets.timeline_content import ScoreCurve, TimelineBookmark, TimelineContent, TrackLane

if TYPE_CHECKING:
    from core.casefile.records import TrackSpan


def person_label(person_track_id: int | None) -> str:
    """Name of a person within its item, '' for nobody."""
    return "" if person_track_id is None else f"Person {person_track_id}"


def timeline_of(
    scene: Scene | None, review: Review, evidence_id: int, start: Fraction, end: Fraction
) -> TimelineContent:
    """What a timeline shows.

    Args:
        scene: the item's analysis; None while there is none.
        review: the state that holds, perhaps newer than the analysis.
        evidence_id: the item.
        start, end: times of the first and the last picture, seconds on the stream's clock.
    """
    bookmarks = _bookmarks(review, evidence_id)
    if scene is None:
        return TimelineContent(start=start, end=end, bookmarks=bookmarks)
    times = scene.times
    waiting = set(unreviewed(scene.result, review, evidence_id))
    ignored = review.ignored(evidence_id)
    return TimelineContent(
        start=start,
        end=end,
        curves=tuple(_curve(person) for person in scene.result.persons),
        threshold=scene.threshold,
        lanes=tuple(
            _lane(scene, span, is_ignored=span.is_ignored or span.track_id in ignored, waiting=waiting)
            for span in sorted(scene.spans.values(), key=lambda span: (span.first.seconds, span.track_id))
        ),
        cuts=scene.cuts,
        bookmarks=bookmarks,
        analysed=(float(times[0]), float(times[-1])) if len(times) else None,
    )


def colour_of(person_track_id: int | None, track_id: int) -> int:
    """Place in the palette's colours of tracks: one a person, so that curve, lane and box agree."""
    return person_track_id if person_track_id is not None else track_id


def _curve(person: PersonTrack) -> ScoreCurve:
    return ScoreCurve(
        label=person_label(person.person_track_id),
        colour_index=colour_of(person.person_track_id, 0),
        track_ids=person.track_ids,
        seconds=np.array([float(time.seconds) for time, _ in person.scores], np.float64),
        scores=np.array([score for _, score in person.scores], np.float64),
    )


def _lane(scene: Scene, span: TrackSpan, *, is_ignored: bool, waiting: set[int]) -> TrackLane:
    return TrackLane(
        track_id=span.track_id,
        label=person_label(span.person_track_id),
        colour_index=colour_of(span.person_track_id, span.track_id),
        spans=scene.stretches[span.track_id],
        is_ignored=is_ignored,
        is_reviewed=is_ignored or span.person_track_id not in waiting,
    )


def _bookmarks(review: Review, evidence_id: int) -> tuple[TimelineBookmark, ...]:
    return tuple(
        TimelineBookmark(seconds=float(entry.action.time.seconds), caption=entry.action.caption)
        for entry in review.bookmarks(evidence_id)
        if isinstance(entry.action, BookmarkFrame)
    )
