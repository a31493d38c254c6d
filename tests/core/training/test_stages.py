"""From a stage's name to what it learns: what it needs, what it leaves alone, what its losses look at."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from core.errors import CaseError
from core.models.compact import CompactDfrec
from core.models.context import READING
from core.models.perceptual import imagenet_weights
from core.models.weights import save_weights
from core.training.context_task import ContextTask
from core.training.corpus import FaceCorpus
from core.training.engine import Task, TrainConfig, Trainer
from core.training.forgery_batch import Family, ForgeryConfig
from core.training.recovery_task import LossWeights, RecoveryTask
from core.training.stages import FOUNDATIONS, OF_PAIRS, STAGES, make_task
from tests.builders_training import CPU, labelled_corpus, seeded, stage_inputs


@pytest.fixture(scope="module")
def corpus() -> FaceCorpus:
    torch.set_num_threads(1)
    return labelled_corpus(24)


@pytest.fixture(scope="module")
def run(corpus: FaceCorpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose attribute head is there."""
    inputs = stage_inputs(tmp_path_factory.mktemp("run"), corpus)
    Trainer(make_task("attributes", inputs), inputs.run, TrainConfig(steps=1, batch=2), CPU).save()
    return inputs.run


def test_missing_embedder_weights_are_named(corpus: FaceCorpus, tmp_path: Path) -> None:
    inputs = replace(stage_inputs(tmp_path, corpus), embedder=tmp_path / "none.safetensors")
    with pytest.raises(CaseError, match="embedder") as caught:
        make_task("identity", inputs)
    assert caught.value.path == tmp_path / "none.safetensors"


def test_networks_compute_in_full_precision_whatever_the_embedder_is_stored_in(
    corpus: FaceCorpus, tmp_path: Path
) -> None:
    task = make_task("identity", stage_inputs(tmp_path, corpus))
    assert isinstance(task, RecoveryTask)
    dtypes = {p.dtype for network in (task.network, task.features) for p in network.parameters()}
    assert dtypes == {torch.float32}


def test_stages_stand_in_their_order() -> None:
    assert list(STAGES) == [
        "attributes",
        "foundation",
        "blocks",
        "swap",
        "identity",
        "map",
        "whole",
        "context",
        "rffr",
        "blends",
        "inverse",
    ]


def test_the_identity_stage_teaches_trunks_and_heads_alone(corpus: FaceCorpus, tmp_path: Path) -> None:
    moved = moved_by_a_step(make_task("identity", stage_inputs(tmp_path, corpus)), tmp_path)
    assert {"sirm.source.level4.0.a.weight", "sirm.target.level1.0.a.weight", "target_head.own.weight"} <= moved
    assert {name.split(".")[0] for name in moved} <= {"sirm", "source_head", "target_head", "ism"}
    assert not any(".stem." in name or ".level0." in name for name in moved)


def moved_by_a_step(task: Task[Any], run: Path) -> set[str]:
    """Tensors of the network that one step of training changes."""
    training = Trainer(task, run, TrainConfig(steps=9, batch=4), CPU)
    before = {name: value.clone() for name, value in task.network.state_dict().items()}
    task.network.train()
    training.train_step()
    return {name for name, value in task.network.state_dict().items() if not torch.equal(value, before[name])}


def test_the_map_stage_teaches_the_ism_alone(corpus: FaceCorpus, tmp_path: Path) -> None:
    task = make_task("map", stage_inputs(tmp_path, corpus))
    assert set(task.losses(task.draw(4, seeded(1)), seeded(2))) == {"map", "fake"}
    moved = moved_by_a_step(task, tmp_path)
    assert {"ism.level2.0.a.weight", "ism.segment.weight", "ism.classify.2.weight"} <= moved
    assert all(name.startswith("ism.") for name in moved)


def test_weights_that_know_surroundings_keep_what_those_stand_on(corpus: FaceCorpus, tmp_path: Path) -> None:
    start = tmp_path / "start.safetensors"
    save_weights(start, CompactDfrec().state_dict(), {}, torch.float32)
    moved = moved_by_a_step(make_task("identity", stage_inputs(tmp_path / "run", corpus, start)), tmp_path / "run")
    assert {"sirm.target.level3.0.a.weight", "sirm.source.level1.0.a.weight"} <= moved
    assert not any(name.startswith(READING) for name in moved)


