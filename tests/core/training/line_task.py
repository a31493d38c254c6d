"""The smallest task there is: colours of noise pictures, told by two convolutions and a layer. Also a child process.

``python line_task.py RUN --steps N [--die-at K]`` trains it; with ``--die-at`` the process kills itself as a power cut
would, in the middle of a step. Under ``torchrun`` each process leaves its weights in ``RUN/rank-N.pt``.
"""

import argparse
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from core.training.engine import ParameterGroup, TrainConfig, Trainer
from core.training.world import World


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coloured:
    pictures: Tensor
    colour: Tensor


class LineNetwork(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.frozen = nn.Conv2d(3, 4, 3)
        self.conv = nn.Conv2d(4, 6, 3)
        self.slow = nn.Linear(6, 6)
        self.out = nn.Linear(6, 3)
        self.to(memory_format=torch.channels_last)

    def forward(self, pictures: Tensor) -> Tensor:
        x = torch.relu(self.conv(torch.relu(self.frozen(pictures))))
        stated: Tensor = self.out(torch.relu(self.slow(x.mean((2, 3)))))
        return stated


class LineTask:
    stage = "line"
    file = "line"

    def __init__(self, die_at: int = 0) -> None:
        self.network = LineNetwork()
        self.die_at, self.drawn = die_at, 0

    def groups(self) -> list[ParameterGroup]:
        net = self.network
        return [
            ParameterGroup(parameters=list(net.frozen.parameters()), factor=0.0),
            ParameterGroup(parameters=list(net.slow.parameters()), factor=0.5),
            ParameterGroup(parameters=[*net.conv.parameters(), *net.out.parameters()]),
        ]

    def compiled(self) -> list[Callable[..., Any]]:
        return [self.network.conv]

    def draw(self, count: int, random: torch.Generator) -> Coloured:
        self.drawn += 1
        if self.drawn == self.die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        pictures = torch.rand(count, 3, 8, 8, generator=random)
        return Coloured(pictures=pictures, colour=pictures.mean((2, 3)) * torch.tensor([1.0, -2.0, 0.5]))

    def losses(self, batch: Coloured, random: torch.Generator) -> dict[str, Tensor]:
        noise = 0.05 * torch.randn(batch.pictures.shape, generator=random)
        apart = self.network(batch.pictures + noise) - batch.colour
        return {"square": apart.square().mean(), "size": 0.1 * apart.abs().mean()}

    def pictures(self, batch: Coloured, random: torch.Generator) -> list[Tensor]:
        return [batch.pictures]


def config(steps: int, seed: int = 1, checkpoint_minutes: float = 0.0) -> TrainConfig:
    return TrainConfig(
        steps=steps, batch=5, learning_rate=1e-2, seed=seed, checkpoint_minutes=checkpoint_minutes, clip=0.5
    )


def trainer(run: Path, steps: int, task: LineTask | None = None, seed: int = 1) -> Trainer:
    """A trainer that saves after every step, its first weights those of seed 0."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    return Trainer(task or LineTask(), run, config(steps, seed), torch.device("cpu"))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=Path)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--die-at", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(1)
    world = World.joined(torch.device("cpu"))
    torch.manual_seed(world.rank)  # every process begins elsewhere: the first one's weights have to win
    # Clocks that disagree: only the first process wants to save.
    often = config(args.steps, checkpoint_minutes=0.0 if world.rank == 0 else 60.0)
    training = Trainer(LineTask(args.die_at), args.run, often, torch.device("cpu"), world)
    for _ in training.run_stage():
        pass
    torch.save(training.task.network.state_dict(), args.run / f"rank-{world.rank}.pt")
    world.leave()


if __name__ == "__main__":
    main()
