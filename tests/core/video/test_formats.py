from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from core.video.pyav_reader import PyAvReader, open_reader
from tests.builders_media import ClipSpec, evidence_item, number_in, numbered_picture, write_clip

LOSSY_VP9 = {"deadline": "realtime", "cpu-used": "8", "crf": "20", "b": "0"}


@pytest.mark.parametrize(
    ("suffix", "codec", "pixel_format", "options", "name"),
    [
        ("mp4", "libx264", "yuv420p", {}, "h264"),
        ("mov", "libx264", "yuv422p", {}, "h264"),
        ("mkv", "libx264", "yuv420p10le", {}, "h264"),
        ("avi", "libx264", "yuv420p", {"bf": "2"}, "h264"),
        ("ts", "libx264", "yuv420p", {}, "h264"),
        ("mp4", "libx265", "yuv420p", {"x265-params": "log-level=none"}, "hevc"),
        ("mkv", "libx265", "yuv420p10le", {"x265-params": "log-level=none"}, "hevc"),
        ("webm", "libvpx-vp9", "yuv420p", LOSSY_VP9, "vp9"),
        ("webm", "libvpx", "yuv420p", {"auto-alt-ref": "1", "lag-in-frames": "16", "crf": "10"}, "vp8"),
        ("mkv", "libsvtav1", "yuv420p", {"preset": "12", "crf": "20"}, "av1"),
        ("mp4", "libsvtav1", "yuv420p10le", {"preset": "12", "crf": "20"}, "av1"),
        ("avi", "mpeg4", "yuv420p", {"bf": "2", "qscale": "3"}, "mpeg4"),
        ("mp4", "mpeg4", "yuv420p", {"bf": "2"}, "mpeg4"),
        ("avi", "mjpeg", "yuvj420p", {}, "mjpeg"),
        ("mov", "mjpeg", "yuvj422p", {}, "mjpeg"),
        ("mkv", "ffv1", "yuv420p", {}, "ffv1"),
        ("mpg", "mpeg2video", "yuv420p", {"bf": "2"}, "mpeg2video"),
    ],
)
def test_every_picture_comes_once_and_in_order(tmp_path, suffix, codec, pixel_format, options, name):
    spec = ClipSpec(codec=codec, pixel_format=pixel_format, options=options)
    item = evidence_item(write_clip(tmp_path / f"clip.{suffix}", spec))
    assert item.codec == name
    with PyAvReader(item) as reader:
        frames = list(reader.frames())
        assert reader.frame_count == reader.decoded_count == 30
        assert reader.corrupt_count == 0
    assert [frame.index for frame in frames] == list(range(30))
    assert [number_in(frame.rgb) for frame in frames] == list(range(30))
    first = frames[0].time.seconds
    for frame in frames:
        assert abs(frame.time.seconds - first - Fraction(frame.index, 25)) <= Fraction(1, 1000)
    difference = np.abs(frames[9].rgb[20:].astype(int) - numbered_picture(9)[20:])
    assert difference.mean() < 30


@pytest.mark.parametrize("size", [(97, 65), (101, 48), (98, 51)])
def test_odd_sizes(tmp_path, size):
    spec = ClipSpec(pixel_format="yuv444p", width=size[0], height=size[1], n_pictures=3)
    item = evidence_item(write_clip(tmp_path / "odd.mp4", spec))
    frames = list(PyAvReader(item).frames())
    assert {frame.rgb.shape for frame in frames} == {(size[1], size[0], 3)}
    assert [number_in(frame.rgb) for frame in frames] == [0, 1, 2]


def test_variable_frame_rate_keeps_its_stamps(tmp_path):
    stamps = [0, 40, 50, 200, 210, 1000, 1033, 4000]
    spec = ClipSpec(n_pictures=len(stamps), stamps=stamps)
    item = evidence_item(write_clip(tmp_path / "vfr.mkv", spec))
    assert item.is_vfr
    frames = list(PyAvReader(item).frames())
    assert [frame.time.seconds * 1000 for frame in frames] == stamps
    assert [number_in(frame.rgb) for frame in frames] == list(range(len(stamps)))


def test_a_constant_rate_is_not_called_variable_for_what_a_header_counts(tmp_path):
    spec = ClipSpec(n_pictures=10, fps=30, options={"bf": "0"})
    assert evidence_item(write_clip(tmp_path / "clip.flv", spec)).is_vfr is False


def test_stream_that_starts_late(tmp_path):
    stamps = [5000 + 40 * index for index in range(10)]
    item = evidence_item(write_clip(tmp_path / "late.mkv", ClipSpec(n_pictures=10, stamps=stamps)))
    assert item.first_s == 5
    frames = list(PyAvReader(item).frames(sample_period=Fraction(1, 10)))
    assert [number_in(frame.rgb) for frame in frames] == [0, 3, 5, 8]


