"""Pairs of a real face and a blend that holds the same face: what the blend detector learns from.

After self-blended images (Shiohara and Yamasaki 2022): of a photograph two copies are made, one of them changed in
colour, sharpness and, a little, in place and shape; the inner face of one is blended into the other. Some blends take
their inner face from another photograph of like pose instead (Face X-ray, Li et al. 2020). Camera and codec treat both
of a pair alike, so that nothing but the blending tells them apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from core.training.camera import recompressed
from core.training.chance import Chance
from core.training.corpus import PACKED_PX
from core.training.forgery_batch import ForgeryConfig
from core.training.masks import CROP_PX, star_masks
from core.training.placing import PackedPhotographs, affine_grid, crop_affine, marks_in_crop, sampled
from core.training.restyling import restyled
from core.training.warping import laid_on, thin_plate_grid

RATIOS = (0.3, 0.5, 0.75, 1.0, 1.0, 1.0)
LEAST_FOREIGN_RATIO = 0.75
UNCHANGED = 0.25
RGB_TO_YIQ = ((0.299, 0.587, 0.114), (0.596, -0.274, -0.322), (0.211, -0.523, 0.312))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BlendedPairs:
    """P pairs, on the training device.

    Attributes:
        real, blended: (P, 3, 224, 224) RGB in [0, 1], the same crop.
        share: (P, 1, 224, 224) of the other copy in each pixel of `blended`, [0, 1].
        edge: (P, 1, 224, 224) where one copy passes into the other, [0, 1].
    """

    real: Tensor
    blended: Tensor
    share: Tensor
    edge: Tensor


class SelfBlender:
    """Draws pairs.

    Args:
        photographs: of the corpus.
        config: jitter of the crop.
        foreign_share: blends whose inner face is another photograph's.
    """

    def __init__(self, photographs: PackedPhotographs, config: ForgeryConfig, foreign_share: float = 0.25) -> None:
        self._photographs = photographs
        self._config = config
        self._foreign_share = foreign_share

    def draw(self, rows: Tensor, generator: torch.Generator) -> BlendedPairs:
        """One pair of each of the corpus's `rows` (P,)."""
        count, photographs = len(rows), self._photographs
        chance = Chance(generator, photographs.images.device)
        flip = chance.uniform(count) < 0.5
        packed_marks = photographs.marks(rows, flip)
        to_packed = crop_affine(packed_marks, self._config, chance)
        marks = marks_in_crop(packed_marks, to_packed)
        real = sampled(photographs.pictures(rows), affine_grid(to_packed), flip).clamp(0, 1)
        real = _recoloured(real, chance, 0.6)
        real = _where(chance, 0.3, _resharpened(real, chance), real)

        changed = _where(chance, UNCHANGED, real, _recoloured(real, chance, 1.0))
        changed = _where(chance, UNCHANGED, changed, _resharpened(changed, chance))
        changed = _where(chance, 0.5, _relit(changed, chance), changed)
        moved_marks = _moved(marks, chance)
        not_flipped = torch.zeros_like(flip)
        moved = sampled(changed, thin_plate_grid(moved_marks, marks, CROP_PX, CROP_PX), not_flipped).clamp(0, 1)
        # Half of the blends keep the inner face and change what is around it.
        keeps_inner = (chance.uniform(count) < 0.5).view(-1, 1, 1, 1)
        ratio = real.new_tensor(RATIOS)[(chance.uniform(count) * len(RATIOS)).long()].view(-1, 1, 1, 1)

        is_foreign = (chance.uniform(count) < self._foreign_share).view(-1, 1, 1, 1)
        if bool(is_foreign.any()):
            foreign = self._foreign(rows, flip, marks, real, chance)
            moved = torch.where(is_foreign, foreign, moved)
            keeps_inner = keeps_inner & ~is_foreign
            moved_marks = torch.where(is_foreign.view(-1, 1, 1), marks, moved_marks)
            ratio = torch.where(is_foreign, ratio.clamp_min(LEAST_FOREIGN_RATIO), ratio)

        mask = star_masks(moved_marks, chance)
        inner, outer = torch.where(keeps_inner, real, moved), torch.where(keeps_inner, changed, real)
        seen_real, blended = _filmed(real, torch.lerp(outer, inner, mask * ratio), chance)
        return BlendedPairs(real=seen_real, blended=blended, share=mask * ratio, edge=4 * mask * (1 - mask))

    def _foreign(self, rows: Tensor, flip: Tensor, marks: Tensor, target: Tensor, chance: Chance) -> Tensor:
        """Inner faces of other photographs of like pose, warped onto the targets and restyled."""
        photographs, count = self._photographs, len(rows)
        flip_s = chance.uniform(count) < 0.5
        other = rows[photographs.matched(rows, flip, flip_s, chance)]
        own_marks = photographs.marks(other, flip_s)
        shape = (chance.uniform(count) * self._config.geometry).view(-1, 1, 1)
        grid = thin_plate_grid(marks + shape * (laid_on(own_marks, marks) - marks), own_marks, CROP_PX, PACKED_PX)
        inner = restyled(sampled(photographs.pictures(other), grid, flip_s), target, chance)
        inner = _where(chance, 0.5, _relit(inner, chance), inner)
        return _where(chance, UNCHANGED, inner, _resharpened(inner, chance))


def _where(chance: Chance, share: float, these: Tensor, others: Tensor) -> Tensor:
    """`these` (B, 3, H, W) for so large a share of the batch."""
    return torch.where(chance.uniform(len(these), 1, 1, 1) < share, these, others)


