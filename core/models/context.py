"""Who a face's surroundings say it is: the part of a face that most swaps leave alone.

Most swaps replace the inner face and keep the target's hair, ears, outline and neck. A network that sees the whole face
learns to read the target where a forgery shows its seams; a learned swap shows none, and the network takes it for
pristine. This branch can't be misled that way: while it learns, the inner face is hidden from it, so that it goes by
what is around. Where its answer and that of the inner face fall apart, the face is likely a swap (the cue of the
Identity Consistency Transformer, Dong et al. 2022).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from core.models.compact_layers import EMBEDDING_DIM, FACE_PX, IdentityTrunk
from core.models.embedder import WIDTHS, residual_level

# The inner face in the framing of `core.recovery.align`: brows to chin, and what a swap's soft mask covers.
CENTRE_PX = (112.0, 139.0)
RADII_PX = (58.0, 72.0)
# Views without the inner face: size of what is hidden, and whether the mirror image is looked at. A small ellipse shows
# more of the target, a large one less of a mask that reaches far. What all views say is averaged.
HIDING_VIEWS = ((0.8, False), (0.9, True), (1.0, False))
READING = ("context.", "sirm.target.stem.", "sirm.target.level0.", "sirm.target.level1.", "sirm.target.level2.")
EDGE = 0.02  # of the radius: a hard edge would be a feature of its own
KEPT_BLOCKS = 2  # of level 3: the compact model stays within its size


def inner_ellipse(centre: Tensor, radii: Tensor) -> Tensor:
    """Soft ellipses (B, 1, 224, 224) in [0, 1].

    Args:
        centre, radii: (B, 2) px of the crop, x and y.
    """
    axis = torch.arange(FACE_PX, device=centre.device, dtype=torch.float32)
    across = (axis - centre[:, :1]) / radii[:, :1]  # (B, 224)
    down = (axis - centre[:, 1:]) / radii[:, 1:]
    radius = torch.sqrt(down.square()[:, :, None] + across.square()[:, None, :])
    return torch.sigmoid((1 - radius) / EDGE).unsqueeze(1)


def usual_ellipse(device: torch.device, size: float = 1.0) -> Tensor:
    """The ellipse (1, 1, 224, 224) about the usual place of an inner face, `size` times as large."""
    centre, radii = torch.tensor([CENTRE_PX], device=device), torch.tensor([RADII_PX], device=device)
    return inner_ellipse(centre, radii * size)


def without_inner_face(images: Tensor, ellipse: Tensor) -> Tensor:
    """Faces (B, 3, 224, 224) whose inner face is filled with its mean colour.

    Args:
        images: RGB in [0, 1].
        ellipse: (B or 1, 1, 224, 224) of `inner_ellipse`.
    """
    mean = (images * ellipse).sum((2, 3), keepdim=True) / ellipse.sum((2, 3), keepdim=True)
    return torch.lerp(images, mean.expand_as(images), ellipse)


def surroundings_id(tensors: Mapping[str, Tensor]) -> str:
    """Name, with a checksum, of what reads the surroundings in these weights of `CompactDfrec`, float32 on the CPU.

    Vectors of photographs are kept for years; whatever else of the weights is trained on or fitted anew, they stay
    comparable as long as this name does.
    """
    digest = hashlib.sha256(repr((CENTRE_PX, RADII_PX, HIDING_VIEWS, EDGE)).encode())
    for name in sorted(tensors):
        if name.startswith(READING) or name == "surroundings_mean":
            digest.update(name.encode() + tensors[name].contiguous().numpy().tobytes())
    return f"surroundings:{digest.hexdigest()[:16]}"


class ContextBranch(nn.Module):
    """The deep levels of a trunk of its own, over the shallow levels of the target's trunk."""

    def __init__(self) -> None:
        super().__init__()
        self.level3 = residual_level(WIDTHS[2], 3)[:KEPT_BLOCKS]
        self.level4 = residual_level(WIDTHS[3], 4)
        self.own = nn.Linear(WIDTHS[4], EMBEDDING_DIM, bias=False)

    def start_from(self, trunk: IdentityTrunk, own: nn.Linear) -> None:
        """Copy a trunk's deep levels and an identity head's last layer."""
        kept = {k: v for k, v in trunk.level3.state_dict().items() if int(k.split(".")[0]) < KEPT_BLOCKS}
        self.level3.load_state_dict(kept)
        self.level4.load_state_dict(trunk.level4.state_dict())
        self.own.load_state_dict(own.state_dict())

    def forward(self, low2: Tensor) -> Tensor:
        """Level 2 of a face, usually without its inner face, (B, 128, 11, 11) -> (B, 128), not normalised."""
        deep = self.level4(self.level3(low2))  # (B, 256, 2, 2)
        vector: Tensor = self.own(deep.mean((2, 3))).float()
        return vector