def test_bare_stream_without_stamps_is_timed_by_its_rate(tmp_path):
    item = evidence_item(write_clip(tmp_path / "bare.h264", ClipSpec(container="h264")))
    with PyAvReader(item) as reader:
        frames = list(reader.frames())
        assert any("time stamps" in warning for warning in reader.warnings)
    assert [number_in(frame.rgb) for frame in frames] == list(range(30))
    assert frames[25].time.seconds - frames[0].time.seconds == 1


def test_avi_with_reordered_pictures_is_timed_in_order(tmp_path):
    spec = ClipSpec(options={"bf": "3", "x264-params": "b-adapt=0"})
    with PyAvReader(evidence_item(write_clip(tmp_path / "clip.avi", spec))) as reader:
        times = [frame.time.seconds for frame in reader.frames()]
    assert [time - times[0] for time in times] == [Fraction(index, 25) for index in range(30)]


def moving_picture(path):
    pictures = [Image.fromarray(numbered_picture(number)) for number in range(5)]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=100)
    return path


@pytest.mark.parametrize("suffix", ["gif", "png"])
def test_animated_picture(tmp_path, suffix):
    path = moving_picture(tmp_path / f"moving.{suffix}")
    with open_reader(evidence_item(path)) as reader:
        frames = list(reader.frames())
    assert [number_in(frame.rgb) for frame in frames] == list(range(5))
    assert frames[4].time.seconds - frames[0].time.seconds == Fraction(4, 10)


@pytest.mark.parametrize("suffix", ["webp", "tiff"])
def test_only_the_first_of_several_pictures_is_read_and_it_is_said(tmp_path, suffix):
    with open_reader(evidence_item(moving_picture(tmp_path / f"moving.{suffix}"))) as reader:
        (frame,) = reader.frames()
        assert number_in(frame.rgb) == 0
        assert any("first of 5 pictures" in warning for warning in reader.warnings)


def test_gif_of_one_picture(tmp_path):
    Image.fromarray(numbered_picture(3)).save(tmp_path / "still.gif")
    (frame,) = open_reader(evidence_item(tmp_path / "still.gif")).frames()
    assert number_in(frame.rgb) == 3


def test_sound_is_never_decoded(tmp_path):
    path = write_clip(tmp_path / "clip.mkv", ClipSpec(with_sound=True))
    item = evidence_item(path)
    assert item.has_audio
    data = bytearray(path.read_bytes())
    # Spoil the sound decoder's set-up.
    place = data.find(b"A_AAC")
    data[place : place + 5] = b"A_XXX"
    path.write_bytes(data)
    assert len(list(PyAvReader(evidence_item(path)).frames())) == 30


def interlaced_clip(path):
    """White bars jump by 24 px from the first field to the second."""
    picture = np.full((96, 128, 3), 60, np.uint8)
    picture[0::2, 8 : 8 + 24] = 230
    picture[1::2, 72 : 72 + 24] = 230
    options = {"crf": "5", "flags": "+ildct+ilme", "x264-params": "tff=1"}
    return write_clip(path, ClipSpec(pictures=[picture] * 6, width=128, height=96, options=options))


def test_interlaced_pictures_show_one_moment_only(tmp_path):
    item = evidence_item(interlaced_clip(tmp_path / "fields.mp4"))
    frames = list(PyAvReader(item).frames())
    assert len(frames) == 6
    for frame in frames:
        bars = frame.rgb[20:76, 12:28], frame.rgb[20:76, 76:92]
        assert max(bar.min() for bar in bars) > 180, "the bar of one field is whole"
        assert min(bar.max() for bar in bars) < 110, "nothing of the other field is left"


def test_deinterlacing_does_not_depend_on_where_decoding_began(tmp_path):
    item = evidence_item(interlaced_clip(tmp_path / "fields.mp4"))
    reader = PyAvReader(item)
    in_order = list(reader.frames())[4]
    np.testing.assert_array_equal(reader.frame_at(4).rgb, in_order.rgb)


def test_stamps_that_step_back_are_given_to_no_other_picture(tmp_path):
    parts = [
        write_clip(tmp_path / f"{part}.ts", ClipSpec(n_pictures=10, stamps=[first + 40 * k for k in range(10)]))
        for part, first in (("later", 9000), ("earlier", 2000))
    ]
    joined = tmp_path / "joined.ts"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    with PyAvReader(evidence_item(joined)) as reader:
        frames = list(reader.frames())
        assert any("step back" in warning and "pictures a second" in warning for warning in reader.warnings)
    assert [number_in(frame.rgb) for frame in frames] == [*range(10), *range(10)]
    gaps = {b.time.seconds - a.time.seconds for a, b in pairwise(frames)}
    assert max(gaps) < Fraction(1, 2), "nothing is known of a gap of seconds between the parts"
