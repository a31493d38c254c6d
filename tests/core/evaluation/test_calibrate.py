"""Error rates and likelihood ratios against values worked out otherwise."""

import numpy as np
import pytest
import torch

from core.domain.calibration import ANOTHER_PHOTOGRAPH
from core.domain.comparison import PLAIN
from core.domain.identity import Role
from core.evaluation.comparisons import MATES, Photographs, TemplateTrials
from core.evaluation.demography import group_labels
from core.evaluation.intervals import Comparisons, clustered_rate, effective_wilson, share_at_or_above, share_below
from core.evaluation.likelihood import fit_likelihood_ratios
from core.evaluation.metrics import wilson
from core.evaluation.probes import Probes, pair_by_pose, pair_forger
from core.evaluation.rate_tables import frame_table, gallery_sizes, group_rates, threshold_for
from tests.core.evaluation.calibration_corpus import people_corpus, unit

SEPARATION = 2.0


def normal_trials(people: int = 150, strangers: int = 300) -> tuple[Comparisons, Comparisons]:
    """Same-person scores N(2, 1), others N(0, 1), all independent: log LR = 2 s - 2 exactly."""
    random = np.random.default_rng(8)
    person = np.repeat(np.arange(people), 2)
    scores = random.normal(0, 1, (len(person), strangers)).astype(np.float32)
    same = person[:, None] == np.arange(strangers)[None]
    scores[same] += SEPARATION

    def of(counted: np.ndarray) -> Comparisons:
        return Comparisons(
            scores=scores, counted=counted, probe_person=person, photo_person=np.arange(strangers, dtype=np.int64)
        )

    return of(same), of(~same)


def true_cost() -> float:
    """Cllr of the true likelihood ratios, by integration (Brümmer and du Preez 2006)."""
    s = np.linspace(-9, 11, 20_001)
    density = np.exp(-(s**2) / 2) / np.sqrt(2 * np.pi)
    shifted = np.exp(-((s - SEPARATION) ** 2) / 2) / np.sqrt(2 * np.pi)
    log_lr = SEPARATION * s - SEPARATION**2 / 2
    costs = shifted * np.log2(1 + np.exp(-log_lr)) + density * np.log2(1 + np.exp(log_lr))
    return float(costs.sum() * (s[1] - s[0]) / 2)


def test_likelihood_ratios_of_normal_scores_are_those_of_theory() -> None:
    ratios = fit_likelihood_ratios(*normal_trials(), np.random.default_rng(0))
    assert ratios is not None
    assert ratios.cllr == pytest.approx(true_cost(), abs=0.05)
    assert ratios.cllr_min <= ratios.cllr
    for score in (0.0, 1.0, 2.0):
        assert ratios.at(score) == pytest.approx((2 * score - 2) / np.log(10), abs=0.25)


def test_ratios_rise_and_stay_within_what_the_number_of_trials_supports() -> None:
    same, different = normal_trials()
    ratios = fit_likelihood_ratios(same, different, np.random.default_rng(0))
    assert ratios is not None
    values = [ratios.at(score) for score in np.linspace(-20, 20, 401)]
    assert values == sorted(values)
    assert values[0] == ratios.low and values[-1] == ratios.high
    assert -np.log10(ratios.n_same + 1) <= ratios.low < 0 < ratios.high <= np.log10(ratios.n_different + 1)


def test_the_bounds_count_people_and_not_how_often_each_was_compared() -> None:
    """Five templates alike of each person support no more extreme a ratio than one."""
    once = normal_trials()
    again = [
        Comparisons(
            scores=np.repeat(c.scores, 5, axis=0),
            counted=np.repeat(c.counted, 5, axis=0),
            probe_person=np.repeat(c.probe_person, 5),
            photo_person=c.photo_person,
        )
        for c in once
    ]
    few, many = (fit_likelihood_ratios(*trials, np.random.default_rng(0)) for trials in (once, again))
    assert few is not None and many is not None
    assert many.high <= few.high + 0.4 and many.low >= few.low - 0.4
    assert few.high < np.log10(3 * few.n_people)


def test_scores_that_say_nothing_cost_one_bit_and_stay_near_one() -> None:
    same, different = normal_trials()
    flat = np.random.default_rng(1).normal(size=same.scores.shape).astype(np.float32)
    blind = [
        Comparisons(scores=flat, counted=c.counted, probe_person=c.probe_person, photo_person=c.photo_person)
        for c in (same, different)
    ]
    ratios = fit_likelihood_ratios(*blind, np.random.default_rng(0))
    assert ratios is not None
    assert ratios.cllr == pytest.approx(1, abs=0.05)
    assert max(abs(r) for r in ratios.log10_lr) < 0.3


def test_too_few_people_give_no_ratios() -> None:
    assert fit_likelihood_ratios(*normal_trials(people=8), np.random.default_rng(0)) is None


