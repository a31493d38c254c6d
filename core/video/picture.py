"""From a decoder's picture to upright RGB."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import cast

import numpy as np
from av.filter import Graph
from av.sidedata.sidedata import SideData
from av.sidedata.sidedata import Type as SideDataType
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter

from core.domain.arrays import UInt8Array
from core.video.orientation import Orientation, from_display_matrix, upright

_BT709, _UNSPECIFIED, _RGB = 1, 2, 0
_BT470BG = 5
# Without these flags swscale uses per-processor shortcuts whose last bit, and so the pixel hash, differs.
_EXACT = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.BITEXACT

Room = Callable[[tuple[int, int, int], type[np.uint8]], UInt8Array]


def orientation_of(frame: VideoFrame) -> Orientation:
    """The orientation that the container or the stream asks for."""
    for data in cast("Iterable[SideData]", frame.side_data):
        if data.type is SideDataType.DISPLAYMATRIX:
            return from_display_matrix(bytes(data))
    return Orientation()


def matrix_of(frame: VideoFrame) -> int:
    """Luma and chroma matrix: the declared one, else BT.709 for high definition and BT.601 below.

    Undeclared streams are read as most players read them: BT.709 when the picture is at least 1280
    wide or more than 576 high.
    """
    if frame.colorspace not in (_UNSPECIFIED, _RGB):
        return frame.colorspace
    return _BT709 if frame.width >= 1280 or frame.height > 576 else _BT470BG


class PictureConverter:
    """Turns decoded pictures into upright RGB. Not thread-safe; holds a scaler's state, no picture.

    Args:
        room: called with (H, W, 3) and the dtype for the memory that an upright picture is written to; by default
            memory of its own.
    """

    def __init__(self, room: Room = np.empty) -> None:
        self._scaler = VideoReformatter()
        self._room = room

    def to_rgb(self, frame: VideoFrame) -> tuple[UInt8Array, Orientation]:
        """Deinterlace if flagged, convert to 8 bit RGB and turn upright. An alpha channel is dropped.

        Declared full range and matrix are honoured; high dynamic range is not tone-mapped, the sample
        aspect ratio is not applied.

        Returns:
            (H, W, 3) uint8 RGB, full range, C-contiguous, and the orientation that was applied.

        Raises:
            av.FFmpegError: swscale cannot convert the pixel format or colour space.
        """
        orientation = orientation_of(frame)
        source = _one_field(frame) if frame.interlaced_frame else frame
        converted = self._scaler.reformat(
            source,
            format="rgb24",
            interpolation=_EXACT,
            src_colorspace=matrix_of(frame),
            dst_color_range=ColorRange.JPEG,
            threads=1,
        )
        rgb = self._room((converted.height, converted.width, 3), np.uint8)
        np.copyto(rgb.reshape(converted.height, 3 * converted.width), _rows(converted))
        return upright(rgb, orientation), orientation


def _rows(frame: VideoFrame) -> UInt8Array:
    """(H, 3 W) view of an rgb24 picture, whose rows are padded unless the width happens to fit."""
    plane = frame.planes[0]
    if plane.line_size < 0:  # stored from the bottom up
        return frame.to_ndarray().reshape(frame.height, 3 * frame.width).view(np.uint8)
    memory = np.frombuffer(memoryview(plane), np.uint8)
    return memory.reshape(-1, plane.line_size)[: frame.height, : 3 * frame.width]


def _one_field(frame: VideoFrame) -> VideoFrame:
    """Rebuild a full picture from its first field alone (edge slope tracing, FFmpeg's estdif).

    bwdif and yadif would mix in the neighbouring pictures. Here every pixel of a picture comes from one
    moment and from this picture only, so the result does not depend on where decoding began, and
    pictures that are not sampled cost nothing.
    """
    graph = Graph()
    source = graph.add_buffer(
        width=frame.width,
        height=frame.height,
        format=frame.format,
        time_base=frame.time_base or Fraction(1, 1000),
    )
    field = graph.add("estdif", "mode=frame:parity=auto:deint=interlaced")
    sink = graph.add("buffersink")
    graph.link_nodes(source, field, sink)
    graph.configure()
    graph.vpush(frame)
    graph.vpush(None)
    return graph.vpull()
