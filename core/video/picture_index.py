"""Where each picture of a stream lies in time and where decoding can begin, for somebody who moves about in it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from core.domain.time import TimePoint


class Side(StrEnum):
    """Which picture stands in for one that cannot be decoded: the next decodable one before it, or after it."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PictureIndex:
    """Presentation stamps of a stream by picture index.

    Attributes:
        pts: (n,) int64, ascending; `pts[i]` belongs to the picture with index i.
        keys: (k,) int64, ascending: indices of the pictures at which decoding can begin. Empty when it can begin at
            the stream's start only.
        time_base: seconds per unit of `pts`.
    """

    pts: NDArray[np.int64]
    keys: NDArray[np.int64]
    time_base: Fraction

    def __len__(self) -> int:
        """How many pictures the stream should show."""
        return len(self.pts)

    def time_of(self, index: int) -> TimePoint:
        """When the picture is shown; the index is brought into the stream."""
        return TimePoint(pts=int(self.pts[self.inside(index)]), time_base=self.time_base)

    def index_at(self, seconds: Fraction) -> int:
        """The picture on show at a time of the stream's clock: the last one not after it, else the first."""
        pts = seconds // self.time_base
        return self.inside(int(np.searchsorted(self.pts, pts, side="right")) - 1)

    def key_before(self, index: int) -> int:
        """The last picture not after `index` at which decoding can begin; 0 when there is none."""
        place = int(np.searchsorted(self.keys, index, side="right")) - 1
        return int(self.keys[place]) if place >= 0 else 0

    def inside(self, index: int) -> int:
        """The index, or the nearest one of the stream."""
        return max(0, min(index, len(self.pts) - 1))
