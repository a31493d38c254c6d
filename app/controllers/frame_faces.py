"""Boxes for the frame on show: from the analysis, and those that a person drew since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from app.analysis_scene import Scene
from app.controllers.timeline_rows import colour_of, person_label
from core.domain.evidence import FrameRecord
from core.domain.faces import TrackBox
from core.domain.geometry import BBox
from core.domain.review import Review
from core.domain.time import TimePoint
from ui.widgets.canvas_faces import CanvasFace

FARTHEST_S = Fraction(1)
"""Boxes of an analysed frame farther away than that would lie beside the faces; none is shown then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameFaces:
    """Boxes to be shown.

    Attributes:
        faces: the boxes.
        are_exact: they were found in the very frame on show.
        record: of the analysed frame they were found in; None where there is none near enough.
    """

    faces: tuple[CanvasFace, ...] = ()
    are_exact: bool = True
    record: FrameRecord | None = None

    def box_of(self, track_id: int | None) -> BBox | None:
        """Where the face of a track is."""
        return next((face.bbox for face in self.faces if face.track_id == track_id), None)


def faces_of_frame(
    scene: Scene,
    boxes: Mapping[int, tuple[TrackBox, ...]],
    review: Review,
    shown: tuple[int, TimePoint],
    selected: int | None,
) -> FrameFaces:
    """Boxes of the frame on show, else of the analysed frame next to it.

    Args:
        scene: the item's analysis.
        boxes: its faces by index of their frame.
        review: the state that holds, perhaps newer than the analysis.
        shown: index and time of the frame on show.
        selected: id of the chosen track.
    """
    index, time = shown
    record = scene.nearest_analysed(index)
    if record is None or abs(record.time.seconds - time.seconds) > FARTHEST_S:
        return FrameFaces()
    ignored = review.ignored(scene.evidence_id)
    drawn = review.added_faces(scene.evidence_id)
    found = list(boxes.get(record.index, ()))
    there = {face.track_id for face in found}
    for track_id, added in drawn.items():
        # Drawn a moment ago: the analysis that follows it over other frames has not yet ended.
        if added.frame_index == record.index and track_id not in there and scene.span_of(track_id) is None:
            found.append(TrackBox(track_id=track_id, bbox=added.bbox, score=0.0))
    faces = []
    for face in found:
        span = scene.span_of(face.track_id)
        person = span.person_track_id if span is not None else None
        faces.append(
            CanvasFace(
                track_id=face.track_id,
                person_label=person_label(person),
                bbox=face.bbox,
                colour_index=colour_of(person, face.track_id),
                is_selected=face.track_id == selected,
                is_ignored=face.track_id in ignored or (span is not None and span.is_ignored),
                is_added=face.track_id in drawn,
            )
        )
    return FrameFaces(faces=tuple(faces), are_exact=record.index == index, record=record)
