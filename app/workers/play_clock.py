"""Which frame is due at a moment of playing: paced by time stamps, late frames left out."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.video.picture_index import PictureIndex

MOST_DECODED = 12
"""Frames decoded for the sake of one that is shown; past it playing jumps to a key frame or slows down."""

LATE_S = 0.4
FAST_BACK = -4
"""From this speed on only key frames are shown backwards: others cost decoding all frames before them."""


class PlayClock:
    """Playing of one stream from one frame on.

    Args:
        index: times of the stream's pictures.
        at: index of the frame on show.
        speed: multiple of the natural speed, not 0; negative plays backwards.
        now: seconds of a steady clock.
    """

    def __init__(self, index: PictureIndex, at: int, speed: int, now: float) -> None:
        self._index = index
        self.speed = speed
        self.start_at(at, now)

    def start_at(self, at: int, now: float) -> None:
        """Take up the pace from this frame."""
        self._from = self._index.time_of(at).seconds
        self._since = now

    def due(self, now: float) -> int:
        """Index of the frame that should be on show."""
        return self._index.index_at(self._from + Fraction(now - self._since) * self.speed)

    def next_one(self, at: int, now: float) -> int:
        """Index of the frame to show next after the one on show, or `at` itself while none is due."""
        due = self.due(now)
        if self.speed > 0:
            if due - at <= MOST_DECODED:
                return max(due, at)
            key = self._index.key_before(due)
            if key > at:
                return due if due - key <= MOST_DECODED // 2 else key
            return at + MOST_DECODED
        if due >= at:
            return at
        return self._index.key_before(due) if self.speed <= FAST_BACK and len(self._index.keys) else due

    def is_late(self, at: int, now: float) -> bool:
        """Whether the frame that is being shown is so late that the pace has to be taken up from it."""
        behind = (self._index.time_of(self.due(now)).seconds - self._index.time_of(at).seconds) / self.speed
        return behind > LATE_S

    def is_over(self, at: int) -> bool:
        """Whether the frame on show is the last one in the direction of playing."""
        return at >= len(self._index) - 1 if self.speed > 0 else at <= 0

    def wait_s(self, at: int, now: float) -> float:
        """Seconds until the frame after the one on show is due, at least 0."""
        following = self._index.inside(at + (1 if self.speed > 0 else -1))
        due_in = (self._index.time_of(following).seconds - self._from) / self.speed
        return max(0.0, float(due_in) - (now - self._since))
