"""The file of error rates: whole round trips, older and foreign files, what is taken from it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.aggregation.calibration import error_rates, load_calibration, write_calibration
from core.aggregation.caveats import group_caveat, quality_caveat
from core.aggregation.decision import identity_finding
from core.aggregation.template import aggregate
from core.domain.calibration import Calibration, LikelihoodRatios
from core.domain.identity import GalleryMatch, IdentityFinding, Role, SearchResult
from core.errors import ModelError
from tests.builders_calibration import RATIOS, calibration, role


def test_a_calibration_survives_its_file_and_serves_only_its_own_weights(tmp_path: Path) -> None:
    path, table = tmp_path / "calibration.json", calibration()
    write_calibration(table, path)
    assert load_calibration(path) == table
    assert table.for_run("a" * 64, "e:1") is table
    assert table.for_run("b" * 64, "e:1").calibration_id == ""
    assert table.for_run("a" * 64, "e:1", "d" * 64).calibration_id == "", "fake scores were fused with other weights"
    write_calibration(Calibration.none(), path)
    assert load_calibration(path) == Calibration.none()


@pytest.mark.parametrize("text", ["{}", "[]", "{", '{"schema": "unswap-calibration/2"}'])
def test_what_is_no_calibration_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(text)
    with pytest.raises(ModelError, match="not readable"):
        load_calibration(path)


def test_a_wrong_type_or_an_unknown_field_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    for change in ({"fake_from": "0.8"}, {"surprise": 1}, {"source": {"tables": []}}):
        write_calibration(calibration(), path)
        path.write_text(json.dumps(json.loads(path.read_text()) | change))
        with pytest.raises(ModelError, match="not readable"):
            load_calibration(path)


def test_a_file_of_another_form_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(json.dumps({"schema": "unswap-calibration/9"}))
    with pytest.raises(ModelError, match="unswap-calibration/9"):
        load_calibration(path)


def test_a_file_of_the_first_form_still_gives_its_thresholds(tmp_path: Path) -> None:
    rate = {"rate": 0.001, "low": 0.0008, "high": 0.0012, "trials": 1000}
    point = {"threshold": 0.9, "false_match": rate, "false_non_match": rate}
    old = {
        "calibration_id": "validation-b8c9",
        "model_sha256": "b" * 64,
        "embedder_id": "e:1",
        "population": "people",
        "fake_from": 0.94,
        "real_below": 0.5,
        "fake_false_positive": rate,
        "fake_false_negative": rate,
        "source": point,
        "target": point,
        "photo": None,
    }
    path = tmp_path / "calibration.json"
    path.write_text(json.dumps(old))
    table = load_calibration(path)
    assert table.of(Role.SOURCE).at(8).point.threshold == 0.9
    assert table.of(Role.SOURCE).at(8).likelihood is None
    assert table.of("photo") is None


def test_the_table_of_no_more_frames_than_there_are_is_taken() -> None:
    assert [role().at(n).n_frames for n in (0, 1, 3, 4, 7, 8, 99)] == [1, 1, 1, 4, 4, 8, 8]


def test_a_map_rises_stays_within_its_bounds_and_is_straight_between_its_points() -> None:
    ratios = [RATIOS.at(score) for score in np.linspace(-1, 1, 101)]
    assert ratios == sorted(ratios)
    assert (RATIOS.at(-1), RATIOS.at(1)) == (RATIOS.low, RATIOS.high)
    assert RATIOS.at(0.65) == pytest.approx(0.2)
    assert RATIOS.is_bound(RATIOS.at(1)) and not RATIOS.is_bound(0.5)


@pytest.mark.parametrize(
    "change",
    [
        {"scores": ()},
        {"scores": (0.2, 0.2, 0.8, 0.95)},
        {"log10_lr": (-2.0, 1.5, 1.4, 3.1)},
        {"high": 3.0},
        {"low": -1.9},
    ],
)
def test_a_map_that_falls_or_leaves_its_bounds_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"map|score|ratio|bounds"):
        replace(RATIOS, **change)


def finding(frames: int, sharpness: float | None = None) -> IdentityFinding:
    template, kept = aggregate(
        np.eye(1, 16, dtype=np.float32).repeat(frames, 0), np.ones(frames, np.float32), Role.SOURCE, "e:1"
    )
    match = GalleryMatch(
        person_id=1, name="P", score=0.9, rank=1, photo_sha256="", thumbnail_png=b"", gallery_revision=1
    )
    search = SearchResult(candidates=(match,), threshold=0.7, n_people=9, n_templates=9, gallery_revision=1)
    return identity_finding(
        Role.SOURCE, template, search, kept, is_still=False, calibration=calibration(), sharpness=sharpness
    )


def test_a_finding_quotes_the_rates_of_its_number_of_frames() -> None:
    quoted = finding(5).quote
    assert quoted is not None
    table = calibration().of(Role.SOURCE).at(4)
    assert (quoted.n_frames, quoted.point, quoted.likelihood) == (4, table.point, table.likelihood)
    assert isinstance(quoted.likelihood, LikelihoodRatios)
    assert finding(5).false_match_rate[0] == table.point.false_match.rate


def test_a_finding_names_the_spread_over_groups_and_the_rates_of_blurred_faces() -> None:
    limits = " ".join(finding(5, sharpness=31.0).limitations)
    assert "7 % (asian)" in limits.replace("\u00a0", " ") and "hispanic" in limits
    assert "median sharpness of 31" in limits
    assert quality_caveat(role(), 5.0) == "" and quality_caveat(role(), None) == ""
    assert group_caveat(calibration().of("photo")) == ""


def test_every_rate_at_a_threshold_is_listed_with_its_frames_and_its_mates() -> None:
    measures = [row.measure for row in error_rates(calibration())]
    assert "false match rate, recovered target against other people, 8 frames" in measures
    assert "false non-match rate, recovered source against another photograph, 1 frame" in measures
    assert len(measures) == len(set(measures))
    assert error_rates(Calibration.none()) == ()
