"""Forgeries made on the training device, a whole batch at a time.

They exist to train recovery and detection and are no face-swapping feature: inputs are rows of a packed corpus, and
nothing outside training can reach them. A forged face is built as blended images are (Face X-ray, Li et al. 2020;
self-blended images, Shiohara and Yamasaki 2022), with what learned swaps leak of the target kept on purpose: its
geometry, its shading, its skin tone and part of its texture.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from core.training.camera import camera_gain, degraded
from core.training.chance import Chance
from core.training.corpus import PACKED_PX
from core.training.forgery_batch import Family, ForgeryBatch, ForgeryConfig
from core.training.gradient_domain import seamless
from core.training.identity_shift import IdentityModel
from core.training.masks import CROP_PX, star_masks
from core.training.placing import PackedPhotographs, affine_grid, crop_affine, marks_in_crop, sampled
from core.training.restyling import restyled
from core.training.swap_network import Swapper
from core.training.warping import laid_on, similarity, thin_plate_grid

SHIFT_SHARE = 0.5  # of source information in a pixel whose identity was shifted


class ForgeryGenerator:
    """Draws batches of forgeries from packed faces.

    Args:
        images: (N, 256, 256, 3) uint8 on the training device (or mapped on the CPU).
        landmarks: (N, 68, 2) float32, packed pixels.
        config: see `ForgeryConfig`.
        identity_model: fitted to the same corpus, on the same device; None makes no shifted forgeries.
        swapper: knows the same corpus, on the same device; None makes no swaps by a network.
    """

    def __init__(
        self,
        images: Tensor,
        landmarks: Tensor,
        config: ForgeryConfig,
        identity_model: IdentityModel | None = None,
        swapper: Swapper | None = None,
    ) -> None:
        self.photographs = PackedPhotographs(images, landmarks)
        self.config = config
        self.identity_model = identity_model
        self.swapper = swapper

    def draw(
        self, rows: Tensor, generator: torch.Generator, chunk: int = 16, *, shows_source: bool = True
    ) -> ForgeryBatch:
        """Make one batch of len(rows) faces whose targets are the given corpus rows, with sources from `rows` too.

        Args:
            rows: (B,) int64 corpus rows; the sources are drawn among them, matched by pose.
            generator: source of every random number, on the device of `images`; its state resumes a run exactly.
            chunk: faces made at a time; small enough for a CPU's cache, the whole batch on an accelerator.
            shows_source: False leaves the source's picture out (the target's stands in its place): a third faster.
        """
        count = len(rows)
        chance = Chance(generator, self.photographs.images.device)
        kind = chance.uniform(count)
        is_real = kind < self.config.real_share
        is_self = ~is_real & (kind < self.config.real_share + self.config.self_blend_share)
        shifts = chance.uniform(count) < (self.config.shift_share if self.identity_model is not None else 0.0)
        is_bare = chance.uniform(count) < self.config.bare_share
        family = torch.where(shifts, torch.where(is_bare, Family.SHIFT, Family.SHIFT_BLEND), Family.BLEND)
        if self.swapper is not None:
            is_swapped = chance.uniform(count) < self.config.swap_share
            family = family.where(~is_swapped, Family.SWAP)
            shifts = shifts & ~is_swapped
        if self.config.gradient_share > 0:
            is_cloned = ~shifts & (chance.uniform(count) < self.config.gradient_share)
            family = family.where(~is_cloned, Family.GRADIENT)
        family = family.where(~is_self, Family.SELF_BLEND).where(~is_real, Family.REAL)
        # The identity model knows photographs as they are, not mirrored.
        shifts = _is_shifted(family)
        flip_t, flip_s = (chance.uniform(count) < 0.5) & ~shifts, (chance.uniform(count) < 0.5) & ~shifts
        own = torch.arange(count, device=rows.device)
        source_of = torch.where(is_real | is_self, own, self.photographs.matched(rows, flip_t, flip_s, chance))
        flip_s = torch.where(is_real | is_self, flip_t, flip_s)
        parts = [
            self._forge(rows[at], rows[source_of[at]], flip_t[at], flip_s[at], family[at], chance, shows_source)
            for at in torch.split(own, chunk)
        ]
        image, target, source, mask = (torch.cat(column) for column in zip(*parts, strict=True))
        return ForgeryBatch(
            image=image,
            target=target,
            source=source,
            mask=mask,
            is_fake=(~is_real).float(),
            source_row=rows[source_of],
            target_row=rows,
            is_mirrored=flip_t,
            family=family,
        )

    def draw_real(self, rows: Tensor, generator: torch.Generator, chunk: int = 16) -> Tensor:
        """Real faces alone, (B, 3, 224, 224): cropped, mirrored, lit and degraded as `draw` does it."""
        chance = Chance(generator, self.photographs.images.device)
        parts = []
        for at in torch.split(rows, chunk):
            flip = chance.uniform(len(at)) < 0.5
            grid = affine_grid(crop_affine(self.photographs.marks(at, flip), self.config, chance))
            seen = sampled(self.photographs.pictures(at), grid, flip) * camera_gain(len(at), chance)
            parts.append(degraded(seen.clamp_(0, 1), self.config, chance))
        return torch.cat(parts)

    def _forge(
        self,
        rows: Tensor,
        source_rows: Tensor,
        flip_t: Tensor,
        flip_s: Tensor,
        family: Tensor,
        chance: Chance,
        shows_source: bool,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Image, pristine target, placed source and mask of one chunk."""
        config, count = self.config, len(rows)
        photos_t, photos_s = self.photographs.pictures(rows), self.photographs.pictures(source_rows)
        marks_t, marks_s = self.photographs.marks(rows, flip_t), self.photographs.marks(source_rows, flip_s)
        is_real, is_self = family == Family.REAL, family == Family.SELF_BLEND
        own = (is_real | is_self).view(-1, 1, 1, 1)
        colour_t = camera_gain(count, chance)
        colour_s = torch.where(own, colour_t, camera_gain(count, chance))

        to_packed = crop_affine(marks_t, self.config, chance)  # (B, 2, 3): crop pixels -> packed pixels of the target
        target = (sampled(photos_t, affine_grid(to_packed), flip_t) * colour_t).clamp_(0, 1)
        marks = marks_in_crop(marks_t, to_packed)

        placed = laid_on(marks_s, marks)  # source packed pixels -> crop pixels
        source = target
        if shows_source:
            source = (sampled(photos_s, affine_grid(similarity(marks, marks_s)), flip_s) * colour_s).clamp_(0, 1)
            source = torch.where(own, target, source)

        share = (chance.uniform(count) * config.geometry).view(-1, 1, 1)
        wobble = (chance.normal(count, 68, 2) * 2.0) * is_self.view(-1, 1, 1)
        wanted = marks + share * (placed - marks) + wobble
        warped = sampled(photos_s, thin_plate_grid(wanted, marks_s, CROP_PX, PACKED_PX), flip_s) * colour_s

        inner = restyled(warped, target, chance)
        mask = star_masks(marks, chance) * (~is_real).view(-1, 1, 1, 1)
        partial = 0.55 + 0.45 * chance.uniform(count, 1, 1, 1)
        mask = mask * torch.where(chance.uniform(count, 1, 1, 1) < 0.4, partial, torch.ones_like(partial))
        base, changed = target, torch.zeros_like(mask)
        shifted = torch.nonzero(_is_shifted(family)).flatten()
        if self.identity_model is not None and len(shifted):
            strength = 0.6 + 1.2 * chance.uniform(len(shifted)), 0.3 + 1.2 * chance.uniform(len(shifted))
            made, where = self.identity_model.shifted(
                target[shifted], marks[shifted], (source_rows[shifted], rows[shifted]), strength
            )
            base, changed[shifted] = target.index_copy(0, shifted, made), SHIFT_SHARE * where
            mask = mask * (family != Family.SHIFT).view(-1, 1, 1, 1)
        repainted = torch.nonzero(family == Family.SWAP).flatten()
        if self.swapper is not None and len(repainted):
            made, where = self.swapper.swapped(target[repainted], source_rows[repainted], chance)
            base, changed[repainted] = base.index_copy(0, repainted, made), where
            mask = mask * (family != Family.SWAP).view(-1, 1, 1, 1)
        image = torch.lerp(base, inner, mask)
        cloned = torch.nonzero(family == Family.GRADIENT).flatten()
        if len(cloned):
            region = mask[cloned] > 0.25
            image[cloned] = seamless(warped[cloned], target[cloned], region)
            mask[cloned] = region.float()
        mask = torch.maximum(mask, changed)
        image = self._resynthesise(image, mask, chance)
        return degraded(image.clamp_(0, 1), config, chance), target, source, mask

    def _resynthesise(self, image: Tensor, mask: Tensor, chance: Chance) -> Tensor:
        """Some forgers repaint the face or the whole crop at a lower resolution before pasting it back."""
        parts = []
        for part, inside in zip(image.chunk(2), mask.chunk(2), strict=True):
            if float(chance.uniform(1)) < 0.5:
                parts.append(part)
                continue
            side = int(80 + 120 * float(chance.uniform(1)))
            small = F.interpolate(part, size=(side, side), mode="bilinear", align_corners=False, antialias=True)
            repainted = F.interpolate(small, size=part.shape[2:], mode="bicubic", align_corners=False)
            whole_crop = float(chance.uniform(1)) < 0.4
            is_forged = (inside.amax((2, 3), keepdim=True) > 0).float()
            where = is_forged.expand_as(inside) if whole_crop else (inside * 4).clamp(0, 1)
            parts.append(torch.lerp(part, repainted, where))
        return torch.cat(parts)


def _is_shifted(family: Tensor) -> Tensor:
    return (family == Family.SHIFT) | (family == Family.SHIFT_BLEND)
