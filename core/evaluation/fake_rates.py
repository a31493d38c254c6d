"""Thresholds of the fake score and how often they are wrong, on people whose faces did not set them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.domain.arrays import FloatArray
from core.domain.calibration import Rate
from core.evaluation.intervals import clustered_rate
from core.evaluation.people import half_of
from core.evaluation.validation import Trials
from core.training.corpus import FaceCorpus

PRISTINE_BELOW = 0.98
"""Share of pristine faces below the threshold from which "swapped" is supported."""
FORGED_BELOW = 0.05
"""Share of forged faces below the threshold under which "swapped" is not supported."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FakeScores:
    """Fake scores of single faces of validation people.

    Attributes:
        pristine, forged: (N,), (M,) scores in [0, 1].
        pristine_person, forged_person: (N,), (M,) int64, whose face it is, or was before it was forged.
    """

    pristine: FloatArray
    forged: FloatArray
    pristine_person: NDArray[np.int64]
    forged_person: NDArray[np.int64]

    @classmethod
    def of(cls, trials: Trials, corpus: FaceCorpus) -> FakeScores:
        """Those of trials of a corpus' validation people."""
        _, person = np.unique(corpus.family, return_inverse=True)
        scores, people = trials.arrays.fake_score, person[trials.target_row]
        fake = trials.is_fake
        return cls(
            pristine=scores[~fake], forged=scores[fake], pristine_person=people[~fake], forged_person=people[fake]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeRates:
    """Thresholds and what they are worth.

    Attributes:
        fake_from, real_below: fake scores from which "swapped" is supported, and below which it is not.
        false_positive: pristine faces from `fake_from` on.
        false_negative: forged faces below `real_below`.
        missed: forged faces below `fake_from`.
    """

    fake_from: float
    real_below: float
    false_positive: Rate
    false_negative: Rate
    missed: Rate


def fake_rates(fake: FakeScores, random: np.random.Generator) -> FakeRates:
    """Thresholds of all faces; rates of each half of the people at the thresholds that the other half gives.

    At thresholds that the same faces set the first two rates would be `PRISTINE_BELOW` and `FORGED_BELOW` whatever the
    model is worth. Intervals are Wilson's for as many trials as a bootstrap over people finds the faces to be worth.

    Args:
        fake: both kinds occur.
        random: of the halves and the bootstrap.
    """
    first = half_of(np.concatenate([fake.pristine_person, fake.forged_person]), random)
    pristine_half, forged_half = np.isin(fake.pristine_person, first), np.isin(fake.forged_person, first)
    alarms, denied, missed = (np.zeros(len(s), bool) for s in (fake.pristine, fake.forged, fake.forged))
    for half in (True, False):
        mine, other = pristine_half == half, pristine_half != half
        forged_mine, forged_other = forged_half == half, forged_half != half
        if not (other.any() and forged_other.any()):  # too few people for halves
            other, forged_other = np.ones_like(other), np.ones_like(forged_other)
        fake_from, real_below = _thresholds(fake.pristine[other], fake.forged[forged_other])
        alarms[mine] = fake.pristine[mine] >= fake_from
        denied[forged_mine] = fake.forged[forged_mine] < real_below
        missed[forged_mine] = fake.forged[forged_mine] < fake_from
    fake_from, real_below = _thresholds(fake.pristine, fake.forged)
    return FakeRates(
        fake_from=round(fake_from, 4),
        real_below=round(real_below, 4),
        false_positive=clustered_rate(alarms, fake.pristine_person, random),
        false_negative=clustered_rate(denied, fake.forged_person, random),
        missed=clustered_rate(missed, fake.forged_person, random),
    )


def _thresholds(pristine: FloatArray, forged: FloatArray) -> tuple[float, float]:
    fake_from = max(0.5, float(np.quantile(pristine, PRISTINE_BELOW)))
    return fake_from, min(0.5, float(np.quantile(forged, FORGED_BELOW)), fake_from)
