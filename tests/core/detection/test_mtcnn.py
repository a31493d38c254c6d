from __future__ import annotations

from fractions import Fraction

import cv2
import matplotlib.cbook
import numpy as np
import pytest
import skimage.data
from PIL import Image

from core.detection.base import FaceDetector
from core.domain.evidence import Frame
from core.domain.geometry import BBox
from core.domain.time import TimePoint
from tests.builders_detector import mtcnn


def as_frame(rgb: np.ndarray, index: int = 0) -> Frame:
    time = TimePoint(pts=index, time_base=Fraction(1, 25))
    return Frame(index=index, time=time, rgb=np.ascontiguousarray(rgb), rotation_deg=0, is_corrupt=False)


def moved(box: BBox, right: float, down: float, scale: float = 1.0) -> BBox:
    cx, cy = box.centre
    cx, cy = cx + right * box.width, cy + down * box.height
    half_w, half_h = box.width * scale / 2, box.height * scale / 2
    return BBox(x1=cx - half_w, y1=cy - half_h, x2=cx + half_w, y2=cy + half_h)


@pytest.fixture(scope="module")
def detector() -> FaceDetector:
    return mtcnn()


@pytest.fixture(scope="module")
def collins() -> Frame:
    return as_frame(skimage.data.astronaut())


@pytest.fixture(scope="module")
def hopper() -> Frame:
    with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file:
        return as_frame(np.asarray(Image.open(file).convert("RGB")), 1)


def test_frames_of_different_sizes_in_one_call(detector, collins, hopper):
    empty = as_frame(np.full((90, 120, 3), 128, np.uint8), 2)
    found = detector.detect([collins, hopper, empty])
    assert [len(faces) for faces in found] == [1, 1, 0]
    assert [faces[0].frame_index for faces in found[:2]] == [0, 1]
    assert all(faces[0].score > 0.99 and not faces[0].is_refined for faces in found[:2])


def test_a_frame_does_not_feel_its_neighbours_in_the_batch(detector, collins, hopper):
    together = detector.detect([hopper, collins, collins])
    alone = [detector.detect([frame])[0] for frame in (hopper, collins, collins)]
    for a, b in zip(together, alone, strict=True):
        assert a[0].bbox == b[0].bbox
        assert np.array_equal(a[0].landmarks_px, b[0].landmarks_px)


def test_landmarks_lie_where_the_face_is(detector, collins):
    face = detector.detect([collins])[0][0]
    by_hand = np.array([[203, 101], [246, 103], [225, 126], [204, 140], [244, 141]])
    assert np.linalg.norm(face.landmarks_px - by_hand, axis=1).max() < 6


def test_boxes_are_in_pixels_of_a_frame_larger_than_the_search_picture(detector, collins):
    small = detector.detect([collins])[0][0].bbox
    large = detector.detect([as_frame(cv2.resize(collins.rgb, None, fx=3, fy=3))])[0][0].bbox
    assert large.iou(BBox(x1=3 * small.x1, y1=3 * small.y1, x2=3 * small.x2, y2=3 * small.y2)) > 0.8


def test_refinement_finds_a_shifted_face_again(detector, collins):
    face = detector.detect([collins])[0][0]
    for right, down, scale in ((0, 0, 1), (0.2, 0.1, 1), (-0.25, 0, 1.2), (0, 0.6, 1)):
        again = detector.refine([collins], [[moved(face.bbox, right, down, scale)]])[0][0]
        assert again is not None
        assert again.is_refined
        assert again.bbox.iou(face.bbox) > 0.75
        assert np.abs(again.landmarks_px - face.landmarks_px).max() < 0.08 * face.bbox.height


def test_refinement_does_not_drift(detector, hopper):
    first = detector.detect([hopper])[0][0].bbox
    box = first
    for _ in range(12):
        again = detector.refine([hopper], [[box]])[0][0]
        assert again is not None
        box = again.bbox
    assert box.iou(first) > 0.8


def test_refinement_says_none_where_no_face_is(detector, collins, hopper):
    beside = BBox(x1=380, y1=330, x2=460, y2=430)
    outside = BBox(x1=-900, y1=-900, x2=-800, y2=-780)
    beyond = BBox(x1=505, y1=505, x2=600, y2=620)
    face = detector.detect([hopper])[0][0].bbox
    found = detector.refine([collins, hopper, collins], [[beside, outside, beyond], [face], []])
    assert found[0] == [None, None, None]
    assert found[1][0] is not None
    assert found[2] == []


def test_a_tightly_cropped_face_is_found(detector, collins):
    face = detector.detect([collins])[0][0].bbox
    side = 1.25 * face.height
    cx, cy = face.centre
    x, y = round(cx - side / 2), round(cy - side / 2)
    crop = cv2.resize(collins.rgb[y : y + round(side), x : x + round(side)], (224, 224))
    assert len(detector.detect([as_frame(crop)])[0]) == 1


def test_a_face_cut_off_by_the_border_keeps_its_proportions(detector, collins):
    face = detector.detect([collins])[0][0].bbox
    cut = collins.rgb[:, round(face.x1 + 0.25 * face.width) :]
    found = detector.detect([as_frame(cut)])[0]
    assert found
    assert found[0].bbox.x1 < 0
    assert found[0].bbox.width == pytest.approx(face.width, rel=0.2)


@pytest.mark.parametrize("shape", [(1, 1), (9, 300), (40, 12)])
def test_pictures_too_small_for_a_face_hold_none(detector, shape):
    assert detector.detect([as_frame(np.zeros((*shape, 3), np.uint8))]) == [[]]


def test_nothing_asked_nothing_found(detector):
    assert detector.detect([]) == []
    assert detector.refine([], []) == []


def test_boxes_must_be_given_for_every_frame(detector, collins):
    with pytest.raises(ValueError, match="1 frames but boxes for 0"):
        detector.refine([collins], [])
