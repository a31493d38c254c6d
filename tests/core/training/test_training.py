"""Forgeries and the training loop on faces drawn by script: no photograph is needed to see that they work."""

from pathlib import Path

import numpy as np
import pytest
import torch

from core.models.registry import ModelRegistry
from core.recovery.loading import load_embedder, load_recoverer
from core.training.corpus import FaceCorpus
from core.training.engine import TrainConfig, Trainer
from core.training.export import export
from core.training.forgeries import ForgeryConfig, ForgeryGenerator
from core.training.warping import FLIP68, similarity, thin_plate_grid
from tests.builders_faces import mean_face, scripted_corpus

EMBEDDER = Path("resources/models/dlib-resnet-v1.safetensors")


@pytest.fixture(scope="module")
def corpus() -> FaceCorpus:
    return scripted_corpus()


def forger(corpus: FaceCorpus, config: ForgeryConfig, seed: int = 0) -> ForgeryGenerator:
    random = torch.Generator().manual_seed(seed)
    return ForgeryGenerator(torch.from_numpy(corpus.images), torch.from_numpy(corpus.landmarks68), config, random)


def test_mirroring_twice_gives_every_landmark_its_place_again() -> None:
    assert [FLIP68[i] for i in FLIP68] == list(range(68))


def test_a_similarity_is_found_again() -> None:
    points = torch.from_numpy(mean_face())[None]
    moved = points @ torch.tensor([[0.8, 0.5], [-0.5, 0.8]]) + torch.tensor([7.0, -3.0])
    affine = similarity(points, moved)
    torch.testing.assert_close(points @ affine[:, :, :2].transpose(1, 2) + affine[:, None, :, 2], moved)


def test_a_thin_plate_spline_carries_each_landmark_to_its_goal() -> None:
    at = torch.from_numpy(mean_face())[None] * (224 / 256)
    values = at * 0.9 + 12 + torch.randn(1, 68, 2, generator=torch.Generator().manual_seed(0))
    grid = thin_plate_grid(at, values, 224, 256)
    shown = ((grid + 1) * 256 - 0) / 2  # what stands at each output pixel, input pixels
    for point, goal in zip(at[0, 17:60], values[0, 17:60], strict=True):
        u, v = (int(c) for c in point.round())
        assert (shown[0, v, u] - goal).norm() < 4


def test_real_faces_are_their_own_source_and_target(corpus: FaceCorpus) -> None:
    batch = forger(corpus, ForgeryConfig(real_share=1.0, degrade_share=0.0)).draw(torch.arange(8))
    assert batch.is_fake.sum() == 0
    assert batch.mask.max() == 0
    assert torch.equal(batch.source_row, batch.target_row)
    torch.testing.assert_close(batch.source, batch.target)
    assert (batch.image - batch.target).abs().mean() < 0.03  # noise alone


def test_a_forgery_is_the_target_outside_its_mask_and_another_face_within(corpus: FaceCorpus) -> None:
    config = ForgeryConfig(real_share=0.0, self_blend_share=0.0, degrade_share=0.0)
    batch = forger(corpus, config, seed=4).draw(torch.arange(16))
    assert batch.is_fake.min() == 1
    assert not (batch.source_row == batch.target_row).any()
    difference = (batch.image - batch.target).abs().mean(1, keepdim=True)
    assert difference[batch.mask > 0.6].mean() > 3 * difference[batch.mask < 0.002].mean()
    share = (batch.mask > 0.5).float().mean((1, 2, 3))
    assert share.min() > 0.02 and share.max() < 0.6
    for picture in (batch.image, batch.target, batch.source, batch.mask):
        assert picture.min() >= 0 and picture.max() <= 1


def test_the_same_random_state_draws_the_same_batch(corpus: FaceCorpus) -> None:
    first, second = (forger(corpus, ForgeryConfig(), seed=9).draw(torch.arange(8)) for _ in range(2))
    assert torch.equal(first.image, second.image)


def test_validation_people_never_train(corpus: FaceCorpus, tmp_path: Path) -> None:
    held_out = corpus.is_validation
    assert 0 < held_out.sum() < len(held_out)
    trainer = Trainer(corpus, EMBEDDER, tmp_path, TrainConfig(stage="identity", minutes=1), torch.device("cpu"))
    assert not held_out[trainer.train_rows.numpy()].any()


@pytest.mark.parametrize("stage", ["identity", "whole"])
def test_a_resumed_run_goes_on_with_the_same_weights_and_clock(corpus: FaceCorpus, tmp_path: Path, stage: str) -> None:
    config = TrainConfig(stage=stage, minutes=1000, batch=4)
    trainer = Trainer(corpus, EMBEDDER, tmp_path, config, torch.device("cpu"))
    record = trainer._train_step()
    assert all(np.isfinite(value) for value in record.values())
    trainer.step, trainer.elapsed_s = 1, 12.0
    trainer.save()
    resumed = Trainer(corpus, EMBEDDER, tmp_path, config, torch.device("cpu"))
    assert (resumed.step, resumed.elapsed_s) == (1, 12.0)
    assert torch.equal(resumed.random.get_state(), trainer.random.get_state())
    for (name, a), b in zip(trainer.model.state_dict().items(), resumed.model.state_dict().values(), strict=True):
        assert torch.equal(a, b), name


def test_what_a_run_exports_the_application_loads_and_runs(corpus: FaceCorpus, tmp_path: Path) -> None:
    trainer = Trainer(corpus, EMBEDDER, tmp_path / "run", TrainConfig(stage="identity", minutes=9), torch.device("cpu"))
    trainer.save()
    trainer._log({"step": 20, "steps": 20, "batch": 4, "minutes": 1.0})
    shipped = ModelRegistry(EMBEDDER.parent, EMBEDDER.parent)
    embedder = load_embedder(shipped, "dlib-resnet-v1", "cpu")
    card = export(tmp_path / "run", tmp_path / "models", "fresh", embedder.embedder_id, ("it is not trained",))
    assert "80 faces" in card.schedule
    registry = ModelRegistry(tmp_path / "models", tmp_path / "none")
    assert registry.find("fresh") == card
    recoverer = load_recoverer(registry, "fresh", "cpu", embedder)
    crops = np.zeros((1, 224, 224, 3), np.uint8) + np.uint8(90)
    arrays = recoverer.infer(crops, None, seed=0)
    assert arrays.source @ arrays.input[0] > 0.999  # untrained heads say what the embedder says
