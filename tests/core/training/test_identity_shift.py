"""Identity as a linear part of appearance: the estimate against its closed form, and forgeries made with it."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from core.errors import CaseError
from core.training.corpus import FaceCorpus
from core.training.faces import TrainingFaces
from core.training.forgeries import ForgeryGenerator
from core.training.forgery_batch import Family, ForgeryConfig
from core.training.identity_shift import IdentityModel, fit_identity_model, identity_filter
from tests.builders_faces import scripted_corpus


@pytest.fixture(scope="module")
def corpus() -> FaceCorpus:
    return scripted_corpus(count=64)


@pytest.fixture(scope="module")
def model(corpus: FaceCorpus) -> IdentityModel:
    images, landmarks = torch.from_numpy(corpus.images), torch.from_numpy(corpus.landmarks68)
    people = torch.arange(64) // 2  # two photographs a person
    return fit_identity_model(images, landmarks, people, torch.arange(64))


def test_the_filter_is_the_ratio_of_the_variances_that_made_the_data() -> None:
    random = torch.Generator().manual_seed(0)
    between, within = torch.tensor([9.0, 1.0, 0.04]), torch.tensor([1.0, 1.0, 4.0])
    people = torch.arange(3000).repeat_interleave(3)
    person = torch.randn(3000, 3, generator=random) * between.sqrt()
    values = person[people] + torch.randn(9000, 3, generator=random) * within.sqrt()
    found = identity_filter(values, people)
    torch.testing.assert_close(found, torch.diag(between / (between + within)), atol=0.05, rtol=0)


def test_people_with_one_photograph_do_not_blur_what_is_within_a_person() -> None:
    random = torch.Generator().manual_seed(0)
    people = torch.cat([torch.arange(2000).repeat_interleave(2), torch.arange(2000, 6000)])
    person = torch.randn(6000, 1, generator=random) * 3
    values = person[people] + torch.randn(len(people), 1, generator=random)
    assert identity_filter(values, people).item() == pytest.approx(0.9, abs=0.02)


def test_a_face_given_its_own_identity_stays_as_it_is(corpus: FaceCorpus, model: IdentityModel) -> None:
    row = torch.arange(4)
    noise = torch.rand(4, 3, 14, 14, generator=torch.Generator().manual_seed(0))
    pictures = functional.interpolate(noise, size=(224, 224), mode="bilinear")
    marks = torch.from_numpy(corpus.landmarks68[:4]) * (224 / 256)
    image, _ = model.shifted(pictures, marks, (row, row), (torch.ones(4), torch.ones(4)))
    # The spline is smoothed a little: far from all landmarks a pixel may move by a fraction.
    assert (image - pictures).abs().mean() < 1e-2
    torch.testing.assert_close(image, pictures, atol=6e-2, rtol=0)


def test_another_identity_changes_the_face_and_leaves_the_border(corpus: FaceCorpus, model: IdentityModel) -> None:
    source, target = torch.arange(8, 16), torch.arange(8)
    pictures = torch.full((8, 3, 224, 224), 0.5)
    marks = torch.from_numpy(corpus.landmarks68[:8]) * (224 / 256)
    image, where = model.shifted(pictures, marks, (source, target), (torch.ones(8), torch.ones(8)))
    change = (image - pictures).abs().mean(1, keepdim=True)
    assert change[where > 0.8].mean() > 10 * change[where < 0.01].mean()
    assert (where[:, :, 0] < 0.01).all() and (where[:, :, :, 0] < 0.01).all()


def test_the_skin_tone_stays_the_targets(model: IdentityModel) -> None:
    change = model.texture_change(torch.arange(8, 16), torch.arange(8))
    region = model.region.expand_as(change)
    mean = (change * region).sum((2, 3)) / region.sum((2, 3))
    assert mean.abs().max() < 0.15 * change.abs().max()


def test_the_generator_makes_both_families_and_says_which(corpus: FaceCorpus, model: IdentityModel) -> None:
    config = ForgeryConfig(real_share=0.0, self_blend_share=0.0, shift_share=1.0, bare_share=0.5, degrade_share=0.0)
    forger = ForgeryGenerator(torch.from_numpy(corpus.images), torch.from_numpy(corpus.landmarks68), config, model)
    batch = forger.draw(torch.arange(32), torch.Generator().manual_seed(2))
    assert set(batch.family.tolist()) == {Family.SHIFT, Family.SHIFT_BLEND}
    assert not batch.is_mirrored.any()
    bare = batch.mask[batch.family == Family.SHIFT]
    assert 0.4 < bare.max() <= 0.5
    assert batch.mask[batch.family == Family.SHIFT_BLEND].max() > 0.6


def test_without_a_model_nothing_is_shifted(corpus: FaceCorpus) -> None:
    images, landmarks = torch.from_numpy(corpus.images), torch.from_numpy(corpus.landmarks68)
    batch = ForgeryGenerator(images, landmarks, ForgeryConfig()).draw(
        torch.arange(32), torch.Generator().manual_seed(2)
    )
    assert (batch.family < Family.SHIFT).all()


def test_a_stored_model_forges_the_same(model: IdentityModel, tmp_path: Path) -> None:
    path = tmp_path / "identity-model.pt"
    model.save(path)
    stored = IdentityModel.load(path)
    a = model.texture_change(torch.arange(8, 16), torch.arange(8))
    b = stored.texture_change(torch.arange(8, 16), torch.arange(8))
    torch.testing.assert_close(a, b, atol=5e-3, rtol=0)


def test_validation_people_are_not_learned_from(corpus: FaceCorpus) -> None:
    """Their photographs may be anything: basis and filters stay the same."""
    faces = TrainingFaces(corpus, torch.device("cpu"))
    held_out = np.flatnonzero(corpus.is_validation)
    changed = faces.images.clone()
    changed[held_out] = 255 - changed[held_out]
    people = torch.arange(64) // 2
    first = fit_identity_model(faces.images, faces.landmarks, people, faces.rows)
    second = fit_identity_model(changed, faces.landmarks, people, faces.rows)
    torch.testing.assert_close(first.texture_filter, second.texture_filter)
    torch.testing.assert_close(first.basis, second.basis)


@pytest.mark.parametrize(
    "left_out",
    [
        {Family.BLEND},
        {Family.SHIFT},
        {Family.SHIFT_BLEND},
        {Family.SHIFT, Family.SHIFT_BLEND},
        {Family.SELF_BLEND, Family.SHIFT},
        {Family.BLEND, Family.SHIFT},
    ],
)
def test_a_family_left_out_is_never_made_and_all_others_are(
    corpus: FaceCorpus, model: IdentityModel, left_out: set[Family]
) -> None:
    config = ForgeryConfig(real_share=0.1, self_blend_share=0.2, degrade_share=0.0).without(left_out)
    forger = ForgeryGenerator(torch.from_numpy(corpus.images), torch.from_numpy(corpus.landmarks68), config, model)
    made = set(forger.draw(torch.arange(64), torch.Generator().manual_seed(2)).family.tolist())
    assert made == {Family.REAL, Family.SELF_BLEND, Family.BLEND, Family.SHIFT, Family.SHIFT_BLEND} - left_out


def test_some_family_has_to_be_left_to_learn_from() -> None:
    with pytest.raises(CaseError, match="no family of forgeries is left"):
        ForgeryConfig().without({Family.BLEND, Family.SHIFT, Family.SHIFT_BLEND})
