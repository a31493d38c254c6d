"""What the branch of the surroundings learns: who a real face is whose inner face is hidden."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from core.models.compact import CompactDfrec
from core.models.context import CENTRE_PX, RADII_PX, inner_ellipse, without_inner_face
from core.models.losses import GalleryRetrieval
from core.training.chance import Chance
from core.training.engine import ParameterGroup
from core.training.faces import TrainingFaces
from core.training.forgeries import ForgeryGenerator

JITTER_PX = (5.0, 6.0)
JITTER_SIZE = (-0.4, 0.2)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HiddenFaces:
    """Real faces, what is hidden of them and whose they are.

    Attributes:
        images: (B, 3, 224, 224) in [0, 1].
        ellipse: (B, 1, 224, 224) in [0, 1], 1 hidden.
        rows: (B,) int64 rows of the corpus.
    """

    images: Tensor
    ellipse: Tensor
    rows: Tensor


class ContextTask:
    """Stage "context", after every other stage of DFREC: it stands on the frozen shallow levels of the target's trunk.

    No forgery is needed, so nothing is learned of how forgeries are made: what comes out holds for any of them that
    leaves the surroundings alone.

    Args:
        network: on the device.
        faces: the corpus.
        forger: gives cropped and degraded real faces.
    """

    stage, file = "context", "dfrec"

    def __init__(self, network: CompactDfrec, faces: TrainingFaces, forger: ForgeryGenerator) -> None:
        self.network, self.faces, self._forger = network, faces, forger
        self._retrieval = GalleryRetrieval(faces.embedding[faces.rows], faces.identity[faces.rows]).to(faces.device)

    def groups(self) -> list[ParameterGroup]:
        """The branch alone."""
        branch = list(self.network.context.parameters())
        chosen = {id(p) for p in branch}
        others = [p for p in self.network.parameters() if id(p) not in chosen]
        return [ParameterGroup(parameters=others, factor=0.0), ParameterGroup(parameters=branch)]

    def compiled(self) -> list[Callable[..., Any]]:
        """The shallow levels of the trunk, and the branch."""
        return [self.network.sirm.target.shallow, self.network.context]

    def draw(self, count: int, random: torch.Generator) -> HiddenFaces:
        """Real faces and an ellipse each, about the inner face's usual place and size."""
        rows = self.faces.draw(count, random)

        chance = Chance(random, rows.device)

        def uniform(low: float, high: float) -> Tensor:
            return low + (high - low) * chance.uniform(count, 2)

        centre = rows.new_tensor([CENTRE_PX], dtype=torch.float32)
        radii = rows.new_tensor([RADII_PX], dtype=torch.float32)
        shift = uniform(-1, 1) * rows.new_tensor([JITTER_PX], dtype=torch.float32)
        return HiddenFaces(
            images=self._forger.draw_real(rows, random, self.faces.chunk(count)),
            ellipse=inner_ellipse(centre + shift, radii * (1 + uniform(*JITTER_SIZE))),
            rows=rows,
        )

    def losses(self, batch: HiddenFaces, random: torch.Generator) -> dict[str, Tensor]:
        """A gallery search among all training faces with what the surroundings say."""
        vector = self.network.context_vector(batch.images, batch.ellipse)
        return {"id_context": self._retrieval(vector, self.faces.place[batch.rows])}

    def pictures(self, batch: HiddenFaces, random: torch.Generator) -> list[Tensor]:
        """Faces, and what is seen of them."""
        return [batch.images[:8], without_inner_face(batch.images, batch.ellipse)[:8]]
