"""What a batch of forgeries holds, how one is made, and how varied they are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from torch import Tensor


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
