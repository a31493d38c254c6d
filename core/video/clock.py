"""Index and time of each decoded picture."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from av.video.frame import VideoFrame

from core.video.packet_table import PacketTable
from core.video.picture_index import PictureIndex

FALLBACK_FPS = Fraction(25)


class PictureClock:
    """Names the pictures of one pass in presentation order.

    With reliable stamps the index is the stamp's position among all stamps of the stream, so it does not
    depend on where decoding began, and a picture that could not be decoded leaves a gap. Without (AVI
    with reordered pictures, bare streams, repeated stamps, parts put one behind the other) pictures are
    counted from the stream's start and take the stream's stamps in ascending order or, where those are
    incomplete or step back, the nominal rate.
    """

    def __init__(self, table: PacketTable, time_base: Fraction, rate: Fraction | None) -> None:
        self._table = table
        self._step = 1 / ((rate or FALLBACK_FPS) * time_base)
        self._n_named = 0
        self.last_pts: int | None = None

    def name(self, frame: VideoFrame) -> tuple[int, int] | None:
        """(index, pts) of the next picture; None for one that repeats or precedes a stamp already seen."""
        if self._table.is_reliable:
            if frame.pts is None or (self.last_pts is not None and frame.pts <= self.last_pts):
                return None
            self.last_pts = frame.pts
            return self._table.index_of(frame.pts), frame.pts
        index = self._n_named
        self._n_named += 1
        return index, self.stamp_of(index)

    def stamp_of(self, index: int) -> int:
        """Stamp that the picture with this index gets."""
        if self._table.has_all_stamps and index < len(self._table.pts):
            return int(self._table.pts[index])
        return self._table.first_pts + round(index * self._step)

    def picture_index(self, time_base: Fraction) -> PictureIndex:
        """Stamps of all pictures, and where decoding can begin."""
        if self._table.is_reliable:
            keys = np.searchsorted(self._table.pts, self._table.key_pts).astype(np.int64)
            return PictureIndex(pts=self._table.pts, keys=keys, time_base=time_base)
        stamps = np.fromiter(map(self.stamp_of, range(self._table.n_pictures)), np.int64, self._table.n_pictures)
        return PictureIndex(pts=stamps, keys=np.empty(0, np.int64), time_base=time_base)
