"""Several processes on one run: what they share, and that two of them equal one with both their batches."""

import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest
import torch
from line_task import Coloured, LineTask, config
from torch import Tensor, nn

from core.training.engine import Trainer
from core.training.precision import half_precision
from core.training.world import World, training_device
from tests.builders_training import CPU, seeded

CHILD = Path(__file__).with_name("line_task.py")
STEPS = 4
# Where the processor multiplies bf16, gradients of two halves are rounded otherwise than that of the whole.
ROUNDING = 1e-6 if isinstance(half_precision(CPU), nullcontext) else 2e-3


class BothBatches(LineTask):
    """By hand what two processes do: the losses of two batches, each drawn as its process draws it, averaged."""

    def __init__(self) -> None:
        super().__init__()
        self._second = seeded(2)

    def losses(self, batch: Coloured, random: torch.Generator) -> dict[str, Tensor]:
        first = super().losses(batch, random)
        other = super().losses(super().draw(5, self._second), self._second)
        return {name: (first[name] + other[name]) / 2 for name in first}


def test_two_processes_equal_one_that_averages_by_hand(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2", str(CHILD)]
    environment = {"PYTHONPATH": str(Path.cwd()), "OMP_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"}
    subprocess.run([*command, str(tmp_path), "--steps", str(STEPS)], env=environment, check=True, timeout=280)
    first, second = (torch.load(tmp_path / f"rank-{rank}.pt", weights_only=True) for rank in (0, 1))
    torch.manual_seed(0)
    by_hand = Trainer(BothBatches(), tmp_path / "hand", config(STEPS, checkpoint_minutes=60), CPU)
    list(by_hand.run_stage())
    for name, expected in by_hand.task.network.state_dict().items():
        assert torch.equal(first[name], second[name]), name
        torch.testing.assert_close(first[name], expected, atol=ROUNDING, rtol=1e-5, msg=name)
    state = torch.load(tmp_path / "line.pt", weights_only=True)
    assert state["step"] == STEPS
    assert not torch.equal(*state["random"])  # each process draws faces of its own
    assert len((tmp_path / "curve.jsonl").read_text().splitlines()) == 1  # written once


def test_a_process_alone_needs_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    world = World.joined(CPU)
    assert (world.rank, world.size) == (0, 1)
    layer = nn.Linear(2, 1)
    layer(torch.ones(1, 2)).sum().backward()
    world.average_gradients(list(layer.parameters()))
    assert layer.weight.grad is not None and torch.equal(layer.weight.grad, torch.ones(1, 2))
    assert world.agreed(0.25) == 0.25
    assert [state.tolist() for state in world.gathered(torch.tensor([3]))] == [[3]]


def test_a_processor_run_stays_on_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert training_device("cpu") == CPU
