"""Pairs of a real face and a blend that holds the same face, on faces drawn by script."""

import pytest
import torch

from core.training.corpus import FaceCorpus
from core.training.forgery_batch import ForgeryConfig
from core.training.placing import PackedPhotographs
from core.training.self_blends import BlendedPairs, SelfBlender
from tests.builders_faces import scripted_corpus
from tests.builders_training import seeded


@pytest.fixture(scope="module")
def corpus() -> FaceCorpus:
    return scripted_corpus(16)


def drawn(corpus: FaceCorpus, seed: int = 0, foreign_share: float = 0.25) -> BlendedPairs:
    photographs = PackedPhotographs(torch.from_numpy(corpus.images), torch.from_numpy(corpus.landmarks68))
    return SelfBlender(photographs, ForgeryConfig(), foreign_share).draw(torch.arange(16), seeded(seed))


def difference(pairs: BlendedPairs) -> torch.Tensor:
    return (pairs.real - pairs.blended).abs().mean(1, keepdim=True)


def test_pairs_are_pictures_with_the_share_and_the_edge_of_the_other_copy(corpus: FaceCorpus) -> None:
    pairs = drawn(corpus)
    assert pairs.real.shape == pairs.blended.shape == (16, 3, 224, 224)
    assert pairs.share.shape == pairs.edge.shape == (16, 1, 224, 224)
    for values in (pairs.real, pairs.blended, pairs.share, pairs.edge):
        assert float(values.min()) >= 0 and float(values.max()) <= 1
    assert float(pairs.share.amax((1, 2, 3)).min()) > 0.2, "each blend holds something of another copy"
    clear = (pairs.share < 0.02) | (pairs.share > 0.98)
    assert float(pairs.edge[clear].mean()) < 0.1 * float(pairs.edge[~clear].mean())


def test_a_blend_shows_the_same_person_and_differs(corpus: FaceCorpus) -> None:
    pairs = drawn(corpus, foreign_share=0.0)
    apart = difference(pairs).mean((1, 2, 3))
    others = (pairs.real - pairs.real.roll(1, 0)).abs().mean((1, 2, 3))
    assert float(apart.median()) < 0.5 * float(others.median())
    assert float(apart.max()) > 0.005


def test_another_photograph_s_inner_face_differs_more_than_a_copy_s(corpus: FaceCorpus) -> None:
    own, foreign = drawn(corpus, foreign_share=0.0), drawn(corpus, foreign_share=1.0)
    inside = [difference(p)[p.share > 0.7].mean() for p in (own, foreign)]
    assert inside[1] > 1.3 * inside[0]


def test_outside_the_inner_face_of_a_foreign_blend_nothing_but_the_codec_differs(corpus: FaceCorpus) -> None:
    pairs = drawn(corpus, foreign_share=1.0)
    far = torch.nn.functional.max_pool2d(pairs.share, 33, 1, 16) < 0.02
    assert float(difference(pairs)[far].mean()) < 0.02
    assert float(difference(pairs)[pairs.share > 0.7].mean()) > 3 * float(difference(pairs)[far].mean())


def test_the_same_seed_draws_the_same_pairs(corpus: FaceCorpus) -> None:
    one, two, other = drawn(corpus, 3), drawn(corpus, 3), drawn(corpus, 4)
    assert torch.equal(one.blended, two.blended)
    assert not torch.equal(one.blended, other.blended)
