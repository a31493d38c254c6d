"""Forgeries without an edge: the source's gradients within the target's border colours (Pérez et al. 2003)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from core.domain.arrays import UInt8Array
from core.training.pixels import as_tensor, eight_bit


def seamless(inner: Tensor, target: Tensor, region: Tensor) -> Tensor:
    """Clone the inner faces into the targets; every pixel within a region changes, none outside.

    Args:
        inner, target: (B, 3, H, W) in [0, 1], aligned pixel by pixel.
        region: (B, 1, H, W) bool; pixels beside the border of the picture do not count.

    Returns:
        (B, 3, H, W) in [0, 1]; the target where a region is empty.
    """
    regions = region[:, 0].cpu().numpy()
    made = [_cloned(*one) for one in zip(eight_bit(inner), eight_bit(target), regions, strict=True)]
    return as_tensor(np.stack(made), target.device)


def _cloned(inner: UInt8Array, target: UInt8Array, region: NDArray[np.bool_]) -> UInt8Array:
    mask = np.zeros(region.shape, np.uint8)
    mask[2:-2, 2:-2] = region[2:-2, 2:-2] * np.uint8(255)
    left, top, width, height = cv2.boundingRect(mask)
    if min(width, height) < 3:
        return target
    middle = (left + width // 2, top + height // 2)  # where the box of the mask goes: to its own place
    return np.asarray(cv2.seamlessClone(inner, target, mask, middle, cv2.NORMAL_CLONE), np.uint8)
