"""A network that swaps faces, so that recovery meets swaps that a network painted.

For training alone, and no face-swapping feature: it takes rows of a packed corpus, only a `ForgeryGenerator` calls it,
and its weights stay in the run's folder, for nothing exports them.

It repaints a target's inner face as somebody of another identity, as SimSwap (Chen et al. 2020) does: an encoder,
residual blocks into which an identity vector is injected, a decoder. What such a network leaves of its target (pose,
expression, light, colours, and what an identity vector does not tell) is what recovery lives on.
"""

from __future__ import annotations

import math
from pathlib import Path
from pickle import UnpicklingError
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.errors import ModelError
from core.models.compact_layers import EMBEDDING_DIM
from core.models.context import CENTRE_PX, RADII_PX, inner_ellipse
from core.training.chance import Chance
from core.training.precision import half_precision

SWAP_PX = 128
STYLE = 256
WIDTHS = (32, 96, 256)  # at 64, 32 and 16 px
RISE_PX = 6.0  # forgers paint up to the brows and a little beyond
REACH = 1.25
FEATHER_PX = 9  # of 128


class InjectedConv(nn.Module):
    """3x3 convolution; an identity scales the channels that go in and shifts those that come out."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False)
        # Batch statistics instead of each picture's own: on a processor those take longer than the convolution.
        self.norm = nn.BatchNorm2d(out_channels)
        self.shift = nn.Linear(STYLE, out_channels)
        self.scale = nn.Linear(STYLE, in_channels)
        nn.init.zeros_(self.shift.bias)
        nn.init.zeros_(self.scale.bias)
        nn.init.normal_(self.scale.weight, 0, 0.05)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """(B, C, H, W), (B, 256) -> (B, C', H, W)."""
        scaled = x * (1 + self.scale(style)).to(x.dtype)[:, :, None, None]
        shifted = self.norm(self.conv(scaled)) + self.shift(style).to(x.dtype)[:, :, None, None]
        return F.leaky_relu(shifted, 0.2)


class InjectedBlock(nn.Module):
    """Two injected convolutions, added to what went in."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.a = InjectedConv(channels, channels)
        self.b = InjectedConv(channels, channels)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """(B, C, H, W), (B, 256) -> (B, C, H, W)."""
        added: Tensor = x + self.b(self.a(x, style), style)
        return added


def _halving(in_channels: int, out_channels: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(in_channels, out_channels, 3, 2, 1), nn.BatchNorm2d(out_channels), nn.LeakyReLU(0.2))


class SwapNetwork(nn.Module):
    """6.9 million parameters; dense convolutions alone, which bf16 multiplies fastest on a processor too."""

    def __init__(self) -> None:
        super().__init__()
        fine, middle, coarse = WIDTHS
        self.map = nn.Sequential(
            nn.Linear(EMBEDDING_DIM, STYLE), nn.LeakyReLU(0.2), nn.Linear(STYLE, STYLE), nn.LeakyReLU(0.2)
        )
        self.first = nn.Sequential(nn.Conv2d(3, fine, 5, 2, 2), nn.BatchNorm2d(fine), nn.LeakyReLU(0.2))
        self.down1 = _halving(fine, middle)
        self.down2 = _halving(middle, coarse)
        self.blocks = nn.ModuleList(InjectedBlock(coarse) for _ in range(4))
        self.up1 = InjectedConv(coarse, 128)
        self.kept = nn.Conv2d(middle, 128, 1)  # the one skip: finer ones would copy the target
        self.up1b = InjectedConv(128, 128)
        self.up2 = InjectedConv(128, 64)
        self.up2b = InjectedConv(64, 64)
        self.paint = nn.Conv2d(64, 12, 3, padding=1)

    def forward(self, faces: Tensor, identity: Tensor, region: Tensor) -> Tensor:
        """Paint an identity into the regions of faces.

        Args:
            faces: (B, 3, 128, 128) RGB in [0, 1], the framing of the face crop.
            identity: (B, 128) unit directions from the mean face.
            region: (B, 1, 128, 128) in [0, 1], 1 is repainted.

        Returns:
            (B, 3, 128, 128), may leave [0, 1] by a tenth.
        """
        style = self.map(identity * math.sqrt(EMBEDDING_DIM))  # (B, 256)
        shallow = self.down1(self.first(faces * 4 - 2))  # (B, 96, 32, 32)
        x = self.down2(shallow)  # (B, 256, 16, 16)
        for block in self.blocks:
            x = block(x, style)
        x = self.up1b(self.up1(_doubled(x), style) + self.kept(shallow), style)  # (B, 128, 32, 32)
        x = self.up2b(self.up2(_doubled(x), style), style)  # (B, 64, 64, 64)
        painted = torch.tanh(F.pixel_shuffle(self.paint(x), 2).float()) * 0.6 + 0.5
        return torch.lerp(faces, painted, region)


def _doubled(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="nearest")


def swap_regions(count: int, chance: Chance, device: torch.device) -> Tensor:
    """Soft regions (count, 1, 128, 128) that forgers repaint: ellipses about inner faces, of random place and size."""
    centre = torch.tensor([CENTRE_PX], device=device) - torch.tensor([[0.0, RISE_PX]], device=device)
    centre = centre + 5 * chance.normal(count, 2)
    radii = torch.tensor([RADII_PX], device=device) * REACH * (1 + 0.12 * chance.normal(count, 2)).clamp(0.7, 1.3)
    ellipse = F.interpolate(inner_ellipse(centre, radii), size=(SWAP_PX, SWAP_PX), mode="bilinear", antialias=True)
    half = FEATHER_PX // 2
    return F.avg_pool2d(F.pad(ellipse, (half, half, half, half), mode="replicate"), FEATHER_PX, stride=1)


class Swapper:
    """Swaps by a trained network, for `ForgeryGenerator`.

    Args:
        network: on the device; trained.
        directions: (N, 128) unit directions of the corpus's photographs from the mean face.
    """

    def __init__(self, network: SwapNetwork, directions: Tensor) -> None:
        self._network, self._directions = network.eval().requires_grad_(False), directions

    @classmethod
    def load(cls, path: Path, directions: Tensor, device: torch.device) -> Self:
        """The averaged network in a state that stage "swap" left.

        Raises:
            ModelError: the file holds no such network.
        """
        network = SwapNetwork()
        try:
            network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True)["average"])
        except (OSError, RuntimeError, KeyError, TypeError, EOFError, UnpicklingError) as error:
            raise ModelError(
                f"this is no network of stage swap ({type(error).__name__})",
                next_step="name swapper.pt of a training run, or leave it out",
                path=path,
            ) from error
        return cls(network.to(device).to(memory_format=torch.channels_last), directions)

    @torch.no_grad()
    def swapped(self, targets: Tensor, source_rows: Tensor, chance: Chance) -> tuple[Tensor, Tensor]:
        """Repaint targets as somebody else.

        Args:
            targets: (B, 3, 224, 224) RGB in [0, 1].
            source_rows: (B,) int64 rows of the corpus.
            chance: places the regions.

        Returns:
            The swaps (B, 3, 224, 224) in [0, 1], and the repainted regions (B, 1, 224, 224).
        """
        region = swap_regions(len(targets), chance, targets.device)
        side = targets.shape[-1]
        small = F.interpolate(targets, size=(SWAP_PX, SWAP_PX), mode="bilinear", antialias=True)
        with half_precision(targets.device):
            made = self._network(small, self._directions[source_rows], torch.ones_like(region))
        grown = F.interpolate(made.clamp(0, 1), size=(side, side), mode="bicubic")
        # What so coarse a network can't paint: forgers sharpen, or keep the target's grain; some do neither.
        grain = targets - F.interpolate(small, size=(side, side), mode="bicubic")
        share = chance.uniform(len(targets), 1, 1, 1)
        region = F.interpolate(region, size=(side, side), mode="bilinear")
        return torch.lerp(targets, (grown + share * grain).clamp(0, 1), region), region