def test_the_blends_stage_begins_with_imagenet_or_with_what_is_given(corpus: FaceCorpus, tmp_path: Path) -> None:
    task = make_task("blends", stage_inputs(tmp_path / "new", corpus))
    given = imagenet_weights()["blocks.4.0.conv_pw.weight"]
    assert torch.equal(task.network.state_dict()["blocks.4.0.conv_pw.weight"], given)
    batch = task.draw(4, seeded(1))
    assert len(batch.real) == len(batch.blended) == 2
    moved = moved_by_a_step(task, tmp_path / "new")
    assert {"decide.1.weight", "locate.0.weight", "blocks.2.0.conv_pw.weight"} <= moved
    assert not any(name.startswith(("stem.", "blocks.0.", "blocks.1.")) for name in moved)

    start = tmp_path / "start.safetensors"
    save_weights(start, task.network.state_dict(), {}, torch.float32)
    again = make_task("blends", stage_inputs(tmp_path / "more", corpus, start))
    torch.testing.assert_close(again.network.state_dict(), task.network.state_dict())


def test_the_whole_stage_learns_with_every_loss_and_each_can_be_left_out(
    corpus: FaceCorpus, run: Path, tmp_path: Path
) -> None:
    inputs = stage_inputs(run, corpus)
    task = make_task("whole", inputs)
    assert isinstance(task, RecoveryTask)
    batch = task.draw(4, seeded(1))
    task.network.train()
    losses = task.losses(batch, seeded(2))
    assert {"map", "fake", "patch", "pixel_source", "attribute", "perceptual_target", "identity_target"} <= set(losses)
    assert all(bool(value.isfinite()) for value in losses.values())
    torch.stack(list(losses.values())).sum().backward()
    silent = {name.split(".")[0] for name, p in task.network.named_parameters() if p.grad is None}
    assert silent == {"context", "consistency"}, (
        "what reads surroundings has a stage of its own, what judges them a fit"
    )

    only_map = LossWeights(identity=0, perceptual=0, attribute=0, patch=0, retrieval=0, fake=0, pixel=0)
    task = make_task("whole", replace(inputs, losses=only_map))
    task.network.train()
    ablated = task.losses(batch, seeded(2))
    torch.testing.assert_close(ablated["map"], losses["map"])
    assert sum(value.item() for name, value in ablated.items() if name != "map") == 0
    grid = task.pictures(batch, seeded(3))
    assert {tuple(row.shape) for row in grid} == {(4, 3, 224, 224)}


def test_the_identity_stage_keeps_its_only_loss(corpus: FaceCorpus, tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="retrieval loss alone"):
        make_task("identity", replace(stage_inputs(tmp_path, corpus), losses=LossWeights(retrieval=0)))


def test_shifted_forgeries_alone_need_their_model(corpus: FaceCorpus, tmp_path: Path) -> None:
    inputs = replace(stage_inputs(tmp_path, corpus), forgeries=ForgeryConfig().without({Family.BLEND}))
    with pytest.raises(CaseError, match="fit-identities"):
        make_task("identity", inputs)


def test_the_context_stage_teaches_its_branch_alone_and_never_sees_the_inner_face(
    corpus: FaceCorpus, tmp_path: Path
) -> None:
    training = Trainer(
        make_task("context", stage_inputs(tmp_path, corpus)), tmp_path, TrainConfig(steps=9, batch=4), CPU
    )
    task = training.task
    assert isinstance(task, ContextTask)
    before = {name: value.clone() for name, value in task.network.state_dict().items()}
    training.train_step()
    moved = {name for name, value in task.network.state_dict().items() if not torch.equal(value, before[name])}
    assert {"context.level3.0.a.weight", "context.level4.0.b.weight", "context.own.weight"} <= moved
    assert {name.split(".")[0] for name in moved} == {"context"}

    batch = task.draw(4, seeded(1))
    shown = task.pictures(batch, seeded(1))[1]
    covered = (batch.ellipse > 0.999).expand_as(shown)
    assert covered[:, :, 139, 112].all()
    for face, inside in zip(shown, covered, strict=True):
        assert all(float(channel[part].std()) < 1e-3 for channel, part in zip(face, inside, strict=True))


