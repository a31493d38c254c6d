"""What RFFR's classifier learns: to tell real from forged by the face and by what the autoencoder could not rebuild."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from core.models.mae import MaeConfig
from core.models.rffr import N_BLOCKS, Rffr, residual
from core.training.engine import ParameterGroup
from core.training.faces import TrainingFaces
from core.training.forgery_batch import ForgeryBatch
from core.training.recovery_task import Forger

BLOCK_CHANCE = 0.25


class RffrTask:
    """Stage "rffr": both branches and the decision; the autoencoder is frozen.

    Each block is used with probability 0.25, all of them where none was drawn. They are drawn once a batch, so that the
    faces of a batch have equally many tokens.

    Args:
        network: started from the foundation model, on the device.
        faces: the corpus.
        forger: half of its faces real.
    """

    stage = file = "rffr"

    def __init__(self, network: Rffr, faces: TrainingFaces, forger: Forger) -> None:
        self.network, self.faces, self._forger = network, faces, forger

    def groups(self) -> list[ParameterGroup]:
        """Branches and decision learn."""
        frozen = list(self.network.mae.parameters())
        own = {id(p) for p in frozen}
        return [
            ParameterGroup(parameters=frozen, factor=0.0),
            ParameterGroup(parameters=[p for p in self.network.parameters() if id(p) not in own]),
        ]

    def compiled(self) -> list[Callable[..., Any]]:
        """All transformers."""
        network = self.network
        return [network.mae.encoder, network.mae.decoder, network.rgb_branch, network.residual_branch]

    def draw(self, count: int, random: torch.Generator) -> ForgeryBatch:
        """Real and forged faces."""
        return self._forger.draw(self.faces.draw(count, random), random, self.faces.chunk(count), shows_source=False)

    def losses(self, batch: ForgeryBatch, random: torch.Generator) -> dict[str, Tensor]:
        """Cross-entropy of real and fake."""
        used = torch.rand(N_BLOCKS, generator=random, device=self.faces.device) < BLOCK_CHANCE
        blocks = torch.nonzero(used if bool(used.any()) else torch.ones_like(used)).flatten()
        return {"class": F.cross_entropy(self.network(batch.image, blocks), batch.is_fake.long())}

    def pictures(self, batch: ForgeryBatch, random: torch.Generator) -> list[Tensor]:
        """Faces and their residuals around grey."""
        blocks = torch.arange(N_BLOCKS, device=self.faces.device)
        return [
            batch.image,
            residual(self.network.mae, batch.image, blocks) / 2 + 0.5,
            batch.mask.expand(-1, 3, -1, -1),
        ]


def started(config: MaeConfig, foundation: dict[str, Tensor]) -> Rffr:
    """The network with the foundation model in its autoencoder and both branches."""
    network = Rffr(config)
    network.start_from_foundation(foundation)
    return network
