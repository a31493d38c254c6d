"""Messages between the decoding process and ours: a header of JSON and, for a frame, where its pixels are.

Pixels lie in a slot of shared memory (see `core.video.slots`) where they fit in, else they follow the header, as the
stamps of an index do. What comes from the decoding process is not trusted: hostile input may have taken it over.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from typing import Any, Protocol

import numpy as np

from core.domain.arrays import UInt8Array
from core.domain.evidence import Frame
from core.domain.foreign_text import exact_fraction
from core.domain.time import TimePoint, TimeRange
from core.video.limits import MAX_SIDE_PX
from core.video.picture_index import PictureIndex, Side

_LENGTH = struct.Struct("<I")
_HEADER_BYTES = 1 << 20
_MOST_PICTURES = 50_000_000
_INT64 = 1 << 63
_KINDS = frozenset({"frame", "index", "alive", "end", "off", "error"})
_CREDIT = b"c"


class ByteSource(Protocol):
    """What messages are read from."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill `buffer` as far as possible; 0 at the end."""
        ...


class GarbledError(Exception):
    """A message in no form that an honest decoding process writes."""


class Asked(StrEnum):
    """What of a reader is asked for, by the name of its method; or that a request be called off."""

    FRAMES = "frames"
    FRAME_AT = "frame_at"
    FRAME_COUNT = "frame_count"
    FIRST_FRAME = "first_frame"
    PICTURE_INDEX = "picture_index"
    PICTURE = "picture"
    CALL_OFF = "call_off"


