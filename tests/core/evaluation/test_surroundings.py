"""Fitting how much a face's surroundings count."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core.domain.arrays import FloatArray
from core.errors import ModelError
from core.evaluation.surroundings import (
    UNSEEN,
    Looks,
    fit_context_weights,
    fit_log_odds,
    fit_surroundings,
)
from core.models.card import ModelCard, ModelKind
from core.models.compact import CompactConfig, CompactDfrec
from core.models.consistency import NEVER
from core.models.registry import ModelRegistry
from core.models.weights import save_weights
from core.training.corpus import FaceCorpus
from tests.builders_training import labelled_corpus

TINY = CompactConfig(depth=1, decoder_depth=1)


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
    looks = Looks(seam=zero, apart=zero, target=target, context=context, is_fake=is_fake, target_row=rows)
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
    found = fit_surroundings(registry, folder, "m", labelled_corpus(48), 5, count=32, n_training=48)
    again = ModelRegistry(folder, folder)
    assert again.find("m").sha256 != before
    stored = again.load("m")
    torch.testing.assert_close(stored["seam_weights"], torch.tensor(found.seam_weights), atol=1e-2, rtol=1e-2)
    assert stored["consistency.decide.weight"].abs().max() > 0 and stored["consistency.spread"].std() > 0, "taught"
    assert stored["consistency.decide.bias"].item() > NEVER / 2
    assert 0 < found.consistency_loss < 0.6, "what is known by heart is told apart"
    torch.testing.assert_close(stored["context_weights"], torch.tensor(found.context_weights), atol=1e-2, rtol=1e-2)


def test_other_networks_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    registry = shipped(folder, torch.nn.Linear(2, 2), ModelKind.RFFR)
    with pytest.raises(ModelError, match="does not recover"):
        fit_surroundings(registry, folder, "m", labelled_corpus(48), 5, count=32, n_training=48)


def test_log_odds_rise_with_what_the_map_sees_and_are_zero_half_way() -> None:
    random = np.random.default_rng(4)
    fake = np.arange(4000) % 4 == 0  # both kinds count alike, however many there are
    seam = (10 * random.standard_normal(4000) + 10 * fake).astype(np.float32)
    bias, slope = fit_log_odds(seam, fake)
    assert slope * 10 == pytest.approx(1, rel=0.15), "one deviation apart: log-odds of 1 a deviation"
    assert bias + slope * 5 == pytest.approx(0, abs=0.15)
