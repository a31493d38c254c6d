"""Networks and a gallery, loaded once for all tests of the pipeline."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.detection.quality import QualityGate
from core.domain.calibration import Calibration
from core.domain.report import WeightsRecord
from core.gallery.enrol import EnrolStatus, import_folder
from core.gallery.search import GallerySearch
from core.gallery.store import Gallery
from core.models.registry import ModelRegistry
from core.photo_templater import PhotoTemplater
from core.pipeline import Engines
from core.recovery.loading import load_embedder, load_recoverer
from tests.builders_analysis import PEOPLE
from tests.builders_detector import mtcnn


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Engines:
    registry = ModelRegistry(Path("resources/models"), tmp_path_factory.mktemp("models"))
    embedder = load_embedder(registry, "dlib-resnet-v1", "cpu")
    return Engines(
        detector=mtcnn(),
        embedder=embedder,
        recoverer=load_recoverer(registry, "dfrec-compact", "cpu", embedder),
        calibration=Calibration.none(),
        device="cpu",
        weights=tuple(WeightsRecord(name=c.name, sha256=c.sha256, terms=c.terms) for c in registry.list()),
    )


@pytest.fixture(scope="session")
def search(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GallerySearch]:
    path = tmp_path_factory.mktemp("gallery") / "people.sqlite"
    templater = PhotoTemplater(engines.detector, engines.embedder, QualityGate())
    with Gallery.open(path, create=True, embedder_id=engines.embedder.embedder_id) as gallery:
        outcomes = list(import_folder(gallery, templater, PEOPLE, basis="public domain", actor="test"))
        assert {o.status for o in outcomes} == {EnrolStatus.ENROLLED}, [o.reason for o in outcomes]
        yield GallerySearch(gallery, actor="test", purpose="test")
