"""Numbers with their 95 % intervals: Wilson's for shares, the percentile bootstrap (Efron 1979) for the rest.

The bootstrap of a lone trial says nothing, so that it has no interval; nor does that of two groups that no score
confuses, which get one that holds at the border, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from core.evaluation.metrics import Z95, auc, equal_error_rate, wilson
from core.evaluation.protocol.results import NOTHING, Cell, Estimate

RESAMPLES = 1000
SEED = 7


def share(hits: NDArray[np.bool_]) -> Cell:
    """Share of True with its Wilson interval; nothing where there was no trial."""
    if not len(hits):
        return NOTHING
    rate = wilson(int(hits.sum()), len(hits))
    return Estimate(value=rate.rate, low=rate.low, high=rate.high, n=rate.trials)


def mean(values: NDArray[np.floating]) -> Cell:
    """Mean of the finite values; nothing where there is none."""
    finite = np.asarray(values, np.float64)[np.isfinite(values)]
    return bootstrapped(lambda picked: float(finite[picked].mean()), len(finite))


def median(values: NDArray[np.floating] | NDArray[np.int64]) -> Cell:
    """Median; nothing where there is no value."""
    return bootstrapped(lambda picked: float(np.median(values[picked])), len(values))


def area(positive: NDArray[np.float32], negative: NDArray[np.float32]) -> Cell:
    """Area under the ROC curve; positives and negatives are drawn again each for themselves."""
    found = _two_groups(auc, positive, negative)
    if isinstance(found, Estimate) and found.low == found.high and found.value in (0.0, 1.0):
        farthest = _least_area(len(positive), len(negative))
        low, high = (farthest, 1.0) if found.value == 1.0 else (0.0, 1 - farthest)
        return replace(found, low=low, high=high)
    return found


def error_rate(positive: NDArray[np.float32], negative: NDArray[np.float32]) -> Cell:
    """Equal error rate, likewise."""
    found = _two_groups(equal_error_rate, positive, negative)
    if isinstance(found, Estimate) and found.low == found.high and found.value == 0.0:
        return replace(found, low=0.0, high=wilson(0, min(len(positive), len(negative))).high)
    return found


def bootstrapped(statistic: Callable[[NDArray[np.int64]], float], count: int) -> Cell:
    """A statistic of `count` trials, given the numbers of those to use; nothing where there is none."""
    if not count:
        return NOTHING
    random = np.random.default_rng(SEED)
    drawn = [statistic(random.integers(count, size=count)) for _ in range(RESAMPLES)]
    return _estimate(statistic(np.arange(count)), drawn, count)


def _two_groups(
    statistic: Callable[[NDArray[np.float32], NDArray[np.float32]], float],
    positive: NDArray[np.float32],
    negative: NDArray[np.float32],
) -> Cell:
    if not len(positive) or not len(negative):
        return NOTHING
    random = np.random.default_rng(SEED)
    drawn = [
        statistic(random.choice(positive, len(positive)), random.choice(negative, len(negative)))
        for _ in range(RESAMPLES // 2)
    ]
    return _estimate(statistic(positive, negative), drawn, len(positive) + len(negative))


def _estimate(value: float, drawn: list[float], count: int) -> Estimate:
    low, high = np.percentile(drawn, [2.5, 97.5])
    if count < 2:
        return Estimate(value=value, n=count)
    return Estimate(value=value, low=float(low), high=float(high), n=count)


def _least_area(n_positive: int, n_negative: int) -> float:
    """Lower bound of an area that was found to be 1 (Newcombe 2006, part 2, method 5: Hanley and McNeil's variance)."""

    def beyond(area: float) -> float:
        half = (n_positive + n_negative) / 2 - 1
        spread = 1 + half * (1 - area) / (2 - area) + half * area / (1 + area)
        return 1 - area - Z95 * float(np.sqrt(area * (1 - area) * spread / (n_positive * n_negative)))

    return float(brentq(beyond, 0.0, 1 - 1e-9))
