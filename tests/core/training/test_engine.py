"""The training loop: what a killed run finds again, what moves and what does not, what is left to look at."""

import json
import math
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from line_task import LineTask, trainer
from PIL import Image
from torch import Tensor

from core.errors import CaseError
from core.training.engine import TrainConfig
from core.training.precision import half_precision
from core.training.samples import draw_curves
from core.training.stages import make_task
from core.training.states import averaged_weights
from tests.builders_training import CPU, labelled_corpus, seeded, stage_inputs

CHILD = Path(__file__).with_name("line_task.py")


def trained(run: Path, steps: int) -> dict[str, Tensor]:
    list(trainer(run, steps).run_stage())
    state: dict[str, Tensor] = torch.load(run / "line.pt", weights_only=True)
    return state


def assert_same(a: object, b: object, where: str = "state") -> None:
    """Equal bit for bit, all the way down."""
    if isinstance(a, Tensor):
        assert isinstance(b, Tensor) and torch.equal(a, b), where
    elif isinstance(a, dict):
        assert isinstance(b, dict) and a.keys() == b.keys(), where
        for key in a:
            assert_same(a[key], b[key], f"{where}/{key}")
    elif isinstance(a, (list, tuple)):
        assert isinstance(b, (list, tuple)) and len(a) == len(b), where
        for number, (p, q) in enumerate(zip(a, b, strict=True)):
            assert_same(p, q, f"{where}/{number}")
    else:
        assert a == b, where


def without_clock(state: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in state.items() if key != "elapsed_s"}


def test_a_run_killed_in_its_fourth_step_ends_where_an_unbroken_one_does(tmp_path: Path) -> None:
    unbroken = trained(tmp_path / "unbroken", 6)
    command = [sys.executable, str(CHILD), str(tmp_path / "killed"), "--steps", "6", "--die-at"]
    # Saved after each of three steps; samples are drawn, too, so that the fourth step's draw is the seventh.
    child = subprocess.run([*command, "7"], env={"PYTHONPATH": str(Path.cwd())}, check=False)
    assert child.returncode == -signal.SIGKILL
    state = torch.load(tmp_path / "killed" / "line.pt", weights_only=True)
    assert state["step"] == 3
    assert not torch.equal(state["network"]["conv.weight"], unbroken["network"]["conv.weight"])
    assert_same(without_clock(trained(tmp_path / "killed", 6)), without_clock(unbroken))


@pytest.mark.parametrize("stage", ["attributes", "identity", "context"])
def test_a_stage_of_the_project_resumes_exactly(tmp_path: Path, stage: str) -> None:
    from core.training.engine import Trainer

    torch.set_num_threads(1)
    corpus = labelled_corpus(24)
    states = []
    for name, stops in (("once", [4]), ("twice", [2, 4])):
        for stop in stops:
            inputs = stage_inputs(tmp_path / name, corpus)
            config = TrainConfig(steps=4, batch=2, checkpoint_minutes=60)
            training = Trainer(make_task(stage, inputs), inputs.run, config, CPU)
            training.task.network.train()
            while training.step < stop:
                record = training.train_step()
                training.step += 1
                assert all(math.isfinite(value) for value in record.values())
            training.save()
        states.append(torch.load(tmp_path / name / f"{training.task.file}.pt", weights_only=True))
    assert_same(without_clock(states[0]), without_clock(states[1]))


def test_a_run_of_another_network_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    state = trained(tmp_path, 2)
    del state["network"]["conv.weight"]
    torch.save(state, tmp_path / "line.pt")
    before = (tmp_path / "line.pt").read_bytes()
    with pytest.raises(CaseError, match="another shape") as caught:
        trainer(tmp_path, 4)
    assert "--start" in caught.value.next_step
    assert (tmp_path / "line.pt").read_bytes() == before


def test_frozen_parameters_stay_and_the_others_learn(tmp_path: Path) -> None:
    training = trainer(tmp_path, 30)
    before = {name: value.clone() for name, value in training.task.network.state_dict().items()}
    records = list(training.run_stage())
    moved = {name for name, value in training.task.network.state_dict().items() if not torch.equal(value, before[name])}
    assert moved == {name for name in before if not name.startswith("frozen.")}
    assert [r["steps"] for r in records] == [20, 10]
    assert records[-1]["square"] < records[0]["square"]


def test_slower_groups_follow_their_factor(tmp_path: Path) -> None:
    training = trainer(tmp_path, 1000)
    training.train_step()
    rates = {group["factor"]: group["lr"] for group in training.optimiser.param_groups}
    assert rates[0.5] == pytest.approx(0.5 * rates[1.0])


