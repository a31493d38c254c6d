"""Baselines that reconstruct faces with the autoencoder of real faces, without DFREC's map or features."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from core.domain.arrays import UInt8Array
from core.evaluation.protocol.faces import Suspects
from core.evaluation.protocol.methods import Recovered
from core.models.mae import N_PATCHES, FaceMae, patches_of, pictures_of, random_visible
from core.models.rffr import block_places, visible_without
from core.training.pixels import as_tensor, eight_bit

BATCH = 8
MASK_RATIO = 0.5


class MaeBaseline:
    """The foundation autoencoder used alone.

    Args:
        name: as tables call it.
        note: one sentence.
        mae: in evaluation mode on `device`; None when its weights are not there.
        rebuild: (autoencoder, images (B, 3, 224, 224)) -> patches (B, 196, 768) of the recovered target.
        device: torch device.
    """

    def __init__(
        self, name: str, note: str, mae: FaceMae | None, rebuild: Callable[[FaceMae, Tensor], Tensor], device: str
    ) -> None:
        self.name, self.note = name, note
        self._mae, self._rebuild, self._device = mae, rebuild, device

    def available(self) -> str:
        """Whether the autoencoder is there."""
        return "" if self._mae is not None else "no weights of the foundation autoencoder"

    @torch.inference_mode()
    def recover(self, suspects: Suspects) -> Recovered:
        """Rebuild every face."""
        assert self._mae is not None, "ask `available` first"
        parts: list[UInt8Array] = []
        for at in range(0, len(suspects), BATCH):
            images = as_tensor(suspects.crops[at : at + BATCH], self._device)
            parts.append(eight_bit(pictures_of(self._rebuild(self._mae, images))))
        return Recovered(target=np.concatenate(parts))


def random_masking(mae: FaceMae | None, seed: int, device: str) -> MaeBaseline:
    """Delocate-style (Hu et al. 2024): half of the patches, drawn at random, are hidden and rebuilt; the rest stays."""
    generator = torch.Generator(device).manual_seed(seed)

    def rebuild(network: FaceMae, images: Tensor) -> Tensor:
        keep = random_visible(len(images), round(N_PATCHES * (1 - MASK_RATIO)), generator, images.device)
        seen, rebuilt = patches_of(images), network(images, keep)
        at = keep.unsqueeze(2).expand(-1, -1, seen.shape[2])
        pasted: Tensor = rebuilt.scatter(1, at, seen.gather(1, at))
        return pasted

    note = "Half of the patches, drawn at random, are rebuilt by the autoencoder of real faces (as Delocate masks)."
    return MaeBaseline("Random-mask autoencoder", note, mae, rebuild, device)


def whole_reconstruction(mae: FaceMae | None, device: str) -> MaeBaseline:
    """RECCE-style (Cao et al. 2022): the whole face is replaced by its reconstruction, one block after another."""

    def rebuild(network: FaceMae, images: Tensor) -> Tensor:
        places = block_places().to(images.device)  # (16, 9)
        out = patches_of(images).clone()
        for hidden, keep in zip(places, visible_without(places), strict=True):
            out[:, hidden] = network(images, keep.expand(len(images), -1))[:, hidden]
        return out

    note = "The face is replaced by what the autoencoder of real faces makes of it, block by block (as RECCE rebuilds)."
    return MaeBaseline("Whole reconstruction", note, mae, rebuild, device)
