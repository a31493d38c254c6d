"""How forgers bring a face nearer to the one it is put upon."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from core.training.chance import Chance
from core.training.masks import CROP_PX


def restyled(inner: Tensor, target: Tensor, chance: Chance) -> Tensor:
    """Bring the warped source nearer to the target: colour statistics, shading, fine texture; each by chance.

    Args:
        inner, target: (B, 3, 224, 224) in [0, 1].
        chance: draws how much.
    """
    count = len(inner)
    middle = slice(CROP_PX // 3, CROP_PX - CROP_PX // 6)
    centre = slice(CROP_PX // 4, -CROP_PX // 4)
    region_s, region_t = inner[:, :, middle, centre], target[:, :, middle, centre]
    spread = region_t.std((2, 3), keepdim=True) / region_s.std((2, 3), keepdim=True).clamp_min(0.03)
    matched = (inner - region_s.mean((2, 3), keepdim=True)) * spread.clamp(0.5, 2) + region_t.mean((2, 3), keepdim=True)
    amount = chance.uniform(count, 1, 1, 1) * 1.4
    inner = inner + amount.clamp(max=1) * (matched - inner)

    relight = (chance.uniform(count, 1, 1, 1) * 1.5 - 0.5).clamp(0, 1)
    shade_s, shade_t = low_frequencies(inner, 16), low_frequencies(target, 16)
    inner = inner * (1 + relight * ((shade_t + 0.05) / (shade_s + 0.05)).clamp(0.4, 2.5) - relight)

    leak = (chance.uniform(count, 1, 1, 1) * 1.2 - 0.6).clamp(0, 0.6)
    return (inner + leak * (target - low_frequencies(target, 4))).clamp(0, 1)


def low_frequencies(picture: Tensor, cell: int) -> Tensor:
    """The picture without detail finer than about `cell` pixels."""
    coarse = F.avg_pool2d(F.pad(F.avg_pool2d(picture, cell), (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    return F.interpolate(coarse, size=picture.shape[2:], mode="bilinear", align_corners=False)
