"""What every source of frames offers, whatever decodes it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from types import TracebackType
from typing import Protocol, Self

from core.domain.evidence import Frame
from core.domain.time import TimePoint, TimeRange
from core.video.picture_index import PictureIndex, Side


class FrameReader(Protocol):
    """Frames of one evidence item. Not thread-safe; one iteration at a time."""

    @property
    def decoded_count(self) -> int:
        """Pictures decoded by the last `frames` within its range, also those not yielded."""
        ...

    @property
    def corrupt_count(self) -> int:
        """Pictures of the last `frames` that the decoder flagged as damaged or could not decode at all."""
        ...

    @property
    def frame_count(self) -> int | None:
        """How many pictures the whole stream should show; None when not known beforehand."""
        ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """Partial failures so far, one sentence each."""
        ...

    def frames(
        self,
        range: TimeRange = TimeRange(),  # noqa: B008  (the word of the domain; an immutable value)
        sample_period: Fraction | None = None,
        *,
        skip_until: TimePoint | None = None,
    ) -> Iterator[Frame]:
        """Frames in presentation order.

        Args:
            range: part of the stream, from its first picture.
            sample_period: seconds; yields only the range's first frame and the first frame at or after
                each multiple of it (counted from the stream's first picture). The others are decoded
                and counted, not converted. None yields every frame.
            skip_until: a frame already dealt with: go on right after it, yielding what an unbroken
                iteration would have yielded from there on. The counts cover the part after it.

        Raises:
            CaseError: the file is gone, unreadable, or shows no picture at all.
        """
        ...

    def frame_at(self, where: int | TimePoint) -> Frame:
        """The one frame with that index or that exact time.

        Raises:
            NoFramesError: there is none, or it cannot be decoded.
        """
        ...

    def close(self) -> None:
        """Release the file; further calls are an error."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class BrowsableReader(FrameReader, Protocol):
    """A `FrameReader` for somebody who moves about: it keeps the decoder where the last picture came from."""

    def first_frame(self) -> Frame:
        """The first picture, at once: packets are not counted first, so that a long file opens as fast as a short one.

        Its index is taken to be 0, which holds unless the stream's very beginning is damaged.

        Raises:
            CaseError: as `frames`.
        """
        ...

    def picture_index(self) -> PictureIndex:
        """Times of all pictures. The first call reads all packets, decoding none."""
        ...

    def picture(self, index: int, side: Side = Side.BEFORE) -> Frame:
        """The picture with that index; for one that cannot be decoded the nearest on that side, else on the other.

        Equal, pixel by pixel, to the one that `frames` yields.

        Raises:
            NoFramesError: the stream has not one decodable picture.
        """
        ...
