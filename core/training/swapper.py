"""An identity-conditioned swap network, small, for training forgeries only.

Crop-and-blend forgeries keep the target's pixels around a foreign inner face. Learned swaps do something else: they
repaint the target's own face until a recognition network calls it the source, and keep whatever that network does not
look at. Recovery that has only seen the first kind does not carry over to the second, so it is shown both. The network
follows the plan of SimSwap (Chen et al. 2020) - encoder, identity blocks that modulate instance statistics, decoder -
and paints by moving and covering the target's pixels (as FaceShifter and GANimation do with attention), which keeps the
target's detail. Its weights stay in the training run's folder: they are neither exported nor shipped, and nothing in
the application can reach them.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SWAP_PX = 112
MAX_FLOW = 0.09  # of half the side: about five pixels of 112


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Swap:
    """What the network did. Pictures (B, 3, H, W) RGB in [0, 1] at the size of its input.

    Attributes:
        image: the forgery.
        cover: (B, 1, H, W) in [0, 1], how far new paint covers the target's own pixels.
        flow: (B, 2, 112, 112) movement of pixels, in halves of the side.
    """

    image: Tensor
    cover: Tensor
    flow: Tensor


class Modulated(nn.Module):
    """3x3 convolution, instance norm, scale and shift that the identity chooses, ReLU."""

    def __init__(self, c_in: int, c_out: int, identity: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(c_in, c_out, 3, padding=1, bias=False)
        self.norm = nn.InstanceNorm2d(c_out)
        self.style = nn.Linear(identity, 2 * c_out)

    def forward(self, x: Tensor, identity: Tensor) -> Tensor:
        """(B, c_in, H, W), (B, identity) -> (B, c_out, H, W)."""
        scale, shift = self.style(identity)[:, :, None, None].chunk(2, 1)
        return F.relu(self.norm(self.conv(x)) * (1 + scale) + shift)


class SwapNetwork(nn.Module):
    """Target face and an identity vector -> the target's face with that identity.

    Args:
        identity: components of the identity vector, a unit vector around the mean face.
        width: channels at full size.
    """

    def __init__(self, identity: int = 128, width: int = 24) -> None:
        super().__init__()
        w1, w2, w3 = 2 * width, 4 * width, 6 * width
        self.enter = nn.Conv2d(3, width, 3, padding=1)
        self.down1 = nn.Conv2d(width, w1, 3, stride=2, padding=1)
        self.down2 = nn.Conv2d(w1, w2, 3, stride=2, padding=1)
        self.down3 = nn.Conv2d(w2, w3, 3, stride=2, padding=1)
        self.learn = nn.Sequential(nn.Linear(identity, 256), nn.ReLU())
        self.deep = nn.ModuleList(Modulated(w3, w3, 256) for _ in range(4))
        self.squeeze2, self.up2 = nn.Conv2d(w3 + w2, w2, 1), Modulated(w2, w2, 256)
        self.squeeze1, self.up1 = nn.Conv2d(w2 + w1, w1, 1), Modulated(w1, w1, 256)
        self.squeeze0, self.up0 = nn.Conv2d(w1 + width, width, 1), Modulated(width, width, 256)
        self.paint = nn.Conv2d(width, 6, 3, padding=1)
        nn.init.zeros_(self.paint.bias)
        self.paint.weight.data.mul_(0.1)

    def forward(self, target: Tensor, identity: Tensor) -> Swap:
        """Target (B, 3, H, W) in [0, 1], identity (B, 128) unit -> the forgery at the same size."""
        small = F.interpolate(target, size=(SWAP_PX, SWAP_PX), mode="bilinear", align_corners=False, antialias=True)
        style = self.learn(identity * identity.shape[1] ** 0.5)
        e0 = F.relu(self.enter(small * 2 - 1))  # (B, 24, 112, 112)
        e1 = F.relu(self.down1(e0))  # (B, 48, 56, 56)
        e2 = F.relu(self.down2(e1))  # (B, 96, 28, 28)
        x = F.relu(self.down3(e2))  # (B, 144, 14, 14)
        for first, second in zip(self.deep[::2], self.deep[1::2], strict=True):
            x = x + second(first(x, style), style)
        x = self.up2(self.squeeze2(torch.cat([_twice(x), e2], 1)), style)
        x = self.up1(self.squeeze1(torch.cat([_twice(x), e1], 1)), style)
        x = self.up0(self.squeeze0(torch.cat([_twice(x), e0], 1)), style)
        flow, cover, paint = self.paint(x).float().split([2, 1, 3], 1)
        flow = MAX_FLOW * torch.tanh(flow)
        size = target.shape[2:]
        moved = F.grid_sample(
            target, _grid(_sized(flow, size)), mode="bilinear", padding_mode="border", align_corners=False
        )
        cover = _sized(torch.sigmoid(cover - 1), size)
        image = torch.lerp(moved, _sized(torch.sigmoid(paint), size), cover)
        return Swap(image=image, cover=cover, flow=flow)


def _twice(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="nearest")


def _sized(x: Tensor, size: torch.Size) -> Tensor:
    return F.interpolate(x, size=size, mode="bilinear", align_corners=False)


def _grid(flow: Tensor) -> Tensor:
    """Movement (B, 2, H, W) in halves of the side -> sampling grid (B, H, W, 2)."""
    height, width = flow.shape[2:]
    y = (torch.arange(height, device=flow.device) * 2 + 1) / height - 1
    x = (torch.arange(width, device=flow.device) * 2 + 1) / width - 1
    still = torch.stack(torch.meshgrid(y, x, indexing="ij")[::-1], -1)
    return still + flow.permute(0, 2, 3, 1)


def swap_losses(
    swap: Swap, target: Tensor, cosine: Tensor, perceptual: Tensor, is_same: Tensor
) -> dict[str, Tensor]:
    """What the network is taught with: reach the identity, keep everything else.

    Args:
        swap: its output for a batch.
        target: (B, 3, H, W) the faces it was given.
        cosine: (B,) of the forgery's identity with the wanted one, around the mean face.
        perceptual: (B,) distance of the forgery from the target in an ImageNet network's features.
        is_same: (B,) bool, the wanted identity is the target's own: nothing may change.
    """
    difference = (swap.image - target).abs()
    coarse = (F.avg_pool2d(swap.image, 8) - F.avg_pool2d(target, 8)).abs().mean((1, 2, 3))
    unchanged = difference.mean((1, 2, 3)) * is_same
    rough = (swap.flow[..., 1:] - swap.flow[..., :-1]).abs().mean() + (
        swap.flow[..., 1:, :] - swap.flow[..., :-1, :]
    ).abs().mean()
    return {
        "identity": 2 * (1 - cosine).mean(),
        "coarse": 2 * coarse.mean(),
        "same": 6 * unchanged.mean(),
        "perceptual": 0.25 * perceptual.mean(),
        "cover": 0.2 * swap.cover.mean(),
        "flow": 4 * rough,
    }