def test_independent_trials_get_wilsons_interval_and_dependent_ones_a_wider_one() -> None:
    assert effective_wilson(3, 400, 1.0).high == pytest.approx(wilson(3, 400).high, abs=1e-6)
    assert effective_wilson(3, 400, 0.2) == effective_wilson(3, 400, 1.0)
    assert effective_wilson(3, 400, 20.0).high > wilson(3, 400).high
    _, different = normal_trials()
    at = np.array([1.0, 7.0], np.float32)
    free, none = share_at_or_above(different, at, np.random.default_rng(0))
    assert free.rate == pytest.approx(0.1587, abs=0.01)
    assert none.rate == none.low == 0 and none.high > 0
    clustered = Comparisons(
        scores=np.repeat(different.scores[:, :1], different.scores.shape[1], axis=1),
        counted=different.counted,
        probe_person=different.probe_person,
        photo_person=different.photo_person,
    )
    tied = share_at_or_above(clustered, at, np.random.default_rng(0))[0]
    assert tied.high - tied.low > 5 * (free.high - free.low)


def test_too_few_errors_for_a_variance_count_people_instead_of_trials() -> None:
    person = np.repeat(np.arange(20), 10)
    none = clustered_rate(np.zeros(200, bool), person, np.random.default_rng(1))
    assert none.trials == 200 and none.high == pytest.approx(wilson(0, 20).high, abs=1e-6)
    scores = np.full((200, 20), 0.1, np.float32)
    mates = Comparisons(
        scores=scores, counted=person[:, None] == np.arange(20), probe_person=person, photo_person=np.arange(20)
    )
    (rate,) = share_below(mates, np.array([0.0], np.float32), np.random.default_rng(1))
    assert rate.high == pytest.approx(wilson(0, 20).high, abs=1e-6)


def test_faces_that_err_together_count_as_few_and_faces_that_err_alone_as_many() -> None:
    person = np.repeat(np.arange(40), 10)
    alone = np.tile(np.arange(10) == 0, 40)
    together = person < 4
    narrow, wide = (clustered_rate(wrong, person, np.random.default_rng(1)) for wrong in (alone, together))
    assert narrow.rate == wide.rate == 0.1
    assert narrow.high == pytest.approx(wilson(40, 400).high, abs=1e-6)
    assert wide.high == pytest.approx(wilson(4, 40).high, abs=0.03)


def test_misses_are_counted_below_the_threshold() -> None:
    same, _ = normal_trials()
    (missed,) = share_below(same, np.array([SEPARATION], np.float32), np.random.default_rng(0))
    assert missed.rate == pytest.approx(0.5, abs=0.08) and missed.trials == 300


def test_a_threshold_lets_no_more_through_than_aimed_at() -> None:
    scores = np.random.default_rng(0).random(50_000).astype(np.float32)
    for aim in (0.01, 0.001, 0.0001):
        assert (scores >= threshold_for(scores, aim)).mean() <= aim
    assert (scores >= threshold_for(scores, 0.01)).mean() > 0.009


def trials_of(corpus_people: int = 40) -> tuple[TemplateTrials, Photographs]:
    corpus = people_corpus(corpus_people)
    photographs = Photographs.of_validation(corpus, np.random.default_rng(0))
    own = np.arange(0, 2 * corpus_people, 2)
    other = np.roll(own, 2)
    return TemplateTrials.compare(corpus.embedding[own], own, other, photographs, PLAIN), photographs


def test_a_comparison_is_a_trial_of_one_thing() -> None:
    trials, photographs = trials_of()
    kinds = np.stack([trials.mates, trials.same_photo, trials.strangers, trials.other_face])
    assert kinds.sum(0).max() == 1
    assert (trials.same_photo.sum(1) == 1).all() and (trials.mates.sum(1) == 1).all()
    assert (trials.strangers.sum(1) == 40 - 2).all(), "all people but the two of the swap, a photograph each"
    assert (trials.other_face.sum(1) == 1).all()
    assert photographs.represents.sum() == 40
    assert MATES >= 1


def test_the_table_of_a_number_of_frames_holds_rates_curve_and_ratios() -> None:
    trials, _ = trials_of()
    table = frame_table(4, trials, np.random.default_rng(0))
    assert (table.n_frames, table.n_probes, table.mates) == (4, 40, ANOTHER_PHOTOGRAPH)
    assert table.same_photo is not None and table.same_photo.rate == 0
    assert table.other_face is not None and table.likelihood is not None
    matches = [p.false_match.rate for p in table.curve]
    misses = [p.false_non_match.rate for p in table.curve]
    assert matches == sorted(matches, reverse=True) and misses == sorted(misses)
    assert len(table.curve) > 25


