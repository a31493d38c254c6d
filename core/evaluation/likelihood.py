"""From scores to likelihood ratios, with `lir` (Netherlands Forensic Institute); the application needs the map only.

A map is chosen among lir's calibrators by the cost Cllr (Brümmer and du Preez 2006) of ratios of people that its fit
left out, and bounded by the empirical bounds of Vergeer et al. 2016 (ELUB), so that no ratio rests on extrapolation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import sklearn.linear_model  # noqa: F401  lir takes it for loaded
from lir.algorithms.bayeserror import ELUBBounder
from lir.algorithms.isotonic_regression import IsotonicCalibrator
from lir.algorithms.kde import KDECalibrator
from lir.algorithms.logistic_regression import LogitCalibrator
from lir.data.models import LLRData
from lir.metrics import cllr, cllr_min
from numpy.typing import NDArray

from core.domain.arrays import FloatArray
from core.domain.calibration import LikelihoodRatios
from core.evaluation.intervals import Comparisons

FOLDS = 5
MIN_PEOPLE = 20
KNOTS = 48
MOST_SAME, MOST_DIFFERENT = 4_000, 20_000
_EXTREME = 9.0  # log10; further than any bound of so few trials
CALIBRATORS: dict[str, Callable[[], Any]] = {
    "logistic regression": lambda: LogitCalibrator(C=1e6),
    "kernel densities": lambda: KDECalibrator(bandwidth="silverman"),
    "isotonic regression": lambda: IsotonicCalibrator(add_misleading=1),
}


def fit_likelihood_ratios(
    same: Comparisons, different: Comparisons, random: np.random.Generator
) -> LikelihoodRatios | None:
    """The best map of lir's calibrators; None with fewer than `MIN_PEOPLE` people.

    Args:
        same: comparisons of one person each.
        different: comparisons of two people each.
        random: draws the folds, and the trials where there are more than needed.
    """
    if same.n_people < MIN_PEOPLE:
        return None
    everybody = np.unique(np.concatenate([same.probe_person, same.photo_person, different.photo_person]))
    fold_of = dict(zip(everybody.tolist(), (random.permutation(len(everybody)) % FOLDS).tolist(), strict=True))
    same_scores, same_folds = _drawn(same, fold_of, MOST_SAME, random)
    different_scores, different_folds = _drawn(different, fold_of, MOST_DIFFERENT, random)
    held_out = {
        name: _cross_validated(make, (same_scores, same_folds), (different_scores, different_folds))
        for name, make in CALIBRATORS.items()
    }
    costs = {name: cllr(data) for name, data in held_out.items()}
    method = min(costs, key=lambda name: costs[name])
    scores, labels = _labelled(same_scores, different_scores)
    knots, ratios = _map(CALIBRATORS[method](), scores, labels)
    bounder = ELUBBounder().fit(held_out[method])
    low, high = float(bounder.lower_llr_bound or 0.0), float(bounder.upper_llr_bound or 0.0)
    low, high = round(low, 4), round(high, 4)
    bounded = np.clip(np.round(ratios, 4), low, high)
    return LikelihoodRatios(
        method=f"{method} (lir), chosen by Cllr among "
        + ", ".join(f"{name} {cost:.3f}" for name, cost in sorted(costs.items(), key=lambda item: item[1])),
        scores=tuple(float(score) for score in knots),
        log10_lr=tuple(float(ratio) for ratio in bounded),
        low=low,
        high=high,
        cllr=round(costs[method], 4),
        cllr_min=round(cllr_min(held_out[method]), 4),
        n_same=len(same_scores),
        n_different=len(different_scores),
        n_people=same.n_people,
    )


def _drawn(
    trials: Comparisons, fold_of: dict[int, int], most: int, random: np.random.Generator
) -> tuple[FloatArray, NDArray[np.int64]]:
    """(T,) scores of at most `most` trials, and (T, 2) folds of their two people."""
    probes, photos = np.nonzero(trials.counted)
    if len(probes) > most:
        kept = random.choice(len(probes), most, replace=False)
        probes, photos = probes[kept], photos[kept]
    people = np.stack([trials.probe_person[probes], trials.photo_person[photos]], 1)
    folds = np.array([[fold_of[int(a)], fold_of[int(b)]] for a, b in people], np.int64).reshape(-1, 2)
    return trials.scores[probes, photos], folds


def _cross_validated(
    make: Callable[[], Any],
    same: tuple[FloatArray, NDArray[np.int64]],
    different: tuple[FloatArray, NDArray[np.int64]],
) -> LLRData:
    """Ratios of trials both of whose people the fit left out."""
    ratios, labels = [], []
    for fold in range(FOLDS):
        train_scores, train_labels = _labelled(*(s[(f != fold).all(1)] for s, f in (same, different)))
        test_scores, test_labels = _labelled(*(s[(f == fold).all(1)] for s, f in (same, different)))
        knots, values = _map(make(), train_scores, train_labels)
        ratios.append(np.interp(test_scores, knots, values))
        labels.append(test_labels)
    return LLRData(features=np.concatenate(ratios), labels=np.concatenate(labels))


def _map(
    calibrator: Any, scores: NDArray[np.float64], labels: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A fitted calibrator as a rising chain of straight pieces: (K,) scores and (K,) log10 ratios.

    Kernel densities may fall with a rising score where trials are few; there the mean of the rising hulls from
    either side is taken.
    """
    middle, spread = float(scores.mean()), max(float(scores.std()), 1e-6)
    share = np.linspace(0, 1, KNOTS // 2)
    knots = np.unique(np.round(np.concatenate([np.quantile(scores[labels == k], share) for k in (0, 1)]), 5))
    calibrator.fit((scores - middle) / spread, labels)
    found = np.asarray(calibrator.transform((knots - middle) / spread), np.float64).reshape(-1)
    found = np.clip(np.nan_to_num(found, nan=0.0, posinf=_EXTREME, neginf=-_EXTREME), -_EXTREME, _EXTREME)
    rising = np.maximum.accumulate(found)
    falling = np.minimum.accumulate(found[::-1])[::-1]
    return knots, (rising + falling) / 2


def _labelled(same: FloatArray, different: FloatArray) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    scores = np.concatenate([same, different]).astype(np.float64)
    labels = np.concatenate([np.ones(len(same), np.int64), np.zeros(len(different), np.int64)])
    return scores, labels
