"""The compact configuration of DFREC: what Unswap ships. At most 25 million parameters, a face in a few milliseconds.

Same three modules and the same flow as the paper's (Yu et al. 2024), with four departures, each for a reason
(see docs/decisions/0002-compact-dfrec.md):

1. The encoders start from the CC0 face embedder, since identity is what has to come out.
2. `f_s` and `f_t` come from two branches, not from two halves of one map, so that the target may keep what the
   source must forget.
3. Patches are masked by the mean of `m_s` as Algorithm 1 states it, without the quirks of the reference code, and
   the target is pasted by `m_s` itself, so that a pristine face comes back as it was.
4. Two heads state the identities as vectors: a gallery is searched with those, not with pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.models.dfrec import DfrecOutput
from core.models.embedder import PIXEL_MEAN, PIXEL_SCALE, WIDTHS, residual_level

FACE_PX = 224
PATCH_PX = 16
GRID = FACE_PX // PATCH_PX
EMBEDDING_DIM = 128

# The embedder sees a face at an eye distance of 54.7 px, the crop of the recovery networks at 0.28 of its side: at
# the embedder's scale the crop is 196 px wide, and the embedder's own chip lies within it as follows.
CROP_AT_SCALE_PX = 196
CHIP_PX, CHIP_TOP_PX, CHIP_LEFT_PX = 150, 44, 23

Features = tuple[Tensor, Tensor]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CompactPass:
    """What training needs beside the output.

    Attributes:
        output: as every DFREC network gives it.
        map_logits: (B, 1, 224, 224) before the sigmoid.
        predicted: (B, 3, 224, 224) every patch as predicted, before pasting.
        source_vector, target_vector: (B, 128) identity vectors before normalisation.
    """

    output: DfrecOutput
    map_logits: Tensor
    predicted: Tensor
    source_vector: Tensor
    target_vector: Tensor


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


class AttentionGate(nn.Module):
    """The paper's gate: x * (psi + q), where q looks at the skip alone and psi at the skip and the decoder."""

    def __init__(self, gate_channels: int, skip_channels: int) -> None:
        super().__init__()
        inner = skip_channels // 2
        self.own = nn.Sequential(
            nn.Conv2d(skip_channels, inner, 1), nn.BatchNorm2d(inner), nn.Conv2d(inner, 1, 1, bias=False)
        )
        self.gate = nn.Sequential(nn.Conv2d(gate_channels, inner, 1), nn.BatchNorm2d(inner))
        self.skip = nn.Sequential(nn.Conv2d(skip_channels, inner, 1), nn.BatchNorm2d(inner))
        self.psi = nn.Sequential(nn.Conv2d(inner, 1, 1), nn.BatchNorm2d(1))

    def forward(self, g: Tensor, x: Tensor) -> Tensor:
        """g (B, Cg, h, w), x (B, Cx, h, w) -> (B, Cx, h, w)."""
        q = torch.sigmoid(self.own(x))
        psi = torch.sigmoid(self.psi(F.relu(self.gate(g) + self.skip(x))))
        gated: Tensor = x * (psi + q)
        return gated


