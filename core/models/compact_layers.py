"""What the modules of the compact DFREC share: sizes, small layers, the trunk that starts as the face embedder."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from core.models.embedder import PIXEL_MEAN, PIXEL_SCALE, WIDTHS, residual_level

FACE_PX = 224
EMBEDDING_DIM = 128

Features = tuple[Tensor, Tensor]
"""The two deepest levels of a trunk."""


def conv_bn_relu(in_channels: int, out_channels: int, dilation: int = 1) -> nn.Sequential:
    """3x3 convolution, batch norm, ReLU; keeps the size."""
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=dilation, dilation=dilation, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(),
    )


def grown_to(x: Tensor, like: Tensor) -> Tensor:
    """Bilinear resize of (B, C, h, w) to the height and width of `like`."""
    return F.interpolate(x, size=like.shape[2:], mode="bilinear", align_corners=False)


def normalised(images: Tensor) -> Tensor:
    """RGB in [0, 1] -> the embedder's input range."""
    mean = images.new_tensor(PIXEL_MEAN).view(1, 3, 1, 1)
    return (images * 255 - mean) / PIXEL_SCALE


class IdentityTrunk(nn.Module):
    """The embedder's body; starts as the embedder itself."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, WIDTHS[0], 7, stride=2)
        self.level0 = residual_level(WIDTHS[0], 0)
        self.level1 = residual_level(WIDTHS[0], 1)
        self.level2 = residual_level(WIDTHS[1], 2)
        self.level3 = residual_level(WIDTHS[2], 3)
        self.level4 = residual_level(WIDTHS[3], 4)

    def forward(self, view: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """View (B, 3, S, S) -> the five levels.

        Sides of the levels: 35, 17, 8, 4, 2 for the chip (S = 150) and 47, 23, 11, 5, 2 for the crop (S = 196).
        """
        low0, low1, low2 = self.shallow(view)
        middle = self.level3(low2)  # (B, 256, ...)
        return low0, low1, low2, middle, self.level4(middle)

    def shallow(self, view: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Levels 0-2 of `forward`."""
        x = F.max_pool2d(F.relu(self.stem(view)), 3, stride=2)
        low0 = self.level0(x)  # (B, 32, ...)
        low1 = self.level1(low0)  # (B, 64, ...)
        return low0, low1, self.level2(low1)  # (B, 128, ...)
