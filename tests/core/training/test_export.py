"""What leaves a run: float16 weights that load again, with a card that says how they were made."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from line_task import trainer

from core.errors import CaseError
from core.evaluation.protocol.networks import rffr_from
from core.models.card import ModelKind
from core.models.compact import CompactConfig, CompactDfrec
from core.models.plain_unet import PlainUnet
from core.models.registry import ModelRegistry
from core.models.rffr import Rffr, fake_score
from core.models.weights import load_weights
from core.recovery.detection import Fusion
from core.recovery.loading import build_companion, load_embedder, load_recoverer
from core.training.engine import TrainConfig, Trainer
from core.training.export import COMPARED, SHIPMENTS, export, export_for_comparison, schedule
from core.training.stages import FOUNDATIONS, make_task
from core.training.states import averaged_weights
from core.training.swap_network import SwapNetwork
from core.training.swap_task import SwapTask
from tests.builders_training import CPU, EMBEDDER, labelled_corpus, stage_inputs


def curve(run: Path, *records: tuple[str, int, int, float]) -> None:
    lines = [
        {"stage": stage, "step": step, "steps": steps, "minutes": minutes, "batch": 4}
        for stage, step, steps, minutes in records
    ]
    run.mkdir(exist_ok=True)
    (run / "curve.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_what_a_run_exports_the_application_loads_and_runs(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    inputs = stage_inputs(tmp_path / "run", labelled_corpus(24))
    Trainer(make_task("identity", inputs), inputs.run, TrainConfig(steps=9, batch=2), CPU).save()
    curve(inputs.run, ("attributes", 20, 20, 1.0), ("identity", 20, 20, 3.0))
    embedder = load_embedder(ModelRegistry(EMBEDDER.parent, EMBEDDER.parent), "dlib-resnet-v1", "cpu")
    card = export(inputs.run, tmp_path / "models", "fresh", embedder.embedder_id, ("it is not trained",))
    assert card.kind is ModelKind.DFREC_COMPACT
    assert card.schedule == "Stage 'identity': 3 minutes, 80 faces, AdamW."
    registry = ModelRegistry(tmp_path / "models", tmp_path / "none")
    assert registry.find("fresh") == card
    recoverer = load_recoverer(registry, "fresh", "cpu", embedder)
    arrays = recoverer.infer(np.full((1, 224, 224, 3), 90, np.uint8), None, seed=0)
    trained = CompactDfrec(CompactConfig())
    trained.load_state_dict(averaged_weights(inputs.run, "dfrec"))
    with torch.inference_mode():
        expected = trained.eval()(torch.full((1, 3, 224, 224), 90 / 255)).source_embedding
    assert expected is not None
    assert (arrays.source @ expected[0].numpy()).item() > 0.9999


def test_a_network_of_another_size_is_exported_and_loaded_in_that_size(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    inputs = stage_inputs(tmp_path / "run", labelled_corpus(24))
    tirm = replace(inputs, foundation=FOUNDATIONS["tirm"])
    for stage, given in (("foundation", tirm), ("blocks", inputs), ("rffr", inputs)):  # what the run holds decides
        Trainer(make_task(stage, given), inputs.run, TrainConfig(steps=1, batch=1), CPU).save()
    card = export(inputs.run, tmp_path / "models", "large", "", file="rffr")
    assert dict(card.config) == asdict(FOUNDATIONS["tirm"])
    registry = ModelRegistry(tmp_path / "models", tmp_path / "none")
    companion = build_companion(registry, registry.find("large"), "cpu", Fusion())
    faces = torch.rand(2, 3, 224, 224)
    trained = Rffr(FOUNDATIONS["tirm"])
    trained.load_state_dict(averaged_weights(inputs.run, "rffr"))
    with torch.inference_mode():
        expected = fake_score(trained.eval()(faces)).numpy()
    np.testing.assert_allclose(companion.scores(faces), expected, atol=1e-2)


def test_averaged_weights_are_exported_not_the_last_ones(tmp_path: Path) -> None:
    average = {name: value + 1 for name, value in CompactDfrec(CompactConfig()).state_dict().items()}
    state = {"average": average, "network": {}, "history": ["whole"]}
    torch.save(state, tmp_path / "dfrec.pt")
    export(tmp_path, tmp_path, "made", "")
    stored = ModelRegistry(tmp_path, tmp_path).load("made")
    torch.testing.assert_close(stored["sirm.fine.weight"], average["sirm.fine.weight"], atol=1e-3, rtol=1e-3)
    assert stored["sirm.fine.weight"].dtype is torch.float32


def test_a_run_of_another_shape_is_refused_and_leaves_no_card(tmp_path: Path) -> None:
    torch.save({"average": {"a": torch.zeros(2)}, "history": ["whole"]}, tmp_path / "dfrec.pt")
    with pytest.raises(CaseError, match="missing"):
        export(tmp_path, tmp_path / "models", "made", "")
    assert not (tmp_path / "models").exists()


def test_a_run_without_the_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="holds no dfrec"):
        export(tmp_path, tmp_path / "models", "made", "")
    with pytest.raises(CaseError, match="Choose one of"):
        export(tmp_path, tmp_path / "models", "made", "", file="line")


def test_weights_to_compare_are_the_averaged_ones_and_bring_no_card(tmp_path: Path) -> None:
    average = PlainUnet().state_dict()
    torch.save({"average": average, "history": ["inverse"]}, tmp_path / "dfi.pt")
    digest = export_for_comparison(tmp_path, "dfi", tmp_path / "out" / "dfi.safetensors")
    stored = load_weights(tmp_path / "out" / "dfi.safetensors", sha256=digest)
    assert stored.keys() == average.keys()
    assert all(torch.equal(stored[name], tensor) for name, tensor in average.items())
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["dfi.safetensors"]


def test_weights_of_rffr_are_read_back_in_the_size_they_were_trained_in(tmp_path: Path) -> None:
    trained = Rffr(FOUNDATIONS["tirm"]).eval()
    torch.save({"average": trained.state_dict(), "history": ["rffr"]}, tmp_path / "rffr.pt")
    export_for_comparison(tmp_path, "rffr", tmp_path / "rffr.safetensors")
    faces = torch.rand(2, 3, 224, 224)
    with torch.inference_mode():
        expected = fake_score(trained(faces)).numpy()
    np.testing.assert_allclose(rffr_from(tmp_path / "rffr.safetensors", "cpu").scores(faces), expected, atol=1e-5)


def test_the_network_that_makes_swaps_never_leaves_a_run(tmp_path: Path) -> None:
    torch.save({"average": SwapNetwork().state_dict(), "history": ["swap"]}, tmp_path / f"{SwapTask.file}.pt")
    assert SwapTask.file not in {*COMPARED, *SHIPMENTS}
    with pytest.raises(CaseError, match="no network that is compared"):
        export_for_comparison(tmp_path, SwapTask.file, tmp_path / "swapper.safetensors")
    assert not (tmp_path / "swapper.safetensors").exists()


def test_steps_that_a_kill_lost_do_not_count(tmp_path: Path) -> None:
    # 40 steps, killed; the last state was of step 30; the same stage goes on, and is trained again after another one.
    curve(
        tmp_path,
        ("identity", 20, 20, 1.0),
        ("identity", 40, 20, 2.0),
        ("attributes", 20, 20, 1.0),
        ("identity", 50, 20, 2.5),
        ("whole", 20, 20, 5.0),
        ("identity", 20, 20, 0.6),
    )
    assert schedule(tmp_path, ["identity", "whole"]) == (
        "Stage 'identity': 2 minutes, 160 faces, AdamW. "
        "Stage 'whole': 5 minutes, 80 faces, AdamW. "
        "Stage 'identity': 1 minutes, 80 faces, AdamW."
    )


def test_the_schedule_of_a_real_curve_counts_every_face(tmp_path: Path) -> None:
    list(trainer(tmp_path, 23).run_stage())
    assert "115 faces" in schedule(tmp_path, ["line"])
