"""Framing of crops and chips."""

import numpy as np
import pytest

from core.recovery.align import (
    CANONICAL_LANDMARKS,
    FACE_PX,
    MAX_TILT_DEG,
    align_chip,
    crop_face_rgb,
    face_crop_affine,
    transform_points,
)


def landmarks(scale: float = 1.0, x: float = 0.0, y: float = 0.0) -> np.ndarray:
    points = np.array([[30, 40], [70, 40], [50, 62], [34, 82], [66, 82]], dtype=np.float32)
    return points * np.float32(scale) + np.array([x, y], dtype=np.float32)


def test_eyes_come_to_lie_where_the_reference_has_them() -> None:
    marks = landmarks(2.0, 100, 50)
    moved = transform_points(face_crop_affine(marks), marks)
    eyes = moved[:2].mean(0)
    assert eyes[1] == pytest.approx(0.46 * FACE_PX, abs=0.01)
    reach = max(np.linalg.norm(moved[1] - moved[0]), 0.95 * np.linalg.norm(moved[3:].mean(0) - eyes))
    assert reach == pytest.approx(0.28 * FACE_PX, abs=0.01)


def test_canonical_landmarks_are_those_of_the_framing() -> None:
    again = transform_points(face_crop_affine(CANONICAL_LANDMARKS), CANONICAL_LANDMARKS)
    np.testing.assert_allclose(again, CANONICAL_LANDMARKS, atol=0.2)


@pytest.mark.parametrize("scale", [0.4, 1.0, 6.0])
def test_a_crop_shows_the_same_picture_at_every_size_of_the_photo(scale: float) -> None:
    side = int(200 * scale)
    y, x = np.mgrid[:side, :side] / scale
    picture = np.stack([128 + 100 * np.sin(x / 9), 128 + 100 * np.sin(y / 11), 128 + 60 * np.cos((x + y) / 13)], -1)
    crop = crop_face_rgb(picture.astype(np.uint8), landmarks(scale, 50 * scale, 50 * scale)).astype(float)
    affine = face_crop_affine(landmarks(1.0, 50, 50)).astype(float)
    v, u = np.mgrid[:FACE_PX, :FACE_PX]
    x0, y0 = ((u - affine[0, 2]) / affine[0, 0], (v - affine[1, 2]) / affine[1, 1])
    inside = (x0 > 2) & (x0 < 197) & (y0 > 2) & (y0 < 197)
    expected = 128 + 100 * np.sin(x0 / 9)
    assert np.abs(crop[..., 0] - expected)[inside].mean() < 5


def turned(marks: np.ndarray, degrees: float) -> np.ndarray:
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return ((marks - 60) @ np.array([[cos, sin], [-sin, cos]]) + 60).astype(np.float32)


@pytest.mark.parametrize("tilt", [-170, -60, -20, 12, 30, 90])
def test_a_head_that_leans_is_set_upright_up_to_what_training_saw(tilt: float) -> None:
    upright, marks = landmarks(), turned(landmarks(), tilt)
    moved = transform_points(face_crop_affine(marks), marks)
    eyes = moved[1] - moved[0]
    assert np.degrees(np.arctan2(eyes[1], eyes[0])) == pytest.approx(np.copysign(MAX_TILT_DEG, tilt), abs=0.01)
    assert np.linalg.norm(eyes) == pytest.approx(
        np.linalg.norm(np.diff(transform_points(face_crop_affine(upright), upright)[:2], axis=0)), rel=1e-4
    )


@pytest.mark.parametrize("tilt", [-7.5, 0, 7.5])
def test_a_head_that_is_hardly_tilted_is_not_sampled_askew(tilt: float) -> None:
    affine = face_crop_affine(turned(landmarks(), tilt))
    assert affine[0, 1] == affine[1, 0] == 0 and affine[0, 0] == affine[1, 1]


def test_landmarks_in_one_point_give_a_map_all_the_same() -> None:
    assert np.isfinite(face_crop_affine(np.full((5, 2), 40, np.float32))).all()


def test_pixels_beyond_the_frame_repeat_its_border() -> None:
    picture = np.full((60, 60, 3), 40, np.uint8)
    picture[:, -1] = 200
    crop = crop_face_rgb(picture, landmarks(0.5, 25, 5))
    assert crop[:, -3:].min() == 200


def test_a_turned_face_is_set_upright_in_the_chip() -> None:
    picture = np.zeros((300, 300, 3), np.uint8)
    turn = np.array([[0.8, -0.6], [0.6, 0.8]], dtype=np.float32)
    marks = (landmarks() @ turn.T + np.float32(120)).astype(np.float32)
    for px, py in marks[:2].round().astype(int):
        picture[py - 3 : py + 4, px - 3 : px + 4] = 255
    template = landmarks(1.0, 25, 20)
    chip = align_chip(picture, marks, template, 150)
    for px, py in template[:2].round().astype(int):
        assert chip[py, px].min() > 200
