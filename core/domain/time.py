"""Time on a video's own rational clock; never a float frame rate."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

# So few digits that `core.domain.foreign_text.exact_fraction` reads what a case stores of them.
_CLOCK = re.compile(r"(?:(?:(?P<hours>\d{1,9}):)?(?P<minutes>\d{1,9}):)?(?P<seconds>\d{1,12}(?:\.\d{1,18})?)", re.ASCII)
_MINUTE = 60


def clock_seconds(text: str) -> Fraction:
    """Exact seconds of a time as people write it: ``12.5`` (seconds), ``mm:ss`` or ``h:mm:ss.mmm``.

    Raises:
        ValueError: the text is no such time; the message says what one looks like.
    """
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no time; write seconds (12.5), mm:ss or h:mm:ss.mmm")
    hours, minutes, seconds = match["hours"], match["minutes"], Fraction(match["seconds"])
    if (minutes is not None and seconds >= _MINUTE) or (hours is not None and int(minutes) >= _MINUTE):
        raise ValueError(f"{text!r} is no time; minutes and seconds go up to 59")
    return (int(hours or 0) * _MINUTE + int(minutes or 0)) * _MINUTE + seconds


@dataclass(frozen=True, slots=True, kw_only=True, order=False)
class TimePoint:
    """A presentation time stamp on its stream's clock.

    Attributes:
        pts: presentation time stamp in units of `time_base`.
        time_base: seconds per unit, > 0.
    """

    pts: int
    time_base: Fraction

    def __post_init__(self) -> None:
        if self.time_base <= 0:
            raise ValueError(f"time_base must be positive, got {self.time_base}")

    @property
    def seconds(self) -> Fraction:
        """Exact time in seconds."""
        return self.pts * self.time_base

    def clock(self) -> str:
        """``H:MM:SS.mmm`` for people; the exact value stays `pts` and `time_base`."""
        total_ms = round(self.seconds * 1000)
        sign, total_ms = ("-", -total_ms) if total_ms < 0 else ("", total_ms)
        seconds, ms = divmod(total_ms, 1000)
        minutes, s = divmod(seconds, 60)
        hours, m = divmod(minutes, 60)
        return f"{sign}{hours}:{m:02d}:{s:02d}.{ms:03d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRange:
    """Half-open range [start, end) in seconds from the stream's first picture; None is open-ended."""

    start: Fraction | None = None
    end: Fraction | None = None

    def __post_init__(self) -> None:
        if self.start is not None and self.start < 0:
            raise ValueError("start must not be negative")
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError("end must lie after start")
