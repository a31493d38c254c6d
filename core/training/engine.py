"""The training loop: one for every network of the project, on a processor, an accelerator, or several of them.

What is learned stands in a `Task`; here stands what every run needs beside it: warm-up and decay, averaged weights,
bf16 where the hardware has it, an exact resume, curves and sample grids, and gradients shared between processes that
``torchrun`` started.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from types import MethodType
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from core.errors import CaseError, ModelError
from core.evidence.writing import replacing
from core.models.weights import check_shapes
from core.training.precision import half_precision
from core.training.samples import write_grid
from core.training.world import World

Batch = TypeVar("Batch")
WINDOW = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """One stage of training. Its length is given in minutes or in steps, over all resumptions.

    Attributes:
        minutes: length of the stage; 0 where `steps` counts.
        steps: length of the stage; 0 where `minutes` counts. A run measured in steps is the same on every machine.
        batch: faces a step, in each process.
        learning_rate: peak; warm-up over the first 3 %, cosine down to a twentieth.
        betas, weight_decay: of AdamW.
        ema: decay of the averaged weights that are shipped.
        clip: largest norm of the gradient.
        checkpoint_minutes: how often state, curve and grid are written.
        seed: of weights, order and forgeries.
        compile: let torch.compile fuse what the task names; pays on an accelerator after some minutes.
    """

    minutes: float = 0.0
    steps: int = 0
    batch: int = 64
    learning_rate: float = 4e-4
    betas: tuple[float, float] = (0.9, 0.999)
    weight_decay: float = 1e-2
    ema: float = 0.998
    clip: float = 5.0
    checkpoint_minutes: float = 4.0
    seed: int = 1
    compile: bool = False

    def __post_init__(self) -> None:
        if (self.minutes > 0) == (self.steps > 0):
            raise ValueError("give the length of a stage in minutes or in steps")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterGroup:
    """Parameters that learn at `factor` times the stage's rate; 0 freezes them."""

    parameters: list[nn.Parameter]
    factor: float = 1.0


class Task(Protocol[Batch]):
    """What one stage learns.

    Attributes:
        stage: name of the stage.
        file: stem of the file that holds the network in a run's folder; stages of one network share it.
        network: what is trained, averaged and saved.
    """

    @property
    def stage(self) -> str:
        """See the class."""
        ...

    @property
    def file(self) -> str:
        """See the class."""
        ...

    @property
    def network(self) -> nn.Module:
        """See the class."""
        ...

    def groups(self) -> list[ParameterGroup]:
        """Parameters with their rates."""
        ...

    def compiled(self) -> list[Callable[..., Any]]:
        """What `losses` calls and is worth compiling: modules, and bound methods of modules."""
        ...

    def draw(self, count: int, random: torch.Generator) -> Batch:
        """A batch of `count` faces, on the device, without gradients."""
        ...

    def losses(self, batch: Batch, random: torch.Generator) -> dict[str, Tensor]:
        """Weighted losses by name; their sum is minimised."""
        ...

    def pictures(self, batch: Batch, random: torch.Generator) -> list[Tensor]:
        """Rows of a sample grid: each (n, 3, H, W) in [0, 1]."""
        ...


def compile_in_place(part: Callable[..., Any]) -> None:
    """Let torch.compile fuse a module, or a bound method of one, wherever it is called from now on.

    Raises:
        TypeError: it is neither.
    """
    if isinstance(part, nn.Module):
        part.compile()
    elif isinstance(part, MethodType) and isinstance(part.__self__, nn.Module):
        # A module compiled as a whole is so only where it is itself called; its other methods stay as they were.
        setattr(part.__self__, part.__name__, torch.compile(part))
    else:
        raise TypeError(f"{part!r} is neither a module nor a method of one")


def _sizes(network: nn.Module) -> dict[str, Any]:
    """By name what a network that comes in several sizes was built with; empty for others."""
    config = getattr(network, "config", None)
    return asdict(config) if is_dataclass(config) and not isinstance(config, type) else {}


