"""Messages between the decoding process and ours: a header line of JSON and, for a frame, its pixels.

A pipe and not shared memory: it holds the decoder back by itself, leaves nothing behind when either side
is killed, and takes pictures of any size. `benchmarks/bench_decode.py` measures what it costs.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

import numpy as np

from core.domain.arrays import UInt8Array
from core.domain.evidence import Frame
from core.domain.time import TimePoint, TimeRange

_LENGTH = struct.Struct("<I")


class ByteSource(Protocol):
    """What messages are read from."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill `buffer` as far as possible; 0 at the end."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FramesRequest:
    """Ask for `FrameReader.frame_at` (`at` given), `frame_count` (`count_only`) or `frames`."""

    range: TimeRange = field(default_factory=TimeRange)
    sample_period: Fraction | None = None
    skip_until: TimePoint | None = None
    at: int | TimePoint | None = None
    count_only: bool = False

    def to_line(self) -> bytes:
        """One line of JSON."""
        at = self.at
        return (
            json.dumps(
                {
                    "start": _text(self.range.start),
                    "end": _text(self.range.end),
                    "period": _text(self.sample_period),
                    "skip": _time_text(self.skip_until),
                    "at_index": at if isinstance(at, int) else None,
                    "at_time": _time_text(at if isinstance(at, TimePoint) else None),
                    "count_only": self.count_only,
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
            range=TimeRange(start=_fraction(raw["start"]), end=_fraction(raw["end"])),
            sample_period=_fraction(raw["period"]),
            skip_until=_time(raw["skip"]),
            at=at_time if at_time is not None else raw["at_index"],
            count_only=raw["count_only"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """State of the reader in the decoding process when a message was written.

    Attributes:
        kind: "frame" (pixels follow), "alive", "end" or "error" (`error` holds the JSON of it).
        decoded, corrupt, warnings: of `FrameReader`.
        total: `FrameReader.frame_count`, with "frame" and "end".
        frame: index, pts, time base, turn, corrupt flag, height and width, for a frame.
    """

    kind: str
    decoded: int = 0
    corrupt: int = 0
    total: int | None = None
    warnings: tuple[str, ...] = ()
    error: str = ""
    frame: tuple[int, int, str, int, bool, int, int] | None = None


def describe(frame: Frame) -> tuple[int, int, str, int, bool, int, int]:
    """`Status.frame` of a frame."""
    height, width = frame.rgb.shape[:2]
    time = frame.time
    return frame.index, time.pts, str(time.time_base), frame.rotation_deg, frame.is_corrupt, height, width


def header(status: Status) -> bytes:
    """Length-prefixed header of a message; a frame's H * W * 3 bytes have to follow."""
    text = json.dumps(
        [
            status.kind,
            status.decoded,
            status.corrupt,
            status.total,
            status.warnings,
            status.error,
            status.frame,
        ]
    ).encode()
    return _LENGTH.pack(len(text)) + text


def read_message(source: ByteSource) -> tuple[Status, Frame | None]:
    """Read one message.

    Raises:
        EOFError: the other side went away, perhaps in the middle of a message.
    """
    length = _LENGTH.unpack(_exactly(source, _LENGTH.size))[0]
    kind, decoded, corrupt, total, warnings, error, described = json.loads(_exactly(source, length))
    status = Status(kind=kind, decoded=decoded, corrupt=corrupt, total=total, warnings=tuple(warnings), error=error)
    if described is None:
        return status, None
    index, pts, time_base, rotation_deg, is_corrupt, height, width = described
    rgb: UInt8Array = np.empty((height, width, 3), np.uint8)
    _fill(source, rgb.data.cast("B"))
    time = TimePoint(pts=pts, time_base=Fraction(time_base))
    frame = Frame(index=index, time=time, rgb=rgb, rotation_deg=rotation_deg, is_corrupt=is_corrupt)
    return status, frame


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
