from __future__ import annotations

from fractions import Fraction

import numpy as np

from core.domain.comparison import Comparison, cohort_text
from core.domain.faces import FaceDetection, FaceTrack, TrackEnd
from core.domain.geometry import BBox
from core.domain.time import TimePoint
from core.tracking.merge import mean_embedding, merge_tracks


def track(track_id: int, frames: range, vector: list[float] | None) -> FaceTrack:
    unit = None
    if vector is not None:
        unit = (np.array(vector) / np.linalg.norm(vector)).astype(np.float32)
    return FaceTrack(
        track_id=track_id,
        detections=tuple(
            FaceDetection(
                frame_index=i,
                time=TimePoint(pts=i, time_base=Fraction(1, 6)),
                bbox=BBox(x1=0, y1=0, x2=9, y2=9),
                score=1.0,
                landmarks_px=np.zeros((5, 2), np.float32),
                embedding=unit if i % 2 == 0 else None,
            )
            for i in frames
        ),
        n_gaps=0,
        end_reason=TrackEnd.CUT,
    )


def ids(groups: list[list[FaceTrack]]) -> list[list[int]]:
    return [[t.track_id for t in group] for group in groups]


def test_the_same_person_is_joined_across_cuts():
    tracks = [
        track(1, range(0, 6), [1, 0.1, 0]),
        track(2, range(0, 6), [0, 1, 0.1]),
        track(3, range(6, 12), [0.1, 1, 0]),
        track(4, range(12, 18), [1, 0, 0.1]),
    ]
    assert ids(merge_tracks(tracks, 0.9)) == [[1, 4], [2, 3]]


def test_two_people_in_one_frame_are_never_joined_even_through_a_third_track():
    same = [1.0, 0.0, 0.0]
    tracks = [track(1, range(0, 6), same), track(2, range(5, 9), same), track(3, range(20, 22), same)]
    groups = ids(merge_tracks(tracks, -1.0))
    assert sorted(i for group in groups for i in group) == [1, 2, 3]
    assert not any({1, 2} <= set(group) for group in groups)
    assert len(groups) == 2


def test_tracks_that_interleave_without_meeting_may_be_one_person():
    early_and_late = track(1, range(0, 40, 20), [1, 0, 0])
    between = track(2, range(4, 10), [1, 0, 0])
    assert ids(merge_tracks([between, early_and_late], 0.9)) == [[1, 2]]


def test_a_track_without_embeddings_stays_alone():
    tracks = [track(1, range(0, 4), None), track(2, range(4, 8), [1, 0, 0]), track(3, range(8, 12), [1, 0, 0])]
    assert ids(merge_tracks(tracks, 0.9)) == [[1], [2, 3]]


def test_few_or_no_tracks():
    assert merge_tracks([], 0.9) == []
    assert ids(merge_tracks([track(7, range(3), [1, 0, 0])], 0.9)) == [[7]]


def test_mean_embedding_is_a_unit_vector_of_those_there_are():
    mean = mean_embedding(track(1, range(0, 5), [3, 4, 0]))
    assert mean is not None
    assert np.allclose(mean, [0.6, 0.8, 0], atol=1e-6)
    assert mean_embedding(track(1, range(1, 2), [1, 0, 0])) is None


def test_people_of_a_crowded_group_are_parted_by_a_cohort():
    """Two people as alike as all of their group, and two tracks of one person who is like nobody else, by cosine."""
    random = np.random.default_rng(0)
    dim = 24
    crowd = np.eye(dim)[0] + 0.3 * random.standard_normal((30, dim)) / np.sqrt(dim)
    lone = np.eye(dim)[1] + 0.3 * random.standard_normal((2, dim)) / np.sqrt(dim)
    others = random.standard_normal((30, dim))
    cohort = np.concatenate([crowd[:20], others])
    cohort /= np.linalg.norm(cohort, axis=1, keepdims=True)
    rule = Comparison(centre=(0.0,) * dim, cohort=cohort_text(cohort.astype(np.float32)))
    tracks = [
        track(1, range(0, 6), crowd[25].tolist()),
        track(2, range(6, 12), crowd[26].tolist()),
        track(3, range(12, 18), lone[0].tolist()),
        track(4, range(18, 24), lone[1].tolist()),
    ]
    assert ids(merge_tracks(tracks, 0.8)) == [[1, 2], [3, 4]], "cosines alone take either pair for one person"
    assert ids(merge_tracks(tracks, 0.1, rule)) == [[1], [2], [3, 4]]
