"""What the branch of the surroundings learns: who a face is whose inner face is hidden, or known to be another's."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core.models.compact import CompactDfrec
from core.models.context import CENTRE_PX, RADII_PX, inner_ellipse, without_inner_face
from core.models.losses import GalleryRetrieval
from core.training.engine import ParameterGroup
from core.training.faces import TrainingFaces
from core.training.forgeries import ForgeryGenerator

JITTER_PX = (5.0, 6.0)
JITTER_SIZE = (-0.4, 0.2)
FORGED_SHARE = 0.5  # of a batch
WHOLE_SHARE = 0.6  # of its forgeries, whose inner face is not hidden
ERASED_SHARE = 0.5  # of all, which lose a rectangle anywhere: no single cue may decide
ERASED_PX = (30, 110)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HiddenFaces:
    """Faces, what is hidden of them and whose surroundings they are.

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

    Real faces are shown without their inner face: nothing of that holds for one way of forging only. Forgeries are
    shown whole or hidden, and never a whole pristine face: what a seam tells is worth nothing to a network that is told
    only of swaps, so it looks for the target in all that is left of it, the inner face too.

    Args:
        network: on the device.
        faces: the corpus.
        forger: gives cropped and degraded real faces, and forgeries that are never real or blended with themselves.
    """

    stage, file = "context", "dfrec"

    def __init__(self, network: CompactDfrec, faces: TrainingFaces, forger: ForgeryGenerator) -> None:
        self.network, self.faces, self.forger = network, faces, forger
        self._retrieval = GalleryRetrieval(faces.embedding[faces.rows], faces.identity[faces.rows]).to(faces.device)

    def groups(self) -> list[ParameterGroup]:
        """The branch alone."""
        branch = list(self.network.context.parameters())
        chosen = {id(p) for p in branch}
        others = [p for p in self.network.parameters() if id(p) not in chosen]
        return [ParameterGroup(parameters=others, factor=0.0), ParameterGroup(parameters=branch)]

    def compiled(self) -> list[nn.Module]:
        """Trunk and branch."""
        return [self.network.sirm.target, self.network.context]

    def draw(self, count: int, random: torch.Generator) -> HiddenFaces:
        """Forged faces, then real ones, and an ellipse each, about the inner face's usual place and size."""
        rows = self.faces.draw(count, random)
        forged, real = rows.split([round(count * FORGED_SHARE), count - round(count * FORGED_SHARE)])
        chunk = self.faces.chunk(count)

        def uniform(low: float, high: float) -> Tensor:
            return low + (high - low) * torch.rand(count, 2, generator=random, device=rows.device)

        centre = rows.new_tensor([CENTRE_PX], dtype=torch.float32)
        radii = rows.new_tensor([RADII_PX], dtype=torch.float32)
        shift = uniform(-1, 1) * rows.new_tensor([JITTER_PX], dtype=torch.float32)
        ellipse = inner_ellipse(centre + shift, radii * (1 + uniform(*JITTER_SIZE)))
        is_whole = torch.rand(len(forged), generator=random, device=rows.device) < WHOLE_SHARE
        ellipse[: len(forged)] *= (~is_whole).float().view(-1, 1, 1, 1)
        made = self.forger.draw(forged, random, chunk, shows_source=False).image
        images = torch.cat([made, self.forger.draw_real(real, random, chunk)])
        return HiddenFaces(images=erased(images, random), ellipse=ellipse, rows=rows)

    def losses(self, batch: HiddenFaces, random: torch.Generator) -> dict[str, Tensor]:
        """A gallery search among all training faces with what the branch says, of forgeries and of real faces."""
        vector = self.network.context_vector(batch.images, batch.ellipse)
        place, count = self.faces.place[batch.rows], round(len(batch.rows) * FORGED_SHARE)
        return {
            "id_forged": self._retrieval(vector[:count], place[:count]),
            "id_context": self._retrieval(vector[count:], place[count:]),
        }

    def pictures(self, batch: HiddenFaces, random: torch.Generator) -> list[Tensor]:
        """Faces, and what is seen of them."""
        return [batch.images[:8], without_inner_face(batch.images, batch.ellipse)[:8]]


def erased(images: Tensor, random: torch.Generator) -> Tensor:
    """Pictures (B, 3, 224, 224), some of which have one rectangle filled with their mean colour (Zhong et al. 2020)."""
    count, side = len(images), images.shape[-1]
    axis = torch.arange(side, device=images.device)

    def span() -> Tensor:
        length = torch.randint(*ERASED_PX, (count, 1), generator=random, device=images.device)
        start = torch.rand(count, 1, generator=random, device=images.device) * (side - length)
        return (axis >= start) & (axis < start + length)  # (B, 224)

    down, across = span(), span()
    is_erased = torch.rand(count, 1, 1, generator=random, device=images.device) < ERASED_SHARE
    where = (down[:, :, None] & across[:, None, :] & is_erased).unsqueeze(1)
    return torch.where(where, images.mean((2, 3), keepdim=True), images)
