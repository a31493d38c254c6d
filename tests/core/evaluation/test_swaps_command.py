"""``python -m core.evaluation --swaps``: published swaps are ranked by the rule that the application ranks by."""

import sys
from pathlib import Path

import pytest
import torch

from core.aggregation.calibration import load_calibration
from core.domain.calibration import Calibration
from core.evaluation import __main__ as command
from core.evaluation.published import Strangers, SwapRank
from core.models.registry import ModelRegistry
from core.recovery.loading import load_embedder, load_recoverer
from tests.builders_training import packed_corpus

MODELS = Path("resources/models")


def test_the_shipped_calibration_counts_with_the_second_detector_that_it_was_measured_with(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    torch.set_num_threads(1)
    among: list[Strangers] = []

    class NoTrial:
        def __init__(self, detector: object, embedder: object, recoverer: object, strangers: Strangers, seed: int):
            among.append(strangers)

        def run(self, folder: Path) -> list[SwapRank]:
            return []

    monkeypatch.setattr(command, "SwapTrial", NoTrial)
    monkeypatch.setattr(command, "_print_swaps", print)
    options = ("--faces", packed_corpus(tmp_path / "faces"), "--models", MODELS, "--swaps", tmp_path, "--device", "cpu")
    monkeypatch.setattr(sys, "argv", ["core.evaluation", *map(str, options)])
    assert command.main() == 0
    (strangers,) = among
    shipped = load_calibration(MODELS / "calibration.json")
    assert strangers.comparison == shipped.comparison != Calibration.none().comparison
    assert strangers.comparison.share > 0 and strangers.surroundings is not None


def test_a_calibration_of_other_detectors_does_not_count() -> None:
    registry = ModelRegistry(MODELS, MODELS)
    recoverer = load_recoverer(registry, "dfrec-compact", "cpu", load_embedder(registry, "dlib-resnet-v1", "cpu"))
    shipped = load_calibration(MODELS / "calibration.json")
    assert command.comparison_of(shipped, recoverer) == shipped.comparison
    recoverer.companion = None
    assert command.comparison_of(shipped, recoverer) == Calibration.none().comparison
