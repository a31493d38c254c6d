"""Numbers with their 95 % intervals: Wilson's for shares, the percentile bootstrap (Efron 1979) for the rest."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.evaluation.metrics import auc, equal_error_rate, wilson
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
    return _two_groups(auc, positive, negative)


def error_rate(positive: NDArray[np.float32], negative: NDArray[np.float32]) -> Cell:
    """Equal error rate, likewise."""
    return _two_groups(equal_error_rate, positive, negative)


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
    return Estimate(value=value, low=float(low), high=float(high), n=count)
