"""Packets of one stream, past damage in the container."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard
from av.video.stream import VideoStream

_MAX_ERRORS_IN_A_ROW = 16


def packets(
    container: InputContainer, stream: VideoStream, on_packet: Callable[[], None] | None = None
) -> Iterator[Packet[VideoStream]]:
    """Packets of `stream` from the container's present position to its end, without the closing flush.

    The other streams (broken sound, for example) are skipped unread. After a read error reading goes on
    behind it; it ends after 16 errors in a row.

    Args:
        container: an open file.
        stream: of it.
        on_packet: called after each packet, also an empty one; a sign of life. May raise to give up.
    """
    for other in container.streams:
        if other.index != stream.index:
            other.discard = Discard.all
    errors = 0
    while errors < _MAX_ERRORS_IN_A_ROW:
        try:
            for packet in container.demux(stream):
                errors = 0
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
