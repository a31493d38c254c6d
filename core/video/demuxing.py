"""Packets of one stream, past damage in the container."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard
from av.video.stream import VideoStream

_MAX_ERRORS_IN_A_ROW = 16
_AGAIN_TIMES, _AGAIN_LEAST_BYTES = 4, 16 << 20
_EACH_BYTES = 256


@dataclass(slots=True)
class Rereading:
    """What a container's index makes us read more often than it lies in the file.

    A few bytes of an MP4 file's index can name the same picture a billion times: what such a file costs has to be
    bounded by its size. An edit list that shows a scene again repeats packets, too, but not the whole file many times.

    Attributes:
        file_bytes: size of the file.
        is_endless: it came to more than four times the file and 16 MiB; each packet counts 256 bytes more than it has.
    """

    file_bytes: int
    is_endless: bool = False
    _furthest: int = 0
    _again: int = 0

    def add(self, packet: Packet[VideoStream]) -> None:
        """Look at the next packet."""
        if not packet.size or (packet.pos is not None and packet.pos < self._furthest):
            self._again += packet.size + _EACH_BYTES
            self.is_endless = self._again > _AGAIN_TIMES * self.file_bytes + _AGAIN_LEAST_BYTES
        if packet.pos is not None:
            self._furthest = max(self._furthest, packet.pos + packet.size)


def packets(
    container: InputContainer,
    stream: VideoStream,
    on_packet: Callable[[], None] | None = None,
    rereading: Rereading | None = None,
) -> Iterator[Packet[VideoStream]]:
    """Packets of `stream` from the container's present position to its end, without the closing flush.

    The other streams (broken sound, for example) are skipped unread. After a read error reading goes on
    behind it; it ends after 16 errors in a row, and where an index of MP4 names the same bytes endlessly.

    Args:
        container: an open file.
        stream: of it.
        on_packet: called after each packet, also an empty one; a sign of life. May raise to give up.
        rereading: told of each packet of an MP4 file, the only kind whose index can name the same bytes at will.
    """
    for other in container.streams:
        if other.index != stream.index:
            other.discard = Discard.all
    is_indexed = "mp4" in container.format.name.split(",")
    rereading = rereading or Rereading(container.size)
    errors = 0
    while errors < _MAX_ERRORS_IN_A_ROW:
        try:
            for packet in container.demux(stream):
                errors = 0
                if is_indexed:
                    rereading.add(packet)
                    if rereading.is_endless:
                        return
                if packet.size:
                    yield packet
                if on_packet is not None:
                    on_packet()
            return
        except av.FFmpegError:
            errors += 1


def shows_picture(packet: Packet[VideoStream]) -> bool:
    """Whether a picture is expected from this packet.

    Packets that an edit list discards show none, nor do VP8's hidden reference pictures (bit 4 of the
    frame tag, RFC 6386 section 9.1).
    """
    if packet.is_discard:
        return False
    return packet.stream.codec_context.name != "vp8" or bool(memoryview(packet)[0] >> 4 & 1)
