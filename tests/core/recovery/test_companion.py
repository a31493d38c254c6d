"""A second detector beside the shipped recovery network: which one is run, and how its score joins."""

from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import ModelError
from core.evaluation.fusion import fuse
from core.models.blend_detector import BlendDetector
from core.models.card import ModelKind
from core.models.mae import MaeConfig
from core.models.registry import ModelRegistry
from core.models.rffr import Rffr
from core.recovery.loading import FUSED_WITH, load_embedder, load_recoverer
from core.recovery.recoverer import FaceRecoverer
from core.training.export import export
from tests.builders_training import labelled_corpus

SHIPPED = Path("resources/models")


def trained(run: Path, file: str, network: torch.nn.Module) -> Path:
    """A run that holds a network nobody taught."""
    run.mkdir(parents=True, exist_ok=True)
    torch.save({"average": network.state_dict(), "history": [file]}, run / f"{file}.pt")
    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A user's models: a blend detector and an RFFR, neither fitted to a recovery network."""
    torch.manual_seed(3)
    torch.set_num_threads(1)
    made = tmp_path / "models"
    export(trained(tmp_path / "run", "blends", BlendDetector()), made, "blends-new", "", file="blends")
    export(trained(tmp_path / "run", "rffr", Rffr(MaeConfig())), made, "rffr-new", "", file="rffr")
    return made


def recoverer(folder: Path) -> FaceRecoverer:
    registry = ModelRegistry(SHIPPED, folder)
    return load_recoverer(registry, "dfrec-compact", "cpu", load_embedder(registry, "dlib-resnet-v1", "cpu"))


def fit(folder: Path, name: str) -> None:
    without = ModelRegistry(SHIPPED, folder)
    fuse(without, folder, name, recoverer(folder), labelled_corpus(48), 5, count=32)


def test_a_companion_is_run_once_it_is_fitted_and_the_last_fitted_one_alone(folder: Path) -> None:
    before = recoverer(folder).companion
    assert before is None or before.model_name not in ("blends-new", "rffr-new")
    fit(folder, "rffr-new")
    fit(folder, "blends-new")
    cards = {card.name: dict(card.config) for card in ModelRegistry(folder, folder).list()}
    assert FUSED_WITH in cards["blends-new"] and FUSED_WITH not in cards["rffr-new"]
    assert cards["rffr-new"]["width"] == MaeConfig().width, "what the network is stays in the card"
    companion = recoverer(folder).companion
    assert companion is not None and (companion.model_name, companion.label) == ("blends-new", "blends")


def test_the_fake_score_is_the_fused_one_and_both_scores_are_told(folder: Path) -> None:
    fit(folder, "blends-new")
    run = recoverer(folder)
    crops = np.random.default_rng(0).integers(0, 255, (3, 224, 224, 3), np.uint8)
    arrays = run.infer(crops, None, seed=1)
    assert run.companion is not None
    images = torch.from_numpy(crops).permute(0, 3, 1, 2).float() / 255
    np.testing.assert_allclose(arrays.companion_score, run.companion.scores(images), atol=1e-5)
    expected = run.companion.fusion(arrays.dfrec_score, arrays.companion_score)
    np.testing.assert_allclose(arrays.fake_score, expected, atol=1e-6)


def test_weights_of_another_kind_are_no_companion(folder: Path) -> None:
    with pytest.raises(ModelError, match="judges no faces"):
        fit(folder, "dlib-resnet-v1")


def test_the_card_says_what_the_weights_began_with(folder: Path) -> None:
    cards = {card.kind: card for card in ModelRegistry(folder, folder).list()}
    assert "ImageNet" in cards[ModelKind.BLENDS].data and "dlib" not in cards[ModelKind.BLENDS].data
    assert "dlib" not in cards[ModelKind.RFFR].data
