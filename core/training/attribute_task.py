"""What the attribute head learns: age and gender where a data set names them, the rest from landmarks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from core.models.attributes import AttributeHead, attributes_of_landmarks
from core.models.losses import FaceFeatures
from core.training.engine import ParameterGroup
from core.training.faces import TrainingFaces
from core.training.forgeries import ForgeryGenerator

AGE_SCALE = 100.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelledFaces:
    """Real faces (B, 3, 224, 224) with age / 100 and gender (B,), -1 where unknown, and landmark attributes (B, 5)."""

    image: Tensor
    age: Tensor
    gender: Tensor
    looks: Tensor


class AttributeTask:
    """Stage "attributes": the head alone, on the frozen embedder's features of degraded real faces.

    Args:
        network: the head, on the device.
        faces: the corpus.
        forger: made with ``real_share=1``: gives jittered and degraded real faces.
        features: the frozen embedder.
    """

    stage = file = "attributes"

    def __init__(
        self, network: AttributeHead, faces: TrainingFaces, forger: ForgeryGenerator, features: FaceFeatures
    ) -> None:
        self.network, self.faces, self.features, self._forger = network, faces, features, forger
        looks = attributes_of_landmarks(faces.landmarks)
        train = looks[faces.rows]
        self._looks = ((looks - train.mean(0)) / train.std(0)).clamp(-3, 3)

    def groups(self) -> list[ParameterGroup]:
        """The head."""
        return [ParameterGroup(parameters=list(self.network.parameters()))]

    def compiled(self) -> list[Callable[..., Any]]:
        """Nothing pays here."""
        return []

    def draw(self, count: int, random: torch.Generator) -> LabelledFaces:
        """Real faces with what is known of them."""
        batch = self._forger.draw(self.faces.draw(count, random), random)
        row = batch.target_row
        # A mirrored face looks the other way.
        looks = self._looks[row] * torch.where(batch.is_mirrored.unsqueeze(1), self._mirror, 1.0)
        return LabelledFaces(
            image=batch.image, age=self.faces.age[row] / AGE_SCALE, gender=self.faces.gender[row], looks=looks
        )

    @property
    def _mirror(self) -> Tensor:
        return torch.tensor([-1.0, 1, 1, 1, 1], device=self.faces.device)

    def losses(self, batch: LabelledFaces, random: torch.Generator) -> dict[str, Tensor]:
        """Smooth L1 of numbers, cross-entropy of gender; unknown labels count nothing."""
        with torch.no_grad():
            level3 = self.features(batch.image.contiguous(memory_format=torch.channels_last))[3]
        stated = self.network(level3)
        knows_age, knows_gender = (batch.age > 0).float(), (batch.gender >= 0).float()
        age = F.smooth_l1_loss(stated[:, 0], batch.age, beta=0.1, reduction="none")
        gender = F.binary_cross_entropy_with_logits(stated[:, 1], batch.gender.clamp_min(0), reduction="none")
        return {
            "age": 5 * (age * knows_age).sum() / knows_age.sum().clamp_min(1),
            "gender": 0.5 * (gender * knows_gender).sum() / knows_gender.sum().clamp_min(1),
            "looks": F.smooth_l1_loss(stated[:, 2:], batch.looks),
        }

    def pictures(self, batch: LabelledFaces, random: torch.Generator) -> list[Tensor]:
        """Nothing to see."""
        return []
