"""Target Identity Recovery Module (DFREC, section III-D): an identity-aware masked autoencoder on ViT.

This is the official configuration. It keeps two quirks of the released implementation, because the
released weights were trained with them: see `patch_weights` and `Tirm.encode`.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d
from torchvision.models.vision_transformer import EncoderBlock, VisionTransformer

from core.models.blocks import gather_tokens, patchify, place_tokens, unpatchify

RANDOM_MEAN_SUM = 250.0  # of 256: a map that is "source" nearly everywhere says nothing about where
LOW_SUM = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TirmConfig:
    """Sizes of the masked autoencoder; the defaults are the official ones (ViT-L/16, one decoder block).

    Attributes:
        image_size, patch: side of the picture and of a patch, px.
        width, depth, heads, mlp: of the encoder.
        decoder_width, decoder_depth, decoder_heads: of the decoder; its hidden layer is 4 times as wide.
        target_feature: length of a row of f_t, concatenated to every encoded token.
        keep_ratio: share of the sequence (class token and patches) that the encoder sees, rounded down.
    """

    image_size: int = 224
    patch: int = 16
    width: int = 1024
    depth: int = 24
    heads: int = 16
    mlp: int = 4096
    decoder_width: int = 512
    decoder_depth: int = 1
    decoder_heads: int = 16
    target_feature: int = 196
    keep_ratio: float = 0.5

    @property
    def patches(self) -> int:
        """Patches of one picture (196)."""
        return (self.image_size // self.patch) ** 2

    @property
    def kept(self) -> int:
        """Tokens the encoder sees: int(197 * 0.5) = 98."""
        return int((self.patches + 1) * self.keep_ratio)


def patch_weights(m_s: Tensor, patch: int, noise: Tensor) -> Tensor:
    """How much source information each patch holds (Algorithm 1), as the released implementation does it.

    The paper takes the mean of the map over a patch and lifts weights under 0.5 to U(0, 0.1). The released
    code takes the **sum** of the 256 values; when the mean of those sums over a picture is >= 250, all its
    weights are random; else weights <= 50 become U(0, 1), all of them lower than any other weight.

    Args:
        m_s: (B, 1, H, W) in [0, 1].
        patch: side of a patch, px.
        noise: (B, patches), U(0, 1).

    Returns:
        (B, patches) float.
    """
    sums = avg_pool2d(m_s, patch).flatten(1) * (patch * patch)  # (B, 196), 0..256
    everywhere = sums.mean(dim=1, keepdim=True) >= RANDOM_MEAN_SUM  # (B, 1)
    return torch.where(everywhere | (sums <= LOW_SUM), noise, sums)


class TirmOutput(NamedTuple):
    """What TIRM hands on.

    Attributes:
        target: (B, 3, 224, 224) in [0, 1]; visible patches are the input's.
        idx_keep: (B, 98) int64, visible patches, least source information first.
        masked_input: (B, 3, 224, 224), the input with its masked patches black.
    """

    target: Tensor
    idx_keep: Tensor
    masked_input: Tensor


class MaskedDecoder(nn.Module):
    """Decoder of the masked autoencoder: transformer over the whole sequence, then pixels of every token."""

    def __init__(self, config: TirmConfig) -> None:
        super().__init__()
        d = config.decoder_width
        norm = partial(nn.LayerNorm, eps=1e-6)
        blocks = [
            (f"encoder_layer_{i}", EncoderBlock(config.decoder_heads, d, 4 * d, 0.0, 0.0, norm))
            for i in range(config.decoder_depth)
        ]
        self.pos_embedding = nn.Parameter(torch.empty(1, config.patches + 1, d).normal_(std=0.02))
        self.layers = nn.Sequential(OrderedDict(blocks))
        self.ln = norm(d)
        self.decoder_embed = nn.Linear(config.width + config.target_feature, d)
        self.prediction_head = nn.Linear(d, config.patch * config.patch * 3)

    def forward(self, sequence: Tensor) -> Tensor:
        """(B, 197, 512) -> (B, 197, 512)."""
        y: Tensor = self.ln(self.layers(sequence + self.pos_embedding))
        return y


class Tirm(nn.Module):
    """Identity-aware masked autoencoder, 308.60 M parameters in the official sizes.

    Attribute names are those of the official checkpoint (`recover2_state_dict`), the unused classification
    head of the backbone included.
    """

    def __init__(self, config: TirmConfig | None = None) -> None:
        super().__init__()
        self.config = c = config or TirmConfig()
        self.mask_token = nn.Parameter(torch.zeros(1, 1, c.decoder_width))
        self.backbone = VisionTransformer(c.image_size, c.patch, c.depth, c.heads, c.width, c.mlp)
        self.decoder = MaskedDecoder(c)

    def forward(self, images: Tensor, m_s: Tensor, f_t: Tensor, generator: torch.Generator | None = None) -> TirmOutput:
        """Recover the target face.

        Args:
            images: (B, 3, 224, 224) in [0, 1].
            m_s: (B, 1, 224, 224) in [0, 1], where source information is.
            f_t: (B, 98, 196), target feature of SIRM.
            generator: source of the random weights, 196 numbers. In training every image gets its own; in
                evaluation all get the same, so that what is hidden of one does not depend on its place.
        """
        c = self.config

        # 1. semantic-guided masking: hide the patches that hold most of the source
        device = generator.device if generator is not None else images.device
        count = len(images) if self.training else 1
        noise = torch.rand(count, c.patches, generator=generator, device=device).to(m_s).expand(len(images), -1)
        order = patch_weights(m_s, c.patch, noise).argsort(dim=1, stable=True)  # (B, 196)
        idx_keep, idx_mask = order[:, : c.kept], order[:, c.kept :]  # (B, 98) each

        # 2. encode what is visible, join the target feature
        encoded = self.encode(images, idx_keep)  # (B, 98, 1024)
        joined = torch.cat((encoded, f_t), dim=2)  # (B, 98, 1220)

        # 3. decode the whole sequence, predict the masked patches
        visible = self.decoder.decoder_embed(joined)  # (B, 98, 512)
        blank = self.mask_token.expand(len(images), c.patches + 1, -1)  # (B, 197, 512)
        decoded = self.decoder(place_tokens(blank, idx_keep, visible))  # (B, 197, 512)
        predicted = torch.sigmoid(self.decoder.prediction_head(gather_tokens(decoded, idx_mask)))  # (B, 98, 768)

        # 4. paste them over the input
        patches = patchify(images, c.patch)  # (B, 196, 768)
        target = unpatchify(place_tokens(patches, idx_mask, predicted), c.patch)
        masked_input = unpatchify(place_tokens(patches, idx_mask, torch.zeros_like(predicted)), c.patch)
        return TirmOutput(target, idx_keep, masked_input)

    def encode(self, images: Tensor, idx_keep: Tensor) -> Tensor:
        """Encode the visible tokens: (B, 3, 224, 224), (B, 98) -> (B, 98, 1024).

        Quirk of the released implementation: patch index i selects **token** i of the sequence
        [class, patch 0, ..., patch 195]. The encoder so sees patch i - 1, or the class token for i = 0,
        while pixels are pasted at patch i.
        """
        vit = self.backbone
        patches = vit.conv_proj(images).flatten(2).transpose(1, 2)  # (B, 196, 1024)
        sequence = torch.cat((vit.class_token.expand(len(images), -1, -1), patches), dim=1)  # (B, 197, 1024)
        visible = gather_tokens(sequence + vit.encoder.pos_embedding, idx_keep)  # (B, 98, 1024)
        encoded: Tensor = vit.encoder.ln(vit.encoder.layers(visible))
        return encoded
