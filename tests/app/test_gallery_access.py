"""By which threshold a face is judged that is searched in the gallery by itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.commands.gallery_search import embedding_queries
from app.gallery_access import PHOTO, FaceQuery, RecoveredBy, SearchRule, measured_rule
from app.settings import Folders
from core.domain.identity import NO_THRESHOLD
from tests.builders_calibration import calibration

TABLE = calibration()
THESE = RecoveredBy(model_sha256="a" * 64)


@pytest.fixture(autouse=True)
def _shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.gallery_access.build_calibration", lambda folders: TABLE)


def rule(kind: str, n_frames: int = 1, made_with: RecoveredBy | None = None, embedder: str = "e:1") -> SearchRule:
    face = np.eye(128, dtype=np.float32)[0]
    query = FaceQuery(
        label="x", kind=kind, embedding=face, embedder_id=embedder, n_frames=n_frames, made_with=made_with
    )
    return measured_rule(Folders(resources=Path(), data=Path(), logs=Path()), query, embedder)


def test_a_template_of_many_frames_has_the_threshold_of_as_many() -> None:
    assert TABLE.source is not None
    thresholds = [table.point.threshold for table in TABLE.source.tables]
    assert len(set(thresholds)) > 1
    found = [rule("source", table.n_frames, THESE).threshold_among(9) for table in TABLE.source.tables]
    assert found == thresholds
    assert rule("source", 4, RecoveredBy(calibration_id=TABLE.calibration_id)) == rule("source", 4, THESE)


def test_a_large_gallery_is_searched_with_a_stricter_threshold() -> None:
    usual, strictest = (point.threshold for point in TABLE.source.tables[0].points[1:])
    found = rule("source", 1, THESE)
    assert [found.threshold_among(n) for n in (0, 346, 347, 100_000)] == [usual, usual, strictest, strictest]


@pytest.mark.parametrize(
    ("made_with", "why"),
    [
        (None, "is not known"),
        (RecoveredBy(), "for the weights"),
        (RecoveredBy(calibration_id="of another table"), "for the weights"),
        (RecoveredBy(model_sha256="b" * 64), "for the weights"),
        (replace(THESE, detector_sha256="c" * 64), "for the weights"),
    ],
)
def test_a_face_of_other_weights_has_no_threshold_and_that_is_said(made_with: RecoveredBy | None, why: str) -> None:
    found = rule("target", 4, made_with)
    assert found.threshold_among(9) == SearchRule().threshold_among(9) == NO_THRESHOLD
    assert why in found.lacking
    assert found.comparison == TABLE.comparison


def test_photos_and_faces_as_filmed_do_not_depend_on_the_weights() -> None:
    assert TABLE.photo is not None
    for kind in (PHOTO, "input"):
        assert rule(kind) == SearchRule(comparison=TABLE.comparison, table=TABLE.photo.at(1))
    assert "embedder" in rule(PHOTO, embedder="another:1").lacking


def test_a_file_of_embeddings_names_its_weights_unless_it_is_of_an_earlier_version(tmp_path: Path) -> None:
    arrays = {"names": np.array(["a"]), "source": np.eye(128, dtype=np.float32)[:1], "embedder_id": np.array("e:1")}
    np.savez(tmp_path / "older.npz", **arrays)
    np.savez(tmp_path / "now.npz", **arrays, model_sha256=np.array("a" * 64), detector_sha256=np.array(""))
    (older,), (now,) = (embedding_queries(tmp_path / name, ["source"]) for name in ("older.npz", "now.npz"))
    assert older.made_with is None
    assert now.made_with == THESE
