"""Forgeries cloned in the gradient domain: the source's edges, the target's colours at the border, no seam."""

import torch

from core.training.corpus import FaceCorpus
from core.training.forgery_batch import Family, ForgeryConfig
from core.training.gradient_domain import seamless
from tests.builders_faces import scripted_corpus
from tests.builders_training import forger, seeded


def ramp(low: float, high: float) -> torch.Tensor:
    return torch.linspace(low, high, 64).expand(1, 3, 64, 64).clone()


def test_the_sources_gradients_go_into_the_targets_colours() -> None:
    inner, target = ramp(0.0, 0.4), torch.full((1, 3, 64, 64), 0.7)
    inner[:, :, 28:36, 28:36] += 0.3
    region = torch.zeros(1, 1, 64, 64, dtype=torch.bool)
    region[:, :, 16:48, 16:48] = True
    made = seamless(inner, target, region)
    outside = ~region.expand_as(made)
    torch.testing.assert_close(made[outside], target[outside], atol=3e-3, rtol=0)
    assert made[0, 0, 32, 32] - made[0, 0, 32, 22] > 0.25  # the square of the source stands out as it did there
    assert (made[0, 0, 17, 17:47] - 0.7).abs().max() < 0.05  # no step at the border


def test_an_empty_region_and_one_at_the_rim_of_the_picture_are_no_failure() -> None:
    inner, target = ramp(0.0, 1.0), torch.full((1, 3, 64, 64), 0.5)
    nothing = torch.zeros(1, 1, 64, 64, dtype=torch.bool)
    torch.testing.assert_close(seamless(inner, target, nothing), target, atol=3e-3, rtol=0)
    made = seamless(inner, target, ~nothing)
    torch.testing.assert_close(made[:, :, 0], target[:, :, 0], atol=3e-3, rtol=0)
    assert made.isfinite().all()


def test_the_family_is_made_when_it_is_asked_for_and_never_otherwise() -> None:
    corpus: FaceCorpus = scripted_corpus(16)
    usual = forger(corpus, ForgeryConfig()).draw(torch.arange(16), seeded(0))
    assert Family.GRADIENT not in usual.family.tolist()
    config = ForgeryConfig(real_share=0.0, self_blend_share=0.0, gradient_share=1.0, degrade_share=0.0)
    batch = forger(corpus, config).draw(torch.arange(8), seeded(0))
    assert set(batch.family.tolist()) == {Family.GRADIENT}
    inside = batch.mask.expand_as(batch.image) > 0
    difference = (batch.image - batch.target).abs()
    assert difference[inside].mean() > 5 * difference[~inside].mean()
