"""The stated agreement of two runs."""

from __future__ import annotations

import math

import pytest

from core.domain.tolerance import TOLERANCE, Tolerance


def test_templates_within_the_tolerance_move_no_cosine_further_than_the_scores_may() -> None:
    assert math.sqrt(2 - 2 * TOLERANCE.template_cosine) <= TOLERANCE.score


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        ({1: 0.9, 2: 0.8, 3: 0.1}, {1: 0.9, 2: 0.8, 3: 0.1}, True),
        ({1: 0.9, 2: 0.8}, {1: 0.8, 2: 0.9}, False),
        ({1: 0.805, 2: 0.8}, {1: 0.8, 2: 0.805}, True),  # nearer than the gap
        ({1: 0.9, 2: 0.8955, 3: 0.8}, {1: 0.895, 2: 0.9, 3: 0.898}, False),  # 3 overtook 1, not its neighbour
        ({1: 0.9, 2: 0.1}, {1: 0.9, 7: 0.95}, True),
        ({}, {}, True),
    ],
)
def test_ranking(before: dict[int, float], after: dict[int, float], kept: bool) -> None:
    assert TOLERANCE.keeps_ranking(before, after) is kept


def test_the_words_name_the_figures() -> None:
    words = Tolerance(box_px=0.125, score=0.03, candidate=0.04).in_words()
    assert "0.125 px" in words
    assert "within 0.03" in words
    assert "within 0.04" in words
    assert "further apart than 0.08" in words
