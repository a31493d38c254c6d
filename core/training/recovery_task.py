"""What the compact DFREC learns: the identities first, then every module with every loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.models.attributes import AttributeHead, attribute_distance
from core.models.compact import CompactDfrec
from core.models.context import READING
from core.models.losses import FaceFeatures, GalleryRetrieval, identity_loss
from core.models.perceptual import PerceptualFeatures, halved, perceptual_distance
from core.training.engine import ParameterGroup
from core.training.faces import TrainingFaces
from core.training.forgery_batch import ForgeryBatch

LOWEST = (".stem.", ".level0.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LossWeights:
    """Weights of the paper's losses and of ours; 0 leaves one out, as the ablations do.

    Attributes:
        identity, perceptual, attribute, patch: the paper's four; the target's terms count twice within the first two.
        retrieval, map, fake, pixel: identity vectors, map, fake score and recovered source.
    """

    identity: float = 1.0
    perceptual: float = 1.0
    attribute: float = 1.0
    patch: float = 1.0
    retrieval: float = 1.0
    map: float = 1.0
    fake: float = 1.0
    pixel: float = 1.0


class Forger(Protocol):
    """Makes what is learned from: forgeries of photographs, or published ones."""

    def draw(
        self, rows: Tensor, generator: torch.Generator, chunk: int = ..., *, shows_source: bool = ...
    ) -> ForgeryBatch:
        """A batch of which `rows` (B,) of the corpus are the targets; see `ForgeryGenerator.draw`."""
        ...


class RecoveryTask:
    """The stages of the compact DFREC that learn of forgeries.

    Stage "identity" teaches trunks and identity heads alone, which is cheap and decides gallery searches; stage "map"
    the ISM alone; stage "whole" every module.

    Args:
        stage: "identity", "map" or "whole".
        network: on the device.
        faces: the corpus.
        forger: makes what is learned from.
        features: the frozen embedder, for the identity loss.
        perceptual, attributes: frozen networks for the losses of stage "whole"; None leaves a loss out.
        trunk_rate: factor on the learning rate of the parts that start from the embedder; 0 freezes them.
        weights: of the losses.
        keeps_surroundings: leave the levels alone that a trained branch of the surroundings stands on.
    """

    file = "dfrec"

    def __init__(
        self,
        stage: str,
        network: CompactDfrec,
        faces: TrainingFaces,
        forger: Forger,
        *,
        features: FaceFeatures,
        perceptual: PerceptualFeatures | None = None,
        attributes: AttributeHead | None = None,
        trunk_rate: float = 1.0,
        weights: LossWeights | None = None,
        keeps_surroundings: bool = False,
    ) -> None:
        self.stage, self.network, self.faces = stage, network, faces
        self.features, self.perceptual, self.attributes = features, perceptual, attributes
        self._forger = forger
        self._trunk_rate = trunk_rate
        self._weights = weights or LossWeights()
        self._keeps_surroundings = keeps_surroundings
        self._retrieval = GalleryRetrieval(faces.embedding[faces.rows], faces.identity[faces.rows]).to(faces.device)
        network.identity_mean.copy_(faces.mean)
        network.identity_spread.copy_(faces.spread)

    def groups(self) -> list[ParameterGroup]:
        """Lowest levels of trunks frozen: edges and colours are those of the embedder's three million photographs.

        The branch of the surroundings learns in a stage of its own, and consistency after all stages.
        """
        frozen: list[nn.Parameter] = []
        trunk: list[nn.Parameter] = []
        fresh: list[nn.Parameter] = []
        for name, parameter in self.network.named_parameters():
            if (
                name.startswith(("context.", "consistency."))
                or (self._keeps_surroundings and name.startswith(READING))
                or (self.stage == "map" and not name.startswith("ism."))
            ):
                frozen.append(parameter)
            elif name.startswith(("sirm.source.", "sirm.target.")):
                (frozen if any(part in name for part in LOWEST) else trunk).append(parameter)
            elif name.startswith(("source_head.", "target_head.", "ism.level", "ism.stem.")):
                trunk.append(parameter)
            else:
                fresh.append(parameter)
        rate = self._trunk_rate
        return [
            ParameterGroup(parameters=frozen, factor=0.0),
            ParameterGroup(parameters=trunk, factor=rate),
            ParameterGroup(parameters=fresh, factor=0.0 if self.stage == "identity" else 1.0),
        ]

    def compiled(self) -> list[Callable[..., Any]]:
        """What the stage runs of the paper's three modules, and what judges their pictures."""
        ism, sirm, tirm = self.network.ism, self.network.sirm, self.network.tirm
        if self.stage == "map":
            return [ism]
        trunks = [sirm.source, sirm.target]
        if self.stage == "identity":
            return [*trunks]
        perceptual = [] if self.perceptual is None or not self._weights.perceptual else [self.perceptual]
        return [ism, *trunks, sirm.decode, tirm.encode, tirm.decode, self.features, *perceptual]

    def draw(self, count: int, random: torch.Generator) -> ForgeryBatch:
        """Real and forged faces together."""
        return self._forger.draw(
            self.faces.draw(count, random), random, self.faces.chunk(count), shows_source=self.stage == "whole"
        )

    def losses(self, batch: ForgeryBatch, random: torch.Generator) -> dict[str, Tensor]:
        """See the class."""
        image = batch.image.contiguous(memory_format=torch.channels_last)
        if self.stage == "identity":
            # Sources are nearly found by the start already: a quarter of the batch is enough for them.
            source, target, _ = self.network.identities(image, max(1, len(image) // 4))
            return self._retrieve(source, target, batch)
        if self.stage == "map":
            map_logits, fake_logit = self.network.ism(image)
            return self._seen_forgery(map_logits, torch.sigmoid(map_logits), fake_logit, batch)
        return self._whole(image, batch, random)

    def pictures(self, batch: ForgeryBatch, random: torch.Generator) -> list[Tensor]:
        """Forgery, map, recovered and true source, recovered and true target."""
        out = self.network(batch.image, random)
        rows = [batch.image, out.m_s.expand(-1, 3, -1, -1), out.source, batch.source, out.target, batch.target]
        return [row[:8] for row in rows]

    def _retrieve(self, source: Tensor, target: Tensor, batch: ForgeryBatch) -> dict[str, Tensor]:
        place = self.faces.place
        return {
            "id_source": self._retrieval(source, place[batch.source_row[: len(source)]]),
            "id_target": 2 * self._retrieval(target, place[batch.target_row]),
        }

    def _seen_forgery(
        self, map_logits: Tensor, m_s: Tensor, fake_logit: Tensor, batch: ForgeryBatch
    ) -> dict[str, Tensor]:
        """What the ISM says of where the source is, and whether it is anywhere."""
        overlap = (m_s * batch.mask).sum((1, 2, 3)) + 50
        dice = 1 - 2 * overlap / (m_s.sum((1, 2, 3)) + batch.mask.sum((1, 2, 3)) + 100)
        map_loss = F.binary_cross_entropy_with_logits(map_logits, batch.mask) + 0.5 * dice.mean()
        fake = F.binary_cross_entropy_with_logits(fake_logit, batch.is_fake)
        return {"map": self._weights.map * map_loss, "fake": 0.5 * self._weights.fake * fake}

    def _whole(self, image: Tensor, batch: ForgeryBatch, random: torch.Generator) -> dict[str, Tensor]:
        """All losses; the target's terms count twice, as in the paper."""
        weight = self._weights
        passed = self.network.passed(image, random)
        out = passed.output
        losses: dict[str, Tensor] = {}
        if self._trunk_rate and weight.retrieval:
            found = self._retrieve(passed.source_vector, passed.target_vector, batch)
            losses |= {name: 0.5 * weight.retrieval * value for name, value in found.items()}
        assert out.fake_logit is not None
        losses |= self._seen_forgery(passed.map_logits, out.m_s, out.fake_logit, batch)
        hidden = (out.masked_input.sum(1, keepdim=True) == 0).float()
        patch = ((passed.predicted - batch.target).abs() * hidden).sum() / (3 * hidden.sum()).clamp_min(1)
        losses["patch"] = 3 * weight.patch * patch
        losses["pixel_source"] = 1.5 * weight.pixel * (out.source - batch.source).abs().mean()
        # Feature losses look at half of the batch: they cost as much as everything else together.
        count = max(1, len(image) // 2)
        recovered = torch.cat([out.source[:count], out.target[:count]])
        pristine = torch.cat([batch.source[:count], batch.target[:count]])
        return losses | self._feature_losses(recovered, pristine, count)

    def _feature_losses(self, recovered: Tensor, pristine: Tensor, count: int) -> dict[str, Tensor]:
        """Identity, perceptual and attribute loss of pictures (2 count, ...): sources first, then targets."""
        weight = self._weights
        losses: dict[str, Tensor] = {}
        with torch.no_grad():
            wanted = self.features(pristine.contiguous(memory_format=torch.channels_last))
        seen = self.features(recovered.contiguous(memory_format=torch.channels_last))
        parts = {"source": (slice(None, count), 1.0), "target": (slice(count, None), 2.0)}
        for name, (part, times) in parts.items():
            apart = identity_loss([f[part] for f in seen], [f[part] for f in wanted])
            losses[f"identity_{name}"] = 0.3 * times * weight.identity * apart
        if self.attributes is not None and weight.attribute:
            target = slice(count, None)
            said = self.attributes(seen[3][target])
            true = self.attributes(wanted[3][target])
            losses["attribute"] = 0.5 * weight.attribute * attribute_distance(said, true)
        if self.perceptual is not None and weight.perceptual:
            with torch.no_grad():
                true_maps = self.perceptual(halved(pristine))
            apart = perceptual_distance(self.perceptual(halved(recovered)), true_maps)
            losses["perceptual_source"] = 0.15 * weight.perceptual * apart[:count].mean()
            losses["perceptual_target"] = 0.3 * weight.perceptual * apart[count:].mean()
        return losses
