"""From scores to likelihood ratios, with `lir` (Netherlands Forensic Institute); the application needs the map only.

A map is chosen among lir's calibrators by the cost Cllr (Brümmer and du Preez 2006) of ratios of people that its fit
left out, and bounded by the empirical bounds of Vergeer et al. 2016 (ELUB), so that no ratio rests on extrapolation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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

from core.domain.calibration import LikelihoodRatios
from core.evaluation.intervals import Comparisons

FOLDS = 5
MIN_PEOPLE = 20
KNOTS = 48
MOST_SAME, MOST_DIFFERENT = 4_000, 20_000
BOUND_DRAWS = 9
OTHERS_A_PERSON = 3
_EXTREME = 9.0  # log10; further than any bound of so few trials
CALIBRATORS: dict[str, Callable[[], Any]] = {
    "logistic regression": lambda: LogitCalibrator(C=1e6),
    "kernel densities": lambda: KDECalibrator(bandwidth="silverman"),
    "isotonic regression": lambda: IsotonicCalibrator(add_misleading=1),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Trials:
    """(T,) scores or log10 ratios of comparisons, and (T, 2) persons of their probes and photographs."""

    values: NDArray[np.float64]
    people: NDArray[np.int64]

    def of(self, chosen: NDArray[Any]) -> _Trials:
        """Some of them."""
        return _Trials(values=self.values[chosen], people=self.people[chosen])


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
    fold_of = np.full(int(everybody.max()) + 1, -1)
    fold_of[everybody] = random.permutation(len(everybody)) % FOLDS
    same_trials, different_trials = _drawn(same, MOST_SAME, random), _drawn(different, MOST_DIFFERENT, random)
    held_out = {
        name: _cross_validated(make, same_trials, different_trials, fold_of) for name, make in CALIBRATORS.items()
    }
    costs = {name: cllr(_llrs(*tests)) for name, tests in held_out.items()}
    method = min(costs, key=lambda name: costs[name])
    knots, ratios = _map(CALIBRATORS[method](), *_labelled(same_trials.values, different_trials.values))
    low, high = _bounds(*held_out[method], random)
    bounded = np.clip(np.round(ratios, 4), low, high)
    return LikelihoodRatios(
        method=f"{method} (lir), chosen by Cllr among "
        + ", ".join(f"{name} {cost:.3f}" for name, cost in sorted(costs.items(), key=lambda item: item[1])),
        scores=tuple(float(score) for score in knots),
        log10_lr=tuple(float(ratio) for ratio in bounded),
        low=low,
        high=high,
        cllr=round(costs[method], 4),
        cllr_min=round(cllr_min(_llrs(*held_out[method])), 4),
        n_same=len(same_trials.values),
        n_different=len(different_trials.values),
        n_people=same.n_people,
    )


def _drawn(trials: Comparisons, most: int, random: np.random.Generator) -> _Trials:
    """At most `most` of the comparisons that count."""
    probes, photos = np.nonzero(trials.counted)
    if len(probes) > most:
        kept = random.choice(len(probes), most, replace=False)
        probes, photos = probes[kept], photos[kept]
    people = np.stack([trials.probe_person[probes], trials.photo_person[photos]], 1).astype(np.int64)
    return _Trials(values=trials.scores[probes, photos].astype(np.float64), people=people)


def _cross_validated(
    make: Callable[[], Any], same: _Trials, different: _Trials, fold_of: NDArray[np.int64]
) -> tuple[_Trials, _Trials]:
    """Ratios of trials both of whose people the fit left out: of one person each, and of two."""
    tested: tuple[list[_Trials], list[_Trials]] = ([], [])
    for fold in range(FOLDS):
        is_left_out = [fold_of[trials.people] == fold for trials in (same, different)]
        known = [t.of((~out).all(1)).values for t, out in zip((same, different), is_left_out, strict=True)]
        knots, values = _map(make(), *_labelled(*known))
        for kind, trials, out in zip(tested, (same, different), is_left_out, strict=True):
            tests = trials.of(out.all(1))
            kind.append(_Trials(values=np.interp(tests.values, knots, values), people=tests.people))
    one, two = (
        _Trials(values=np.concatenate([t.values for t in kind]), people=np.concatenate([t.people for t in kind]))
        for kind in tested
    )
    return one, two


def _bounds(same: _Trials, different: _Trials, random: np.random.Generator) -> tuple[float, float]:
    """Log10 of the least and the largest ratio that the held-out trials support.

    ELUB takes its trials for independent, which those of one person are not: of each probe's person one comparison
    with himself counts and `OTHERS_A_PERSON` with others, the median over draws.
    """
    bounds = []
    for _ in range(BOUND_DRAWS):
        one, two = _few_a_person(same, 1, random), _few_a_person(different, OTHERS_A_PERSON, random)
        bounder = ELUBBounder().fit(_llrs(one, two))
        bounds.append((float(bounder.lower_llr_bound or 0.0), float(bounder.upper_llr_bound or 0.0)))
    low, high = np.median(bounds, axis=0)
    return round(float(low), 4), round(float(high), 4)


def _few_a_person(trials: _Trials, most: int, random: np.random.Generator) -> _Trials:
    """At most so many of each person whom the probes show, at random."""
    order = random.permutation(len(trials.values))
    person = trials.people[order, 0]
    by_person = np.argsort(person, kind="stable")
    _, begins, counts = np.unique(person[by_person], return_index=True, return_counts=True)
    rank = np.arange(len(order)) - np.repeat(begins, counts)
    return trials.of(order[by_person[rank < most]])


def _llrs(same: _Trials, different: _Trials) -> LLRData:
    ratios, labels = _labelled(same.values, different.values)
    return LLRData(features=ratios, labels=labels)


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


def _labelled(
    same: NDArray[np.float64], different: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    scores = np.concatenate([same, different])
    labels = np.concatenate([np.ones(len(same), np.int64), np.zeros(len(different), np.int64)])
    return scores, labels
