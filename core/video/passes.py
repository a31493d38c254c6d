"""One pass over a stream: pictures with their names, and what was lost on the way."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass

from av.video.frame import VideoFrame

from core.domain.evidence import EvidenceItem
from core.video.clock import PictureClock
from core.video.decoding import DecoderErrors, decode_from, decode_from_start
from core.video.packet_table import PacketTable


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NamedPicture:
    """A decoded picture, not yet converted, with its index and presentation stamp."""

    index: int
    pts: int
    frame: VideoFrame


class PicturePass:
    """One pass. `decoded` and `corrupt` count the pictures with low <= pts < high seen so far.

    Args:
        item: the video.
        table: its stamps.
        low, high: stamps between which pictures count; None is open.
        lead: pictures before `low` that are wanted, too, 0 or 1. Sampling looks at two neighbours; a viewer does not,
            and would pay for it with the whole group of pictures before a key frame.
        on_picture: called after each decoded picture.
        on_packet: called after each packet that is read.
    """

    def __init__(
        self,
        item: EvidenceItem,
        table: PacketTable,
        *,
        low: int | None = None,
        high: int | None = None,
        lead: int = 1,
        on_picture: Callable[[], None] | None = None,
        on_packet: Callable[[], None] | None = None,
    ) -> None:
        self._item = item
        self._table = table
        self._low = table.first_pts if low is None else low
        self._high = high
        self._lead = lead
        self._on_picture = on_picture
        self._on_packet = on_packet
        self._errors = DecoderErrors(on_packet=on_packet)
        self._clock = PictureClock(table, item.time_base, item.nominal_fps)
        self._last_index = table.index_of(self._low) - 1
        self._counts_gaps = table.is_reliable and table.is_one_to_one
        self._lost = 0
        self._errors_before = 0
        self.decoded = 0

    @property
    def corrupt(self) -> int:
        """Pictures seen so far that are damaged, or could not be decoded at all."""
        return self._lost if self._counts_gaps else self._lost + self._errors.count - self._errors_before

    @property
    def no_memory(self) -> bool:
        """Whether memory was short while a packet was decoded."""
        return self._errors.no_memory

    def pictures(self) -> Generator[NamedPicture, None, None]:
        """Pictures up to `high`, beginning `lead` pictures before `low` or earlier.

        Raises:
            CaseError: as `open_container` and `choose_stream`.
        """
        for frame in self._source():
            if self._on_picture is not None:
                self._on_picture()
            name = self._clock.name(frame)
            if name is None:
                continue
            index, pts = name
            if self._high is not None and pts >= self._high:
                break
            if pts < self._low:
                self._errors_before = self._errors.count
            else:
                self.decoded += 1
                self._lost += frame.is_corrupt
                if self._counts_gaps:
                    self._lost += index - self._last_index - 1
                    self._last_index = index
            yield NamedPicture(index=index, pts=pts, frame=frame)
        if self._counts_gaps:
            end = len(self._table.pts) if self._high is None else self._table.index_of(self._high)
            self._lost += max(0, end - self._last_index - 1)

    def _source(self) -> Iterator[VideoFrame]:
        table, path = self._table, self._item.path
        position = table.index_of(self._low)
        if not table.is_reliable or position == 0:
            yield from decode_from_start(path, self._errors)
        elif position < len(table.pts):
            yield from decode_from(path, int(table.pts[position - self._lead]), table.has, self._errors)
        else:
            return
        last = self._clock.last_pts
        if last is not None and table.is_reliable and last < int(table.pts[-1]):
            # A decoder with frame threads drops what it still holds when the drain meets an error.
            for frame in decode_from(path, last, table.has, DecoderErrors(on_packet=self._on_packet), threads=1):
                if frame.pts is not None and frame.pts > last:
                    yield frame
