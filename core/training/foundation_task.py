"""What the face foundation model learns: to rebuild real faces from a quarter of them, then blocks from the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from core.models.mae import N_PATCHES, FaceMae, patches_of, pictures_of, random_visible
from core.models.rffr import N_BLOCKS, block_places, visible_without
from core.training.engine import ParameterGroup
from core.training.faces import TrainingFaces
from core.training.forgeries import ForgeryGenerator


class FoundationTask:
    """Both generative stages of RFFR, on real faces alone.

    Stage "foundation": random masking at the configuration's ratio (He et al. 2022). Stage "blocks": one block of 3 x 3
    patches is hidden and everything else seen (Shi et al. 2023), in the places that the residual will hide.

    Args:
        stage: "foundation" or "blocks".
        network: on the device.
        faces: the corpus.
        forger: gives cropped and degraded real faces.
    """

    file = "mae"

    def __init__(self, stage: str, network: FaceMae, faces: TrainingFaces, forger: ForgeryGenerator) -> None:
        self.stage, self.network, self.faces, self._forger = stage, network, faces, forger
        self._n_keep = round(N_PATCHES * (1 - network.config.mask_ratio))

    def groups(self) -> list[ParameterGroup]:
        """Everything."""
        return [ParameterGroup(parameters=list(self.network.parameters()))]

    def compiled(self) -> list[Callable[..., Any]]:
        """Both transformers."""
        return [self.network.encoder, self.network.decoder]

    def draw(self, count: int, random: torch.Generator) -> Tensor:
        """Real faces (count, 3, 224, 224)."""
        return self._forger.draw_real(self.faces.draw(count, random), random, self.faces.chunk(count))

    def losses(self, batch: Tensor, random: torch.Generator) -> dict[str, Tensor]:
        """Mean squared error on hidden patches."""
        keep = self._visible(len(batch), random)
        predicted = self.network(batch, keep)
        hidden = torch.ones(len(batch), N_PATCHES, device=batch.device).scatter(1, keep, 0.0)
        error = (predicted - patches_of(batch)).square().mean(2)
        return {"hidden": (error * hidden).sum() / hidden.sum()}

    def pictures(self, batch: Tensor, random: torch.Generator) -> list[Tensor]:
        """Faces, what was seen of them, what was rebuilt."""
        keep = self._visible(len(batch), random)
        seen = torch.zeros(len(batch), N_PATCHES, device=batch.device).scatter(1, keep, 1.0)[..., None]
        patches = patches_of(batch)
        rebuilt = torch.where(seen > 0, patches, self.network(batch, keep))
        return [batch, pictures_of(patches * seen), pictures_of(rebuilt)]

    def _visible(self, count: int, random: torch.Generator) -> Tensor:
        if self.stage == "foundation":
            return random_visible(count, self._n_keep, random, self.faces.device)
        block = torch.randint(N_BLOCKS, (count,), generator=random, device=self.faces.device)
        return visible_without(block_places().to(self.faces.device)[block])
