"""What an analysis runs on is told by all of its models."""

from __future__ import annotations

from app.assembly import build_engines, build_registry
from app.settings import standard_folders
from core.config import AnalysisSettings


def test_the_known_failures_of_every_model_used_are_told_with_its_name() -> None:
    folders = standard_folders()
    engines = build_engines(folders, AnalysisSettings(device="cpu"), None)
    registry = build_registry(folders)
    cards = [registry.find(weights.name) for weights in engines.weights]
    assert [weights.sha256 for weights in engines.weights] == [card.sha256 for card in cards]
    assert {"dfrec-compact", "dlib-resnet-v1", "blends-lite0", "mtcnn"} == {card.name for card in cards}
    told = [f"Model {card.name}: {failure}" for card in cards for failure in card.known_failures]
    assert list(engines.model_limits) == told
    assert len({line.split(":")[0] for line in told}) > 1