def test_the_context_loss_does_not_depend_on_the_inner_face(corpus: FaceCorpus, tmp_path: Path) -> None:
    task = make_task("context", stage_inputs(tmp_path, corpus))
    assert isinstance(task, ContextTask)
    batch = task.draw(4, seeded(1))
    inside = batch.ellipse > 0.99999
    colour = (batch.images * inside).sum((2, 3), keepdim=True) / inside.sum((2, 3), keepdim=True)
    without = replace(batch, images=torch.where(inside, colour.expand_as(batch.images), batch.images))
    with torch.inference_mode():
        seen, unseen = (task.losses(one, seeded(2))["id_context"] for one in (batch, without))
    torch.testing.assert_close(seen, unseen, atol=1e-3, rtol=1e-3)
    covered = replace(batch, images=torch.where(inside, batch.images, batch.images.flip(0)))
    with torch.inference_mode():
        assert abs(float(task.losses(covered, seeded(2))["id_context"] - seen)) > 0.01


def test_the_context_stage_begins_with_the_deep_levels_of_the_targets_trunk(corpus: FaceCorpus, tmp_path: Path) -> None:
    start = tmp_path / "start.safetensors"
    deep = torch.full((256, 128, 3, 3), 0.125)
    save_weights(start, {"sirm.target.level3.0.a.weight": deep}, {})
    state = make_task("context", stage_inputs(tmp_path / "run", corpus, start)).network.state_dict()
    assert torch.equal(state["context.level3.0.a.weight"], deep)
    trained = {"sirm.target.level3.0.a.weight": deep, "context.level3.0.a.weight": deep + 1}
    save_weights(start, trained, {})
    state = make_task("context", stage_inputs(tmp_path / "run", corpus, start)).network.state_dict()
    assert torch.equal(state["context.level3.0.a.weight"], deep + 1)


def test_a_start_file_is_taken_where_it_fits(corpus: FaceCorpus, tmp_path: Path) -> None:
    start = tmp_path / "start.safetensors"
    head = torch.full((128, 256), 0.125)
    save_weights(start, {"target_head.own.weight": head, "tirm.mask_token": torch.zeros(3), "other": head.clone()}, {})
    inputs = stage_inputs(tmp_path / "run", corpus, start)
    state = make_task("identity", inputs).network.state_dict()
    assert torch.equal(state["target_head.own.weight"], head)
    plain = make_task("identity", stage_inputs(tmp_path / "run", corpus)).network.state_dict()
    assert torch.equal(state["tirm.mask_token"], plain["tirm.mask_token"])
    assert not torch.equal(plain["target_head.own.weight"], head)


def test_validation_people_never_train(corpus: FaceCorpus, tmp_path: Path) -> None:
    task = make_task("identity", stage_inputs(tmp_path, corpus))
    assert isinstance(task, RecoveryTask)
    held_out = torch.from_numpy(corpus.is_validation)
    assert 0 < held_out.sum() < len(held_out)
    drawn = torch.cat([task.faces.draw(50, seeded(seed)) for seed in range(4)])
    assert not held_out[drawn].any()
    assert set(drawn.tolist()) == set(torch.nonzero(~held_out)[:, 0].tolist())


def test_the_same_stage_begins_alike_every_time(corpus: FaceCorpus, tmp_path: Path) -> None:
    first, second = (make_task("identity", stage_inputs(tmp_path, corpus)) for _ in range(2))
    for (name, a), b in zip(first.network.state_dict().items(), second.network.state_dict().values(), strict=True):
        assert torch.equal(a, b), name


@pytest.mark.parametrize(("stage", "missing"), [("whole", "attributes"), ("blocks", "mae"), ("rffr", "mae")])
def test_a_missing_earlier_stage_is_named(corpus: FaceCorpus, tmp_path: Path, stage: str, missing: str) -> None:
    with pytest.raises(CaseError, match=f"holds no {missing}") as caught:
        make_task(stage, stage_inputs(tmp_path, corpus))
    assert caught.value.path == tmp_path / f"{missing}.pt"


