"""Single pictures of a stream, asked for in any order, by somebody who looks around in it."""

from __future__ import annotations

from collections.abc import Callable, Generator

from core.domain.evidence import EvidenceItem
from core.video.packet_table import PacketTable
from core.video.passes import NamedPicture, PicturePass
from core.video.picture_index import PictureIndex, Side

_SEEK_COST = 8
"""A seek opens the file and fills the decoder anew, which takes about as long as decoding this many pictures."""


class FrameCursor:
    """Keeps the decoder where the last picture came from, so that the next ones cost one picture each.

    The pictures are those of a pass over the whole stream, wherever decoding began.

    Args:
        item: the video.
        table: its packets.
        index: of its pictures.
        on_picture: called after each decoded picture; may raise to give up, after which the cursor is as usable as
            before.
        on_packet: called after each packet that is read.
    """

    def __init__(
        self,
        item: EvidenceItem,
        table: PacketTable,
        index: PictureIndex,
        on_picture: Callable[[], None] | None = None,
        on_packet: Callable[[], None] | None = None,
    ) -> None:
        self._item = item
        self._table = table
        self._index = index
        self._on_picture = on_picture
        self._on_packet = on_packet
        self._pictures: Generator[NamedPicture, None, None] | None = None
        self._begin = 0
        self._last: NamedPicture | None = None
        self._ahead: NamedPicture | None = None

    def picture(self, index: int, side: Side) -> NamedPicture | None:
        """The picture with that index; for one that cannot be decoded the nearest on that side, else on the other.

        Returns:
            None where the stream has not one decodable picture.
        """
        if not self._is_within_reach(index):
            self._seek(index)
        found = self._go_on_to(index)
        while found is None and self._begin > 0:
            self._seek(self._begin - 1)
            found = self._go_on_to(index)
        is_after = found is None or (found.index < index and side is Side.AFTER)
        if is_after and self._ahead is not None:
            found = self._last = self._ahead
            self._ahead = None
        return found

    def close(self) -> None:
        """Close the file; the next picture opens it again."""
        pictures, self._pictures = self._pictures, None
        self._last = self._ahead = None
        if pictures is not None:
            pictures.close()

    def _is_within_reach(self, index: int) -> bool:
        if self._pictures is None:
            return False
        at = self._begin if self._last is None else self._last.index
        return at <= index and self._index.key_before(index) - at <= _SEEK_COST

    def _seek(self, index: int) -> None:
        self.close()
        self._begin = self._index.key_before(index)
        low = int(self._table.pts[self._begin]) if self._begin > 0 else None
        self._pictures = PicturePass(self._item, self._table, low=low, lead=0, on_packet=self._on_packet).pictures()

    def _go_on_to(self, index: int) -> NamedPicture | None:
        """Decode up to the picture, or over it; the last one not after it, None when there is none from here on."""
        while self._last is None or self._last.index < index:
            if self._ahead is None:
                self._ahead = self._next()
                if self._ahead is None:
                    break
                if self._on_picture is not None:
                    self._on_picture()
            if self._ahead.index > index:
                break
            self._last, self._ahead = self._ahead, None
        return self._last

    def _next(self) -> NamedPicture | None:
        assert self._pictures is not None
        try:
            return next(self._pictures, None)
        except BaseException:
            # A generator that raised is at its end, which must not pass for the end of the stream.
            self.close()
            raise
