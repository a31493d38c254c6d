import numpy as np
import pytest

from core.video.pyav_reader import PyAvReader
from tests.builders_media import ClipSpec, evidence_item, write_clip

COLOURS = [(200, 40, 60), (30, 180, 70), (50, 60, 210), (225, 172, 140), (16, 16, 16), (240, 240, 240)]
BT709, BT601 = 1, 5


def decoded_colour(path, colour, **spec):
    width, height = spec.pop("size", (96, 64))
    picture = np.full((height, width, 3), colour, np.uint8)
    options = {"crf": "1"} if spec.get("codec", "libx264") in ("libx264", "libx265") else {}
    clip = ClipSpec(pictures=[picture] * 2, width=width, height=height, options=options, **spec)
    frame = next(iter(PyAvReader(evidence_item(write_clip(path, clip))).frames()))
    return frame.rgb.reshape(-1, 3).mean(0)


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("matrix", [BT709, BT601])
@pytest.mark.parametrize("full_range", [False, True])
def test_declared_matrix_and_range_are_honoured(tmp_path, colour, matrix, full_range):
    got = decoded_colour(tmp_path / "a.mp4", colour, matrix=matrix, full_range=full_range)
    np.testing.assert_allclose(got, colour, atol=4)


def test_full_range_jpeg_format(tmp_path):
    got = decoded_colour(tmp_path / "a.mp4", (225, 172, 140), matrix=BT709, full_range=True, pixel_format="yuvj420p")
    np.testing.assert_allclose(got, (225, 172, 140), atol=4)


def test_ten_bits(tmp_path):
    got = decoded_colour(tmp_path / "a.mp4", (225, 172, 140), matrix=BT709, pixel_format="yuv420p10le")
    np.testing.assert_allclose(got, (225, 172, 140), atol=3)


@pytest.mark.parametrize(("size", "meant"), [((96, 64), BT601), ((1280, 64), BT709), ((64, 720), BT709)])
def test_undeclared_matrix_follows_the_size(tmp_path, size, meant):
    """The same stored samples, declared and undeclared, must give the same colour."""
    colour = (200, 40, 60)
    declared = decoded_colour(tmp_path / "declared.mp4", colour, size=size, matrix=meant)
    picture = np.full((size[1], size[0], 3), colour, np.uint8)
    path = write_clip(
        tmp_path / "undeclared.mp4",
        ClipSpec(
            pictures=[picture] * 2,
            width=size[0],
            height=size[1],
            options={"crf": "1"},
            stored_matrix=meant,
        ),
    )
    frame = next(iter(PyAvReader(evidence_item(path)).frames()))
    np.testing.assert_allclose(frame.rgb.reshape(-1, 3).mean(0), declared, atol=1)