def test_searches_among_strangers_are_those_of_the_formula_when_comparisons_are_independent() -> None:
    random = np.random.default_rng(3)
    trials, photographs = trials_of(60)
    free = TemplateTrials(
        scores=random.random(trials.scores.shape).astype(np.float32),
        mates=trials.mates,
        same_photo=trials.same_photo,
        strangers=trials.strangers,
        other_face=trials.other_face,
        probe_person=trials.probe_person,
        photo_person=trials.photo_person,
    )
    table = frame_table(1, free, random)
    loose = next(p for p in table.points if p.false_match.rate > 0.005)
    sizes = gallery_sizes(free, loose, random)
    assert [size.n_people for size in sizes] == [10, 30, 58]
    for size in sizes:
        formula = 1 - (1 - loose.false_match.rate) ** size.n_people
        assert size.expected == pytest.approx(formula, abs=1e-5)
        assert size.measured.rate == pytest.approx(formula, abs=0.04)
    assert photographs.rows.size == 120


def test_groups_are_those_that_the_data_name_and_few_probes_give_no_rate() -> None:
    corpus = people_corpus(70)
    labels = group_labels(corpus)
    assert set(labels.origin) == {"asian", "black"} and set(labels.gender) == {"", "female"}
    photographs = Photographs.of_validation(corpus, np.random.default_rng(0))
    own = np.arange(0, 140, 2)[:40]
    trials = TemplateTrials.compare(corpus.embedding[own], own, None, photographs, PLAIN)
    few = group_rates(trials, labels.origin[own], labels.origin[photographs.rows], 0.5, np.random.default_rng(0))
    assert [(g.name, g.n_probes, g.false_match) for g in few] == [("asian", 20, None), ("black", 20, None)]
    every = np.arange(0, 140, 2)
    trials = TemplateTrials.compare(corpus.embedding[every], every, None, photographs, PLAIN)
    rates = group_rates(trials, labels.origin[every], labels.origin[photographs.rows], 0.5, np.random.default_rng(0))
    assert all(g.false_match is not None and g.false_match.trials == 35 * 34 for g in rates)
    loose = group_rates(trials, labels.origin[every], labels.origin[photographs.rows], 0.05, np.random.default_rng(0))
    for group in loose:
        shares = [group.false_match.rate, *(one.false_match.rate for one in group.stricter)]
        assert len(shares) > 2 and shares == sorted(shares, reverse=True) and 0 not in shares[:-1]
        assert [one.threshold for one in group.stricter[:2]] == [0.1, 0.15]


def test_a_draw_of_two_people_makes_each_the_source_of_the_other() -> None:
    corpus = people_corpus(6)
    forger = pair_forger(corpus)
    generator = torch.Generator().manual_seed(0)
    for _ in range(3):
        batch = forger.draw(torch.tensor([4, 7]), generator, shows_source=False)
        assert batch.source_row.tolist() == [7, 4] and batch.target_row.tolist() == [4, 7]
        assert batch.is_fake.tolist() == [1, 1]


def test_pairs_are_of_unrelated_people_and_take_each_photograph_once() -> None:
    corpus = people_corpus(20)
    pose = np.random.default_rng(0).random((40, 2)).astype(np.float32)
    pairs = pair_by_pose(np.arange(40), pose, corpus.family, 15, np.random.default_rng(0))
    assert len(pairs) == 15 and len(np.unique(pairs)) == 30
    assert (corpus.family[pairs[:, 0]] != corpus.family[pairs[:, 1]]).all()


def test_templates_take_the_first_usable_frames_and_leave_out_who_has_too_few() -> None:
    vectors = unit(np.random.default_rng(0).normal(size=(3, 4, 8)))
    usable = np.array([[1, 1, 1, 1], [0, 1, 1, 0], [0, 0, 0, 1]], bool)
    probes = Probes(
        source=vectors,
        target=-vectors,
        surroundings=vectors,
        quality=np.ones((3, 4), np.float32),
        sharpness=np.ones((3, 4), np.float32),
        is_usable=usable,
        source_row=np.arange(3),
        target_row=np.arange(3) + 3,
    )
    made = probes.templates(Role.SOURCE, 2, "e:1")
    assert made.places.tolist() == [0, 1] and made.surroundings is None
    np.testing.assert_allclose(made.embeddings[1], unit(vectors[1, 1] + vectors[1, 2]), atol=1e-6)
    targets = probes.templates(Role.TARGET, 2, "e:1")
    assert targets.surroundings is not None
    np.testing.assert_allclose(targets.surroundings[1], unit(vectors[1, 1] + vectors[1, 2]), atol=1e-6)
    assert probes.templates(Role.TARGET, 4, "e:1").places.tolist() == [0]
    assert probes.rows(Role.TARGET).tolist() == [3, 4, 5]
