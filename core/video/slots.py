"""Frames in shared memory: a few slots, each written by the decoding process and read by ours in turn.

A slot belongs to the decoding process until a message names it, and again from the moment it is given back over the
pipe. Without a free slot decoding stands still.
"""

from __future__ import annotations

from dataclasses import dataclass
from mmap import mmap

import numpy as np

from core.domain.arrays import UInt8Array

N_SLOTS = 3
"""One is read, one is ready, one is written: the decoder comes at most two frames ahead of who reads."""
_MOST_BYTES = 96 << 20
"""Of all slots: they count as memory of both processes. Three pictures of 4K; larger ones go through the pipe."""
_CHANNELS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotPlan:
    """How shared memory is divided.

    Attributes:
        count: of slots; 0 when frames are too large for slots and go through the pipe.
        n_bytes: of one slot.
    """

    count: int
    n_bytes: int

    @classmethod
    def for_pictures(cls, width: int, height: int) -> SlotPlan:
        """For pictures of this size, or smaller ones; larger ones go through the pipe."""
        n_bytes = width * height * _CHANNELS
        return cls(count=N_SLOTS if 0 < N_SLOTS * n_bytes <= _MOST_BYTES else 0, n_bytes=n_bytes)

    @property
    def total_bytes(self) -> int:
        """Of all slots."""
        return self.count * self.n_bytes

    def fits(self, height: int, width: int) -> bool:
        """Whether a picture of this size goes into a slot."""
        return self.count > 0 and height * width * _CHANNELS <= self.n_bytes

    def view(self, memory: mmap, slot: int, height: int, width: int) -> UInt8Array:
        """(height, width, 3) array over the beginning of a slot.

        Raises:
            IndexError: there is no such slot, or the picture does not fit.
        """
        if not (0 <= slot < self.count and self.fits(height, width)):
            raise IndexError(f"slot {slot} for {width} x {height}")
        size = height * width * _CHANNELS
        flat = np.frombuffer(memory, np.uint8, size, slot * self.n_bytes)
        return flat.reshape(height, width, _CHANNELS)
