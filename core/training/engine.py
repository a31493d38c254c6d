"""Training of the compact DFREC: two stages, resumable, on a CPU or an accelerator.

Stage "identity" teaches the trunk and the identity heads alone, which is cheap and decides gallery searches. Stage
"whole" teaches every module with every loss.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor

from core.errors import CaseError
from core.models.compact import CompactConfig, CompactDfrec
from core.models.embedder import DlibResNet
from core.models.losses import FaceFeatures, GalleryRetrieval, feature_losses
from core.training.corpus import FaceCorpus
from core.training.forgeries import ForgeryBatch, ForgeryConfig, ForgeryGenerator

STAGES = ("identity", "whole")
# Faces of tight, soft photographs carry little context around the face: they come up as targets less often.
TARGET_WEIGHT = {"lfw": 1.0, "mebeauty": 1.5, "ffhq": 1.5, "fiw": 0.45, "utk": 0.45}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """One stage of training.

    Attributes:
        stage: "identity" or "whole".
        minutes: length of the stage; the learning rate follows the share of it that has passed, over all resumptions.
        batch: faces a step.
        learning_rate: peak; warm-up over the first 3 %, cosine down to a twentieth.
        trunk_rate: factor on the learning rate of the parts that start from the embedder.
        weight_decay: of AdamW.
        ema: decay of the averaged weights that are shipped.
        checkpoint_minutes: how often state is written.
        seed: of weights, order and forgeries.
    """

    stage: str
    minutes: float
    batch: int = 64
    learning_rate: float = 4e-4
    trunk_rate: float = 1.0
    weight_decay: float = 1e-2
    ema: float = 0.998
    checkpoint_minutes: float = 4.0
    seed: int = 1

    def __post_init__(self) -> None:
        if self.stage not in STAGES:
            raise ValueError(f"stage must be one of {STAGES}, got {self.stage!r}")


class Trainer:
    """Owns everything that a resumed run must find again: weights, averages, optimiser, clock, random state.

    Args:
        corpus: packed faces.
        embedder_weights: safetensors of the CC0 embedder.
        run: folder of this run; its ``state.pt`` is resumed when it exists.
        config: the stage.
        device: torch device.
    """

    def __init__(
        self, corpus: FaceCorpus, embedder_weights: Path, run: Path, config: TrainConfig, device: torch.device
    ) -> None:
        if not embedder_weights.is_file():
            raise CaseError("no embedder weights", path=embedder_weights, next_step="name the embedder's safetensors")
        self.config, self.run, self.device = config, run, device
        run.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(config.seed)
        state = load_file(embedder_weights)
        embedder = DlibResNet()
        embedder.load_state_dict(state)
        self.features = FaceFeatures(embedder).to(device).to(memory_format=torch.channels_last)
        self.model = CompactDfrec(CompactConfig())
        self.model.start_from_embedder(state)
        self.model.to(device).to(memory_format=torch.channels_last)
        self.average = {k: v.detach().clone() for k, v in self.model.state_dict().items()}
        self.optimiser = torch.optim.AdamW(
            self._groups(), lr=config.learning_rate, weight_decay=config.weight_decay, fused=True
        )
        self.random = torch.Generator(device).manual_seed(config.seed)
        self.step, self.elapsed_s = 0, 0.0

        self.train_rows = torch.from_numpy(np.flatnonzero(~corpus.is_validation)).to(device)
        weight = np.array([TARGET_WEIGHT.get(str(s), 1.0) for s in corpus.sets], dtype=np.float64)
        self.draw_weight = torch.from_numpy(weight).to(device)[self.train_rows]
        images = torch.from_numpy(corpus.images)
        self.forger = ForgeryGenerator(
            images.to(device), torch.from_numpy(corpus.landmarks68).to(device), ForgeryConfig(), self.random
        )
        _, number = np.unique(corpus.identity, return_inverse=True)
        embedding = torch.from_numpy(corpus.embedding).to(device)
        identity = torch.from_numpy(number).to(device)
        self.retrieval = GalleryRetrieval(embedding[self.train_rows], identity[self.train_rows]).to(device)
        self.place = torch.full((len(embedding),), -1, device=device)
        self.place[self.train_rows] = torch.arange(len(self.train_rows), device=device)
        photos = embedding[self.train_rows]
        self.model.identity_mean.copy_(photos.mean(0))
        self.model.identity_spread.copy_((photos - photos.mean(0)).norm(dim=1).mean())
        for name in ("identity_mean", "identity_spread"):
            self.average[name].copy_(self.model.state_dict()[name])
        self._resume()

    def _groups(self) -> list[dict[str, Any]]:
        trunk: list[torch.nn.Parameter] = []
        fresh: list[torch.nn.Parameter] = []
        for name, parameter in self.model.named_parameters():
            started = ".level" in name or ".stem." in name or name.endswith("head.own.weight")
            (trunk if started else fresh).append(parameter)
        return [{"params": trunk, "factor": self.config.trunk_rate}, {"params": fresh, "factor": 1.0}]

    @property
    def progress(self) -> float:
        """Share of the stage that has passed, [0, 1]."""
        return min(1.0, self.elapsed_s / (60 * self.config.minutes))

    def run_stage(self) -> Iterator[dict[str, float]]:
        """Train until the stage's time has passed, yielding a record of losses and speed every 20 steps."""
        last_save = time.monotonic()
        window: list[dict[str, float]] = []
        self.model.train()
        while self.progress < 1:
            begun = time.monotonic()
            window.append(self._train_step())
            self.elapsed_s += time.monotonic() - begun
            self.step += 1
            if len(window) == 20:
                record = {key: float(np.mean([w[key] for w in window])) for key in window[0]}
                record |= {
                    "step": self.step,
                    "steps": len(window),
                    "batch": self.config.batch,
                    "minutes": self.elapsed_s / 60,
                }
                self._log(record)
                yield record
                window = []
            if time.monotonic() - last_save > 60 * self.config.checkpoint_minutes:
                self.save()
                last_save = time.monotonic()
        self.save()

    def _train_step(self) -> dict[str, float]:
        begun = time.monotonic()
        ramp = min(1.0, self.progress / 0.03 + 0.02)
        rate = self.config.learning_rate * ramp * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * self.progress)))
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group["factor"]
        drawn = torch.multinomial(self.draw_weight, self.config.batch, generator=self.random)
        with torch.no_grad():
            chunk = 16 if self.device.type == "cpu" else self.config.batch
            batch = self.forger.draw(self.train_rows[drawn], chunk)
        made = time.monotonic()
        with torch.autocast(self.device.type, torch.bfloat16):
            losses = self._identity(batch) if self.config.stage == "identity" else self._whole(batch)
        total = torch.stack(list(losses.values())).sum()
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        self.optimiser.step()
        self._blend()
        done = time.monotonic()
        record = {name: float(value.detach()) for name, value in losses.items()}
        return record | {"draw_ms": 1e3 * (made - begun), "faces_s": self.config.batch / (done - begun)}

    def _identity(self, batch: ForgeryBatch) -> dict[str, Tensor]:
        image = batch.image.contiguous(memory_format=torch.channels_last)
        source, target = self.model.identities(image)
        return self._retrieve(source, target, batch)

    def _retrieve(self, source: Tensor, target: Tensor, batch: ForgeryBatch) -> dict[str, Tensor]:
        return {
            "id_source": self.retrieval(source, self.place[batch.source_row]),
            "id_target": 2 * self.retrieval(target, self.place[batch.target_row]),
        }

    def _whole(self, batch: ForgeryBatch) -> dict[str, Tensor]:
        """All losses; the target's terms count twice, as in the paper."""
        image = batch.image.contiguous(memory_format=torch.channels_last)
        passed = self.model.passed(image, self.random)
        out = passed.output
        losses = {k: 0.5 * v for k, v in self._retrieve(passed.source_vector, passed.target_vector, batch).items()}
        overlap = (out.m_s * batch.mask).sum((1, 2, 3)) + 50
        dice = 1 - 2 * overlap / (out.m_s.sum((1, 2, 3)) + batch.mask.sum((1, 2, 3)) + 100)
        losses["map"] = F.binary_cross_entropy_with_logits(passed.map_logits, batch.mask) + 0.5 * dice.mean()
        assert out.fake_logit is not None
        losses["fake"] = 0.5 * F.binary_cross_entropy_with_logits(out.fake_logit, batch.is_fake)
        hidden = (out.masked_input.sum(1, keepdim=True) == 0).float()
        patch = ((passed.predicted - batch.target).abs() * hidden).sum() / (3 * hidden.sum()).clamp_min(1)
        losses["patch"] = 3 * patch
        losses["pixel_source"] = 1.5 * (out.source - batch.source).abs().mean()
        # Feature losses look at half of the batch: they cost as much as everything else together.
        count = max(1, len(image) // 2)
        pictures = torch.cat([out.source[:count], out.target[:count]])
        truth = torch.cat([batch.source[:count], batch.target[:count]])
        with torch.no_grad():
            wanted = self.features(truth.contiguous(memory_format=torch.channels_last))
        seen = self.features(pictures.contiguous(memory_format=torch.channels_last))
        for name, part, weight in (("source", slice(None, count), 1.0), ("target", slice(count, None), 2.0)):
            perceptual, identity = feature_losses([f[part] for f in seen], [f[part] for f in wanted])
            losses[f"perceptual_{name}"] = 0.3 * weight * perceptual
            losses[f"identity_{name}"] = 0.3 * weight * identity
        return losses

    @torch.no_grad()
    def _blend(self) -> None:
        decay = min(self.config.ema, (1 + self.step) / (10 + self.step))
        for key, value in self.model.state_dict().items():
            mean = self.average[key]
            if mean.is_floating_point():
                mean.lerp_(value.to(mean.dtype), 1 - decay)
            else:
                mean.copy_(value)

    def _log(self, record: dict[str, float]) -> None:
        with (self.run / "curve.jsonl").open("a") as file:
            file.write(json.dumps({"stage": self.config.stage} | {k: round(v, 5) for k, v in record.items()}) + "\n")

    def save(self) -> None:
        """Write the state atomically: a killed run resumes from the last one written."""
        state = {
            "config": asdict(self.config),
            "model": self.model.state_dict(),
            "average": self.average,
            "optimiser": self.optimiser.state_dict(),
            "random": self.random.get_state(),
            "step": self.step,
            "elapsed_s": self.elapsed_s,
        }
        partial = self.run / "state.pt.partial"
        torch.save(state, partial)
        partial.replace(self.run / "state.pt")

    def _resume(self) -> None:
        path = self.run / "state.pt"
        if not path.is_file():
            return
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.average = {k: v.to(self.device) for k, v in state["average"].items()}
        self.random.set_state(state["random"].cpu())
        self.step = state["step"]
        if state["config"]["stage"] == self.config.stage:
            self.optimiser.load_state_dict(state["optimiser"])
            self.elapsed_s = state["elapsed_s"]
