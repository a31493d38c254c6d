"""Small layers and patch operations shared by the recovery networks.

Pictures are (B, C, H, W) float tensors; a patch grid of G x G patches of P x P px is numbered row by row,
patch i standing at row i // G, column i % G.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ConvBlock(nn.Module):
    """[conv 3x3, batch norm, ReLU] twice: (B, c_in, H, W) -> (B, c_out, H, W)."""

    def __init__(self, c_in: int, c_out: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(c_in, c_out, 3, padding=1),
            nn.BatchNorm2d(c_out),
            nn.ReLU(inplace=True),
            nn.Conv2d(c_out, c_out, 3, padding=1),
            nn.BatchNorm2d(c_out),
            nn.ReLU(inplace=True),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, c_in, H, W) -> (B, c_out, H, W), >= 0."""
        y: Tensor = self.conv(x)
        return y


class UpConv(nn.Module):
    """Nearest upsampling x2, then [conv 3x3, batch norm, ReLU]: (B, c_in, H, W) -> (B, c_out, 2H, 2W)."""

    def __init__(self, c_in: int, c_out: int) -> None:
        super().__init__()
        self.up = nn.Sequential(
            nn.Upsample(scale_factor=2),
            nn.Conv2d(c_in, c_out, 3, padding=1),
            nn.BatchNorm2d(c_out),
            nn.ReLU(inplace=True),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, c_in, H, W) -> (B, c_out, 2H, 2W), >= 0."""
        y: Tensor = self.up(x)
        return y


def conv1x1_bn(c_in: int, c_out: int) -> nn.Sequential:
    """1x1 convolution and batch norm."""
    return nn.Sequential(nn.Conv2d(c_in, c_out, 1), nn.BatchNorm2d(c_out))


class AttentionGate(nn.Module):
    """Weighs a skip connection x by what the decoder's map g asks for and by x itself.

    q = sigmoid(conv1x1(BN(conv1x1(x)))), psi = sigmoid(BN(conv1x1(relu(BN(conv1x1(g)) + BN(conv1x1(x)))))),
    output x * (psi + q). Both maps are (B, 1, H, W); the inner width is half of x's.

    Args:
        channels: of x.
        gate_channels: of g; None means those of x.
    """

    def __init__(self, channels: int, gate_channels: int | None = None) -> None:
        super().__init__()
        inner = channels // 2
        self.W = conv1x1_bn(channels, inner)
        self.Conv1x1 = nn.Conv2d(inner, 1, 1, bias=False)
        self.W_g = conv1x1_bn(gate_channels or channels, inner)
        self.W_x = conv1x1_bn(channels, inner)
        self.psi = conv1x1_bn(inner, 1)

    def forward(self, g: Tensor, x: Tensor) -> Tensor:
        """g (B, C_g, H, W), x (B, C, H, W) -> (B, C, H, W)."""
        q = torch.sigmoid(self.Conv1x1(self.W(x)))  # (B, 1, H, W)
        psi = torch.sigmoid(self.psi(torch.relu(self.W_g(g) + self.W_x(x))))  # (B, 1, H, W)
        return x * (psi + q)


def patchify(images: Tensor, patch: int) -> Tensor:
    """(B, 3, H, W) -> (B, patches, patch * patch * 3); within a patch: row, column, colour."""
    b, c, h, w = images.shape
    x = images.reshape(b, c, h // patch, patch, w // patch, patch)
    return x.permute(0, 2, 4, 3, 5, 1).reshape(b, (h // patch) * (w // patch), patch * patch * c)


def unpatchify(patches: Tensor, patch: int) -> Tensor:
    """Inverse of `patchify`, square pictures: (B, G * G, patch * patch * 3) -> (B, 3, G*patch, G*patch)."""
    b, n, d = patches.shape
    side, c = round(n**0.5), d // (patch * patch)
    x = patches.reshape(b, side, side, patch, patch, c)
    return x.permute(0, 5, 1, 3, 2, 4).reshape(b, c, side * patch, side * patch)


def gather_tokens(tokens: Tensor, index: Tensor) -> Tensor:
    """Tokens (B, N, D) at positions `index` (B, K) int64 -> (B, K, D)."""
    return tokens.gather(1, index.unsqueeze(-1).expand(-1, -1, tokens.shape[-1]))


def place_tokens(tokens: Tensor, index: Tensor, values: Tensor) -> Tensor:
    """A copy of `tokens` (B, N, D) with `values` (B, K, D) at positions `index` (B, K) int64."""
    return tokens.scatter(1, index.unsqueeze(-1).expand(-1, -1, tokens.shape[-1]), values)


class TransformerBlock(nn.Module):
    """Pre-norm self-attention and MLP, as in ViT."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, width) -> (B, T, width)."""
        b, t, c = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(b, t, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        attended = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, t, c)
        x = x + self.out(attended)
        mixed: Tensor = x + self.mlp(self.norm2(x))
        return mixed