class Trainer:
    """Owns everything that a resumed run must find again: weights, averages, optimiser, clock, random state.

    Args:
        task: what is learned, its network on the device.
        run: folder of the run; ``FILE.pt`` in it is resumed when it exists.
        config: length and rates.
        device: torch device.
        world: the processes that share the work.
    """

    def __init__(
        self, task: Task[Any], run: Path, config: TrainConfig, device: torch.device, world: World | None = None
    ) -> None:
        self.task, self.run, self.config, self.device = task, run, config, device
        self.world = world or World()
        run.mkdir(parents=True, exist_ok=True)
        self.path = run / f"{task.file}.pt"
        self.random = torch.Generator(device).manual_seed(config.seed + self.world.rank)
        self.average = {k: v.detach().clone() for k, v in task.network.state_dict().items()}
        groups = [g for g in task.groups() if g.parameters]
        for group in groups:
            for parameter in group.parameters:
                parameter.requires_grad_(group.factor > 0)
        self.trained = [p for g in groups if g.factor > 0 for p in g.parameters]
        self.optimiser = torch.optim.AdamW(
            [{"params": g.parameters, "factor": g.factor} for g in groups if g.factor > 0],
            lr=config.learning_rate,
            betas=config.betas,
            weight_decay=config.weight_decay,
            fused=True,
        )
        self.step, self.elapsed_s, self.history = 0, 0.0, [f"{task.stage}"]
        self._resume()
        self.world.share(task.network)
        if config.compile:
            for part in task.compiled():
                compile_in_place(part)

    @property
    def progress(self) -> float:
        """Share of the stage that has passed, [0, 1]."""
        if self.config.steps:
            return min(1.0, self.step / self.config.steps)
        return min(1.0, self.elapsed_s / (60 * self.config.minutes))

    def run_stage(self) -> Iterator[dict[str, float]]:
        """Train until the stage has passed, yielding a record of losses, speed and time left every 20 steps."""
        last_save = time.monotonic()
        window: list[dict[str, float]] = []
        self.task.network.train()
        while self.progress < 1:
            begun = time.monotonic()
            window.append(self.train_step())
            # Clocks differ: every process goes by the first one's, in its rates and in when it stops and saves.
            self.elapsed_s = self.world.agreed(self.elapsed_s + time.monotonic() - begun)
            self.step += 1
            if len(window) == WINDOW or self.progress >= 1:
                yield self._record(window)
                window = []
            is_due = time.monotonic() - last_save > 60 * self.config.checkpoint_minutes
            if self.world.agreed(is_due):
                self.save()
                last_save = time.monotonic()
        self.save()

    def _record(self, window: list[dict[str, float]]) -> dict[str, float]:
        """Log and return the means of the steps since the last record."""
        record = {key: float(np.mean([w[key] for w in window])) for key in window[0]}
        record |= {
            "step": self.step,
            "steps": len(window),
            "batch": self.config.batch * self.world.size,
            "minutes": self.elapsed_s / 60,
            "minutes_left": self.elapsed_s / 60 * (1 / max(self.progress, 1e-6) - 1),
        }
        if self.world.rank == 0:
            line = {"stage": self.task.stage} | {k: round(v, 5) for k, v in record.items()}
            with (self.run / "curve.jsonl").open("a") as file:
                file.write(json.dumps(line) + "\n")
        return record

    def train_step(self) -> dict[str, float]:
        """One step; the losses and the speed of it."""
        begun = time.monotonic()
        ramp = min(1.0, self.progress / 0.03 + 0.02)
        rate = self.config.learning_rate * ramp * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * self.progress)))
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group["factor"]
        with torch.no_grad():
            batch = self.task.draw(self.config.batch, self.random)
        made = time.monotonic()
        with half_precision(self.device):
            losses = self.task.losses(batch, self.random)
        total = torch.stack(list(losses.values())).sum()
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        self.world.average_gradients(self.trained)
        torch.nn.utils.clip_grad_norm_(self.trained, self.config.clip)
        self.optimiser.step()
        self._blend()
        record = {name: float(value.detach()) for name, value in losses.items()}
        done = time.monotonic()
        faces = self.config.batch * self.world.size
        return record | {"draw_ms": 1e3 * (made - begun), "faces_s": faces / (done - begun)}

    @torch.no_grad()
    def _blend(self) -> None:
        decay = min(self.config.ema, (1 + self.step) / (10 + self.step))
        for key, value in self.task.network.state_dict().items():
            mean = self.average[key]
            if mean.is_floating_point():
                mean.lerp_(value.to(mean.dtype), 1 - decay)
            else:
                mean.copy_(value)

    def save(self) -> None:
        """Write the state atomically, and a grid of samples: a killed run resumes from the last one written."""
        random = self.world.gathered(self.random.get_state())
        if self.world.rank:
            return
        state = {
            "stage": self.task.stage,
            "history": self.history,
            "config": asdict(self.config),
            "sizes": _sizes(self.task.network),
            "network": self.task.network.state_dict(),
            "average": self.average,
            "optimiser": self.optimiser.state_dict(),
            "random": random,
            "step": self.step,
            "elapsed_s": self.elapsed_s,
        }
        with replacing(self.path) as part:
            torch.save(state, part)
        self._write_samples()

    @torch.no_grad()
    def _write_samples(self) -> None:
        """Eight faces drawn by a generator of their own, so that looking does not change the run."""
        look = torch.Generator(self.device).manual_seed(0)
        self.task.network.eval()
        rows = self.task.pictures(self.task.draw(8, look), look)
        self.task.network.train()
        if rows:
            write_grid(self.run / "grids" / f"{self.task.stage}-{self.step:07d}.jpg", rows)

    def _resume(self) -> None:
        """Go on with this stage, or begin it with the averaged weights of the stage before it.

        Raises:
            CaseError: the run holds another network, one of an earlier version for example.
        """
        if not self.path.is_file():
            return
        state = torch.load(self.path, map_location=self.device, weights_only=True)
        own = {name: value.shape for name, value in self.task.network.state_dict().items()}
        try:
            check_shapes(own, state["network"], self.path)
        except ModelError as error:
            raise CaseError(
                f"this run holds a network of another shape: {error.what}",
                path=self.path,
                next_step="export it with the version that trained it and give the file to a new run as --start",
            ) from error
        if state["stage"] != self.task.stage:
            self.task.network.load_state_dict(state["average"])
            self.average = {k: v.to(self.device) for k, v in state["average"].items()}
            self.history = [*state["history"], self.task.stage]
            return
        self.task.network.load_state_dict(state["network"])
        self.average = {k: v.to(self.device) for k, v in state["average"].items()}
        self.history = state["history"]
        self.optimiser.load_state_dict(state["optimiser"])
        if len(state["random"]) == self.world.size:
            self.random.set_state(state["random"][self.world.rank].cpu())
        self.step, self.elapsed_s = state["step"], state["elapsed_s"]
