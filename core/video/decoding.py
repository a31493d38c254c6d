"""Pictures of a stream in presentation order, from its start or from a safe point before a stamp."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
from av.codec.context import ThreadType
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from core.video.container import choose_stream, open_container
from core.video.demuxing import packets
from core.video.limits import MAX_SIDE_PX

_STEPS_BACK_S = (0, 2, 10, 60)


@dataclass(slots=True, kw_only=True)
class DecoderErrors:
    """How many packets the decoder refused.

    Attributes:
        count: of them.
        no_memory: at least one was refused because memory could not be had.
        on_packet: called after each packet that is read, whether it shows a picture or not; may raise to give up.
    """

    count: int = 0
    no_memory: bool = False
    on_packet: Callable[[], None] | None = None

    def met(self, error: Exception) -> None:
        """Count one that the decoder refused."""
        self.count += 1
        # Broken packets ask for absurd sizes, too: it counts only where not one picture could be decoded.
        self.no_memory = self.no_memory or isinstance(error, MemoryError)


def decode_from_start(path: Path, errors: DecoderErrors, *, threads: int = 0) -> Iterator[VideoFrame]:
    """Every picture of the analysed stream, in the decoder's presentation order."""
    with open_container(path) as container:
        stream = _prepared(container, path, threads)
        yield from _decode(packets(container, stream, errors.on_packet), stream, errors)


def decode_from(
    path: Path, stamp: int, is_known: Callable[[int], bool], errors: DecoderErrors, *, threads: int = 0
) -> Iterator[VideoFrame]:
    """Pictures from a key frame at or before `stamp` on, equal to those of a decode from the start.

    The pictures that an open group of pictures shows before its key frame refer to the group before and
    are dropped; so the landing point must itself come no later than `stamp`, else the search goes further
    back, at last to the start.

    Args:
        stamp: presentation stamp, stream units; the first picture yielded has this stamp or an earlier one.
        is_known: whether the stream holds a picture with a given stamp; a landing point that it does not
            know shows that stamps change after a seek, and decoding begins at the start instead.
        threads: decoder threads, 0 for the decoder's choice.
    """
    for step in _STEPS_BACK_S:
        with open_container(path) as container:
            stream = _prepared(container, path, threads)
            ticks = round(step / stream.time_base) if stream.time_base else 0
            try:
                container.seek(stamp - ticks, stream=stream, backward=True)
            except av.FFmpegError:
                break
            pictures = _from_key_frame(container, stream, errors)
            first = next(pictures, None)
            if first is None or first.pts is None or not is_known(first.pts):
                continue
            if first.pts <= stamp:
                yield first
                yield from pictures
                return
    errors.count = 0
    yield from decode_from_start(path, errors, threads=threads)


def _prepared(container: InputContainer, path: Path, threads: int) -> VideoStream:
    stream = choose_stream(container, path)
    context = stream.codec_context
    context.thread_type = ThreadType.AUTO
    context.thread_count = threads
    context.options = {**context.options, "max_pixels": str(MAX_SIDE_PX * MAX_SIDE_PX)}
    return stream


def _from_key_frame(container: InputContainer, stream: VideoStream, errors: DecoderErrors) -> Iterator[VideoFrame]:
    """Pictures from the next key frame on, in presentation order."""
    incoming = packets(container, stream, errors.on_packet)
    key = next((packet for packet in incoming if packet.is_keyframe and packet.pts is not None), None)
    if key is None or key.pts is None:
        return
    key_pts = key.pts

    def resumed() -> Iterator[Packet[VideoStream]]:
        yield key
        yield from incoming

    for frame in _decode(resumed(), stream, errors):
        if frame.pts is None or frame.pts >= key_pts:
            yield frame


def _decode(
    incoming: Iterator[Packet[VideoStream]], stream: VideoStream, errors: DecoderErrors
) -> Iterator[VideoFrame]:
    """Decode on past every packet that the decoder refuses, then drain it."""
    for packet in incoming:
        try:
            frames = packet.decode()
        except (av.FFmpegError, ValueError) as error:
            errors.met(error)
            continue
        yield from frames
    try:
        frames = stream.codec_context.decode(None)
    except (av.FFmpegError, ValueError) as error:
        errors.met(error)
        return
    yield from frames
