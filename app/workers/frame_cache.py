"""Frames that were decoded a moment ago, within a budget of memory."""

from __future__ import annotations

from collections import OrderedDict

from core.domain.evidence import ShownFrame

BUDGET_BYTES = 256 << 20


class FrameCache:
    """Frames by their index; the one that was not asked for longest makes room.

    Args:
        budget_bytes: pixels held at most. A frame larger than that is not kept.
    """

    def __init__(self, budget_bytes: int = BUDGET_BYTES) -> None:
        self._budget = budget_bytes
        self._held = 0
        self._frames: OrderedDict[int, ShownFrame] = OrderedDict()

    def get(self, index: int) -> ShownFrame | None:
        """The frame, which is now the one asked for last; None when it is not held."""
        if index not in self._frames:
            return None
        self._frames.move_to_end(index)
        return self._frames[index]

    def put(self, shown: ShownFrame) -> None:
        """Keep a frame."""
        self._drop(shown.frame.index)
        self._frames[shown.frame.index] = shown
        self._held += shown.frame.rgb.nbytes
        while self._held > self._budget:
            self._drop(next(iter(self._frames)))

    def room_for(self, frame_bytes: int) -> int:
        """How many frames of that size fit into the whole budget."""
        return self._budget // max(1, frame_bytes)

    def clear(self) -> None:
        """Let everything go."""
        self._frames.clear()
        self._held = 0

    def __contains__(self, index: int) -> bool:
        return index in self._frames

    def __len__(self) -> int:
        return len(self._frames)

    def _drop(self, index: int) -> None:
        gone = self._frames.pop(index, None)
        if gone is not None:
            self._held -= gone.frame.rgb.nbytes
