"""What a batch of forgeries holds, how one is made, and how varied they are."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace
from enum import IntEnum

from torch import Tensor

from core.errors import CaseError


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgeryConfig:
    """How varied the forgeries are. Shares are probabilities, spans are uniform.

    Attributes:
        real_share: faces left as they are (source = target = input).
        self_blend_share: faces blended with a changed copy of themselves (forged, one identity).
        shift, scale, turn_deg: jitter of the crop: share of the side, factor about 1, degrees.
        geometry: how far the inner face takes the source's geometry (0: the target's, 1: the source's).
        swap_share: forged faces (not self-blended) that a network repaints (`swap_network`), where the generator was
            given one; the shares below are of the others.
        shift_share: forged faces (not self-blended) whose identity is shifted as a whole (`identity_shift`), where the
            generator was given a model for it.
        bare_share: those of them that get no blended source on top.
        gradient_share: the other forged faces (not self-blended) that are cloned without an edge (`gradient_domain`);
            none in training, so that there is a family to be measured on that nothing was trained with.
        h264_share: compressed faces that go through H.264 instead of JPEG.
        degrade_share: faces that are blurred, shrunk, made noisy or compressed afterwards.
    """

    real_share: float = 0.2
    self_blend_share: float = 0.08
    shift: float = 0.03
    scale: float = 0.06
    turn_deg: float = 6.0
    geometry: float = 0.6
    swap_share: float = 0.5
    shift_share: float = 0.55
    bare_share: float = 0.25
    gradient_share: float = 0.0
    degrade_share: float = 0.75
    h264_share: float = 0.3

    def without(self, families: Set[Family]) -> ForgeryConfig:
        """The same, but forgeries of these families are never made; their share goes to the others.

        Raises:
            CaseError: none would be left, or a face has to be one of them.
        """
        left = replace(self)
        if Family.SELF_BLEND in families:
            left = replace(left, self_blend_share=0.0)
        if Family.SWAP in families:
            left = replace(left, swap_share=0.0)
        if Family.GRADIENT in families:
            left = replace(left, gradient_share=0.0)
        is_shifted = {Family.SHIFT, Family.SHIFT_BLEND} <= families
        if is_shifted:
            left = replace(left, shift_share=0.0)
        elif Family.SHIFT in families:
            left = replace(left, bare_share=0.0)
        elif Family.SHIFT_BLEND in families:
            left = replace(left, bare_share=1.0)
        if Family.BLEND in families:
            if is_shifted:
                raise CaseError(
                    "no family of forgeries is left to learn from",
                    next_step="leave out blended forgeries or shifted ones, not both",
                )
            left = replace(left, shift_share=1.0)
        return left


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ForgeryBatch:
    """A batch to learn from. All pictures (B, 3, 224, 224) float32 RGB in [0, 1].

    Attributes:
        image: what the network sees.
        target: the pristine target, aligned with `image` pixel by pixel.
        source: the pristine source photograph, moved onto the target by a similarity.
        mask: (B, 1, 224, 224) share of source information in each pixel, [0, 1].
        is_fake: (B,) float32, 1 forged, 0 real.
        source_row, target_row: (B,) int64 rows of the corpus whose embeddings are the truth.
        is_mirrored: (B,) bool, the target is shown mirrored.
        family: (B,) int64 of `Family`.
    """

    image: Tensor
    target: Tensor
    source: Tensor
    mask: Tensor
    is_fake: Tensor
    source_row: Tensor
    target_row: Tensor
    is_mirrored: Tensor
    family: Tensor


class Family(IntEnum):
    """How a face was made."""

    REAL = 0
    SELF_BLEND = 1
    BLEND = 2
    SHIFT = 3
    SHIFT_BLEND = 4
    PUBLISHED = 5  # made by others
    GRADIENT = 6
    SWAP = 7
