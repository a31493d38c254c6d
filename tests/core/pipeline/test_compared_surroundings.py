"""The demo clip searched by the measured rule, with a gallery that knows the surroundings of its photographs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from torch import nn

from core.aggregation.calibration import load_calibration
from core.casefile.store import CaseFile
from core.detection.quality import QualityGate
from core.domain.identity import IdentityFinding
from core.gallery.enrol import import_folder
from core.gallery.search import GallerySearch
from core.gallery.store import Gallery
from core.models.compact import CompactDfrec
from core.models.registry import ModelRegistry
from core.photo_templater import PhotoTemplater
from core.pipeline import Engines
from core.recovery.loading import build_network, load_surroundings
from core.recovery.surroundings import SurroundingsReader
from tests.builders_analysis import PEOPLE, run

MODELS = Path("resources/models")


def test_targets_alone_are_compared_by_surroundings_and_a_case_keeps_what_was_said(
    engines: Engines, tmp_path: Path
) -> None:
    engines = replace(engines, calibration=load_calibration(MODELS / "calibration.json"))
    rule = engines.calibration.comparison
    assert rule.share > 0 and len(rule.centre) == 128
    reader = load_surroundings(ModelRegistry(MODELS, tmp_path), "dfrec-compact", "cpu")
    templater = PhotoTemplater(engines.detector, engines.embedder, QualityGate(), reader)
    path = tmp_path / "people.sqlite"
    with Gallery.open(path, create=True, embedder_id=engines.embedder.embedder_id) as gallery:
        assert len(list(import_folder(gallery, templater, PEOPLE, basis="public domain", actor="test"))) == 2
        result, _ = run(tmp_path / "case", engines, GallerySearch(gallery, actor="test"))
    assert result is not None
    (person,) = result.persons
    source, target = person.findings

    def best(finding: IdentityFinding | None) -> tuple[float, float | None, float | None]:
        assert finding is not None and finding.search is not None and finding.template is not None
        first = finding.search.candidates[0]
        return first.score, first.face_score, first.surroundings_score

    for finding in (source, person.input_finding):
        assert finding is not None and finding.template is not None
        assert finding.template.surroundings is None and best(finding)[1:] == (None, None)
    assert target.template is not None and target.template.surroundings is not None and reader is not None
    assert target.template.surroundings.model_id == reader.model_id
    score, face, around = best(target)
    assert face is not None and around is not None
    raised = face + (1 - face) * rule.share * max(0.0, around - rule.knee) / (1 - rule.knee)
    assert score == pytest.approx(raised, abs=1e-6)
    with CaseFile.open(tmp_path / "case", create=False) as case:
        kept = case.result(1)
    assert kept is not None and best(kept.persons[0].findings[1]) == best(target)


def test_what_reads_surroundings_is_a_fifth_of_the_network_and_reads_the_same(tmp_path: Path) -> None:
    registry = ModelRegistry(MODELS, tmp_path)
    reader = load_surroundings(registry, "dfrec-compact", "cpu")
    assert reader is not None
    card = registry.find("dfrec-compact")
    whole = build_network(card, registry.load(card.name), "cpu").eval()
    assert isinstance(whole, CompactDfrec)
    assert _n_weights(reader.network) < 0.2 * _n_weights(whole)
    crops = np.random.default_rng(3).integers(0, 255, (3, 224, 224, 3), dtype=np.uint8)
    expected = SurroundingsReader(whole, reader.model_id, "cpu").vectors(crops)
    np.testing.assert_array_equal(reader.vectors(crops), expected)


def _n_weights(network: nn.Module) -> int:
    return sum(tensor.numel() for tensor in network.parameters())
