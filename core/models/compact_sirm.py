"""SIRM of the compact DFREC."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.models.blocks import AttentionGate
from core.models.compact_layers import FACE_PX, Features, IdentityTrunk, conv_bn_relu, grown_to, normalised
from core.models.embedder import WIDTHS

# The embedder sees a face at an eye distance of 54.7 px, the crop of the recovery networks at 0.28 of its side: at
# the embedder's scale the crop is 196 px wide, and the embedder's own chip lies within it as follows.
CROP_AT_SCALE_PX = 196
CHIP_PX, CHIP_TOP_PX, CHIP_LEFT_PX = 150, 44, 23


class CompactSirm(nn.Module):
    """Source recovery: an attention U-Net whose bottom is `f_s`.

    `f_s` comes from a trunk on the embedder's own chip (the source sits in the inner face), `f_t` from a trunk on the
    whole crop (what is left of the target sits around it); the latter's shallow levels are the skips.
    """

    def __init__(self) -> None:
        super().__init__()
        self.source = IdentityTrunk()
        self.target = IdentityTrunk()
        self.bottom = conv_bn_relu(WIDTHS[3] + WIDTHS[4], 192)
        self.gate2 = AttentionGate(WIDTHS[2], 192)
        self.up2 = conv_bn_relu(192 + WIDTHS[2], 128)
        self.gate1 = AttentionGate(WIDTHS[1], 128)
        self.up1 = conv_bn_relu(128 + WIDTHS[1], 96)
        self.gate0 = AttentionGate(WIDTHS[0], 96)
        self.up0 = conv_bn_relu(96 + WIDTHS[0], 64)
        self.fine = nn.Conv2d(64 + 4, 48, 3, padding=1)
        self.paint = nn.Conv2d(48, 12, 3, padding=1)

    def at_scale(self, images: Tensor) -> Tensor:
        """(B, 3, 224, 224) in [0, 1] -> (B, 3, 196, 196), normalised."""
        size = (CROP_AT_SCALE_PX, CROP_AT_SCALE_PX)
        return F.interpolate(normalised(images), size=size, mode="bilinear", align_corners=False, antialias=True)

    def encode_source(self, crop: Tensor) -> Features:
        """f_s = (B, 256, 4, 4) and (B, 256, 2, 2) of `at_scale`."""
        rows, columns = slice(CHIP_TOP_PX, CHIP_TOP_PX + CHIP_PX), slice(CHIP_LEFT_PX, CHIP_LEFT_PX + CHIP_PX)
        *_, middle, deep = self.source(crop[:, :, rows, columns])  # of the chip (B, 3, 150, 150)
        return middle, deep

    def encode_target(self, crop: Tensor) -> tuple[list[Tensor], Features]:
        """Skips (crop levels 0-2); f_t = (B, 256, 5, 5) and (B, 256, 2, 2) of `at_scale`."""
        low0, low1, low2, middle, deep = self.target(crop)
        return [low0, low1, low2], (middle, deep)

    def decode(self, images: Tensor, m_s: Tensor, skips: list[Tensor], f_s: Features) -> Tensor:
        """Recovered source (B, 3, 224, 224) in [0, 1]."""
        low0, low1, low2 = skips
        x = F.interpolate(torch.cat([f_s[0], grown_to(f_s[1], f_s[0])], 1), size=(8, 8), mode="bilinear")
        x = self.bottom(F.pad(x, (1, 1, 2, 0)))  # (B, 192, 10, 10): the chip in its place within the crop
        x = grown_to(x, low2)
        x = self.up2(torch.cat([x, self.gate2(x, low2)], 1))  # (B, 128, 11, 11)
        x = grown_to(x, low1)
        x = self.up1(torch.cat([x, self.gate1(x, low1)], 1))  # (B, 96, 23, 23)
        x = grown_to(x, low0)
        x = self.up0(torch.cat([x, self.gate0(x, low0)], 1))  # (B, 64, 47, 47)
        x = F.interpolate(x, size=(FACE_PX // 2, FACE_PX // 2), mode="bilinear")  # (B, 64, 112, 112)
        seen = F.avg_pool2d(torch.cat([images * m_s, m_s], 1), 2).to(x.dtype)  # I_src and m_s
        x = self.paint(F.relu(self.fine(torch.cat([x, seen], 1))))  # (B, 12, 112, 112)
        return torch.sigmoid(F.pixel_shuffle(x, 2).float())
