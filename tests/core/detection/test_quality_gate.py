from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
import skimage.data

from core.detection.pose import MEAN_FACE_MM, head_pose
from core.detection.quality import QualityGate, measure
from core.domain.faces import FaceDetection, Rejection
from core.domain.geometry import BBox
from core.domain.time import TimePoint

# Eileen Collins' face in `skimage.data.astronaut()`, read off by hand.
LANDMARKS = np.array([[203, 101], [246, 103], [225, 126], [204, 140], [244, 141]], np.float32)
BOX = BBox(x1=178, y1=62, x2=268, y2=176)


def detection(landmarks: np.ndarray = LANDMARKS, box: BBox = BOX, score: float = 0.999) -> FaceDetection:
    return FaceDetection(
        frame_index=0,
        time=TimePoint(pts=0, time_base=Fraction(1, 25)),
        bbox=box,
        score=score,
        landmarks_px=landmarks.astype(np.float32),
    )


@pytest.fixture(scope="module")
def collins() -> np.ndarray:
    return skimage.data.astronaut()


def turned(yaw: float, pitch: float, roll: float, focal: float = 3000.0) -> np.ndarray:
    """The mean face seen by a camera 1 m away, after turning the head; angles as `head_pose` reports them."""
    y, p, r = np.radians([-yaw, -pitch, roll])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    about_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    points = (MEAN_FACE_MM - MEAN_FACE_MM.mean(axis=0)) @ (about_z @ about_y @ about_x).T
    return (points[:, :2] / (points[:, 2:] + 1000) * focal + 200).astype(np.float32)


@pytest.mark.parametrize("yaw, pitch, roll", [(0, 0, 0), (30, 0, 0), (-40, 0, 0), (0, 20, 0), (0, -25, 0), (15, 10, 0)])
def test_pose_of_the_mean_face(yaw, pitch, roll):
    assert head_pose(turned(yaw, pitch, roll)) == pytest.approx((yaw, pitch, roll), abs=4)


def test_roll_is_clockwise_in_the_picture():
    assert head_pose(turned(0, 0, 25))[2] == pytest.approx(25, abs=1)


def test_coinciding_landmarks_are_no_pose():
    assert head_pose(np.full((5, 2), 7, np.float32)) == (90, 90, 0)


def test_a_good_face_passes(collins):
    quality = measure(collins, detection(), QualityGate())
    assert quality.passed
    assert quality.size_px == pytest.approx(43.05, abs=0.1)
    assert abs(quality.yaw_deg) < 30
    assert 0.3 < quality.score <= 1


def test_blur_lowers_sharpness_until_the_gate_refuses(collins):
    sharp = measure(collins, detection(), QualityGate())
    soft = measure(cv2.GaussianBlur(collins, (0, 0), 2), detection(), QualityGate())
    smeared = measure(cv2.GaussianBlur(collins, (0, 0), 6), detection(), QualityGate())
    assert sharp.sharpness > soft.sharpness > smeared.sharpness
    assert sharp.score > soft.score > smeared.score
    assert smeared.rejections == (Rejection.TOO_BLURRED,)


def test_a_small_face_is_refused_for_size_and_the_blur_that_enlarging_makes(collins):
    tiny = cv2.resize(collins, None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA)
    box = BBox(x1=BOX.x1 / 5, y1=BOX.y1 / 5, x2=BOX.x2 / 5, y2=BOX.y2 / 5)
    quality = measure(tiny, detection(LANDMARKS / 5, box), QualityGate())
    assert Rejection.TOO_SMALL in quality.rejections


@pytest.mark.parametrize(
    "yaw, pitch, reason", [(60, 0, Rejection.YAW), (-60, 0, Rejection.YAW), (0, 42, Rejection.PITCH)]
)
def test_turned_faces_are_refused(collins, yaw, pitch, reason):
    assert reason in measure(collins, detection(turned(yaw, pitch, 0)), QualityGate()).rejections


def test_an_unsure_detection_is_refused(collins):
    assert measure(collins, detection(score=0.8), QualityGate()).rejections == (Rejection.LOW_SCORE,)


def test_a_face_cut_off_by_the_frame_is_refused(collins):
    cut = collins[:, 225:]
    shift = np.array([225, 0], np.float32)
    box = BBox(x1=BOX.x1 - 225, y1=BOX.y1, x2=BOX.x2 - 225, y2=BOX.y2)
    assert Rejection.OUT_OF_FRAME in measure(cut, detection(LANDMARKS - shift, box), QualityGate()).rejections


def test_a_face_wholly_outside_is_measured_without_fault(collins):
    far = np.array([5000, 5000], np.float32)
    box = BBox(x1=5000, y1=5000, x2=5100, y2=5100)
    quality = measure(collins, detection(LANDMARKS + far, box), QualityGate())
    assert quality.sharpness == 0
    assert quality.score == 0
    assert {Rejection.OUT_OF_FRAME, Rejection.TOO_BLURRED} <= set(quality.rejections)


def test_all_reasons_are_given_not_only_the_first(collins):
    strict = QualityGate(min_size_px=500, min_sharpness=1e9, max_yaw_deg=0, max_pitch_deg=0, min_score=1, max_outside=0)
    assert set(measure(collins, detection(), strict).rejections) == set(Rejection) - {Rejection.OUT_OF_FRAME}


@pytest.mark.parametrize("change", [{"min_score": 1.2}, {"max_outside": -0.1}, {"min_size_px": -1.0}])
def test_nonsensical_limits_are_refused(change):
    with pytest.raises(ValueError, match=r"parts of one|negative"):
        replace(QualityGate(), **change)