@dataclass(frozen=True, slots=True, kw_only=True)
class FramesRequest:
    """A call of one of the reader's methods.

    Attributes:
        asked: which method.
        number: of the request; `CALL_OFF` names the one that is no longer wanted.
        range, sample_period, skip_until: of `frames`.
        at: of `frame_at`, or the index of `picture`.
        side: of `picture`.
    """

    asked: Asked = Asked.FRAMES
    number: int = 0
    range: TimeRange = field(default_factory=TimeRange)
    sample_period: Fraction | None = None
    skip_until: TimePoint | None = None
    at: int | TimePoint | None = None
    side: Side = Side.BEFORE

    def to_line(self) -> bytes:
        """One line of JSON."""
        at = self.at
        return (
            json.dumps(
                {
                    "asked": self.asked,
                    "number": self.number,
                    "start": _text(self.range.start),
                    "end": _text(self.range.end),
                    "period": _text(self.sample_period),
                    "skip": _time_text(self.skip_until),
                    "at_index": at if isinstance(at, int) else None,
                    "at_time": _time_text(at if isinstance(at, TimePoint) else None),
                    "side": self.side,
                }
            ).encode()
            + b"\n"
        )

    @classmethod
    def from_line(cls, line: bytes) -> FramesRequest:
        """Inverse of `to_line`."""
        raw = json.loads(line)
        at_time = _time(raw["at_time"])
        return cls(
            asked=Asked(raw["asked"]),
            number=raw["number"],
            range=TimeRange(start=_fraction(raw["start"]), end=_fraction(raw["end"])),
            sample_period=_fraction(raw["period"]),
            skip_until=_time(raw["skip"]),
            at=at_time if at_time is not None else raw["at_index"],
            side=Side(raw["side"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """State of the reader in the decoding process when a message was written.

    Attributes:
        kind: "frame" (pixels follow), "index" (stamps and key pictures follow), "alive", "end", "off" (called off) or
            "error" (`error` holds the JSON of it).
        decoded, corrupt, warnings: of `FrameReader`.
        total: `FrameReader.frame_count`, with "frame" and "end" of `frames`, `frame_at` and `frame_count`.
        frame: index, pts, time base (two numbers), turn, corrupt flag, height, width, and the slot that holds the
            pixels or None when they follow, for a frame.
        index: number of pictures, number of key pictures, time base (two numbers), for an index.
    """

    kind: str
    decoded: int = 0
    corrupt: int = 0
    total: int | None = None
    warnings: tuple[str, ...] = ()
    error: str = ""
    frame: tuple[int, int, int, int, int, bool, int, int, int | None] | None = None
    index: tuple[int, int, int, int] | None = None


Payload = Frame | PictureIndex
"""What a header announces."""


def message(status: Status, payload: Payload | None, slot: int | None = None) -> bytes:
    """A message with this payload, whose `samples` have to follow unless they lie in a slot."""
    if isinstance(payload, Frame):
        height, width = payload.rgb.shape[:2]
        base = payload.time.time_base
        where = payload.index, payload.time.pts, base.numerator, base.denominator
        status = replace(status, frame=(*where, payload.rotation_deg, payload.is_corrupt, height, width, slot))
    elif payload is not None:
        base = payload.time_base
        status = replace(status, index=(len(payload.pts), len(payload.keys), base.numerator, base.denominator))
    return header(status)


def header(status: Status) -> bytes:
    """Length-prefixed header of a message."""
    text = json.dumps(
        [
            status.kind,
            status.decoded,
            status.corrupt,
            status.total,
            status.warnings,
            status.error,
            status.frame,
            status.index,
        ]
    ).encode()
    return _LENGTH.pack(len(text)) + text


def credit(slot: int) -> bytes:
    """A line that says that a slot may be written to again."""
    return _CREDIT + b"%d\n" % slot


def credited_slot(line: bytes) -> int | None:
    """The slot that a line gives back; None for a line that is a request."""
    return int(line[1:]) if line.startswith(_CREDIT) else None


def samples(payload: Payload) -> tuple[memoryview, ...]:
    """The bytes of a payload, in the order in which they are sent: H * W * 3 of a frame, 8 a number of an index."""
    arrays = (payload.rgb,) if isinstance(payload, Frame) else (payload.pts, payload.keys)
    return tuple(array.data.cast("B") for array in arrays if array.size)


def read_status(source: ByteSource) -> Status:
    """Read the header of a message.

    Raises:
        EOFError: the other side went away, perhaps in the middle of a message.
        GarbledError: no honest message.
    """
    length = _LENGTH.unpack(_exactly(source, _LENGTH.size))[0]
    if length > _HEADER_BYTES:
        raise GarbledError
    try:
        kind, decoded, corrupt, total, warnings, error, frame, index = json.loads(_exactly(source, length))
    except (ValueError, TypeError, RecursionError) as nonsense:
        raise GarbledError from nonsense
    if not (
        kind in _KINDS
        and _are_counts(decoded, corrupt, 0 if total is None else total)
        and isinstance(error, str)
        and isinstance(warnings, list)
        and all(isinstance(warning, str) for warning in warnings)
        and (kind == "frame") == (frame is not None)
        and (kind == "index") == (index is not None)
    ):
        raise GarbledError
    return Status(
        kind=kind,
        decoded=decoded,
        corrupt=corrupt,
        total=total,
        warnings=tuple(warnings),
        error=error,
        frame=_frame_fields(frame) if frame is not None else None,
        index=_index_fields(index) if index is not None else None,
    )


def read_pixels(source: ByteSource, height: int, width: int) -> UInt8Array:
    """The (height, width, 3) pixels that follow the header of a frame that lies in no slot."""
    rgb: UInt8Array = np.empty((height, width, 3), np.uint8)
    _fill(source, rgb.data.cast("B"))
    return rgb


def read_index(source: ByteSource, status: Status) -> PictureIndex:
    """The index that a header announces."""
    assert status.index is not None
    n_pictures, n_keys, numerator, denominator = status.index
    pts, keys = np.empty(n_pictures, np.int64), np.empty(n_keys, np.int64)
    index = PictureIndex(pts=pts, keys=keys, time_base=Fraction(numerator, denominator))
    for view in samples(index):
        _fill(source, view)
    return index


def _frame_fields(raw: Any) -> tuple[int, int, int, int, int, bool, int, int, int | None]:
    match raw:
        case [index, pts, numerator, denominator, turn, bool() as is_corrupt, height, width, slot] if (
            _are_counts(index, numerator, denominator, turn, height, width, 0 if slot is None else slot)
            and _are_counts(abs(pts) if type(pts) is int else pts)
            and denominator > 0
            and turn in (0, 90, 180, 270)
            and 0 < height <= MAX_SIDE_PX
            and 0 < width <= MAX_SIDE_PX
        ):
            return index, pts, numerator, denominator, turn, is_corrupt, height, width, slot
    raise GarbledError


def _index_fields(raw: Any) -> tuple[int, int, int, int]:
    match raw:
        case [n_pictures, n_keys, numerator, denominator] if (
            _are_counts(n_pictures, n_keys, numerator, denominator)
            and max(n_pictures, n_keys) <= _MOST_PICTURES
            and denominator > 0
        ):
            return n_pictures, n_keys, numerator, denominator
    raise GarbledError


def _are_counts(*values: object) -> bool:
    return all(type(value) is int and 0 <= value < _INT64 for value in values)


def _exactly(source: ByteSource, size: int) -> bytearray:
    buffer = bytearray(size)
    _fill(source, memoryview(buffer))
    return buffer


def _fill(source: ByteSource, buffer: memoryview) -> None:
    while buffer:
        count = source.readinto(buffer)
        if not count:
            raise EOFError
        buffer = buffer[count:]


def _text(value: Fraction | None) -> str | None:
    return None if value is None else str(value)


def _fraction(text: str | None) -> Fraction | None:
    return None if text is None else exact_fraction(text)


def _time_text(time: TimePoint | None) -> tuple[int, str] | None:
    return None if time is None else (time.pts, str(time.time_base))


def _time(raw: tuple[int, str] | None) -> TimePoint | None:
    return None if raw is None else TimePoint(pts=raw[0], time_base=exact_fraction(raw[1]))
