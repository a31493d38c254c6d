"""Forgeries without an edge: the source's gradients within the target's border colours (Pérez et al. 2003)."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor


def seamless(inner: Tensor, target: Tensor, region: Tensor) -> Tensor:
    """Clone the inner faces into the targets; every pixel within a region changes, none outside.

    Args:
        inner, target: (B, 3, H, W) in [0, 1], aligned pixel by pixel.
        region: (B, 1, H, W) bool; pixels beside the border of the picture do not count.

    Returns:
        (B, 3, H, W) in [0, 1]; the target where a region is empty.
    """
    made = [_cloned(*pair) for pair in zip(_pixels(inner), _pixels(target), region[:, 0].cpu().numpy(), strict=True)]
    stacked = torch.from_numpy(np.stack(made)).to(target.device)
    return stacked.permute(0, 3, 1, 2).float() / 255


def _pixels(pictures: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    rounded = (pictures.clamp(0, 1) * 255).round().to(torch.uint8)
    return rounded.permute(0, 2, 3, 1).contiguous().cpu().numpy()


def _cloned(
    inner: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
    target: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
    region: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    mask = np.zeros(region.shape, np.uint8)
    mask[2:-2, 2:-2] = region[2:-2, 2:-2] * np.uint8(255)
    left, top, width, height = cv2.boundingRect(mask)
    if min(width, height) < 3:
        return target
    middle = (left + width // 2, top + height // 2)  # where the box of the mask goes: to its own place
    return np.asarray(cv2.seamlessClone(inner, target, mask, middle, cv2.NORMAL_CLONE), np.uint8)
