"""Error rates over many thresholds, with intervals that know that trials of one person depend on each other.

Comparisons share probes and photographs, so their number overstates what is known. People are drawn with replacement,
each comparison counting as often as both of its people were drawn (the two-way bootstrap of Owen 2007; ISO/IEC
19795-1 asks for such methods); the variance found gives the number of independent trials worth as much (Kish 1965),
and Wilson's interval (1927) is taken for that number, which also holds where no error was seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.domain.arrays import FloatArray
from core.domain.calibration import Rate
from core.evaluation.metrics import Z95

DRAWS = 200
FEW_ERRORS = 5
_DIGITS = 7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparisons:
    """Templates against photographs.

    Attributes:
        scores: (P, G) float32 cosines.
        counted: (P, G) bool, which of them are trials.
        probe_person: (P,) int64 number of each template's true person.
        photo_person: (G,) int64 number of each photograph's person.
    """

    scores: FloatArray
    counted: NDArray[np.bool_]
    probe_person: NDArray[np.int64]
    photo_person: NDArray[np.int64]

    @property
    def values(self) -> FloatArray:
        """(T,) scores of the trials."""
        counted: FloatArray = self.scores[self.counted]
        return counted

    @property
    def n_people(self) -> int:
        """People whose templates take part in at least one trial."""
        return len(np.unique(self.probe_person[self.counted.any(1)]))


def share_at_or_above(
    trials: Comparisons, thresholds: FloatArray, random: np.random.Generator, draws: int = DRAWS
) -> list[Rate]:
    """Share of the trials at or above each threshold: the false match rate when trials are of different people."""
    return _rates(trials, thresholds, random, draws, is_above=True)


def share_below(
    trials: Comparisons, thresholds: FloatArray, random: np.random.Generator, draws: int = DRAWS
) -> list[Rate]:
    """Share of the trials below each threshold: the false non-match rate when trials are of one person each."""
    return _rates(trials, thresholds, random, draws, is_above=False)


def clustered_rate(is_wrong: NDArray[np.bool_], person: NDArray[np.int64], random: np.random.Generator) -> Rate:
    """Share of True, with an interval that knows that faces of one person depend on each other.

    Args:
        is_wrong: (N,), at least one.
        person: (N,) int64, whose face it is.
    """
    people, number = np.unique(person, return_inverse=True)
    drawn = person_weights(len(people), DRAWS, random)
    errors, trials = is_wrong[:, None].astype(np.float32), np.ones((len(is_wrong), 1), np.float32)
    n, effect = design_effects(errors, trials, (drawn[:, number], np.ones((DRAWS, 1), np.float32)))
    is_known = FEW_ERRORS <= n <= len(is_wrong) - FEW_ERRORS
    return effective_wilson(n, len(is_wrong), effect if is_known else len(is_wrong) / len(people))


def effective_wilson(errors: float, trials: int, design_effect: float) -> Rate:
    """An error rate with Wilson's 95 % interval for ``trials / design_effect`` independent trials.

    Raises:
        ValueError: no trials.
    """
    if trials <= 0:
        raise ValueError("a rate needs at least one trial")
    p, n = errors / trials, max(1.0, trials / max(1.0, design_effect))
    z2 = Z95**2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * float(np.sqrt(p * (1 - p) / n + z2 / (4 * n**2))) / (1 + z2 / n)
    low = 0.0 if errors == 0 else max(0.0, centre - half)
    high = 1.0 if errors == trials else min(1.0, centre + half)
    return Rate(rate=round(p, _DIGITS), low=round(low, _DIGITS), high=round(high, _DIGITS), trials=trials)


def person_weights(n_people: int, draws: int, random: np.random.Generator) -> FloatArray:
    """(draws, n_people) float32: how often each person was drawn."""
    counts = random.multinomial(n_people, np.full(n_people, 1 / n_people), size=draws)
    return counts.astype(np.float32)


def design_effects(
    errors: FloatArray, trials: FloatArray, weights: tuple[FloatArray, FloatArray]
) -> tuple[float, float]:
    """Number of errors, and how many times their rate's variance is that of independent trials.

    Args:
        errors, trials: (P, G) float32; trials 0 or 1, errors within them in [0, 1].
        weights: (draws, P) and (draws, G), how often each side's person was drawn.
    """
    probes, photos = weights
    total = ((probes @ trials) * photos).sum(1)
    found = ((probes @ errors) * photos).sum(1)
    drawn = total > 0
    n_errors, n_trials = float(errors.sum(dtype=np.float64)), float(trials.sum(dtype=np.float64))
    p = n_errors / n_trials
    if not 0 < p < 1 or drawn.sum() < 2:
        return n_errors, 1.0
    variance = float(np.var(found[drawn] / total[drawn], ddof=1))
    return n_errors, variance / (p * (1 - p) / n_trials)


def _rates(
    trials: Comparisons, thresholds: FloatArray, random: np.random.Generator, draws: int, *, is_above: bool
) -> list[Rate]:
    """Where errors are too few for a variance of their own, the largest design effect of the other thresholds.

    Where they are at every threshold, each person's trials count as one.
    """
    rows, columns = trials.counted.any(1), trials.counted.any(0)
    scores, counted = trials.scores[rows][:, columns], trials.counted[rows][:, columns].astype(np.float32)
    people, number = np.unique(
        np.concatenate([trials.probe_person[rows], trials.photo_person[columns]]), return_inverse=True
    )
    drawn = person_weights(len(people), draws, random)
    weights = drawn[:, number[: int(rows.sum())]], drawn[:, number[int(rows.sum()) :]]
    if not is_above:  # a comparison of a person with themselves was drawn as often as that person
        weights = weights[0], np.ones_like(weights[1])
    n_trials = int(counted.sum(dtype=np.float64))
    found = []
    for threshold in thresholds:
        hit = scores >= threshold if is_above else scores < threshold
        found.append(design_effects(hit.astype(np.float32) * counted, counted, weights))
    usable = [effect for n, effect in found if FEW_ERRORS <= n <= n_trials - FEW_ERRORS]
    largest = max(usable, default=n_trials / trials.n_people)
    return [
        effective_wilson(n, n_trials, effect if FEW_ERRORS <= n <= n_trials - FEW_ERRORS else largest)
        for n, effect in found
    ]
