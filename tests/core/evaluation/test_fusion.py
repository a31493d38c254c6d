"""Fusion of the two fake scores."""

import numpy as np
import pytest

from core.evaluation.fusion import crossed_fusion, fit_fusion
from core.evaluation.metrics import auc
from core.evaluation.people import half_of
from core.recovery.detection import Fusion, log_odds


def scores(random: np.random.Generator, is_fake: np.ndarray, strength: float) -> np.ndarray:
    odds = random.normal(np.where(is_fake, strength, -strength), 2.0)
    return (1 / (1 + np.exp(-odds))).astype(np.float32)


def test_two_independent_scores_are_better_together_than_either() -> None:
    random = np.random.default_rng(0)
    is_fake = random.random(4000) < 0.5
    a, b = scores(random, is_fake, 1.5), scores(random, is_fake, 1.5)
    fused = fit_fusion(b, is_fake)(a, b)
    assert auc(fused[is_fake], fused[~is_fake]) > max(auc(s[is_fake], s[~is_fake]) for s in (a, b)) + 0.02


def test_either_is_enough_and_two_that_know_nothing_say_half() -> None:
    fused = Fusion()(np.array([0.99, 0.01, 0.5, 0.01], np.float32), np.array([0.01, 0.99, 0.5, 0.01], np.float32))
    assert fused[:2].min() > 0.95
    assert fused[2] == pytest.approx(0.5, abs=1e-6)
    assert fused[3] < 0.02


def test_a_score_that_knows_nothing_is_left_out() -> None:
    random = np.random.default_rng(1)
    is_fake = random.random(4000) < 0.5
    assert fit_fusion(random.random(4000).astype(np.float32), is_fake).slope < 0.1


def test_a_score_that_argues_the_other_way_is_not_turned_round() -> None:
    random = np.random.default_rng(2)
    is_fake = random.random(2000) < 0.5
    fusion = fit_fusion(1 - scores(random, is_fake, 1.0), is_fake)
    assert fusion.slope == pytest.approx(0, abs=1e-6)


def test_more_forgeries_than_real_faces_do_not_shift_the_score() -> None:
    random = np.random.default_rng(3)
    is_fake = random.random(20000) < 0.9
    assert fit_fusion(scores(random, is_fake, 1.5), is_fake).bias == pytest.approx(0, abs=0.1)


def test_certain_scores_stay_finite() -> None:
    assert np.isfinite(log_odds(np.array([0.0, 1.0], np.float32))).all()
    assert Fusion()(np.array([1.0], np.float32), np.array([1.0], np.float32))[0] > 0.999


def test_nobody_is_measured_by_weights_that_his_own_faces_set() -> None:
    random = np.random.default_rng(4)
    person = np.arange(4000) // 10
    is_fake = random.random(4000) < 0.5
    dfrec, companion = (scores(random, is_fake, 1.0) for _ in range(2))
    first = np.isin(person, half_of(person, np.random.default_rng(7)))
    assert first.sum() == 2000
    fused = crossed_fusion(dfrec, companion, is_fake, person, np.random.default_rng(7))
    for mine, other in ((first, ~first), (~first, first)):
        by_others = fit_fusion(companion[other], is_fake[other])(dfrec[mine], companion[mine])
        np.testing.assert_array_equal(fused[mine], by_others)
        by_himself = fit_fusion(companion[mine], is_fake[mine])(dfrec[mine], companion[mine])
        assert not np.array_equal(fused[mine], by_himself)


def test_a_half_without_real_faces_fits_nothing() -> None:
    person = np.array(["a", "a", "b", "b"])
    found = crossed_fusion(
        np.full(4, 0.5, np.float32),
        np.array([0.9, 0.1, 0.8, 0.7], np.float32),
        np.array([True, False, True, True]),
        person,
        np.random.default_rng(0),
    )
    assert np.isnan(found[:2]).all() and np.isfinite(found[2:]).all()
