"""The software's tracks and persons as a person's decisions reshape them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.domain.comparison import PLAIN, Comparison
from core.domain.faces import FaceDetection, FaceTrack, TrackEnd, TrackView
from core.domain.review import Review
from core.tracking.merge import merge_tracks


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReviewedTracks:
    """What an item's analysis goes on with.

    Attributes:
        persons: tracks of each person, without the ignored ones.
        ignored: tracks that a person ignores.
        cuts: (track, frame, made track), in the order in which they were made.
    """

    persons: list[list[FaceTrack]]
    ignored: list[FaceTrack]
    cuts: tuple[tuple[int, int, int], ...]

    def holder(self, track_id: int, frame_index: int) -> int:
        """The track to which a face of the software's track belongs after all cuts."""
        for whole, frame, made in self.cuts:
            if track_id == whole and frame_index >= frame:
                track_id = made
        return track_id

    def views(self) -> list[TrackView]:
        """All tracks for the case file."""
        of_persons = [
            TrackView(track_id=t.track_id, person_track_id=number, is_ignored=False, detections=t.detections)
            for number, person in enumerate(self.persons, 1)
            for t in person
        ]
        return of_persons + [
            TrackView(track_id=t.track_id, person_track_id=None, is_ignored=True, detections=t.detections)
            for t in self.ignored
        ]


def reviewed_tracks(
    tracks: Sequence[FaceTrack],
    added: Mapping[int, tuple[FaceDetection, ...]],
    review: Review,
    evidence_id: int,
    similar_from: float,
    comparison: Comparison = PLAIN,
) -> ReviewedTracks:
    """Apply a person's cuts, added faces, joins, parts and ignored tracks.

    Args:
        tracks: of the finished scan.
        added: drawn faces that were looked at, by track id; those no longer in the review are left out.
        review: the state that holds.
        evidence_id: the item.
        similar_from: similarity from which tracks count as one person, see `AnalysisSettings.similar_from`.
        comparison: the rule of similarity.
    """
    by_id = {track.track_id: track for track in tracks}
    wanted = review.added_faces(evidence_id)
    for track_id, detections in added.items():
        if track_id in wanted and detections:
            by_id[track_id] = FaceTrack(track_id=track_id, detections=detections, n_gaps=0, end_reason=TrackEnd.LOST)
    cuts = []
    for made, cut in review.cuts(evidence_id):
        whole = by_id.get(cut.track_id)
        if whole is None:
            continue
        before = tuple(d for d in whole.detections if d.frame_index < cut.frame_index)
        after = tuple(d for d in whole.detections if d.frame_index >= cut.frame_index)
        if before and after:
            by_id[cut.track_id] = replace(whole, detections=before)
            by_id[made] = replace(whole, track_id=made, detections=after)
            cuts.append((cut.track_id, cut.frame_index, made))
    left_out = review.ignored(evidence_id)
    kept = [track for track in by_id.values() if track.track_id not in left_out]
    groups = merge_tracks(kept, similar_from, comparison)
    ids = review.regrouped(evidence_id, [[track.track_id for track in group] for group in groups])
    return ReviewedTracks(
        persons=[[by_id[track_id] for track_id in group] for group in ids],
        ignored=[by_id[track_id] for track_id in sorted(left_out & by_id.keys())],
        cuts=tuple(cuts),
    )
