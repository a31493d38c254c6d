"""``--compile``: what a stage names for it is what the stage runs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from line_task import LineTask, config

from core.training.corpus import FaceCorpus
from core.training.engine import TrainConfig, Trainer, compile_in_place
from core.training.stages import STAGES, make_task
from tests.builders_training import CPU, labelled_corpus, stage_inputs

WITHOUT = {"attributes"}
"""Stages of which nothing is worth compiling."""


class StandInCompiler:
    """Compiles nothing, and notes of each function whether it was called since."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    def __call__(self, function: Callable[..., Any], *_: object, **__: object) -> Callable[..., Any]:
        number = len(self.calls)
        self.calls.append(0)

        def noted(*args: object, **kwargs: object) -> object:
            self.calls[number] += 1
            return function(*args, **kwargs)

        return noted


@pytest.fixture
def compiler(monkeypatch: pytest.MonkeyPatch) -> StandInCompiler:
    made = StandInCompiler()
    monkeypatch.setattr("torch.compile", made)
    return made


@pytest.fixture(scope="module")
def corpus() -> FaceCorpus:
    torch.set_num_threads(1)
    return labelled_corpus(24)


@pytest.fixture(scope="module")
def run(corpus: FaceCorpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that holds what other stages begin with."""
    inputs = stage_inputs(tmp_path_factory.mktemp("run"), corpus)
    for stage in ("attributes", "foundation"):
        Trainer(make_task(stage, inputs), inputs.run, TrainConfig(steps=1, batch=2), CPU).save()
    return inputs.run


@pytest.mark.parametrize("stage", STAGES)
def test_everything_that_a_stage_compiles_is_run_by_its_losses(
    corpus: FaceCorpus, run: Path, compiler: StandInCompiler, stage: str
) -> None:
    task = make_task(stage, stage_inputs(run, corpus))
    training = Trainer(task, run, TrainConfig(steps=9, batch=2, compile=True), CPU)
    assert len(compiler.calls) == len(task.compiled())
    training.train_step()
    assert all(compiler.calls) and bool(compiler.calls) == (stage not in WITHOUT)


def test_a_method_is_compiled_in_its_place_and_what_is_saved_stays_the_same(
    compiler: StandInCompiler, tmp_path: Path
) -> None:
    task = LineTask()
    names = list(task.network.state_dict())
    compile_in_place(task.network.forward)
    Trainer(task, tmp_path, config(2), CPU).train_step()
    assert compiler.calls == [1]
    assert list(task.network.state_dict()) == names
    with pytest.raises(TypeError, match="neither a module nor a method"):
        compile_in_place(len)
