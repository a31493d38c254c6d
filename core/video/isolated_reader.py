"""Frames of an evidence item, decoded in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from types import TracebackType
from typing import Self, cast

from core.domain.evidence import EvidenceItem, Frame
from core.domain.time import TimePoint, TimeRange
from core.errors import AnalysisCancelledError, BugError
from core.isolation.child import error_from_json
from core.isolation.ending import ChildEndedError, Ending
from core.isolation.limits import Limits
from core.video.decode_child import DecodeChild, limits_for
from core.video.endings import decoder_error
from core.video.picture_index import PictureIndex, Side
from core.video.wire import Asked, FramesRequest, Payload, Status

LONGEST_SILENCE_S = 25.0


class IsolatedReader:
    """`BrowsableReader` whose decoder cannot take this process along when a file crashes it.

    The process starts with the first request, stays for the next ones, and is killed when an iteration
    is abandoned half-way. It decodes at most two frames ahead of what is asked for.

    Args:
        item: an item that `probe` returned.
        silence_s: seconds without a sign of life after which the decoder counts as hung; 25 by default.
        limits: what the process may use; by default as the file's size suggests.
    """

    def __init__(self, item: EvidenceItem, *, silence_s: float | None = None, limits: Limits | None = None) -> None:
        self._item = item
        self._limits = limits or limits_for(item)
        self._silence_s = LONGEST_SILENCE_S if silence_s is None else silence_s
        self._child: DecodeChild | None = None
        self._is_busy = False
        self._number = 0
        self._called_off = 0
        self._status = Status(kind="alive")
        self._total: int | None = None
        self._index: PictureIndex | None = None

    @property
    def decoded_count(self) -> int:
        """See `FrameReader.decoded_count`."""
        return self._status.decoded

    @property
    def corrupt_count(self) -> int:
        """See `FrameReader.corrupt_count`."""
        return self._status.corrupt

    @property
    def frame_count(self) -> int | None:
        """See `FrameReader.frame_count`."""
        if self._total is None:
            for _ in self._answers(FramesRequest(asked=Asked.FRAME_COUNT)):
                pass
        return self._total

    @property
    def warnings(self) -> tuple[str, ...]:
        """See `FrameReader.warnings`."""
        return self._status.warnings

    @property
    def process_id(self) -> int | None:
        """Of the decoding process; None while there is none."""
        return self._child.process_id if self._child is not None else None

    def frames(
        self,
        range: TimeRange = TimeRange(),  # noqa: B008
        sample_period: Fraction | None = None,
        *,
        skip_until: TimePoint | None = None,
    ) -> Iterator[Frame]:
        """See `FrameReader.frames`.

        Raises:
            DecoderDiedError: the decoding process crashed, hung, or went over a limit, as its subclass tells; says
                how many frames came through.
        """
        request = FramesRequest(range=range, sample_period=sample_period, skip_until=skip_until)
        return cast("Iterator[Frame]", self._answers(request))

    def frame_at(self, where: int | TimePoint) -> Frame:
        """See `FrameReader.frame_at`."""
        return self._one_frame(FramesRequest(asked=Asked.FRAME_AT, at=where))

    def first_frame(self) -> Frame:
        """See `BrowsableReader.first_frame`."""
        return self._one_frame(FramesRequest(asked=Asked.FIRST_FRAME))

    def picture_index(self) -> PictureIndex:
        """See `BrowsableReader.picture_index`; kept here, so that later calls cost nothing."""
        if self._index is None:
            (index,) = self._answers(FramesRequest(asked=Asked.PICTURE_INDEX))
            assert isinstance(index, PictureIndex)
            self._index = index
        return self._index

    def picture(self, index: int, side: Side = Side.BEFORE) -> Frame:
        """See `BrowsableReader.picture`."""
        return self._one_frame(FramesRequest(asked=Asked.PICTURE, at=index, side=side))

    def interrupt(self) -> None:
        """From any thread: what is being asked for is no longer wanted and ends with `AnalysisCancelledError`.

        Does nothing when nothing is being asked for, and is too late for an answer that is on its way.
        """
        child, number = self._child, self._number
        if child is not None and self._is_busy and self._called_off != number:
            self._called_off = number
            child.request(FramesRequest(asked=Asked.CALL_OFF, number=number))

    def abort(self) -> None:
        """From any thread: end the decoding process at once, for one that does not heed `interrupt`."""
        child = self._child
        if child is not None:
            child.abort()

    def close(self) -> None:
        """End the decoding process."""
        child, self._child = self._child, None
        if child is not None and self._is_busy:
            child.kill()
        elif child is not None:
            child.close()
        self._is_busy = False

    def __enter__(self) -> Self:
        """Return the reader."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the reader."""
        self.close()

    def _one_frame(self, request: FramesRequest) -> Frame:
        (frame,) = self._answers(request)
        assert isinstance(frame, Frame)
        return frame

    def _answers(self, request: FramesRequest) -> Iterator[Payload]:
        if self._is_busy:
            self.close()
        self._number += 1
        child = self._child = self._child or DecodeChild(self._item, self._silence_s, self._limits)
        self._is_busy = True
        delivered = 0
        try:
            child.begin()
            child.request(replace(request, number=self._number))
            while self._is_busy:
                self._status, payload = child.receive()
                self._total = self._status.total if self._status.total is not None else self._total
                self._is_busy = self._status.kind not in ("end", "off", "error")
                if payload is not None:
                    delivered += 1
                    yield payload
            if self._status.kind == "off":
                raise AnalysisCancelledError("the decoder was told to stop", next_step="ask again")
            if self._status.kind == "error":
                raise self._reported()
        except ChildEndedError as end:
            raise decoder_error(end, self._item.path, delivered=delivered) from end
        finally:
            if self._child is child and self._is_busy:
                self.close()

    def _reported(self) -> Exception:
        try:
            return error_from_json(self._status.error, self._item.path)
        except BugError:
            self.close()
            return ChildEndedError(Ending.GARBLED)
