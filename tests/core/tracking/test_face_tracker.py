"""The tracker on boxes alone: no picture is needed."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest

from core.domain.faces import FaceDetection, FaceTrack, TrackEnd
from core.domain.geometry import BBox
from core.domain.time import TimePoint
from core.tracking.association import AppearanceScale, assign
from core.tracking.motion import Motion
from core.tracking.tracker import DropReason, FaceTracker, TrackerSettings

ANNA = np.eye(4, dtype=np.float32)[0]
BERTA = np.eye(4, dtype=np.float32)[1]
SETTINGS = TrackerSettings(appearance=AppearanceScale(same=0.9, different=0.5))


@dataclass(frozen=True)
class Stamp:
    index: int
    time: TimePoint
    is_cut: bool = False


def at(seconds: float) -> TimePoint:
    return TimePoint(pts=round(seconds * 1000), time_base=Fraction(1, 1000))


def face(
    seconds: float, x: float, y: float = 100, score: float = 0.99, who: np.ndarray | None = None, side: float = 60
) -> FaceDetection:
    box = BBox(x1=x - side / 2, y1=y - side / 2, x2=x + side / 2, y2=y + side / 2)
    points = np.array([[x - 12, y - 8], [x + 12, y - 8], [x, y], [x - 9, y + 12], [x + 9, y + 12]], np.float32)
    return FaceDetection(
        frame_index=round(seconds * 25), time=at(seconds), bbox=box, score=score, landmarks_px=points, embedding=who
    )


def run(script: dict[float, list[FaceDetection]], cuts: tuple[float, ...] = (), settings=SETTINGS) -> list[FaceTrack]:
    tracker = FaceTracker(settings)
    closed = []
    for seconds in sorted(script):
        closed += tracker.update(Stamp(round(seconds * 25), at(seconds), seconds in cuts), script[seconds])
    return sorted(closed + tracker.finish(), key=lambda track: track.track_id)


def times(n: int, start: float = 0.0, step: float = 0.16) -> list[float]:
    return [round(start + i * step, 3) for i in range(n)]


def test_two_faces_crossing_keep_their_tracks_by_motion():
    script = {t: [face(t, 100 + 120 * t, 100), face(t, 500 - 120 * t, 140)] for t in times(22)}
    tracks = run(script)
    assert [len(track.detections) for track in tracks] == [22, 22]
    assert all(d.landmarks_px[2, 1] == 100 for d in tracks[0].detections)


def test_faces_that_bounce_off_each_other_are_told_apart_by_appearance():
    # Motion alone would say that they crossed.
    script = {}
    for t in times(22):
        x = 100 + 120 * t if t < 1.6 else 100 + 120 * (3.2 - t)
        script[t] = [face(t, x, who=ANNA), face(t, 400 - (x - 100), who=BERTA)]
    tracks = run(script)
    assert len(tracks) == 2
    for track, who in zip(tracks, (ANNA, BERTA), strict=True):
        assert all(np.array_equal(d.embedding, who) for d in track.detections)


def test_a_gap_is_bridged_and_counted():
    script = {t: ([] if 0.8 <= t < 1.4 else [face(t, 100 + 50 * t)]) for t in times(20)}
    (track,) = run(script)
    assert track.n_gaps == 4
    assert len(track.detections) == 16


def test_a_cut_ends_every_track():
    script = {t: [face(t, 100), face(t, 400)] for t in times(12)}
    tracks = run(script, cuts=(times(12)[6],))
    assert [track.end_reason for track in tracks] == [TrackEnd.CUT] * 2 + [TrackEnd.END_OF_RANGE] * 2
    assert [len(track.detections) for track in tracks] == [6] * 4
    assert [track.track_id for track in tracks] == [1, 2, 3, 4]


def test_a_face_gone_for_good_is_lost_not_cut():
    script = {t: ([face(t, 100)] if t < 1 else []) for t in times(40)}
    (track,) = run(script, cuts=(times(40)[-1],))
    assert track.end_reason is TrackEnd.LOST


def test_somebody_who_comes_back_elsewhere_goes_on_in_the_old_track():
    script = {t: [face(t, 100, who=ANNA)] if t < 1 else [] for t in times(25)}
    script |= {t: [face(t, 500, 300, who=ANNA), face(t, 100, who=BERTA)] for t in times(10, start=5)}
    anna, berta = run(script)
    assert len(anna.detections) == 7 + 10
    assert anna.n_gaps == 18
    assert len(berta.detections) == 10


def test_somebody_who_comes_back_half_hidden_is_known_once_the_face_shows():
    script = {t: [face(t, 100, who=ANNA)] if t < 1 else [] for t in times(25)}
    script |= {t: [face(t, 500 - 10 * t, who=ANNA if t > 5.5 else None)] for t in times(10, start=5)}
    tracker = FaceTracker(SETTINGS)
    held = []
    for t in sorted(script):
        tracker.update(Stamp(0, at(t)), script[t])
        held += tracker.holders(script[t])
    assert list(dict.fromkeys(held)) == [1, 2]
    assert tracker.aliases == {2: 1}
    assert held[-1] == 1
    (track,) = tracker.finish()
    assert len(track.detections) == 17


def test_without_embeddings_an_absence_ends_the_track():
    script = {t: ([face(t, 100)] if not 1 < t < 4 else []) for t in times(40)}
    assert [track.end_reason for track in run(script)] == [TrackEnd.LOST, TrackEnd.END_OF_RANGE]


def test_another_person_at_the_same_place_gets_another_track():
    script = {t: [face(t, 100, who=ANNA if t < 1 else BERTA)] for t in times(20)}
    assert [len(track.detections) for track in run(script)] == [7, 13]


def test_by_the_usual_scale_a_face_as_unlike_as_other_people_are_gets_another_track():
    other = np.array([0.86, np.sqrt(1 - 0.86**2), 0, 0], np.float32)
    script = {t: [face(t, 300, who=ANNA if t < 0.8 else other)] for t in times(12)}
    tracks = run(script, settings=TrackerSettings())
    assert [len(track.detections) for track in tracks] == [5, 7]


def test_embeddings_can_be_ignored():
    script = {t: [face(t, 100, who=ANNA if t < 1 else BERTA)] for t in times(20)}
    assert len(run(script, settings=TrackerSettings(appearance=None))) == 1


def test_an_unsure_detection_goes_on_with_a_track_but_starts_none():
    script = {t: [face(t, 100, score=0.7 if 1 < t < 1.5 else 0.99), face(t, 400, score=0.7)] for t in times(14)}
    (track,) = run(script)
    assert len(track.detections) == 14


def test_a_detector_with_lower_scores_begins_tracks_by_its_own():
    assert TrackerSettings.for_scores_from(0.95) == TrackerSettings()
    script = {t: [face(t, 100, score=0.75)] for t in times(10)}
    assert run(script, settings=TrackerSettings()) == []
    (track,) = run(script, settings=TrackerSettings.for_scores_from(0.6))
    assert len(track.detections) == 10
    unsure = {t: [face(t, 100, score=0.5)] for t in times(10)}
    assert run(unsure, settings=TrackerSettings.for_scores_from(0.6)) == []


def test_a_sure_face_nearby_wins_over_an_unsure_one():
    script = {t: [face(t, 100)] for t in times(6)}
    script[0.96] = [face(0.96, 101, score=0.7), face(0.96, 104, score=0.95)]
    (track,) = run(script)
    assert [d.score for d in track.detections][-1] == 0.95


def test_fleeting_faces_are_dropped_and_counted():
    script = {t: [face(t, 100)] + ([face(t, 500)] if t in (0.8, 0.96) else []) for t in times(20)}
    tracker = FaceTracker(SETTINGS)
    for t in sorted(script):
        assert tracker.update(Stamp(0, at(t)), script[t]) == []
    assert [track.track_id for track in tracker.finish()] == [1]
    assert tracker.n_dropped == {DropReason.FLEETING: 1}


def test_a_track_of_unsure_detections_is_dropped_and_counted():
    script = {t: [face(t, 100, score=0.91 if t == 0 else 0.65)] for t in times(20)}
    tracker = FaceTracker(SETTINGS)
    for t in sorted(script):
        tracker.update(Stamp(0, at(t)), script[t])
    assert tracker.finish() == []
    assert tracker.n_dropped == {DropReason.UNSURE: 1}


def test_a_single_frame_has_its_faces():
    tracks = run({0.0: [face(0, 100), face(0, 400)]})
    assert [track.end_reason for track in tracks] == [TrackEnd.END_OF_RANGE] * 2


def test_a_shot_of_one_sampled_frame_keeps_its_face():
    script = {t: [face(t, 100)] for t in times(3)}
    tracks = run(script, cuts=tuple(times(3)[1:]))
    assert [len(track.detections) for track in tracks] == [1, 1, 1]


def test_a_lost_face_does_not_steal_its_neighbours():
    # The left face vanishes; the right one is within reach of where it may have gone, but has a track of its own.
    script = {t: [face(t, 200)] + ([face(t, 100)] if t < 1 else []) for t in times(20)}
    right, left = run(script)
    assert len(right.detections) == 20
    assert len(left.detections) == 7


def test_frames_seconds_apart_still_make_one_track():
    script = {t: [face(t, 100)] for t in times(8, step=5.0)}
    (track,) = run(script)
    assert len(track.detections) == 8


def test_uneven_frame_times_do_not_break_a_steady_motion():
    seconds = [0, 0.04, 0.3, 0.34, 0.5, 0.9, 0.94, 1.3, 1.34, 1.8]
    (track,) = run({t: [face(t, 100 + 200 * t)] for t in seconds})
    assert len(track.detections) == len(seconds)


def test_prediction_follows_the_motion_and_changes_nothing():
    tracker = FaceTracker(SETTINGS)
    for t in times(10):
        tracker.update(Stamp(0, at(t)), [face(t, 100 + 100 * t)])
    first = tracker.predict(at(1.6))
    assert tracker.predict(at(1.6)) == first
    ((track_id, box),) = first
    assert track_id == 1
    assert box.centre[0] == pytest.approx(260, abs=8)
    assert (box.width, box.height) == pytest.approx((60, 60), rel=0.05)


def test_lost_faces_are_predicted_for_a_while_only():
    tracker = FaceTracker(SETTINGS)
    for t in times(5):
        tracker.update(Stamp(0, at(t)), [face(t, 100, who=ANNA)])
    tracker.update(Stamp(0, at(0.8)), [])
    assert tracker.in_sight() == []
    assert len(tracker.predict(at(1.0))) == 1
    assert tracker.predict(at(2.0)) == []


def test_motion_becomes_vaguer_with_time_but_not_without_bound():
    motion = Motion.start(at(0), face(0, 100).bbox)
    vagueness = [motion.predicted(at(t)).vagueness() for t in (0, 0.2, 1, 10)]
    assert vagueness == sorted(vagueness)
    far = face(1, 1000).bbox
    assert motion.predicted(at(1)).distance(far) > SETTINGS.motion_gate


def test_assignment_is_best_in_total_and_never_forbidden():
    assert assign([[0.1, 0.2], [0.15, 0.9]]) == [(0, 1), (1, 0)]
    assert assign([[None, 0.2], [None, 0.1]]) == [(1, 1)]
    assert assign([]) == []
    assert assign([[], []]) == []


@pytest.mark.parametrize("change", [{"start_score": 1.5}, {"coast_s": -1.0}, {"min_sightings": 0}])
def test_nonsensical_settings_are_refused(change):
    with pytest.raises(ValueError, match="must"):
        TrackerSettings(**change)
