"""What the baseline of inverse mapping learns: both faces from the forgery, in one step (DFI in the DFREC paper)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from core.models.perceptual import PerceptualFeatures, halved, perceptual_distance
from core.models.plain_unet import PlainUnet
from core.training.engine import ParameterGroup
from core.training.faces import TrainingFaces
from core.training.forgery_batch import ForgeryBatch
from core.training.recovery_task import Forger


class InverseMappingTask:
    """Stage "inverse": a plain U-Net on the forgeries that DFREC learns from, so that both can be compared.

    Args:
        network: on the device.
        faces: the corpus.
        forger: makes what is learned from.
        perceptual: frozen ImageNet features.
    """

    stage, file = "inverse", "dfi"

    def __init__(
        self, network: PlainUnet, faces: TrainingFaces, forger: Forger, perceptual: PerceptualFeatures
    ) -> None:
        self.network, self.faces, self.perceptual, self._forger = network, faces, perceptual, forger

    def groups(self) -> list[ParameterGroup]:
        """Everything."""
        return [ParameterGroup(parameters=list(self.network.parameters()))]

    def compiled(self) -> list[Callable[..., Any]]:
        """The whole network, and what judges its pictures."""
        return [self.network, self.perceptual]

    def draw(self, count: int, random: torch.Generator) -> ForgeryBatch:
        """Real and forged faces together."""
        return self._forger.draw(self.faces.draw(count, random), random, self.faces.chunk(count))

    def losses(self, batch: ForgeryBatch, random: torch.Generator) -> dict[str, Tensor]:
        """Mean absolute error of both pictures, and the perceptual distance at half size."""
        source, target = self.network(batch.image.contiguous(memory_format=torch.channels_last))
        recovered, pristine = torch.cat([source, target]), torch.cat([batch.source, batch.target])
        with torch.no_grad():
            wanted = self.perceptual(halved(pristine))
        apart = perceptual_distance(self.perceptual(halved(recovered)), wanted)
        return {
            "pixel_source": (source - batch.source).abs().mean(),
            "pixel_target": (target - batch.target).abs().mean(),
            "perceptual": 0.15 * apart.mean(),
        }

    def pictures(self, batch: ForgeryBatch, random: torch.Generator) -> list[Tensor]:
        """Forgery, recovered and true source, recovered and true target."""
        source, target = self.network(batch.image)
        return [row[:8] for row in (batch.image, source, batch.source, target, batch.target)]
