"""ISM of the compact DFREC."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.models.compact_layers import conv_bn_relu, grown_to, normalised
from core.models.embedder import WIDTHS, residual_level


class CompactIsm(nn.Module):
    """Identity segmentation: which pixels carry source information, and whether any do.

    DeepLabV3+ in small: the embedder's first three levels, dilated context, two skips.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, WIDTHS[0], 7, stride=2)
        self.level0 = residual_level(WIDTHS[0], 0)
        self.level1 = residual_level(WIDTHS[0], 1)
        self.level2 = residual_level(WIDTHS[1], 2)
        self.context = nn.ModuleList(conv_bn_relu(WIDTHS[2], 48, dilation) for dilation in (1, 2, 4))
        self.merge = conv_bn_relu(3 * 48, 96)
        self.fine1 = conv_bn_relu(96 + WIDTHS[1], 64)
        self.fine0 = conv_bn_relu(64 + WIDTHS[0], 48)
        self.segment = nn.Conv2d(48, 1, 1)
        self.classify = nn.Sequential(nn.Linear(2 * 96 + 2 * 48, 64), nn.ReLU(), nn.Linear(64, 1))

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, 224, 224) in [0, 1] -> map logits (B, 1, 224, 224), fake logit (B,)."""
        x = F.max_pool2d(F.relu(self.stem(normalised(images))), 3, stride=2)  # (B, 32, 54, 54)
        low0 = self.level0(x)  # (B, 32, 54, 54)
        low1 = self.level1(low0)  # (B, 64, 26, 26)
        deep = self.level2(low1)  # (B, 128, 12, 12)
        deep = self.merge(torch.cat([branch(deep) for branch in self.context], 1))  # (B, 96, 12, 12)
        fine = self.fine1(torch.cat([grown_to(deep, low1), low1], 1))  # (B, 64, 26, 26)
        fine = self.fine0(torch.cat([grown_to(fine, low0), low0], 1))  # (B, 48, 54, 54)
        map_logits = grown_to(self.segment(fine), images)  # (B, 1, 224, 224)
        pooled = [deep.mean((2, 3)), deep.amax((2, 3)), fine.mean((2, 3)), fine.amax((2, 3))]
        return map_logits, self.classify(torch.cat(pooled, 1)).squeeze(1)
