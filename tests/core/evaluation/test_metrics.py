"""Measures against values worked out by hand."""

import numpy as np
import pytest

from core.evaluation.metrics import auc, equal_error_rate, psnr, ranks, wilson


def test_rank_counts_strangers_above_the_truth_and_no_other_photo_of_the_person() -> None:
    gallery = np.array([[1, 0], [0.9, 0.4359], [0, 1]], dtype=np.float32)
    probe = np.array([[0.8, 0.6]], dtype=np.float32)
    truth = np.array([0])
    assert ranks(probe, gallery, truth, np.array(["a", "b", "c"]))[0] == 2
    assert ranks(probe, gallery, truth, np.array(["a", "a", "c"]))[0] == 1


def test_auc_and_equal_error_rate() -> None:
    high, low = np.array([0.9, 0.8, 0.3], np.float32), np.array([0.1, 0.2, 0.4], np.float32)
    assert auc(high, low) == pytest.approx(8 / 9)
    assert auc(low, low) == pytest.approx(0.5)
    assert equal_error_rate(high, low) == pytest.approx(1 / 3)
    assert equal_error_rate(np.array([0.9, 0.8], np.float32), np.array([0.1], np.float32)) == 0


def test_no_error_in_many_trials_still_leaves_room() -> None:
    rate = wilson(0, 300)
    assert rate.rate == rate.low == 0
    assert 0.009 < rate.high < 0.014
    with pytest.raises(ValueError, match="trial"):
        wilson(0, 0)


def test_psnr_of_a_known_error() -> None:
    a = np.zeros((1, 3, 4, 4), np.float32)
    assert psnr(a, a + 0.1)[0] == pytest.approx(20, abs=1e-3)
