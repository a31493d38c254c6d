"""The face foundation model: a masked autoencoder of real faces (He et al. 2022).

One pretraining feeds both methods. Its encoder starts DFREC's TIRM; what it cannot reconstruct of a suspect face is
RFFR's residual (Shi et al. 2023). Smaller than RFFR's ViT-B/16, since it has to run on a laptop's processor sixteen
times a face.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.models.blocks import TransformerBlock
from core.models.compact_layers import FACE_PX

PATCH_PX = 16
GRID = FACE_PX // PATCH_PX
N_PATCHES = GRID * GRID


@dataclass(frozen=True, slots=True, kw_only=True)
class MaeConfig:
    """Sizes of the autoencoder.

    Attributes:
        width, depth, heads: of the encoder, which sees visible patches alone.
        decoder_width, decoder_depth, decoder_heads: of the decoder, which sees all places.
        mask_ratio: share of the 196 patches hidden in pretraining.
    """

    width: int = 192
    depth: int = 4
    heads: int = 3
    decoder_width: int = 128
    decoder_depth: int = 2
    decoder_heads: int = 4
    mask_ratio: float = 0.75

    def __post_init__(self) -> None:
        if self.width % self.heads or self.decoder_width % self.decoder_heads:
            raise ValueError("a width must be a multiple of its heads")
        if self.width % 4 or self.decoder_width % 4:
            raise ValueError("sine-cosine positions need widths that are multiples of 4")
        if not 0 < self.mask_ratio < 1:
            raise ValueError(f"mask_ratio must lie within (0, 1), got {self.mask_ratio}")


class FaceMae(nn.Module):
    """Encoder over visible patches, light decoder over all of them."""

    position: Tensor
    decoder_position: Tensor

    def __init__(self, config: MaeConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or MaeConfig()
        self.embed = nn.Conv2d(3, config.width, PATCH_PX, stride=PATCH_PX)
        self.register_buffer("position", sine_cosine_positions(config.width), persistent=False)
        self.encoder = nn.Sequential(*(TransformerBlock(config.width, config.heads) for _ in range(config.depth)))
        self.norm = nn.LayerNorm(config.width)
        self.narrow = nn.Linear(config.width, config.decoder_width)
        self.mask_token = nn.Parameter(torch.randn(1, 1, config.decoder_width) * 0.02)
        self.register_buffer("decoder_position", sine_cosine_positions(config.decoder_width), persistent=False)
        self.decoder = nn.Sequential(
            *(TransformerBlock(config.decoder_width, config.decoder_heads) for _ in range(config.decoder_depth))
        )
        self.decoder_norm = nn.LayerNorm(config.decoder_width)
        self.predict = nn.Linear(config.decoder_width, PATCH_PX * PATCH_PX * 3)

    def tokens(self, images: Tensor) -> Tensor:
        """Images (B, 3, 224, 224) in [0, 1] -> embedded patches with their places (B, 196, width)."""
        embedded: Tensor = self.embed(images * 2 - 1).flatten(2).transpose(1, 2) + self.position
        return embedded

    def encode(self, tokens: Tensor, keep: Tensor) -> Tensor:
        """All tokens (B, 196, width) and visible places (B, K) -> encoded (B, K, width)."""
        seen = tokens.gather(1, keep.unsqueeze(2).expand(-1, -1, tokens.shape[2]))
        encoded: Tensor = self.norm(self.encoder(seen))
        return encoded

    def decode(self, encoded: Tensor, keep: Tensor) -> Tensor:
        """Encoded (B, K, width) at places (B, K) -> every patch as predicted (B, 196, 768), RGB around [0, 1]."""
        x = self.narrow(encoded)  # (B, K, decoder width)
        count, _, width = x.shape
        full = self.mask_token.to(x.dtype).expand(count, N_PATCHES, -1)
        full = full.scatter(1, keep.unsqueeze(2).expand(-1, -1, width), x) + self.decoder_position
        patches: Tensor = self.predict(self.decoder_norm(self.decoder(full))).float() + 0.5
        return patches

    def forward(self, images: Tensor, keep: Tensor) -> Tensor:
        """Images (B, 3, 224, 224) and visible places (B, K) -> patches (B, 196, 768) as predicted."""
        return self.decode(self.encode(self.tokens(images), keep), keep)


def sine_cosine_positions(width: int) -> Tensor:
    """(1, 196, width) fixed positions: sine and cosine of row and column, as in MAE."""
    frequency = 1 / 10000 ** (torch.arange(width // 4) / (width / 4))
    place = torch.arange(GRID).float()[:, None] * frequency  # (14, width / 4)
    wave = torch.cat([place.sin(), place.cos()], 1)  # (14, width / 2)
    row = wave[:, None].expand(-1, GRID, -1)
    column = wave[None].expand(GRID, -1, -1)
    return torch.cat([column, row], 2).reshape(1, N_PATCHES, width)


def patches_of(images: Tensor) -> Tensor:
    """(B, 3, 224, 224) -> (B, 196, 768); inverse of `pictures_of`."""
    return F.unfold(images, PATCH_PX, stride=PATCH_PX).transpose(1, 2)


def pictures_of(patches: Tensor) -> Tensor:
    """(B, 196, 768) -> (B, 3, 224, 224)."""
    return F.fold(patches.transpose(1, 2), (FACE_PX, FACE_PX), PATCH_PX, stride=PATCH_PX)


def random_visible(count: int, n_keep: int, generator: torch.Generator, device: torch.device) -> Tensor:
    """(count, n_keep) int64 ascending places, drawn evenly for every face."""
    chance = torch.rand((count, N_PATCHES), generator=generator, device=device)
    return chance.argsort(dim=1)[:, :n_keep].sort(1).values
