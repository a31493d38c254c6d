"""The identity map in colours, as the report prints it."""

from __future__ import annotations

import functools

import numpy as np
from PySide6.QtGui import QColor

from core.domain.arrays import FloatArray, UInt8Array
from ui.tokens import HEAT

SHARE = 0.58
"""How much of the colours covers the picture in the report."""

_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)


def heat_colours(values: FloatArray) -> UInt8Array:
    """Return the colours of values in [0, 1]: (...,) float32 -> (..., 3) uint8 RGB."""
    ramp = _ramp()
    position = np.clip(values, 0.0, 1.0) * (len(ramp) - 1)
    low = np.minimum(position.astype(np.int64), len(ramp) - 2)
    share = (position - low)[..., None].astype(np.float32)
    return np.asarray(np.rint(ramp[low] * (1 - share) + ramp[low + 1] * share), dtype=np.uint8)


def heat_overlay(rgb: UInt8Array, identity_map: FloatArray, share: float = SHARE) -> UInt8Array:
    """Return the identity map laid over the picture in grey.

    Args:
        rgb: (H, W, 3) uint8.
        identity_map: (h, w) float32 in [0, 1]; where its size differs, its nearest values are taken.
        share: how much the colours cover, [0, 1]; 0 returns the picture as it is.

    Returns:
        (H, W, 3) uint8.
    """
    if share <= 0:
        return rgb
    height, width = rgb.shape[:2]
    if identity_map.shape != (height, width):
        rows = np.arange(height) * identity_map.shape[0] // height
        columns = np.arange(width) * identity_map.shape[1] // width
        identity_map = identity_map[rows[:, None], columns]
    grey = rgb.astype(np.float32) @ _LUMA
    mixed = (1 - share) * grey[..., None] + share * heat_colours(identity_map).astype(np.float32)
    return np.asarray(np.rint(mixed), dtype=np.uint8)


@functools.cache
def _ramp() -> FloatArray:
    stops = [QColor(stop) for stop in HEAT]
    return np.array([[stop.red(), stop.green(), stop.blue()] for stop in stops], dtype=np.float32)
