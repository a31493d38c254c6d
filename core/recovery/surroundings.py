"""Surroundings of photographs, read as those of recovered faces are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from core.arithmetic import exact_inference
from core.domain.arrays import FloatArray, UInt8Array
from core.domain.comparison import Surroundings

if TYPE_CHECKING:
    from core.models.compact import CompactDfrec

BATCH = 16


class SurroundingsReader:
    """Reads what surrounds faces.

    Args:
        network: in evaluation mode, on `device`.
        model_id: of `core.models.context.surroundings_id`.
        device: torch device.
    """

    def __init__(self, network: CompactDfrec, model_id: str, device: str) -> None:
        self.network = network
        self._device = torch.device(device)
        self.model_id = model_id

    @exact_inference()
    def vectors(self, crops: UInt8Array) -> FloatArray:
        """(N, 224, 224, 3) uint8 RGB in the framing of `core.recovery.align`, N >= 1 -> (N, D) float32, unit norm."""
        parts = []
        for at in range(0, len(crops), BATCH):
            images = torch.tensor(crops[at : at + BATCH]).to(self._device).permute(0, 3, 1, 2).float() / 255
            images = images.contiguous(memory_format=torch.channels_last)
            parts.append(self.network.surroundings(self.network.hidden_views(images)).float().cpu().numpy())
        return np.concatenate(parts)

    def read(self, crop: UInt8Array) -> Surroundings:
        """Surroundings of one face, (224, 224, 3) uint8 RGB."""
        return Surroundings(embedding=self.vectors(crop[None])[0], model_id=self.model_id)
