"""Rates of the fake score: of people who did not set the thresholds, with intervals that know who belongs together."""

import numpy as np
import pytest

from core.evaluation.fake_rates import FakeScores, fake_rates


def drawn(n_people: int, faces_each: int, apart: float, seed: int = 0) -> FakeScores:
    """Scores that hang together in people: half of their spread is the person's own."""
    random = np.random.default_rng(seed)
    person = np.repeat(np.arange(n_people), faces_each)

    def scores(shift: float) -> np.ndarray:
        odds = shift + random.normal(0, 1, n_people)[person] + random.normal(0, 1, len(person))
        return (1 / (1 + np.exp(-odds))).astype(np.float32)

    return FakeScores(pristine=scores(-apart), forged=scores(apart), pristine_person=person, forged_person=person)


def test_rates_are_near_what_the_thresholds_aim_at_where_there_are_many_people() -> None:
    rates = fake_rates(drawn(2000, 1, 1.0), np.random.default_rng(1))
    assert rates.false_positive.rate == pytest.approx(0.02, abs=0.008)
    assert rates.false_negative.rate == pytest.approx(0.05, abs=0.02)
    assert rates.false_positive.low <= rates.false_positive.rate <= rates.false_positive.high
    assert rates.false_positive.trials == 2000


def test_the_misses_are_those_at_the_threshold_that_is_used() -> None:
    fake = drawn(500, 2, 1.0)
    rates = fake_rates(fake, np.random.default_rng(1))
    assert rates.missed.rate == pytest.approx(float((fake.forged < rates.fake_from).mean()), abs=0.06)
    assert rates.missed.rate > 2 * rates.false_negative.rate


def test_thresholds_that_few_people_set_do_not_hide_their_errors() -> None:
    """The quantile of the very faces that are counted is right by construction; another half's is not."""
    rates = [fake_rates(drawn(10, 30, 1.0, seed), np.random.default_rng(seed)) for seed in range(40)]
    assert np.std([r.false_positive.rate for r in rates]) > 0.01


def test_faces_of_one_person_count_less_than_those_of_many() -> None:
    few = fake_rates(drawn(40, 50, 1.0), np.random.default_rng(2)).missed
    many = fake_rates(drawn(2000, 1, 1.0), np.random.default_rng(2)).missed
    assert few.trials == many.trials
    assert few.high - few.low > 1.5 * (many.high - many.low)


def test_two_people_are_enough_to_be_counted() -> None:
    assert fake_rates(drawn(2, 4, 3.0), np.random.default_rng(0)).fake_from >= 0.5
