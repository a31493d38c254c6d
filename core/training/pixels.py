"""Pictures as tensors in [0, 1] and as stored pixels."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from core.domain.arrays import UInt8Array


def eight_bit(pictures: Tensor) -> UInt8Array:
    """(B, 3, H, W) in [0, 1] -> (B, H, W, 3) uint8."""
    rounded = (pictures.float().clamp(0, 1) * 255).round().to(torch.uint8)
    return rounded.permute(0, 2, 3, 1).contiguous().cpu().numpy()


def as_tensor(pictures: UInt8Array, device: torch.device | str) -> Tensor:
    """(B, H, W, 3) uint8 -> (B, 3, H, W) in [0, 1] on `device`."""
    return torch.from_numpy(np.ascontiguousarray(pictures)).to(device).permute(0, 3, 1, 2).float() / 255
