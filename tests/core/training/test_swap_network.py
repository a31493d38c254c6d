"""The network that swaps faces for training: it learns to, and it can't be reached from anywhere else."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.nn import functional

from core.models.losses import FaceFeatures
from core.training.chance import Chance
from core.training.corpus import FaceCorpus
from core.training.engine import TrainConfig, Trainer
from core.training.export import SHIPMENTS
from core.training.faces import TrainingFaces
from core.training.forgeries import ForgeryGenerator
from core.training.forgery_batch import Family, ForgeryBatch, ForgeryConfig
from core.training.stages import make_task
from core.training.swap_network import SWAP_PX, SwapNetwork, Swapper, swap_regions
from core.training.swap_task import SwapTask
from tests.builders_training import CPU, labelled_corpus, seeded, stage_inputs

ALL_SWAPPED = ForgeryConfig(real_share=0.0, self_blend_share=0.0, swap_share=1.0, degrade_share=0.0)


@pytest.fixture(scope="module")
def corpus() -> FaceCorpus:
    return labelled_corpus()


def drawn(corpus: FaceCorpus, config: ForgeryConfig, count: int = 8) -> ForgeryBatch:
    faces = TrainingFaces(corpus, CPU)
    torch.manual_seed(1)
    swapper = Swapper(SwapNetwork(), faces.centred)
    return ForgeryGenerator(faces.images, faces.landmarks, config, None, swapper).draw(torch.arange(count), seeded(3))


def test_a_swap_is_the_target_outside_the_region_that_is_repainted(corpus: FaceCorpus) -> None:
    batch = drawn(corpus, ALL_SWAPPED)
    assert (batch.family == Family.SWAP).all() and batch.is_fake.min() == 1
    assert not (batch.source_row == batch.target_row).any()
    difference = (batch.image - batch.target).abs().mean(1, keepdim=True)
    assert difference[batch.mask < 0.01].mean() < 0.03  # a camera's noise, or another resolution
    assert difference[batch.mask > 0.9].mean() > 0.1  # untaught, it paints nothing like a face


def test_without_a_swapper_the_same_numbers_make_the_same_forgeries_whatever_the_share_of_swaps(
    corpus: FaceCorpus,
) -> None:
    faces = TrainingFaces(corpus, CPU)
    one, other = (
        ForgeryGenerator(faces.images, faces.landmarks, replace(ForgeryConfig(), swap_share=share)).draw(
            torch.arange(8), seeded(4)
        )
        for share in (0.0, 1.0)
    )
    assert torch.equal(one.image, other.image) and torch.equal(one.family, other.family)


def test_real_and_self_blended_faces_stay_what_they_are(corpus: FaceCorpus) -> None:
    batch = drawn(corpus, replace(ALL_SWAPPED, real_share=0.4, self_blend_share=0.3), count=32)
    own = batch.source_row == batch.target_row
    assert set(batch.family[own].tolist()) == {Family.REAL, Family.SELF_BLEND}
    assert set(batch.family[~own].tolist()) == {Family.SWAP}
    assert batch.mask[batch.family == Family.REAL].max() == 0


def test_regions_cover_the_inner_face_and_never_the_border() -> None:
    regions = swap_regions(64, Chance(seeded(1), CPU), CPU)
    assert regions.shape == (64, 1, SWAP_PX, SWAP_PX)
    assert regions[:, :, 70:90, 55:73].min() > 0.9
    assert regions[:, :, 0].max() < 0.05


def test_it_learns_to_look_like_somebody_else_to_the_embedder(corpus: FaceCorpus, tmp_path: Path) -> None:
    task = make_task("swap", stage_inputs(tmp_path, corpus))
    assert isinstance(task, SwapTask)

    def likeness() -> float:
        batch = task.draw(16, seeded(9))
        task.network.eval()
        with torch.no_grad():
            made = task.network(batch.faces, batch.identity, batch.region)
            features: FaceFeatures = task._features
            vector = features(functional.interpolate(made, size=(224, 224), mode="bilinear"))[4]
        direction = functional.normalize(vector - task.faces.mean, dim=1)
        return float((direction * batch.identity).sum(1)[batch.is_own == 0].mean())

    before = likeness()
    trainer = Trainer(task, tmp_path, TrainConfig(steps=30, batch=12, ema=0.0), CPU)
    records = list(trainer.run_stage())
    assert records[-1]["id"] < records[0]["id"]
    assert likeness() > before


def test_a_stage_after_it_draws_swaps_that_it_makes(corpus: FaceCorpus, tmp_path: Path) -> None:
    inputs = stage_inputs(tmp_path, corpus)
    before = make_task("identity", inputs).draw(24, seeded(2))
    assert Family.SWAP not in before.family.tolist()
    list(Trainer(make_task("swap", inputs), tmp_path, TrainConfig(steps=1, batch=4), CPU).run_stage())
    after = make_task("identity", inputs).draw(24, seeded(2))
    assert Family.SWAP in after.family.tolist()


def test_its_weights_are_never_exported() -> None:
    assert SwapTask.file not in SHIPMENTS
