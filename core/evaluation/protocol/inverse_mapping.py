"""The baseline of inverse mapping (DFI in the paper): one plain U-Net from the forgery to both faces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from core.evaluation.people import BATCH
from core.evaluation.protocol.faces import Suspects
from core.evaluation.protocol.methods import Recovered
from core.models.plain_unet import PlainUnet
from core.models.weights import assign_weights, load_weights
from core.training.pixels import as_tensor, eight_bit


class InverseMapping:
    """`PlainUnet` with weights that a user trained.

    Args:
        weights: safetensors of it; None when there are none.
        device: torch device.

    Raises:
        ModelError: these are not its weights.
    """

    name = "Inverse mapping (DFI-style U-Net)"
    note = "A plain U-Net taught to turn the forgery into both faces, without map, masking or fusion."

    def __init__(self, weights: Path | None, device: str) -> None:
        self._device = device
        self._network: PlainUnet | None = None
        if weights is not None:
            self._network = PlainUnet()
            assign_weights(self._network, load_weights(weights, sha256=None), weights)
            self._network.to(device).eval()

    def available(self) -> str:
        """Whether weights were given."""
        return "" if self._network is not None else "not trained"

    @torch.inference_mode()
    def recover(self, suspects: Suspects) -> Recovered:
        """Map every face."""
        assert self._network is not None, "ask `available` first"
        sources, targets = [], []
        for at in range(0, len(suspects), BATCH):
            source, target = self._network(as_tensor(suspects.crops[at : at + BATCH], self._device))
            sources.append(eight_bit(source))
            targets.append(eight_bit(target))
        return Recovered(source=np.concatenate(sources), target=np.concatenate(targets))
