"""Forgeries on faces drawn by script: no photograph is needed to see that they are what they claim."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.training.corpus import FaceCorpus
from core.training.forgery_batch import ForgeryBatch, ForgeryConfig
from core.training.warping import FLIP68, similarity, thin_plate_grid
from tests.builders_faces import mean_face, scripted_corpus
from tests.builders_training import forger, seeded


@pytest.fixture(scope="module")
def corpus() -> FaceCorpus:
    return scripted_corpus(16)


def drawn(corpus: FaceCorpus, config: ForgeryConfig, seed: int = 0, count: int = 8, chunk: int = 16) -> ForgeryBatch:
    return forger(corpus, config).draw(torch.arange(count), seeded(seed), chunk)


def test_mirroring_twice_gives_every_landmark_its_place_again() -> None:
    assert [FLIP68[i] for i in FLIP68] == list(range(68))


def test_a_similarity_is_found_again() -> None:
    points = torch.from_numpy(mean_face())[None]
    moved = points @ torch.tensor([[0.8, 0.5], [-0.5, 0.8]]) + torch.tensor([7.0, -3.0])
    affine = similarity(points, moved)
    torch.testing.assert_close(points @ affine[:, :, :2].transpose(1, 2) + affine[:, None, :, 2], moved)


def test_a_thin_plate_spline_carries_each_landmark_to_its_goal() -> None:
    at = torch.from_numpy(mean_face())[None] * (224 / 256)
    values = at * 0.9 + 12 + torch.randn(1, 68, 2, generator=seeded(0))
    grid = thin_plate_grid(at, values, 224, 256)
    shown = (grid + 1) * 256 / 2  # what stands at each output pixel, input pixels
    for point, goal in zip(at[0, 17:60], values[0, 17:60], strict=True):
        u, v = (int(c) for c in point.round())
        assert (shown[0, v, u] - goal).norm() < 4


def test_real_faces_are_their_own_source_and_target(corpus: FaceCorpus) -> None:
    batch = drawn(corpus, ForgeryConfig(real_share=1.0, degrade_share=0.0))
    assert batch.is_fake.sum() == 0
    assert batch.mask.max() == 0
    assert torch.equal(batch.source_row, batch.target_row)
    torch.testing.assert_close(batch.source, batch.target)
    assert (batch.image - batch.target).abs().mean() < 0.03  # noise alone


def test_a_forgery_is_the_target_outside_its_mask_and_another_face_within(corpus: FaceCorpus) -> None:
    config = ForgeryConfig(real_share=0.0, self_blend_share=0.0, degrade_share=0.0)
    batch = drawn(corpus, config, seed=4, count=16)
    assert batch.is_fake.min() == 1
    assert not (batch.source_row == batch.target_row).any()
    difference = (batch.image - batch.target).abs().mean(1, keepdim=True)
    assert difference[batch.mask > 0.6].mean() > 3 * difference[batch.mask < 0.002].mean()
    share = (batch.mask > 0.5).float().mean((1, 2, 3))
    assert share.min() > 0.02 and share.max() < 0.6
    for picture in (batch.image, batch.target, batch.source, batch.mask):
        assert picture.min() >= 0 and picture.max() <= 1


def test_a_self_blend_is_forged_and_has_one_identity(corpus: FaceCorpus) -> None:
    batch = drawn(corpus, ForgeryConfig(real_share=0.0, self_blend_share=1.0, degrade_share=0.0))
    assert batch.is_fake.min() == 1
    assert torch.equal(batch.source_row, batch.target_row)
    assert batch.mask.amax((1, 2, 3)).min() > 0.4
    torch.testing.assert_close(batch.source, batch.target)


def test_the_same_random_state_draws_the_same_batch(corpus: FaceCorpus) -> None:
    first, second, other = (drawn(corpus, ForgeryConfig(), seed) for seed in (9, 9, 10))
    assert torch.equal(first.image, second.image)
    assert torch.equal(first.source_row, second.source_row)
    assert not torch.equal(first.image, other.image)


def painted(corpus: FaceCorpus, pictures: np.ndarray) -> FaceCorpus:
    return replace(corpus, images=np.broadcast_to(pictures, corpus.images.shape).astype(np.uint8))


def test_a_batch_made_in_chunks_is_complete_and_in_order(corpus: FaceCorpus) -> None:
    row = np.arange(16)
    flat = np.stack([40 + 13 * row, 240 - 13 * row, 0 * row + 90], -1)[:, None, None]
    batch = drawn(painted(corpus, flat), ForgeryConfig(real_share=1.0, degrade_share=0.0), count=7, chunk=3)
    assert batch.target_row.tolist() == list(range(7))
    # A camera's gain of up to five percent a channel leaves the ratio of red to green telling.
    ratio = (batch.target[:, 0] / batch.target[:, 1]).mean((1, 2))
    told = (ratio[:, None].log() - torch.from_numpy(flat[:, 0, 0, 0] / flat[:, 0, 0, 1]).log()).abs().argmin(1)
    assert told.tolist() == list(range(7))


def test_a_face_said_to_be_mirrored_is_shown_mirrored(corpus: FaceCorpus) -> None:
    brighter_to_the_right = np.linspace(30, 220, 256)[None, None, :, None]
    batch = drawn(painted(corpus, brighter_to_the_right), ForgeryConfig(real_share=1.0, degrade_share=0.0), count=16)
    assert 0 < batch.is_mirrored.sum() < 16
    leans_left = batch.target[..., :80].mean((1, 2, 3)) > batch.target[..., -80:].mean((1, 2, 3))
    assert torch.equal(leans_left, batch.is_mirrored)


def test_sources_are_left_out_when_nobody_looks_at_them(corpus: FaceCorpus) -> None:
    generator = forger(corpus, ForgeryConfig(real_share=0.0, self_blend_share=0.0))
    shown = generator.draw(torch.arange(6), seeded(3), shows_source=True)
    spared = generator.draw(torch.arange(6), seeded(3), shows_source=False)
    assert torch.equal(shown.image, spared.image)
    assert torch.equal(spared.source, spared.target)
    assert not torch.equal(shown.source, shown.target)