class IdentityTrunk(nn.Module):
    """The embedder's body, told by the map which pixels are the source's; starts as the embedder itself."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, WIDTHS[0], 7, stride=2)
        self.stem_map = nn.Conv2d(1, WIDTHS[0], 7, stride=2, bias=False)
        nn.init.zeros_(self.stem_map.weight)
        self.level0 = residual_level(WIDTHS[0], 0)
        self.level1 = residual_level(WIDTHS[0], 1)
        self.level2 = residual_level(WIDTHS[1], 2)
        self.level3 = residual_level(WIDTHS[2], 3)
        self.level4 = residual_level(WIDTHS[3], 4)

    def forward(self, view: Tensor, m_s: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """View (B, 3, S, S), map (B, 1, S, S) -> the five levels.

        Sides of the levels: 35, 17, 8, 4, 2 for the chip (S = 150) and 47, 23, 11, 5, 2 for the crop (S = 196).
        """
        x = F.max_pool2d(F.relu(self.stem(view) + self.stem_map(m_s)), 3, stride=2)
        low0 = self.level0(x)  # (B, 32, ...)
        low1 = self.level1(low0)  # (B, 64, ...)
        low2 = self.level2(low1)  # (B, 128, ...)
        middle = self.level3(low2)  # (B, 256, ...)
        return low0, low1, low2, middle, self.level4(middle)


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
        self.gate2 = AttentionGate(192, WIDTHS[2])
        self.up2 = conv_bn_relu(192 + WIDTHS[2], 128)
        self.gate1 = AttentionGate(128, WIDTHS[1])
        self.up1 = conv_bn_relu(128 + WIDTHS[1], 96)
        self.gate0 = AttentionGate(96, WIDTHS[0])
        self.up0 = conv_bn_relu(96 + WIDTHS[0], 64)
        self.fine = nn.Conv2d(64 + 4, 48, 3, padding=1)
        self.paint = nn.Conv2d(48, 12, 3, padding=1)

    def encode(self, images: Tensor, m_s: Tensor) -> tuple[list[Tensor], Features, Features]:
        """Skips (crop levels 0-2); f_s = (B, 256, 4, 4) and (B, 256, 2, 2); f_t = (B, 256, 5, 5) and (B, 256, 2, 2)."""
        crop = F.interpolate(
            torch.cat([normalised(images), m_s], 1),
            size=(CROP_AT_SCALE_PX, CROP_AT_SCALE_PX),
            mode="bilinear",
            align_corners=False,
            antialias=True,
        )  # (B, 4, 196, 196)
        rows, columns = slice(CHIP_TOP_PX, CHIP_TOP_PX + CHIP_PX), slice(CHIP_LEFT_PX, CHIP_LEFT_PX + CHIP_PX)
        chip = crop[:, :, rows, columns]  # (B, 4, 150, 150)
        *_, middle_s, deep_s = self.source(chip[:, :3], chip[:, 3:])
        low0, low1, low2, middle_t, deep_t = self.target(crop[:, :3], crop[:, 3:])
        return [low0, low1, low2], (middle_s, deep_s), (middle_t, deep_t)

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

    def visible_patches(self, m_s: Tensor, generator: torch.Generator | None) -> Tensor:
        """Algorithm 1: indices (B, 98) of the patches that stay, ascending; those with most source are hidden."""
        weight = F.avg_pool2d(m_s.float(), PATCH_PX).flatten(1)  # (B, 196) mean of m_s a patch
        chance = torch.rand(weight.shape, generator=generator, device=weight.device) * 0.1
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


def _silent_mlp(in_features: int) -> nn.Sequential:
    """Two layers that put out zero until they are trained."""
    last = nn.Linear(256, EMBEDDING_DIM)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return nn.Sequential(nn.Linear(in_features, 256), nn.GELU(), last)


class IdentityHead(nn.Module):
    """States one identity as a vector of the embedder's space, from a branch and the encoder's tokens.

    Starts as the embedder itself (its mean and its last layer), everything else at zero.
    """

    def __init__(self, token_width: int) -> None:
        super().__init__()
        self.own = nn.Linear(WIDTHS[4], EMBEDDING_DIM, bias=False)
        self.rest = _silent_mlp(WIDTHS[4] + WIDTHS[3])
        self.tokens = _silent_mlp(token_width)

    def forward(self, features: Features, tokens: Tensor | None) -> Tensor:
        """Branch features, tokens (B, T, width) or None -> (B, 128), not normalised."""
        middle, deep = features
        x = self.own(deep.mean((2, 3))) + self.rest(torch.cat([deep.amax((2, 3)), middle.mean((2, 3))], 1))
        if tokens is not None:
            x = x + self.tokens(tokens.mean(1))
        vector: Tensor = x.float()
        return vector


class CompactDfrec(nn.Module):
    """ISM -> SIRM -> TIRM with identity heads."""

    def __init__(self, config: CompactConfig | None = None) -> None:
        super().__init__()
        self.config = config or CompactConfig()
        self.ism = CompactIsm()
        self.sirm = CompactSirm()
        self.tirm = CompactTirm(self.config)
        self.source_head = IdentityHead(self.config.width)
        self.target_head = IdentityHead(self.config.width)

    def start_from_embedder(self, state: dict[str, Tensor]) -> None:
        """Copy the CC0 embedder's weights (`DlibResNet` state) into every part shaped like it."""

        def part(prefix: str) -> dict[str, Tensor]:
            return {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}

        for trunk in (self.ism, self.sirm.source, self.sirm.target):
            for name in ("stem", "level0", "level1", "level2"):
                getattr(trunk, name).load_state_dict(part(f"{name}."))
        for trunk in (self.sirm.source, self.sirm.target):
            trunk.level3.load_state_dict(part("level3."))
            trunk.level4.load_state_dict(part("level4."))
        for head in (self.source_head, self.target_head):
            head.own.weight.data.copy_(state["fc.weight"])

    def identities(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Source and target vectors (B, 128) from the trunk alone: the first stage of training."""
        _, f_s, f_t = self.sirm.encode(images, torch.zeros_like(images[:, :1]))
        return self.source_head(f_s, None), self.target_head(f_t, None)

    def forward(self, images: Tensor, generator: torch.Generator | None = None) -> DfrecOutput:
        """Recover both faces.

        Args:
            images: (B, 3, 224, 224) RGB in [0, 1], framed as `core.recovery.align` does.
            generator: source of the masking step's random numbers; None takes PyTorch's global one.
        """
        return self.passed(images, generator).output

    def passed(self, images: Tensor, generator: torch.Generator | None = None) -> CompactPass:
        """The forward pass with the intermediate values that the losses look at."""
        map_logits, fake_logit = self.ism(images)
        m_s = torch.sigmoid(map_logits.float())  # (B, 1, 224, 224)
        guide = m_s.detach()  # the map is taught by the masks alone
        skips, f_s, f_t = self.sirm.encode(images, guide)
        source = self.sirm.decode(images, guide, skips, f_s)  # (B, 3, 224, 224)
        keep = self.tirm.visible_patches(guide, generator)  # (B, 98)
        tokens = self.tirm.encode(images, keep)  # (B, 98, width)
        predicted = self.tirm.decode(tokens, keep, f_t)  # (B, 3, 224, 224)

        hidden = torch.ones(len(images), GRID * GRID, device=images.device).scatter(1, keep, 0.0)
        hidden = hidden.view(-1, 1, GRID, GRID).repeat_interleave(PATCH_PX, 2).repeat_interleave(PATCH_PX, 3)
        reach = F.max_pool2d(F.avg_pool2d(guide, 4), 3, 1, 1)  # (B, 1, 56, 56): the map, a little widened
        reach = F.avg_pool2d(reach, 3, 1, 1, count_include_pad=False)
        target = torch.lerp(images.float(), predicted, (grown_to(reach, images) * 1.5).clamp(0, 1))
        source_vector, target_vector = self.source_head(f_s, tokens), self.target_head(f_t, tokens)
        output = DfrecOutput(
            m_s=m_s,
            source=source,
            target=target,
            f_s=f_s[1],
            f_t=f_t[1],
            idx_keep=keep,
            masked_input=images * (1 - hidden),
            fake_logit=fake_logit.float(),
            source_embedding=F.normalize(source_vector, dim=1),
            target_embedding=F.normalize(target_vector, dim=1),
        )
        return CompactPass(
            output=output,
            map_logits=map_logits.float(),
            predicted=predicted,
            source_vector=source_vector,
            target_vector=target_vector,
        )
