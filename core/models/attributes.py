"""Face attributes read off the CC0 embedder's features: the attribute loss and the attribute consistency of results.

The paper takes a face-attribute network that is not named further; none with clear terms comes in a package, so a small
head is trained here on the frozen embedder's fourth level. What it states is coarse on purpose: what a reader of a
report would call the look of a face.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.models.embedder import WIDTHS

ATTRIBUTES = ("age", "gender", "yaw", "pitch", "mouth", "eyes", "brows")
"""Age / 100; logit of male; then, in units of their spread over photographs: nose tip to the side and down (stand-ins
for yaw and pitch), opening of mouth and eyes, height of the brows."""
LEVEL3_PX = 4
"""Side of the embedder's fourth level."""


class AttributeHead(nn.Module):
    """Fourth level of the embedder -> seven attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.read = nn.Sequential(
            nn.Conv2d(WIDTHS[3], 64, 1),  # (B, 64, 4, 4)
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(64 * LEVEL3_PX**2, 64),
            nn.ReLU(),
            nn.Linear(64, len(ATTRIBUTES)),
        )

    def forward(self, level3: Tensor) -> Tensor:
        """(B, 256, 4, 4), as `FaceFeatures` gives it -> (B, 7) in the order of `ATTRIBUTES`."""
        stated: Tensor = self.read(level3).float()
        return stated


def attribute_distance(a: Tensor, b: Tensor) -> Tensor:
    """Smooth L1 between two statements (B, 7), gender as a probability."""
    return F.smooth_l1_loss(_comparable(a), _comparable(b))


def _comparable(stated: Tensor) -> Tensor:
    return torch.cat([stated[:, :1], torch.sigmoid(stated[:, 1:2]), stated[:, 2:]], 1)


def attributes_of_landmarks(marks: Tensor) -> Tensor:
    """Yaw, pitch, mouth, eyes and brows (B, 5) of iBUG landmarks (B, 68, 2), as shares of the face's own sizes."""
    left, right = marks[:, 36:42].mean(1), marks[:, 42:48].mean(1)
    eyes, mouth, nose = (left + right) / 2, marks[:, 48:60].mean(1), marks[:, 30]
    reach = (right - left).norm(dim=1).clamp_min(1e-3)
    height = (mouth - eyes)[:, 1].clamp_min(1e-3)
    opening = (marks[:, 66] - marks[:, 62]).norm(dim=1) / height
    lids = (marks[:, [41, 40, 47, 46]] - marks[:, [37, 38, 43, 44]]).norm(dim=2).mean(1) / reach
    brows = (eyes[:, 1] - marks[:, 17:27, 1].mean(1)) / height
    yaw = (nose - (eyes + mouth) / 2)[:, 0] / reach
    pitch = (nose - eyes)[:, 1] / height
    return torch.stack([yaw, pitch, opening, lids, brows], 1)