@pytest.mark.parametrize("stage", ["attributes", "foundation", "blocks", "swap", "context", "blends"])
def test_a_stage_that_cannot_learn_of_published_forgeries_refuses_them(
    corpus: FaceCorpus, tmp_path: Path, stage: str
) -> None:
    inputs = replace(stage_inputs(tmp_path, corpus), pairs=tmp_path / "pairs")
    with pytest.raises(CaseError, match=f"stage {stage} learns of real faces") as caught:
        make_task(stage, inputs)
    assert caught.value.path == tmp_path / "pairs" and "rffr" in caught.value.next_step


@pytest.mark.parametrize("stage", OF_PAIRS)
def test_every_other_stage_opens_them(corpus: FaceCorpus, run: Path, tmp_path: Path, stage: str) -> None:
    if stage == "rffr":
        inputs = stage_inputs(tmp_path, corpus)
        Trainer(make_task("foundation", inputs), tmp_path, TrainConfig(steps=1, batch=2), CPU).save()
    inputs = stage_inputs(tmp_path if stage == "rffr" else run, corpus)
    with pytest.raises(CaseError, match="no packed pairs there"):
        make_task(stage, replace(inputs, pairs=tmp_path / "pairs"))


def test_the_foundation_model_goes_from_stage_to_stage(corpus: FaceCorpus, tmp_path: Path) -> None:
    inputs = stage_inputs(tmp_path, corpus)
    config = TrainConfig(steps=1, batch=2)
    for stage in ("foundation", "blocks"):
        training = Trainer(make_task(stage, inputs), tmp_path, config, CPU)
        (record,) = training.run_stage()
        assert record["hidden"] > 0
    assert training.history == ["foundation", "blocks"]
    task = make_task("rffr", inputs)
    averaged = torch.load(tmp_path / "mae.pt", weights_only=True)["average"]
    before = {name: value.clone() for name, value in task.network.state_dict().items()}
    assert all(torch.equal(before[f"mae.{name}"], value) for name, value in averaged.items())
    (record,) = Trainer(task, tmp_path, config, CPU).run_stage()
    assert 0 < record["class"] < 5
    moved = {name for name, value in task.network.state_dict().items() if not torch.equal(value, before[name])}
    assert moved and not any(name.startswith("mae.") for name in moved)


def test_a_foundation_model_of_tirms_size_starts_tirm(corpus: FaceCorpus, tmp_path: Path) -> None:
    inputs = replace(stage_inputs(tmp_path, corpus), foundation=FOUNDATIONS["tirm"])
    list(Trainer(make_task("foundation", inputs), tmp_path, TrainConfig(steps=1, batch=2), CPU).run_stage())
    started = make_task("identity", inputs).network.state_dict()
    plain = make_task("identity", stage_inputs(tmp_path / "none", corpus)).network.state_dict()
    taken = {name for name, value in started.items() if not torch.equal(value, plain[name])}
    assert taken and {name.split(".")[0] for name in taken} == {"tirm"}
    averaged = torch.load(tmp_path / "mae.pt", weights_only=True)["average"]
    assert torch.equal(started["tirm.embed.weight"], averaged["embed.weight"])


def test_the_baseline_of_inverse_mapping_learns_both_faces(corpus: FaceCorpus, tmp_path: Path) -> None:
    task = make_task("inverse", stage_inputs(tmp_path, corpus))
    batch, course = task.draw(4, seeded(1)), []
    optimiser = torch.optim.AdamW(task.network.parameters(), lr=3e-3)
    for _ in range(8):
        losses = task.losses(batch, seeded(0))
        optimiser.zero_grad()
        torch.stack(list(losses.values())).sum().backward()
        optimiser.step()
        course.append({name: value.item() for name, value in losses.items()})
    assert all(course[-1][name] < 0.95 * course[0][name] for name in course[0])
    assert len(task.pictures(batch, seeded(0))) == 5
