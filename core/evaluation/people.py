"""Drawing photographs so that no forgery puts a person onto himself."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.errors import CaseError
from core.training.corpus import FaceCorpus

WITH_CONTEXT = ("lfw", "mebeauty", "ffhq")
"""Data sets whose photographs show a face's surroundings."""
BATCH = 32


class DifferentPeople:
    """Draws validation photographs of different people, so that a forgery always has two.

    Args:
        corpus: every face.

    Raises:
        CaseError: there are not two people.
    """

    def __init__(self, corpus: FaceCorpus) -> None:
        rows = np.flatnonzero(corpus.is_validation & np.isin(corpus.sets, WITH_CONTEXT))
        self._rows = torch.from_numpy(rows)
        _, number = np.unique(corpus.identity[rows], return_inverse=True)
        self._number = torch.from_numpy(number)
        self._count = min(BATCH, int(number.max(initial=-1)) + 1)
        if self._count < 2:
            raise CaseError(
                "fewer than two validation people whose photographs show their surroundings are there",
                next_step="pack more faces of " + ", ".join(WITH_CONTEXT),
            )

    def drawn(self, generator: torch.Generator) -> torch.Tensor:
        """Corpus rows of up to 32 different people, at random."""
        order = torch.randperm(len(self._rows), generator=generator)
        _, first = np.unique(self._number[order].numpy(), return_index=True)
        return self._rows[order[np.sort(first)[: self._count]]]


def half_of(people: NDArray[Any], random: np.random.Generator) -> NDArray[Any]:
    """Half of the distinct names or numbers in `people` (N,), drawn at random."""
    drawn = random.permutation(np.unique(people))
    return drawn[: len(drawn) // 2]
