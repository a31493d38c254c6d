"""The presentation stamps of a whole stream, read without decoding."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.video.container import choose_stream, open_container
from core.video.demuxing import Rereading, packets, shows_picture

# AVI stores no presentation stamps; with these codecs' reordering the generated ones are wrong.
_REORDERING = frozenset({"h264", "hevc", "mpeg4"})
# DivX packs two pictures into one packet and an empty one into the next.
_NOT_ONE_TO_ONE = frozenset({"mpeg4"})
_PROGRESSIVE = frozenset({0, 1})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PacketTable:
    """Stamps of the packets that should show a picture.

    Attributes:
        pts: (n,) int64, ascending, stream units; packets without a stamp are left out.
        key_pts: (k,) int64, ascending: the stamps among them at which decoding can begin.
        n_pictures: how many packets should show a picture, with or without a stamp.
        n_announced: how many packets the container's header promises, 0 when it promises nothing.
        n_packets: packets in the file, also those that show nothing.
        n_hidden: pictures among them that an edit list hides.
        has_all_stamps: every picture has a stamp that no other has, and the clock never steps back, so that
            the stamps in ascending order are those of the pictures in the order in which they are shown.
        is_reliable: the same, and the stamps are the container's own, not guessed for it. Then the position
            of a stamp in `pts` is the picture's index, wherever decoding began.
        is_one_to_one: every packet shows one picture (not two fields in two packets, for example), so
            that a stamp without a picture is a picture lost.
        is_endless: reading ended early, because the index names the same bytes over and over.
    """

    pts: NDArray[np.int64]
    key_pts: NDArray[np.int64]
    n_pictures: int
    n_announced: int
    n_packets: int
    n_hidden: int
    has_all_stamps: bool
    is_reliable: bool
    is_one_to_one: bool
    is_endless: bool

    @property
    def first_pts(self) -> int:
        """Stamp of the first picture; 0 when no packet has one."""
        return int(self.pts[0]) if len(self.pts) else 0

    @property
    def end_pts(self) -> int:
        """Behind the stamp of the last picture; 0 when no packet has one."""
        return int(self.pts[-1]) + 1 if len(self.pts) else 0

    def index_of(self, pts: int) -> int:
        """How many pictures come before the stamp `pts`."""
        return int(np.searchsorted(self.pts, pts))

    def has(self, pts: int) -> bool:
        """Whether a picture has the stamp `pts`."""
        index = self.index_of(pts)
        return index < len(self.pts) and int(self.pts[index]) == pts


def read_packet_table(path: Path, on_packet: Callable[[], None] | None = None) -> PacketTable:
    """Read every packet of the analysed stream once, decoding none. Eight bytes a picture are kept.

    It cannot wait: which name and time the first picture has depends on the stamps of all. What it costs is bounded by
    the size of the file, see `Rereading`.

    Args:
        path: the file.
        on_packet: called after each packet; a sign of life while a large file is read from a slow disk.

    Raises:
        CaseError: as `open_container` and `choose_stream`.
    """
    stamps, keys = array("q"), array("q")
    n_pictures = n_packets = n_hidden = 0
    last_dts: int | None = None
    ordered = True
    with open_container(path) as container:
        stream = choose_stream(container, path)
        rereading = Rereading(container.size)
        for packet in packets(container, stream, on_packet, rereading):
            n_packets += 1
            n_hidden += packet.is_discard
            if packet.dts is not None:
                ordered = ordered and (last_dts is None or packet.dts >= last_dts)
                last_dts = packet.dts
            if shows_picture(packet):
                n_pictures += 1
                if packet.pts is not None:
                    stamps.append(packet.pts)
                    if packet.is_keyframe:
                        keys.append(packet.pts)
        guessed = container.format.name == "avi" and stream.codec_context.name in _REORDERING
        n_announced = stream.frames
        one_to_one = (
            stream.codec_context.name not in _NOT_ONE_TO_ONE and stream.codec_context.field_order in _PROGRESSIVE
        )
    if n_announced > n_packets and not rereading.is_endless:
        # An edit list leaves out whole packets, too: they are missed only where the file itself lacks them.
        n_stored = _count_with_hidden(path, on_packet)
        n_hidden += max(0, n_stored - n_packets)
        n_packets = max(n_stored, n_packets)
    pts = np.sort(np.frombuffer(stamps, np.int64))
    has_all = ordered and len(pts) == n_pictures and bool((np.diff(pts) > 0).all())
    return PacketTable(
        pts=pts,
        key_pts=np.sort(np.frombuffer(keys, np.int64)),
        n_pictures=n_pictures,
        n_announced=n_announced,
        n_packets=n_packets,
        n_hidden=n_hidden,
        has_all_stamps=has_all,
        is_reliable=has_all and not guessed,
        is_one_to_one=one_to_one,
        is_endless=rereading.is_endless,
    )


def _count_with_hidden(path: Path, on_packet: Callable[[], None] | None) -> int:
    with open_container(path, with_hidden=True) as container:
        return sum(1 for _ in packets(container, choose_stream(container, path), on_packet))
