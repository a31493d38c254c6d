"""What the swap network learns: to look like somebody else to a face embedder, and like the target in all else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from core.models.losses import FaceFeatures
from core.training.chance import Chance
from core.training.engine import ParameterGroup
from core.training.faces import TrainingFaces
from core.training.forgeries import ForgeryGenerator
from core.training.swap_network import SWAP_PX, SwapNetwork, swap_regions

OWN_SHARE = 0.25  # of a batch gets its own identity, and is to stay as it is
LEVELS = (1.0, 1.0, 0.5)
LIKE_PUBLISHED = 0.7
"""Cosine with the source beyond which nothing is gained: published swaps have 0.66."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SwapBatch:
    """Faces to repaint.

    Attributes:
        faces: (B, 3, 128, 128) in [0, 1].
        region: (B, 1, 128, 128) what is repainted.
        identity: (B, 128) unit directions from the mean face.
        is_own: (B,) float32, 1 where `identity` is the face's own.
    """

    faces: Tensor
    region: Tensor
    identity: Tensor
    is_own: Tensor


class SwapTask:
    """Stage "swap": makes forgeries for the stages after it, and ships nothing.

    There is no adversary: the embedder's deep levels judge whose face it is, its shallow ones whether pose, expression
    and light are the target's; colours are held near the target's, for an embedder alone accepts painted masks.

    Args:
        network: on the device.
        faces: the corpus.
        forger: gives cropped real faces.
        features: the frozen embedder.
    """

    stage, file = "swap", "swapper"

    def __init__(
        self, network: SwapNetwork, faces: TrainingFaces, forger: ForgeryGenerator, features: FaceFeatures
    ) -> None:
        self.network, self.faces, self._forger, self._features = network, faces, forger, features

    def groups(self) -> list[ParameterGroup]:
        """Everything."""
        return [ParameterGroup(parameters=list(self.network.parameters()))]

    def compiled(self) -> list[Callable[..., Any]]:
        """The network and what judges it."""
        return [self.network, self._features]

    def draw(self, count: int, random: torch.Generator) -> SwapBatch:
        """Real faces with an identity each: their own first, then the next face's."""
        rows = self.faces.draw(count, random)
        crops = self._forger.draw_real(rows, random, self.faces.chunk(count))
        n_own = round(OWN_SHARE * count)
        whose = torch.cat([rows[:n_own], rows[n_own:].roll(1)])
        return SwapBatch(
            faces=F.interpolate(crops, size=(SWAP_PX, SWAP_PX), mode="bilinear", antialias=True),
            region=swap_regions(count, Chance(random, rows.device), rows.device),
            identity=self.faces.centred[whose],
            is_own=(whose == rows).float(),
        )

    def losses(self, batch: SwapBatch, random: torch.Generator) -> dict[str, Tensor]:
        """Identity, likeness where the identity is the own, and what is to stay of the target: see the class."""
        faces, own = batch.faces, batch.is_own
        made = self.network(faces, batch.identity, batch.region)
        with torch.no_grad():
            wanted = self._features(_as_crops(faces))
        seen = self._features(_as_crops(self._disturbed(made, random)))
        direction = F.normalize(seen[4] - self.faces.mean, dim=1)
        levels = torch.stack(
            [
                weight * (((a - b).abs().mean((1, 2, 3)) * (3 * own + 0.3)).mean() / b.abs().mean())
                for weight, a, b in zip(LEVELS, seen, wanted[:3], strict=False)
            ]
        )
        return {
            "id": 5 * F.relu(LIKE_PUBLISHED - (direction * batch.identity).sum(1)).mean(),
            "own": 8 * ((made - faces).abs().mean((1, 2, 3)) * own).sum() / own.sum().clamp_min(1),
            "kept": levels.float().sum(),
            "light": 4 * (F.avg_pool2d(made, 8) - F.avg_pool2d(faces, 8)).abs().mean(),
            "colour": 10 * (_chroma(made) - _chroma(faces)).abs().mean(),
            "grain": 6 * F.relu(_grain(made) - 1.1 * _grain(faces)).mean(),
        }

    def pictures(self, batch: SwapBatch, random: torch.Generator) -> list[Tensor]:
        """Faces, and what was made of them."""
        made = self.network(batch.faces, batch.identity, batch.region).clamp(0, 1)
        return [batch.faces, made]

    def _disturbed(self, pictures: Tensor, random: torch.Generator) -> Tensor:
        """Blurred at times, and noisy: what an embedder takes for a face is to outlast both."""
        chance = Chance(random, pictures.device)
        if float(chance.uniform(1)) < 0.4:
            pictures = _blurred(pictures)
        noise = chance.normal(*pictures.shape)
        return pictures + 0.03 * float(chance.uniform(1)) * noise


def _as_crops(pictures: Tensor) -> Tensor:
    return F.interpolate(pictures, size=(224, 224), mode="bilinear", align_corners=False)


def _blurred(pictures: Tensor) -> Tensor:
    return F.avg_pool2d(F.pad(pictures, (1, 1, 1, 1), mode="replicate"), 3, stride=1)


def _chroma(pictures: Tensor) -> Tensor:
    red, green, blue = pictures.chunk(3, dim=1)
    return F.avg_pool2d(torch.cat([red - green, blue - green], 1), 4)


def _grain(pictures: Tensor) -> Tensor:
    """(B,) how much detail of a pixel's size there is."""
    return (pictures - _blurred(pictures)).abs().mean((1, 2, 3))
