"""Fitting how much a face's surroundings count."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core.domain.arrays import FloatArray
from core.errors import ModelError
from core.evaluation.metrics import auc
from core.evaluation.surroundings import (
    UNSEEN,
    Looks,
    fit_context_weights,
    fit_fake_weights,
    fit_log_odds,
    fit_surroundings,
)
from core.models.card import ModelCard, ModelKind
from core.models.compact import CompactConfig, CompactDfrec
from core.models.registry import ModelRegistry
from core.models.weights import save_weights
from core.training.corpus import FaceCorpus
from tests.builders_training import labelled_corpus

TINY = CompactConfig(depth=1, decoder_depth=1)


def test_either_score_counts_in_units_of_its_own_spread_over_pristine_faces() -> None:
    random = np.random.default_rng(1)
    fake = np.arange(4000) % 2 == 0
    seam = (10 * random.standard_normal(4000) + 10 * fake).astype(np.float32)
    agreement = (0.1 * random.standard_normal(4000) - 0.1 * fake).astype(np.float32)
    bias, per_seam, per_agreement = fit_fake_weights(seam, agreement, fake)
    assert per_seam > 0 > per_agreement
    assert per_agreement / per_seam == pytest.approx(-100, rel=0.1)
    odds = bias + per_seam * seam + per_agreement * agreement
    assert auc(odds[fake], odds[~fake]) > auc(seam[fake], seam[~fake]) + 0.05
    # Two scores of one deviation each, apart by one deviation: log-odds are 1 a deviation, and 0 half-way.
    assert per_seam * 10 == pytest.approx(1, rel=0.15)
    assert np.median(odds[fake]) == pytest.approx(-np.median(odds[~fake]), abs=0.15)


def test_forgeries_whose_seam_gives_them_away_do_not_take_the_surroundings_weight_away() -> None:
    random = np.random.default_rng(2)
    fake = np.arange(4000) % 2 == 0
    noise = random.standard_normal((2, 4000))
    seam, agreement = (noise[0] + 6 * fake).astype(np.float32), (noise[1] - 0.5 * fake).astype(np.float32)
    _, per_seam, per_agreement = fit_fake_weights(seam, agreement, fake)
    assert -per_agreement / per_seam == pytest.approx(1, rel=0.1)


def looks_of(target_noise: float, context_noise: float) -> tuple[Looks, FaceCorpus]:
    corpus = labelled_corpus(120)
    random = np.random.default_rng(3)
    embedding = random.standard_normal(corpus.embedding.shape).astype(np.float32)
    corpus = replace(corpus, embedding=embedding / np.linalg.norm(embedding, axis=1, keepdims=True))
    rows = np.flatnonzero(corpus.is_validation).repeat(20)
    mean = corpus.embedding[~corpus.is_validation].mean(0)

    def noisy(amount: float) -> FloatArray:
        vectors = corpus.embedding[rows] - mean
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors = vectors + amount * random.standard_normal(vectors.shape) / np.sqrt(128)
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)

    zero = np.zeros(len(rows), np.float32)
    target, context = noisy(target_noise), noisy(context_noise)
    is_fake = np.arange(len(rows)) % 3 > 0
    looks = Looks(seam=zero, source=target, target=target, context=context, is_fake=is_fake, target_row=rows)
    return looks, corpus


def always(looks: Looks, corpus: FaceCorpus) -> float:
    return fit_context_weights(looks, np.zeros(len(looks.seam), np.float32), corpus)[0]


def test_surroundings_that_know_the_target_count_and_those_that_know_nothing_do_not() -> None:
    informed, corpus = looks_of(6.0, 6.0)
    ignorant, _ = looks_of(3.0, 1000.0)
    assert always(informed, corpus) >= 0.5
    assert always(ignorant, corpus) <= 0.3


def test_for_unseen_swaps_they_count_as_much_as_does_no_harm() -> None:
    ignorant, corpus = looks_of(1.0, 1000.0)
    count = len(ignorant.seam)
    nowhere, everywhere = np.zeros(count, np.float32), np.ones(count, np.float32)
    assert fit_context_weights(ignorant, nowhere, corpus)[1] == max(UNSEEN)
    assert fit_context_weights(ignorant, everywhere, corpus)[1] < 2


def shipped(folder: Path, network: torch.nn.Module, kind: ModelKind) -> ModelRegistry:
    folder.mkdir()
    digest = save_weights(folder / "m.safetensors", network.state_dict(), {"format": "test"})
    config = (("width", 256), ("depth", 1), ("heads", 4), ("decoder_depth", 1), ("mask_ratio", 0.5))
    card = ModelCard(name="m", kind=kind, file="m.safetensors", sha256=digest, terms="none", config=config)
    card.write(folder)
    return ModelRegistry(folder, folder)


def test_what_was_fitted_stands_in_the_weights_and_the_card_names_them(tmp_path: Path) -> None:
    torch.manual_seed(0)
    folder = tmp_path / "models"
    registry = shipped(folder, CompactDfrec(TINY), ModelKind.DFREC_COMPACT)
    before = registry.find("m").sha256
    found = fit_surroundings(registry, folder, "m", labelled_corpus(48), 5, count=32)
    again = ModelRegistry(folder, folder)
    assert again.find("m").sha256 != before
    stored = again.load("m")
    torch.testing.assert_close(stored["fake_weights"], torch.tensor(found.fake_weights), atol=1e-2, rtol=1e-2)
    assert stored["apart_weights"].shape == (2,)
    torch.testing.assert_close(stored["apart_weights"], torch.tensor(found.apart_weights), atol=1e-2, rtol=1e-2)
    torch.testing.assert_close(stored["context_weights"], torch.tensor(found.context_weights), atol=1e-2, rtol=1e-2)


def test_other_networks_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    registry = shipped(folder, torch.nn.Linear(2, 2), ModelKind.RFFR)
    with pytest.raises(ModelError, match="does not recover"):
        fit_surroundings(registry, folder, "m", labelled_corpus(48), 5, count=32)


def test_the_log_odds_of_being_apart_fall_as_source_and_surroundings_agree() -> None:
    random = np.random.default_rng(4)
    fake = np.arange(2000) % 2 == 0
    agreement = (0.5 - 0.2 * fake + 0.1 * random.standard_normal(2000)).astype(np.float32)
    bias, slope = fit_log_odds(agreement, fake)
    assert slope < 0
    assert bias + slope * 0.4 == pytest.approx(0, abs=0.3)
