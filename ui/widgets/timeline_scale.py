"""Which part of the time is in view on a timeline, and where its moments lie."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

LEAST_VIEW_S = 0.2
"""Closest zoom: that many seconds over the whole width."""

_TICK_PX = 84.0
_TICKS_S = (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200)


class TimelineScale:
    """Maps seconds of the stream's clock to px of the track area, which begins at px 0."""

    def __init__(self) -> None:
        self._start, self._end = 0.0, 1.0
        self._first, self._view = 0.0, 1.0
        self._width = 1.0

    @property
    def view(self) -> tuple[float, float]:
        """First and last second in view."""
        return self._first, self._first + self._view

    @property
    def is_fitted(self) -> bool:
        """Whether all of the time is in view."""
        return self._view >= self._end - self._start

    @property
    def length_px(self) -> float:
        """How wide the whole time would be at this zoom."""
        return (self._end - self._start) / self._view * self._width

    @property
    def offset_px(self) -> float:
        """How much of that lies left of the view."""
        return (self._first - self._start) / self._view * self._width

    def set_extent(self, start: float, end: float) -> None:
        """Tell how much time there is; other times are fitted anew."""
        end = max(end, start + LEAST_VIEW_S)
        if (start, end) != (self._start, self._end):
            self._start, self._end = start, end
            self.fit()

    def set_width(self, width: float) -> None:
        """Tell how wide the track area is, px."""
        self._width = max(1.0, width)

    def fit(self) -> None:
        """Bring all of the time into view."""
        self._first, self._view = self._start, self._end - self._start

    def zoom(self, factor: float, about: float) -> None:
        """Enlarge (> 1) or reduce; the second `about` stays where it is."""
        view = min(max(self._view / factor, LEAST_VIEW_S), self._end - self._start)
        share = (about - self._first) / self._view
        self._view = view
        self._place(about - share * view)

    def scroll_to(self, offset_px: float) -> None:
        """Bring another part into view, see `offset_px`."""
        self._place(self._start + offset_px / self._width * self._view)

    def reveal(self, seconds: float) -> bool:
        """Turn the page when a moment is out of view; whether it was."""
        if self._first <= seconds <= self._first + self._view:
            return False
        self._place(seconds - self._view / 10)
        return True

    def to_px(self, seconds: float) -> float:
        """Where a moment lies; may be out of view."""
        return (seconds - self._first) / self._view * self._width

    def all_to_px(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where moments lie."""
        return (seconds - self._first) * (self._width / self._view)

    def to_seconds(self, px: float) -> Fraction:
        """The moment at a place, brought into the time there is; to the microsecond."""
        seconds = min(max(self._first + px / self._width * self._view, self._start), self._end)
        return Fraction(round(seconds * 1_000_000), 1_000_000)

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Place and words of the ruler's marks in view."""
        step = next((s for s in _TICKS_S if s / self._view * self._width >= _TICK_PX), _TICKS_S[-1])
        number = int(np.ceil(self._first / step - 1e-9))
        while number * step <= self._first + self._view + 1e-9:
            yield self.to_px(number * step), _tick_words(number * step, step)
            number += 1

    def _place(self, first: float) -> None:
        self._first = min(max(first, self._start), self._end - self._view)


def _tick_words(seconds: float, step: float) -> str:
    sign, seconds = ("-", -seconds) if seconds < -1e-9 else ("", max(0.0, seconds))
    digits = 0 if step >= 1 else 1 if step >= 0.1 else 2
    total = round(seconds * 10**digits)
    whole, part = divmod(total, 10**digits)
    minutes, s = divmod(whole, 60)
    hours, m = divmod(minutes, 60)
    words = f"{hours}:{m:02d}:{s:02d}" if hours else f"{m}:{s:02d}"
    return sign + words + (f".{part:0{digits}d}" if digits else "")