def _moved(marks: Tensor, chance: Chance) -> Tensor:
    """Landmarks (B, 68, 2) a little larger or smaller, shifted, and most of them each for itself."""
    count = len(marks)
    middle = marks.mean(1, keepdim=True)
    size = 1 + 0.05 * (2 * chance.uniform(count, 1, 1) - 1)
    shift = 0.02 * CROP_PX * (2 * chance.uniform(count, 1, 2) - 1)
    own = 1.6 * chance.normal(*marks.shape) * (chance.uniform(count, 1, 1) < 0.7)
    return (marks - middle) * size + middle + shift + own


def _recoloured(pictures: Tensor, chance: Chance, amount: float) -> Tensor:
    """Other white balance, saturation, hue, contrast and exposure."""
    count = len(pictures)

    def about(spread: float, *shape: int) -> Tensor:
        return amount * spread * (2 * chance.uniform(count, *shape) - 1)

    out = pictures + about(0.08, 3, 1, 1)
    grey = out.mean(1, keepdim=True)
    out = _hue_turned(grey + (out - grey) * (1 + about(0.3, 1, 1, 1)), about(0.25))
    middle = out.mean((1, 2, 3), keepdim=True)
    out = (out - middle) * (1 + about(0.2, 1, 1, 1)) + middle * (1 + about(0.15, 1, 1, 1))
    return out.clamp(0, 1)


def _relit(pictures: Tensor, chance: Chance) -> Tensor:
    """Lit unevenly, by up to a third: swaps of videos often keep a light that the scene does not have."""
    light = F.interpolate(
        2 * chance.uniform(len(pictures), 1, 3, 3) - 1, size=(CROP_PX, CROP_PX), mode="bicubic", align_corners=False
    )
    amount = 0.33 * chance.uniform(len(pictures), 1, 1, 1)
    return (pictures * (1 + amount * light)).clamp(0, 1)


def _hue_turned(pictures: Tensor, angle: Tensor) -> Tensor:
    """Chroma turned by `angle` (B,), radians."""
    to_yiq = pictures.new_tensor(RGB_TO_YIQ)
    cos, sin, one = torch.cos(angle), torch.sin(angle), torch.ones_like(angle)
    zero = torch.zeros_like(angle)
    turn = torch.stack([one, zero, zero, zero, cos, -sin, zero, sin, cos], 1).view(-1, 3, 3)
    return torch.einsum("bij,bjhw->bihw", torch.linalg.inv(to_yiq) @ turn @ to_yiq, pictures)


def _resharpened(pictures: Tensor, chance: Chance) -> Tensor:
    """Other sharpness, two pictures alike: shrunk and grown by several filters, sharpened, grain, or as it is."""
    parts = []
    for part in torch.split(pictures, 2):
        what = float(chance.uniform(1))
        if what < 0.45:
            side = int(CROP_PX / (1 + 2.5 * float(chance.uniform(1))))
            parts.append(_shrunk(part, side, float(chance.uniform(1)), float(chance.uniform(1))))
        elif what < 0.75:
            parts.append(part + (0.4 + 1.2 * float(chance.uniform(1))) * (part - _softened(part)))
        elif what < 0.85:
            parts.append(part + 0.03 * float(chance.uniform(1)) * chance.normal(*part.shape))
        else:
            parts.append(part)
    return torch.cat(parts).clamp(0, 1)


def _shrunk(pictures: Tensor, side: int, down: float, up: float) -> Tensor:
    """To `side` px and back, by filters that two numbers in [0, 1) choose."""
    if down < 2 / 3:
        mode = "bilinear" if down < 1 / 3 else "bicubic"
        small = F.interpolate(pictures, size=(side, side), mode=mode, align_corners=False, antialias=True)
    else:
        small = F.interpolate(pictures, size=(side, side), mode="area")
    full = (CROP_PX, CROP_PX)
    if up > 0.87:
        return F.interpolate(small, size=full, mode="nearest")
    return F.interpolate(small, size=full, mode="bilinear" if up < 0.43 else "bicubic", align_corners=False)


def _softened(pictures: Tensor) -> Tensor:
    return F.avg_pool2d(F.pad(pictures, (1, 1, 1, 1), mode="replicate"), 3, 1)


def _filmed(real: Tensor, blended: Tensor, chance: Chance) -> tuple[Tensor, Tensor]:
    """What happens after the blending, to both of a pair alike: shrinking or sharpening, grain, a codec."""
    reals, blends = [], []
    for pair in zip(torch.split(real, 2), torch.split(blended, 2), strict=True):
        both = torch.cat(pair)
        what = float(chance.uniform(1))
        if what < 0.4:
            side = int(CROP_PX / (1 + 1.5 * float(chance.uniform(1)) ** 2))
            both = F.interpolate(both, size=(side, side), mode="bilinear", align_corners=False, antialias=True)
            both = F.interpolate(both, size=(CROP_PX, CROP_PX), mode="bicubic", align_corners=False)
        elif what < 0.5:
            both = both + 0.8 * float(chance.uniform(1)) * (both - _softened(both))
        if float(chance.uniform(1)) < 0.15:
            both = both + 0.025 * float(chance.uniform(1)) * chance.normal(*both.shape)
        if float(chance.uniform(1)) < 0.75:
            both = recompressed(both, float(chance.uniform(1)), float(chance.uniform(1)) < 0.25)
        reals.append(both[: len(pair[0])])
        blends.append(both[len(pair[0]) :])
    return torch.cat(reals).clamp(0, 1), torch.cat(blends).clamp(0, 1)
