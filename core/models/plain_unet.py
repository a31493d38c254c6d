"""A plain U-Net from a suspect face to both faces: the baseline of inverse mapping, without map, masking or fusion."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.models.compact_layers import conv_bn_relu, grown_to

WIDTHS = (24, 48, 96, 144, 192)


class PlainUnet(nn.Module):
    """Encoder of five levels, decoder with skips (Ronneberger et al. 2015), two pictures at the end."""

    def __init__(self) -> None:
        super().__init__()
        before = (3, *WIDTHS[:-1])
        self.down = nn.ModuleList(
            nn.Sequential(conv_bn_relu(a, b), conv_bn_relu(b, b)) for a, b in zip(before, WIDTHS, strict=True)
        )
        self.up = nn.ModuleList(
            conv_bn_relu(deep + skip, skip) for deep, skip in zip(WIDTHS[:0:-1], WIDTHS[-2::-1], strict=True)
        )
        self.paint = nn.Conv2d(WIDTHS[0], 6, 1)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, 224, 224) RGB in [0, 1] -> recovered source and target, each (B, 3, 224, 224) in [0, 1]."""
        x, skips = images * 2 - 1, []
        for level, block in enumerate(self.down):
            x = block(x if level == 0 else F.max_pool2d(x, 2))  # (B, w, 224 / 2^level, ...)
            skips.append(x)
        for block, skip in zip(self.up, skips[-2::-1], strict=True):
            x = block(torch.cat([grown_to(x, skip), skip], 1))
        source, target = torch.sigmoid(self.paint(x).float()).chunk(2, 1)
        return source, target