def test_the_rate_warms_up_and_decays_to_a_twentieth(tmp_path: Path) -> None:
    training = trainer(tmp_path, 1000)
    rates = []
    for step in (0, 15, 30, 515, 999):
        training.step = step
        training.train_step()
        rates.append(training.optimiser.param_groups[-1]["lr"] / training.config.learning_rate)
    assert rates[0] == pytest.approx(0.02)
    assert rates[1] == pytest.approx(0.52, abs=0.01)
    assert rates[2] == pytest.approx(1.0, abs=0.01)
    assert 0.4 < rates[3] < 0.6
    assert rates[4] == pytest.approx(0.05, abs=0.001)


def test_averaged_weights_are_the_mean_of_the_steps(tmp_path: Path) -> None:
    training = trainer(tmp_path, 50)
    first = training.task.network.out.weight.detach().clone()
    training.train_step()
    second = training.task.network.out.weight.detach()
    torch.testing.assert_close(training.average["out.weight"], 0.1 * first + 0.9 * second)


def test_a_seed_decides_the_batch(tmp_path: Path) -> None:
    def batch(name: str, seed: int) -> Tensor:
        training = trainer(tmp_path / name, 6, seed=seed)
        drawn: Tensor = training.task.draw(5, training.random).pictures
        return drawn

    assert torch.equal(batch("a", 7), batch("b", 7))
    assert not torch.equal(batch("a", 7), batch("c", 8))


def test_looking_at_samples_changes_nothing(tmp_path: Path) -> None:
    watched, alone = trainer(tmp_path / "a", 6), trainer(tmp_path / "b", 6)
    for training in (watched, alone):
        for _ in range(3):
            training.train_step()
            training.step += 1
            if training is watched:
                training.save()
    assert_same(watched.task.network.state_dict(), alone.task.network.state_dict())


def test_a_run_leaves_curves_and_grids_to_look_at(tmp_path: Path) -> None:
    list(trainer(tmp_path, 25).run_stage())
    lines = [json.loads(line) for line in (tmp_path / "curve.jsonl").read_text().splitlines()]
    assert [(line["step"], line["steps"]) for line in lines] == [(20, 20), (25, 5)]
    assert all(line["stage"] == "line" and line["faces_s"] > 0 for line in lines)
    with Image.open(draw_curves(tmp_path)) as curves:
        assert curves.format == "PNG"
        assert len(np.unique(np.asarray(curves.convert("RGB")).reshape(-1, 3), axis=0)) > 20
    grids = sorted((tmp_path / "grids").iterdir())
    assert grids[-1].name == "line-0000025.jpg"
    with Image.open(grids[-1]) as grid:
        assert (grid.format, grid.size) == ("JPEG", (8 * 8, 8))


def test_the_next_stage_of_a_network_begins_with_the_averaged_weights(tmp_path: Path) -> None:
    list(trainer(tmp_path, 4).run_stage())
    task = LineTask()
    task.stage = "second"
    following = trainer(tmp_path, 4, task)
    assert following.step == 0
    assert following.history == ["line", "second"]
    assert_same(dict(following.task.network.state_dict()), averaged_weights(tmp_path, "line"))


def test_a_network_that_was_not_trained_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="Train the stage that makes attributes first") as caught:
        averaged_weights(tmp_path, "attributes")
    assert caught.value.path == tmp_path / "attributes.pt"


@pytest.mark.parametrize(("minutes", "steps"), [(0, 0), (1, 1)])
def test_a_stage_has_one_length(minutes: float, steps: int) -> None:
    with pytest.raises(ValueError, match="minutes or in steps"):
        TrainConfig(minutes=minutes, steps=steps)


@pytest.mark.skipif(not Path("/proc/cpuinfo").is_file(), reason="reads what Linux says of the processor")
def test_half_precision_only_where_the_processor_has_it() -> None:
    flags = set(Path("/proc/cpuinfo").read_text().split())
    a = torch.rand(4, 4, generator=seeded(0))
    with half_precision(CPU):
        product = a @ a
    if not flags & {"avx512_bf16", "amx_bf16"}:
        assert product.dtype is torch.float32
    assert product.dtype in (torch.float32, torch.bfloat16)


def test_half_precision_where_the_processor_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    a = torch.rand(4, 4, generator=seeded(0))
    for has_it, dtype in ((True, torch.bfloat16), (False, torch.float32)):
        monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda has_it=has_it: has_it)
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
        with half_precision(CPU):
            assert (a @ a).dtype is dtype
