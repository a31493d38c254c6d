"""Scene cuts in a stream of sampled frames."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.domain.arrays import UInt8Array

THUMBNAIL_PX = 32
_SHIFT_PX = 3
_HISTORY = 5
_HSV_BINS = (8, 4, 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class CutState:
    """All that a `CutDetector` remembers.

    Attributes:
        thumbnail: previous frame at 32x32 px RGB uint8, row by row, base64; '' before the first frame.
        recent: changes between the last frames of this shot, oldest first, at most five, each in [0, 1].
    """

    thumbnail: str = ""
    recent: tuple[float, ...] = ()

    def to_mapping(self) -> dict[str, str | list[float]]:
        """As JSON values; floats survive exactly."""
        return {"thumbnail": self.thumbnail, "recent": list(self.recent)}

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> CutState:
        """Back from `to_mapping`. Raises KeyError or TypeError on anything else."""
        recent = values["recent"]
        if not isinstance(recent, list):
            raise TypeError("recent must be a list")
        return cls(thumbnail=str(values["thumbnail"]), recent=tuple(float(v) for v in recent))


class CutDetector:
    """Says whether a frame begins a new shot; about a millisecond a frame, for rates down to a few frames a
    second.

    The change between two frames is the geometric mean of how much their colour histograms differ and how
    little their shapes correlate under a shift of up to a tenth of the picture. A cut changes both; light,
    flashes and fades change the colours, a moving head or camera the shapes. A change is a cut when it is
    very large, or large and also stands out against the last changes of the shot. Slow dissolves are not
    found.

    Args:
        threshold: change from which a frame that stands out is a cut, [0, 1].
        certain: change from which any frame is a cut, [0, 1].
        contrast: how many times the median of the last changes a change must be to stand out.
        state: where an earlier detector stopped.
    """

    def __init__(
        self,
        threshold: float = 0.4,
        certain: float = 0.55,
        contrast: float = 2.0,
        state: CutState | None = None,
    ) -> None:
        self._threshold = threshold
        self._certain = certain
        self._contrast = contrast
        state = state or CutState()
        self._recent = list(state.recent)
        self._previous: UInt8Array | None = None
        if state.thumbnail:
            pixels = np.frombuffer(base64.b64decode(state.thumbnail), np.uint8)
            self._previous = pixels.reshape(THUMBNAIL_PX, THUMBNAIL_PX, 3)

    @property
    def state(self) -> CutState:
        """What a later detector needs to go on exactly from here."""
        thumbnail = "" if self._previous is None else base64.b64encode(self._previous.tobytes()).decode()
        return CutState(thumbnail=thumbnail, recent=tuple(self._recent))

    def is_cut(self, rgb: UInt8Array) -> bool:
        """Whether a cut lies between the last frame given and `rgb`, (H, W, 3) uint8; False for the first."""
        thumbnail = _thumbnail(rgb)
        previous, self._previous = self._previous, thumbnail
        if previous is None:
            return False
        change = frame_change(previous, thumbnail)
        usual = float(np.median(self._recent)) if self._recent else 0.0
        stands_out = change >= self._threshold and change >= self._contrast * usual
        if stands_out or change >= self._certain:
            self._recent.clear()
            return True
        self._recent = [*self._recent, change][-_HISTORY:]
        return False


def frame_change(before: UInt8Array, after: UInt8Array) -> float:
    """How different two thumbnails (32, 32, 3) uint8 are, [0, 1]; see `CutDetector`."""
    import cv2

    colour = 1.0 - float(np.minimum(_histogram(before), _histogram(after)).sum())
    grey_before, grey_after = (cv2.cvtColor(t, cv2.COLOR_RGB2GRAY) for t in (before, after))
    inner = grey_after[_SHIFT_PX:-_SHIFT_PX, _SHIFT_PX:-_SHIFT_PX]
    correlation = cv2.matchTemplate(grey_before, inner, cv2.TM_CCOEFF_NORMED)
    best = float(np.nan_to_num(correlation, nan=0.0, posinf=0.0, neginf=0.0).max())
    # The shapes of two nearly even pictures are noise.
    relief = min(1.0, max(float(grey_before.std()), float(grey_after.std())) / 12)
    shape = min(1.0, max(0.0, 1.0 - best)) * relief
    return math.sqrt(max(0.0, colour) * shape)


def _histogram(thumbnail: UInt8Array) -> NDArray[np.float32]:
    import cv2

    hsv = cv2.cvtColor(thumbnail, cv2.COLOR_RGB2HSV)
    counts: NDArray[np.float32] = cv2.calcHist([hsv], [0, 1, 2], None, list(_HSV_BINS), [0, 180, 0, 256, 0, 256])
    return counts.ravel() / float(THUMBNAIL_PX**2)


def _thumbnail(rgb: UInt8Array) -> UInt8Array:
    import cv2

    # Skipping pixels first keeps the cost flat in the frame's size.
    step_y, step_x = (max(1, side // (4 * THUMBNAIL_PX)) for side in rgb.shape[:2])
    coarse = np.ascontiguousarray(rgb[::step_y, ::step_x])
    small: UInt8Array = cv2.resize(coarse, (THUMBNAIL_PX, THUMBNAIL_PX), interpolation=cv2.INTER_AREA)
    return small
