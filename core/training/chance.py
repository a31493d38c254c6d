"""Random numbers that a run can repeat."""

from __future__ import annotations

import torch
from torch import Tensor


class Chance:
    """Random numbers of one draw."""

    def __init__(self, generator: torch.Generator, device: torch.device) -> None:
        self.generator, self._device = generator, device

    def uniform(self, *shape: int) -> Tensor:
        """In [0, 1)."""
        return torch.rand(shape, generator=self.generator, device=self._device)

    def normal(self, *shape: int) -> Tensor:
        """Mean 0, deviation 1."""
        return torch.randn(shape, generator=self.generator, device=self._device)
