"""Tiny media files of many kinds, drawn by script: what campaigns of hostile input begin with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import cycle, islice
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from core.domain.arrays import UInt8Array

WIDTH, HEIGHT = 64, 48
_N_PICTURES = 20
_FPS = 25
_X264 = {"preset": "ultrafast", "g": "10"}
_X265 = {"preset": "ultrafast", "x265-params": "log-level=0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """A kind of file.

    Attributes:
        name: container and codec, such as ``mp4-h264``; the first part is the file's suffix.
        format: container by its name in FFmpeg; '' for a still picture, which Pillow writes as `codec`.
        codec: encoder.
        pixel_format: that it is given.
        options: of the encoder.
        container_options: of the muxer.
    """

    name: str
    format: str
    codec: str
    pixel_format: str = "yuv420p"
    options: dict[str, str] = field(default_factory=dict)
    container_options: dict[str, str] = field(default_factory=dict)

    @property
    def suffix(self) -> str:
        """Of the file's name, without the dot."""
        return self.name.partition("-")[0]


SPECIMENS = (
    Specimen(name="mp4-h264", format="mp4", codec="libx264", options=_X264),
    Specimen(name="mp4-hevc", format="mp4", codec="libx265", options=_X265),
    Specimen(name="mp4-av1", format="mp4", codec="libsvtav1", options={"preset": "12"}),
    Specimen(name="mkv-h264", format="matroska", codec="libx264", options=_X264),
    Specimen(name="mkv-vp9", format="matroska", codec="libvpx-vp9", options={"deadline": "realtime", "cpu-used": "8"}),
    Specimen(name="mkv-ffv1", format="matroska", codec="ffv1"),
    Specimen(name="webm-vp8", format="webm", codec="libvpx", options={"deadline": "realtime"}),
    Specimen(name="avi-mjpeg", format="avi", codec="mjpeg", pixel_format="yuvj420p"),
    Specimen(name="avi-mpeg4", format="avi", codec="mpeg4"),
    Specimen(name="mov-prores", format="mov", codec="prores_ks", pixel_format="yuv422p10le"),
    Specimen(name="ts-mpeg2", format="mpegts", codec="mpeg2video"),
    Specimen(name="ts-h264", format="mpegts", codec="libx264", options=_X264),
    Specimen(name="flv-flv1", format="flv", codec="flv"),
    Specimen(name="gif-gif", format="gif", codec="gif", pixel_format="rgb8"),
    Specimen(name="png-apng", format="apng", codec="apng", pixel_format="rgb24"),
    Specimen(name="png-still", format="", codec="PNG"),
    Specimen(name="jpg-still", format="", codec="JPEG"),
    Specimen(name="webp-still", format="", codec="WEBP"),
    Specimen(name="tif-still", format="", codec="TIFF"),
)

FAST_START = Specimen(
    name="mp4-faststart",
    format="mp4",
    codec="libx264",
    options={"preset": "ultrafast", "g": "10", "crf": "10"},
    container_options={"movflags": "faststart"},
)
"""Its index stands before its pictures, so that a copy that was cut off opens."""


def write_specimen(
    kind: Specimen,
    path: Path,
    *,
    n_pictures: int = _N_PICTURES,
    width: int = WIDTH,
    height: int = HEIGHT,
    n_drawn: int | None = None,
) -> Path:
    """Write the file, and return its path.

    Args:
        kind: of file.
        path: where.
        n_pictures: of a video.
        width, height: pixels.
        n_drawn: different pictures, which are then shown again; None for as many as there are.

    Raises:
        av.FFmpegError: this PyAV lacks the encoder.
    """
    if not kind.format:
        Image.fromarray(next(_pictures(1, width, height))).save(path, kind.codec)
        return path
    # Without it some muxers write the time and random numbers.
    options = {"fflags": "+bitexact", **kind.container_options}
    with av.open(str(path), "w", format=kind.format, options=options) as container:
        stream = container.add_stream(kind.codec, rate=_FPS, options=dict(kind.options))
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, kind.pixel_format
        stream.codec_context.thread_count = 1
        pictures = cycle(_pictures(n_drawn or n_pictures, width, height))
        for number, picture in enumerate(islice(pictures, n_pictures)):
            frame = VideoFrame.from_ndarray(picture, "rgb24").reformat(format=kind.pixel_format)
            frame.pts, frame.time_base = number, Fraction(1, _FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _pictures(count: int, width: int, height: int) -> Iterator[UInt8Array]:
    """A moving gradient with noise, always the same."""
    noise = np.random.default_rng(1).integers(0, 40, (height, width, 3), np.uint8)
    y, x = np.mgrid[:height, :width]
    for number in range(count):
        drift = np.stack([x * 2 + number * 3, y * 2 + number * 5, x + y + number], -1) % 200
        yield drift.astype(np.uint8) + np.roll(noise, number, axis=1)
