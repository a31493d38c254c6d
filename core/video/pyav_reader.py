"""Frames of a video, decoded in this process by PyAV."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from types import TracebackType
from typing import Self

import av
import numpy as np

from core.domain.evidence import EvidenceItem, EvidenceKind, Frame
from core.domain.time import TimePoint, TimeRange
from core.errors import NoFramesError
from core.video.clock import FALLBACK_FPS, PictureClock
from core.video.cursor import FrameCursor
from core.video.decoding import DecoderErrors, decode_from_start
from core.video.extent import missing_bytes
from core.video.limits import MAX_SIDE_PX, too_large
from core.video.packet_table import PacketTable, read_packet_table
from core.video.passes import NamedPicture, PicturePass
from core.video.picture import PictureConverter, Room
from core.video.picture_index import PictureIndex, Side
from core.video.reader import BrowsableReader
from core.video.sampling import starts_period
from core.video.stills import StillReader

_END_TOLERANCE_S = Fraction(1)


class PyAvReader:
    """`BrowsableReader` over libavformat and libavcodec. Every pass opens the file anew, read-only.

    Args:
        item: a video that `probe` accepted.
        on_picture: called after each decoded picture, also those not yielded; may raise to give up.
        on_packet: called after each packet that is read; a sign of life.
        room: memory for pictures, as of `PictureConverter`.
    """

    def __init__(
        self,
        item: EvidenceItem,
        *,
        on_picture: Callable[[], None] | None = None,
        on_packet: Callable[[], None] | None = None,
        room: Room = np.empty,
    ) -> None:
        self._item = item
        self._on_picture = on_picture
        self._on_packet = on_packet
        self._converter = PictureConverter(room)
        self._cached_table: PacketTable | None = None
        self._cached_index: PictureIndex | None = None
        self._cached_cursor: FrameCursor | None = None
        self._pass: PicturePass | None = None
        self._unconverted = 0
        self._warnings: dict[str, None] = {}

    @property
    def decoded_count(self) -> int:
        """See `FrameReader.decoded_count`."""
        return self._pass.decoded if self._pass else 0

    @property
    def corrupt_count(self) -> int:
        """See `FrameReader.corrupt_count`."""
        return (self._pass.corrupt if self._pass else 0) + self._unconverted

    @property
    def frame_count(self) -> int | None:
        """See `FrameReader.frame_count`; the first call reads all packets, decoding none."""
        return self._table.n_pictures

    @property
    def warnings(self) -> tuple[str, ...]:
        """See `FrameReader.warnings`."""
        return tuple(self._warnings)

    def frames(
        self,
        range: TimeRange = TimeRange(),  # noqa: B008
        sample_period: Fraction | None = None,
        *,
        skip_until: TimePoint | None = None,
    ) -> Iterator[Frame]:
        """See `FrameReader.frames`."""
        table, tick = self._table, self._item.time_base
        low = table.first_pts + (math.ceil(range.start / tick) if range.start is not None else 0)
        high = table.first_pts + math.ceil(range.end / tick) if range.end is not None else None
        if table.is_endless:
            high = table.end_pts if high is None else min(high, table.end_pts)
        is_first = True
        if skip_until is not None and (done := self._stamp(skip_until)) >= low:
            low, is_first = done + 1, False
        self._unconverted = 0
        self._pass = current = self._pass_over(table, low=low, high=high)
        previous: Fraction | None = None
        for picture in current.pictures():
            seconds = (picture.pts - table.first_pts) * tick
            if picture.pts >= low:
                if is_first or starts_period(previous, seconds, sample_period):
                    frame = self._convert(picture)
                    if frame is not None:
                        yield frame
                is_first = False
            previous = seconds
        if current.no_memory:
            self._warn("pictures were lost because decoding them needs more memory than is allowed")
        if current.decoded == 0 and range == TimeRange() and skip_until is None:
            raise MemoryError if current.no_memory else self._nothing_to_see()

    def frame_at(self, where: int | TimePoint) -> Frame:
        """See `FrameReader.frame_at`."""
        table = self._table
        stamp: int | None = None
        if isinstance(where, TimePoint):
            stamp = self._stamp(where)
        elif table.is_reliable and 0 <= where < len(table.pts):
            stamp = int(table.pts[where])
        for picture in self._pass_over(table, low=stamp).pictures():
            place, wanted = (picture.index, where) if stamp is None else (picture.pts, stamp)
            if place == wanted and (frame := self._convert(picture)) is not None:
                return frame
            if isinstance(wanted, int) and place > wanted:
                break
        raise NoFramesError(
            f"there is no decodable picture at {where.clock() if isinstance(where, TimePoint) else where}",
            next_step="choose one that the list of frames names",
            path=self._item.path,
        )

    def first_frame(self) -> Frame:
        """See `BrowsableReader.first_frame`."""
        errors = DecoderErrors(on_packet=self._on_packet)
        for picture in decode_from_start(self._item.path, errors):
            frame = self._convert(NamedPicture(index=0, pts=picture.pts or 0, frame=picture))
            if frame is not None:
                return frame
        raise MemoryError if errors.no_memory else self._nothing_to_see()

    def picture_index(self) -> PictureIndex:
        """See `BrowsableReader.picture_index`."""
        if self._cached_index is None:
            clock = PictureClock(self._table, self._item.time_base, self._item.nominal_fps)
            self._cached_index = clock.picture_index(self._item.time_base)
        return self._cached_index

    def picture(self, index: int, side: Side = Side.BEFORE) -> Frame:
        """See `BrowsableReader.picture`."""
        if self._cached_cursor is None:
            self._cached_cursor = FrameCursor(
                self._item, self._table, self.picture_index(), self._on_picture, self._on_packet
            )
        picture = self._cached_cursor.picture(index, side)
        frame = self._convert(picture) if picture is not None else None
        if frame is None:
            raise self._nothing_to_see()
        return frame

    def close(self) -> None:
        """Forget the table of packets; files are open only during a pass and while pictures are looked at."""
        if self._cached_cursor is not None:
            self._cached_cursor.close()
        self._cached_table = self._cached_index = self._cached_cursor = None

    def __enter__(self) -> Self:
        """Return the reader."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the reader."""
        self.close()

    @property
    def _table(self) -> PacketTable:
        if self._cached_table is None:
            table = self._cached_table = read_packet_table(self._item.path, self._counting)
            if table.is_endless:
                self._warn(
                    "the file's index names the same bytes over and over: of the "
                    f"{max(table.n_announced, table.n_packets)} pictures that it promises, only the first "
                    f"{table.n_pictures} can be looked at"
                )
            elif table.n_announced > table.n_packets:
                self._warn(
                    f"the file ends early: its header promises {table.n_announced} pictures, "
                    f"{table.n_packets} are there"
                )
            elif missing := missing_bytes(self._item.path):
                self._warn(f"the file ends early: its container announces {missing} more bytes than are there")
            elif not table.n_announced and self._ends_long_before(table):
                self._warn("the last picture comes long before the announced end: the file may be cut off")
            if table.n_hidden:
                self._warn(
                    f"an edit list hides {table.n_hidden} of {table.n_packets} pictures of this file; they were not "
                    "analysed"
                )
            if not table.has_all_stamps:
                self._warn(
                    "time stamps are missing, repeated or step back; times were counted from the first picture, at "
                    f"{float(self._item.nominal_fps or FALLBACK_FPS):.6g} pictures a second"
                )
            elif not table.is_reliable:
                self._warn(
                    "the container stores no time stamps of pictures; times follow from the order of the pictures"
                )
        return self._cached_table

    def _counting(self) -> None:
        for hook in (self._on_packet, self._on_picture):
            if hook is not None:
                hook()

    def _pass_over(self, table: PacketTable, *, low: int | None, high: int | None = None) -> PicturePass:
        return PicturePass(
            self._item, table, low=low, high=high, on_picture=self._on_picture, on_packet=self._on_packet
        )

    def _ends_long_before(self, table: PacketTable) -> bool:
        announced = self._item.duration_s
        if announced is None or len(table.pts) == 0:
            return False
        last = int(table.pts[-1] - table.pts[0]) * self._item.time_base
        return announced - last > max(_END_TOLERANCE_S, announced / 20)

    def _stamp(self, time: TimePoint) -> int:
        """A time on this stream's clock; rounded down when it is of another clock."""
        return math.floor(time.seconds / self._item.time_base)

    def _convert(self, picture: NamedPicture) -> Frame | None:
        width, height = picture.frame.width, picture.frame.height
        if max(width, height) > MAX_SIDE_PX:
            raise too_large(width, height, self._item.path)
        try:
            rgb, orientation = self._converter.to_rgb(picture.frame)
        except av.FFmpegError as error:
            self._unconverted += 1
            self._warn(f"pictures of the form {picture.frame.format.name} could not be converted ({error})")
            return None
        return Frame(
            index=picture.index,
            time=TimePoint(pts=picture.pts, time_base=self._item.time_base),
            rgb=rgb,
            rotation_deg=orientation.rotation_deg,
            is_corrupt=picture.frame.is_corrupt,
        )

    def _nothing_to_see(self) -> NoFramesError:
        return NoFramesError(
            "not one picture of the video can be decoded",
            next_step="obtain a complete copy from the source",
            path=self._item.path,
        )

    def _warn(self, sentence: str) -> None:
        self._warnings[sentence] = None


def open_reader(item: EvidenceItem, *, isolated: bool = False) -> BrowsableReader:
    """A reader of an evidence item that `probe` returned.

    Args:
        item: video or still picture.
        isolated: decode in a process of its own, whose crash becomes a `DecoderDiedError` here.
    """
    if isolated:
        from core.video.isolated_reader import IsolatedReader

        return IsolatedReader(item)
    return StillReader(item) if item.kind is EvidenceKind.IMAGE else PyAvReader(item)
