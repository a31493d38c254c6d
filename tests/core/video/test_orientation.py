import struct
from fractions import Fraction

import numpy as np
import pytest

from core.video.orientation import Orientation, from_display_matrix, from_exif, upright
from core.video.pyav_reader import PyAvReader
from tests.builders_media import ClipSpec, evidence_item, write_clip

ONE = 1 << 16


def marked(width=96, height=64):
    """Red upper left, green upper right, blue lower left, white lower right quarter."""
    picture = np.full((height, width, 3), 255, np.uint8)
    picture[: height // 2, : width // 2] = 255, 0, 0
    picture[: height // 2, width // 2 :] = 0, 255, 0
    picture[height // 2 :, : width // 2] = 0, 0, 255
    return picture


def corners(rgb):
    """Colour names of upper left, upper right, lower left and lower right."""
    height, width = rgb.shape[:2]
    names = {(1, 0, 0): "r", (0, 1, 0): "g", (0, 0, 1): "b", (1, 1, 1): "w"}
    places = [(y, x) for y in (height // 4, 3 * height // 4) for x in (width // 4, 3 * width // 4)]
    return "".join(names[tuple(int(v > 127) for v in rgb[place])] for place in places)


@pytest.mark.parametrize(
    ("ccw", "clockwise", "expected"), [(0, 0, "rgbw"), (90, 270, "gwrb"), (180, 180, "wbgr"), (-90, 90, "brwg")]
)
@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv"])
def test_rotation_metadata_is_applied(tmp_path, suffix, ccw, clockwise, expected):
    spec = ClipSpec(pictures=[marked()] * 3, rotation_ccw_deg=ccw)
    item = evidence_item(write_clip(tmp_path / f"turned.{suffix}", spec))
    frame = next(iter(PyAvReader(item).frames()))
    assert corners(frame.rgb) == expected
    assert frame.rotation_deg == item.rotation_deg == clockwise
    assert frame.rgb.shape[:2] == (item.height_px, item.width_px)
    assert (item.width_px < item.height_px) == (clockwise in (90, 270))


def test_mirrored_video_is_mirrored_back(tmp_path):
    spec = ClipSpec(pictures=[marked()] * 3, mirrored=True)
    item = evidence_item(write_clip(tmp_path / "mirror.mp4", spec))
    assert corners(next(iter(PyAvReader(item).frames())).rgb) == "grwb"
    assert item.mirrored


@pytest.mark.parametrize(("ccw", "expected"), [(0, Fraction(4, 3)), (90, Fraction(3, 4))])
def test_pixels_that_are_not_square_are_noted_and_not_applied(tmp_path, ccw, expected):
    spec = ClipSpec(pixel_aspect=Fraction(4, 3), rotation_ccw_deg=ccw)
    item = evidence_item(write_clip(tmp_path / "wide.mp4", spec))
    assert item.pixel_aspect == expected
    assert {item.width_px, item.height_px} == {96, 64}


def test_pixels_of_a_file_that_states_nothing_are_square(tmp_path):
    item = evidence_item(write_clip(tmp_path / "square.avi", ClipSpec(codec="mjpeg", pixel_format="yuvj420p")))
    assert (item.pixel_aspect, item.mirrored) == (1, False)


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        ((1, 0, 0, 1), Orientation()),
        ((0, 1, -1, 0), Orientation(rotation_deg=90)),
        ((-1, 0, 0, -1), Orientation(rotation_deg=180)),
        ((0, -1, 1, 0), Orientation(rotation_deg=270)),
        ((-1, 0, 0, 1), Orientation(mirrored=True)),
        ((1, 0, 0, -1), Orientation(rotation_deg=180, mirrored=True)),
        ((0, 0, 0, 0), Orientation()),
    ],
)
def test_display_matrix(matrix, expected):
    a, b, c, d = (value * ONE for value in matrix)
    assert from_display_matrix(struct.pack("=9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)) == expected


def test_short_display_matrix_means_upright():
    assert from_display_matrix(b"\x00" * 8) == Orientation()


@pytest.mark.parametrize("tag", [None, 0, 9, "6"])
def test_unknown_exif_value_means_upright(tag):
    assert from_exif(tag) == Orientation()


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_upright_equals_numpy(rotation, mirrored):
    rgb = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    expected = np.rot90(rgb[:, ::-1] if mirrored else rgb, -rotation // 90)
    turned = upright(rgb, Orientation(rotation_deg=rotation, mirrored=mirrored))
    np.testing.assert_array_equal(turned, expected)
    assert turned.flags.c_contiguous
