"""The corpus as training uses it: on the training device, people of the validation set left out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from core.errors import CaseError
from core.training.corpus import FaceCorpus

# Faces of tight, soft photographs carry little context around the face: they come up as targets less often.
TARGET_WEIGHT = {"lfw": 1.0, "mebeauty": 1.5, "ffhq": 1.5, "fiw": 0.45, "utk": 0.45}
# For what is learned of grain and edges, which soft photographs hardly show.
SHARP_WEIGHT = {"lfw": 1.0, "mebeauty": 3.0, "ffhq": 4.0, "fiw": 0.15, "utk": 0.15}
CPU_CHUNK = 16


class TrainingFaces:
    """Every array of a corpus that a training step touches, as tensors on one device.

    Args:
        corpus: packed faces; on a CPU its pictures stay mapped on disk.
        device: torch device.

    Attributes:
        images: (N, 256, 256, 3) uint8.
        landmarks: (N, 68, 2) float32, packed pixels.
        embedding: (N, 128) float32 unit vectors of the photographs.
        identity: (N,) int64 identity number.
        age: (N,) float32 years, -1 where unknown.
        gender: (N,) float32, 0 female, 1 male, -1 where unknown.
        rows: (T,) int64 rows that may train.
        place: (N,) int64 position in `rows`, -1 for validation people.
        mean: (128,) mean of the training photographs' embeddings.
        spread: () mean distance of a photograph from it.
        centred: (N, 128) unit directions from the mean.
    """

    def __init__(self, corpus: FaceCorpus, device: torch.device) -> None:
        self.device = device
        self.images = torch.from_numpy(corpus.images).to(device)
        self.landmarks = torch.from_numpy(corpus.landmarks68).to(device)
        self.embedding = torch.from_numpy(corpus.embedding).to(device)
        _, number = np.unique(corpus.identity, return_inverse=True)
        self.identity = torch.from_numpy(number).to(device)
        self.age = torch.from_numpy(corpus.age.astype(np.float32)).to(device)
        gender = np.select([corpus.gender == "female", corpus.gender == "male"], [0.0, 1.0], -1.0)
        self.gender = torch.from_numpy(gender.astype(np.float32)).to(device)
        self.rows = torch.from_numpy(np.flatnonzero(~corpus.is_validation)).to(device)
        self.place = torch.full((len(self.embedding),), -1, device=device)
        self.place[self.rows] = torch.arange(len(self.rows), device=device)
        self.mean = torch.from_numpy(corpus.mean_embedding).to(device)
        self.spread = (self.embedding[self.rows] - self.mean).norm(dim=1).mean()
        self.centred = F.normalize(self.embedding - self.mean, dim=1)
        self._sets = corpus.sets
        self.prefer(TARGET_WEIGHT)

    def prefer(self, weights: Mapping[str, float]) -> None:
        """From now on draw a set's faces so often, by its name; 1 for other sets."""
        weight = np.array([weights.get(str(s), 1.0) for s in self._sets], dtype=np.float64)
        self._weight = torch.from_numpy(weight).to(self.device)[self.rows]

    def balance(self, kind: NDArray[np.bool_], share: float) -> None:
        """From now on draw faces of a kind (N,) so often, [0, 1], however many of the rows that may train are of it.

        Raises:
            CaseError: all of them are of one kind.
        """
        of_kind = torch.from_numpy(kind).to(self.device)[self.rows]
        within, without = self._weight[of_kind].sum(), self._weight[~of_kind].sum()
        if not (within > 0 and without > 0):
            raise CaseError(
                "the faces to train with are all real or all forged",
                next_step="pack real and forged faces of the training part together",
            )
        self._weight = self._weight * torch.where(of_kind, share / within, (1 - share) / without)

    def chunk(self, count: int) -> int:
        """Faces of a batch of `count` that are made at a time: few enough for a CPU's cache, all on an accelerator."""
        return CPU_CHUNK if self.device.type == "cpu" else count

    def draw(self, count: int, random: torch.Generator) -> Tensor:
        """(count,) int64 rows of training people, sharp photographs with context more often.

        No row comes twice, unless there are fewer than `count`.
        """
        again = count > len(self.rows)
        return self.rows[torch.multinomial(self._weight, count, replacement=again, generator=random)]
