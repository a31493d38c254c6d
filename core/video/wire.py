"""Messages between the decoding process and ours: a header line of JSON and, for a frame, its pixels.

A pipe and not shared memory: it holds the decoder back by itself, leaves nothing behind when either side
is killed, and takes pictures of any size. `benchmarks/bench_decode.py` measures what it costs.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from typing import Protocol

import numpy as np

from core.domain.arrays import UInt8Array
from core.domain.evidence import Frame
from core.domain.time import TimePoint, TimeRange
from core.video.picture_index import PictureIndex, Side

_LENGTH = struct.Struct("<I")


class ByteSource(Protocol):
    """What messages are read from."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill `buffer` as far as possible; 0 at the end."""
        ...


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
        frame: index, pts, time base, turn, corrupt flag, height and width, for a frame.
        index: number of pictures, number of key pictures, time base, for an index.
    """

    kind: str
    decoded: int = 0
    corrupt: int = 0
    total: int | None = None
    warnings: tuple[str, ...] = ()
    error: str = ""
    frame: tuple[int, int, str, int, bool, int, int] | None = None
    index: tuple[int, int, str] | None = None


Payload = Frame | PictureIndex
"""What follows a header."""


def message(status: Status, payload: Payload | None) -> bytes:
    """Header of a message with this payload, whose `samples` have to follow."""
    if isinstance(payload, Frame):
        height, width = payload.rgb.shape[:2]
        time, turn = payload.time, payload.rotation_deg
        described = payload.index, time.pts, str(time.time_base), turn, payload.is_corrupt, height, width
        status = replace(status, frame=described)
    elif payload is not None:
        status = replace(status, index=(len(payload.pts), len(payload.keys), str(payload.time_base)))
    return header(status)


def header(status: Status) -> bytes:
    """Length-prefixed header of a message; the `samples` of its payload have to follow, if it has one."""
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


def samples(payload: Payload) -> tuple[memoryview, ...]:
    """The bytes of a payload, in the order in which they are sent: H * W * 3 of a frame, 8 a number of an index."""
    arrays = (payload.rgb,) if isinstance(payload, Frame) else (payload.pts, payload.keys)
    return tuple(array.data.cast("B") for array in arrays if array.size)


def read_message(source: ByteSource) -> tuple[Status, Payload | None]:
    """Read one message.

    Raises:
        EOFError: the other side went away, perhaps in the middle of a message.
    """
    length = _LENGTH.unpack(_exactly(source, _LENGTH.size))[0]
    kind, decoded, corrupt, total, warnings, error, frame, index = json.loads(_exactly(source, length))
    status = Status(kind=kind, decoded=decoded, corrupt=corrupt, total=total, warnings=tuple(warnings), error=error)
    if frame is not None:
        return status, _read_frame(source, *frame)
    if index is not None:
        return status, _read_index(source, *index)
    return status, None


def _read_frame(
    source: ByteSource, index: int, pts: int, time_base: str, turn: int, corrupt: bool, height: int, width: int
) -> Frame:
    rgb: UInt8Array = np.empty((height, width, 3), np.uint8)
    _fill(source, rgb.data.cast("B"))
    time = TimePoint(pts=pts, time_base=Fraction(time_base))
    return Frame(index=index, time=time, rgb=rgb, rotation_deg=turn, is_corrupt=corrupt)


def _read_index(source: ByteSource, n_pictures: int, n_keys: int, time_base: str) -> PictureIndex:
    pts, keys = np.empty(n_pictures, np.int64), np.empty(n_keys, np.int64)
    index = PictureIndex(pts=pts, keys=keys, time_base=Fraction(time_base))
    for view in samples(index):
        _fill(source, view)
    return index


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
    return None if text is None else Fraction(text)


def _time_text(time: TimePoint | None) -> tuple[int, str] | None:
    return None if time is None else (time.pts, str(time.time_base))


def _time(raw: tuple[int, str] | None) -> TimePoint | None:
    return None if raw is None else TimePoint(pts=raw[0], time_base=Fraction(raw[1]))
