"""TIRM of the compact DFREC."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.errors import ModelError
from core.models.blocks import TransformerBlock
from core.models.compact_layers import FACE_PX, Features, grown_to
from core.models.embedder import WIDTHS
from core.models.mae import GRID, PATCH_PX, sine_cosine_positions


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactConfig:
    """Sizes of the compact configuration.

    Attributes:
        width, depth, heads: of the transformer encoder over visible patches.
        decoder_depth: blocks of the transformer decoder, of the same width.
        mask_ratio: share of the 196 patches hidden from the encoder, (0, 1).
    """

    width: int = 256
    depth: int = 6
    heads: int = 4
    decoder_depth: int = 2
    mask_ratio: float = 0.5

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise ValueError(f"width {self.width} is not a multiple of heads {self.heads}")
        if not 0 < self.mask_ratio < 1:
            raise ValueError(f"mask_ratio must lie within (0, 1), got {self.mask_ratio}")


class CompactTirm(nn.Module):
    """Target recovery: an identity-aware masked autoencoder.

    The encoder sees only visible patches; `f_t` joins along the feature axis before the decoder.
    """

    def __init__(self, config: CompactConfig) -> None:
        super().__init__()
        self.n_keep = round(GRID * GRID * (1 - config.mask_ratio))
        self.embed = nn.Conv2d(3, config.width, PATCH_PX, stride=PATCH_PX)
        self.position = nn.Parameter(torch.randn(1, GRID * GRID, config.width) * 0.02)
        self.encoder = nn.Sequential(*(TransformerBlock(config.width, config.heads) for _ in range(config.depth)))
        self.norm = nn.LayerNorm(config.width)
        self.mask_token = nn.Parameter(torch.zeros(1, 1, config.width))
        self.squeeze = nn.Conv2d(WIDTHS[3] + WIDTHS[4], 128, 1)
        self.join = nn.Linear(config.width + 128, config.width)
        self.decoder_position = nn.Parameter(torch.randn(1, GRID * GRID, config.width) * 0.02)
        self.decoder = nn.Sequential(
            *(TransformerBlock(config.width, config.heads) for _ in range(config.decoder_depth))
        )
        self.decoder_norm = nn.LayerNorm(config.width)
        self.predict = nn.Linear(config.width, PATCH_PX * PATCH_PX * 3)

    def start_from_foundation(self, state: dict[str, Tensor]) -> None:
        """Copy the encoder of a trained `FaceMae`; its fixed positions begin as ours.

        Raises:
            ModelError: it has another width or depth.
        """
        own = {k: v.shape for k, v in self.state_dict().items() if k.startswith(("embed.", "encoder.", "norm."))}
        if own != {k: v.shape for k, v in state.items() if k.startswith(("embed.", "encoder.", "norm."))}:
            raise ModelError(
                "the foundation model has another size than TIRM", next_step="train it with --foundation tirm"
            )
        for name in ("embed", "encoder", "norm"):
            part = {k.removeprefix(f"{name}."): v for k, v in state.items() if k.startswith(f"{name}.")}
            getattr(self, name).load_state_dict(part)
        self.position.data.copy_(sine_cosine_positions(self.position.shape[2]))

    def visible_patches(self, m_s: Tensor, generator: torch.Generator | None) -> Tensor:
        """Algorithm 1: indices (B, 98) of the patches that stay, ascending; those with most source are hidden.

        In training every face gets random numbers of its own. In evaluation all get the same, so that what is hidden
        of a face does not depend on its place among others.
        """
        weight = F.avg_pool2d(m_s.float(), PATCH_PX).flatten(1)  # (B, 196) mean of m_s a patch
        device = generator.device if generator is not None else weight.device
        count = len(weight) if self.training else 1
        chance = torch.rand((count, weight.shape[1]), generator=generator, device=device).to(weight.device) * 0.1
        weight = torch.where(weight < 0.5, chance, weight)
        return weight.argsort(dim=1, stable=True)[:, : self.n_keep].sort(1).values

    def encode(self, images: Tensor, keep: Tensor) -> Tensor:
        """Tokens (B, 98, width) of the visible patches."""
        tokens = self.embed(images * 2 - 1).flatten(2).transpose(1, 2) + self.position  # (B, 196, width)
        seen = tokens.gather(1, keep.unsqueeze(2).expand(-1, -1, tokens.shape[2]))
        encoded: Tensor = self.norm(self.encoder(seen))
        return encoded

    def decode(self, encoded: Tensor, keep: Tensor, f_t: Features) -> Tensor:
        """Every patch as predicted, as a picture (B, 3, 224, 224) in [0, 1]."""
        count, _, width = encoded.shape
        full = self.mask_token.to(encoded.dtype).expand(count, GRID * GRID, -1)
        full = full.scatter(1, keep.unsqueeze(2).expand(-1, -1, width), encoded)
        hint = self.squeeze(torch.cat([f_t[0], grown_to(f_t[1], f_t[0])], 1))  # (B, 128, 5, 5)
        hint = F.interpolate(hint, size=(GRID, GRID), mode="bilinear", align_corners=False)
        x = self.join(torch.cat([full, hint.flatten(2).transpose(1, 2).to(full.dtype)], 2)) + self.decoder_position
        x = self.predict(self.decoder_norm(self.decoder(x)))  # (B, 196, 768)
        picture = F.fold(x.float().transpose(1, 2), (FACE_PX, FACE_PX), PATCH_PX, stride=PATCH_PX)
        return torch.sigmoid(picture)
