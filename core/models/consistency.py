"""Whether an inner face and what surrounds it are one person's: the cue of swaps that show no seam.

The Identity Consistency Transformer (Dong et al. 2022) learns it from swapped faces. Here the two are read apart, the
source by a branch that goes by the inner face and the surroundings by one that never sees it, so that any two real
photographs make a swap without a seam: no forgery is needed, and nothing is learned of how forgeries are made.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.models.compact_layers import EMBEDDING_DIM

HIDDEN = 64
NEVER = -30.0
"""Log-odds of a network that was not taught yet: nothing is held to be apart."""
ONE_OF_TWO = math.log(math.sqrt(2) - 1)
"""What takes log-odds for even chances to those for chances of 1 - sqrt(1/2): of two such things, either is as likely
as not beforehand."""


class Consistency(nn.Module):
    """Two layers over where two directions agree and where they differ, component by component."""

    mean: Tensor
    spread: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(2 * EMBEDDING_DIM))
        self.register_buffer("spread", torch.ones(2 * EMBEDDING_DIM))
        self.hidden = nn.Linear(2 * EMBEDDING_DIM, HIDDEN)
        self.decide = nn.Linear(HIDDEN, 1)
        nn.init.zeros_(self.decide.weight)
        nn.init.constant_(self.decide.bias, NEVER)

    def compared(self, source: Tensor, surroundings: Tensor) -> Tensor:
        """Unit directions (B, 128), (B, 128) -> (B, 256), in units of what is usual."""
        both = torch.cat([source * surroundings, (source - surroundings).abs()], 1)
        return (both - self.mean) / self.spread

    def forward(self, source: Tensor, surroundings: Tensor, dropout: float = 0.0) -> Tensor:
        """Log-odds (B,) that source and surroundings are of different people, `ONE_OF_TWO` beforehand.

        Args:
            source, surroundings: (B, 128) unit directions.
            dropout: share of values left out, while it learns.
        """
        x = F.dropout(self.compared(source, surroundings), dropout, training=dropout > 0)
        x = F.dropout(F.gelu(self.hidden(x)), dropout, training=dropout > 0)  # (B, 64)
        odds: Tensor = self.decide(x).squeeze(1)
        return odds


def either(first: Tensor, second: Tensor) -> Tensor:
    """Log-odds that at least one of two independent things is so, of the log-odds (B,) of each (a noisy "or")."""
    return torch.logaddexp(torch.logaddexp(first, second), first + second)
