"""Pictures through H.264 and back, in memory: what a platform's recompression does to evidence."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from core.domain.arrays import UInt8Array

FPS = 25
CRF_MAX = 51
SMALLEST_SIDE_PX = 16


def recompress_h264(frames: UInt8Array, crf: int, *, is_clip: bool = False, preset: str = "medium") -> UInt8Array:
    """Encode pictures with libx264 at a constant rate factor (4:2:0, BT.601) and decode them again.

    Args:
        frames: (N, H, W, 3) uint8 RGB, N >= 0, any sides from 16 px.
        crf: 0 (nothing lost but colour resolution) to 51 (worst); FaceForensics++ calls 23 "HQ" and 40 "LQ".
        is_clip: True for consecutive frames, which are predicted from each other; False encodes every picture for
            itself, so that unrelated pictures do not depend on their neighbours.
        preset: of libx264, ``"ultrafast"`` to ``"veryslow"``; the fast ones suit training.

    Returns:
        (N, H, W, 3) uint8 RGB; the same input always gives the same output.

    Raises:
        ValueError: another shape or dtype, or a `crf` out of range.
    """
    if frames.ndim != 4 or frames.shape[3] != 3 or frames.dtype != np.uint8:
        raise ValueError(f"expected frames (N, H, W, 3) uint8, got {frames.shape} {frames.dtype}")
    if min(frames.shape[1:3]) < SMALLEST_SIDE_PX:
        raise ValueError(f"frames of {frames.shape[2]} x {frames.shape[1]} px are too small to encode")
    if not 0 <= crf <= CRF_MAX:
        raise ValueError(f"crf must lie within 0-{CRF_MAX}, got {crf}")
    if not len(frames):
        return frames.copy()
    height, width = frames.shape[1:3]
    even = np.pad(frames, ((0, 0), (0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    parts = [even] if is_clip else [even[i : i + 1] for i in range(len(even))]
    decoded = [picture for part in parts for picture in _decoded(_packets(part, crf, preset))]
    if len(decoded) != len(frames):
        raise RuntimeError(f"{len(frames)} pictures were encoded and {len(decoded)} came back")
    return np.ascontiguousarray(np.stack(decoded)[:, :height, :width])


def _packets(frames: UInt8Array, crf: int, preset: str) -> Iterator[av.Packet[VideoStream]]:
    encoder = VideoCodecContext.create("libx264", "w")
    encoder.height, encoder.width = frames.shape[1:3]
    encoder.pix_fmt = "yuv420p"
    encoder.time_base = Fraction(1, FPS)
    encoder.framerate = Fraction(FPS)
    # One thread: libx264 takes other decisions with another number of threads.
    encoder.options = {"crf": str(crf), "preset": preset, "threads": "1"}
    for number, picture in enumerate(frames):
        frame = VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        frame = frame.reformat(format="yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, FPS)
        frame.pict_type = PictureType.NONE
        yield from encoder.encode(frame)
    yield from encoder.encode(None)


def _decoded(packets: Iterator[av.Packet[VideoStream]]) -> Iterator[UInt8Array]:
    decoder = VideoCodecContext.create("h264", "r")
    decoder.thread_count = 1
    for packet in packets:
        for frame in decoder.decode(packet):
            yield _rgb(frame)
    for frame in decoder.decode(None):
        yield _rgb(frame)


def _rgb(frame: VideoFrame) -> UInt8Array:
    return np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
