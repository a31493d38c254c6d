"""What the blend detector learns: to tell a face from blends that hold the same face, and where they were blended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from core.models.blend_detector import GRID, BlendDetector
from core.training.engine import ParameterGroup
from core.training.faces import TrainingFaces
from core.training.self_blends import BlendedPairs, SelfBlender

HEAD_FACTOR = 2.0


class BlendTask:
    """Stage "blends": the deeper stages and both heads.

    Args:
        network: started from ImageNet, on the device.
        faces: the corpus, sharp photographs above all: in soft ones there is no trace to be seen.
        blender: makes the pairs.
    """

    stage = file = "blends"

    def __init__(self, network: BlendDetector, faces: TrainingFaces, blender: SelfBlender) -> None:
        self.network, self.faces, self._blender = network, faces, blender

    def groups(self) -> list[ParameterGroup]:
        """The heads begin anew and learn faster."""
        frozen = [p for part in self.network.frozen for p in part.parameters()]
        heads = [*self.network.locate.parameters(), *self.network.decide.parameters()]
        others = {id(p) for p in (*frozen, *heads)}
        return [
            ParameterGroup(parameters=frozen, factor=0.0),
            ParameterGroup(parameters=[p for p in self.network.parameters() if id(p) not in others]),
            ParameterGroup(parameters=heads, factor=HEAD_FACTOR),
        ]

    def compiled(self) -> list[Callable[..., Any]]:
        """The whole of it."""
        return [self.network]

    def draw(self, count: int, random: torch.Generator) -> BlendedPairs:
        """Half as many pairs as faces."""
        return self._blender.draw(self.faces.draw(max(1, count // 2), random), random)

    def losses(self, batch: BlendedPairs, random: torch.Generator) -> dict[str, Tensor]:
        """Cross-entropy of the decision and of both maps."""
        images = torch.cat([batch.real, batch.blended]).contiguous(memory_format=torch.channels_last)
        # Depthwise convolutions in bf16 take processors half as long again, even those that multiply it.
        with torch.autocast("cpu", enabled=False):
            odds, maps = self.network(images)
        is_blended = torch.cat([torch.zeros(len(batch.real)), torch.ones(len(batch.blended))]).to(odds.device)
        where = F.adaptive_avg_pool2d(torch.cat([batch.share, batch.edge], 1), GRID)
        return {
            "class": F.binary_cross_entropy_with_logits(odds, is_blended),
            "where": F.binary_cross_entropy_with_logits(maps.float(), torch.cat([torch.zeros_like(where), where])),
        }

    def pictures(self, batch: BlendedPairs, random: torch.Generator) -> list[Tensor]:
        """Real faces, their blends, where they were blended, and where the network says so."""
        said = torch.sigmoid(self.network(batch.blended)[1][:, :1])
        shown = F.interpolate(said, size=batch.share.shape[2:], mode="nearest")
        return [batch.real, batch.blended, batch.share.expand(-1, 3, -1, -1), shown.expand(-1, 3, -1, -1)]
