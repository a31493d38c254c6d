"""Campaign ``determinism``: two runs give the same bits, and its comparison notices what lies too far apart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.domain.tolerance import TOLERANCE
from core.validation.campaign import Setting
from core.validation.determinism.campaign import compared, run
from core.validation.determinism.measure import Outcome

ROOT = Path(__file__).parents[3]


def test_two_runs_in_processes_of_their_own_give_the_same_bits(tmp_path: Path) -> None:
    same, accelerator = run(Setting(workspace=tmp_path, resources=ROOT / "resources"))
    assert same.passed is True, same.figure
    assert same.figure.startswith("1 SHA-256 of the whole result in 2 runs")
    assert accelerator.passed is not False, accelerator.figure


def outcome() -> Outcome:
    vectors = np.eye(4)[:3]
    return Outcome(
        digest="",
        arrays={
            "boxes": np.zeros((2, 4)),
            "landmarks": np.zeros((2, 5, 2)),
            "fake_scores": np.array([0.5]),
            "vectors": vectors,
            "templates": vectors,
            "pictures": np.zeros((1, 2, 8, 8, 3), np.uint8),
            "maps": np.zeros((1, 8, 8)),
        },
        decisions=("supported",),
        rankings=({1: 0.9, 2: 0.8},),
        n_faces=1,
    )


def with_array(name: str, change: float) -> Outcome:
    before = outcome()
    return replace(before, arrays=before.arrays | {name: before.arrays[name] + change})


def test_outcomes_within_the_tolerance_agree_and_are_read_back(tmp_path: Path) -> None:
    outcome().write(tmp_path)
    assert compared("again", outcome(), Outcome.read(tmp_path)).passed is True
    assert compared("again", outcome(), with_array("boxes", TOLERANCE.box_px / 2)).passed is True


@pytest.mark.parametrize(
    "after",
    [
        with_array("boxes", 2 * TOLERANCE.box_px),
        with_array("landmarks", 2 * TOLERANCE.landmarks_px),
        with_array("fake_scores", 2 * TOLERANCE.score),
        with_array("vectors", 0.01),
        with_array("templates", 0.01),
        with_array("pictures", 1),
        with_array("maps", 2 * TOLERANCE.map_share),
        with_array("boxes", float("nan")),
        replace(outcome(), decisions=("inconclusive",)),
        replace(outcome(), rankings=({1: 0.8, 2: 0.9},)),
        replace(outcome(), arrays=outcome().arrays | {"boxes": np.zeros((3, 4))}),
    ],
)
def test_outcomes_further_apart_do_not_agree(after: Outcome) -> None:
    assert compared("again", outcome(), after).passed is False
