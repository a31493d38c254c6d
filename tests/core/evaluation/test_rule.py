"""The rule of comparison, fitted and used."""

from dataclasses import replace

import numpy as np
import pytest

from core.domain.comparison import PLAIN, Comparison
from core.evaluation.comparisons import Photographs, scores_of
from core.evaluation.demography import group_labels
from core.evaluation.probes import Probes
from core.evaluation.rule import LEAST_PEOPLE, RARE, cohort_of, fit_comparison, mean_face, without_each_group
from core.evaluation.validation import another_photograph
from tests.core.evaluation.calibration_corpus import people_corpus


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


def test_centred_cosines_part_what_a_common_part_makes_alike() -> None:
    random = np.random.default_rng(0)
    common = np.ones(64) / 4
    faces = unit(common + random.standard_normal((50, 64)) / 8)
    plain = scores_of(faces, None, faces, None, PLAIN)
    centred = scores_of(faces, None, faces, None, Comparison(centre=tuple(faces.mean(0).tolist())))
    others = ~np.eye(50, dtype=bool)
    assert plain[others].mean() > 0.5 and abs(centred[others].mean()) < 0.05
    np.testing.assert_allclose(np.diag(centred), 1, atol=1e-5)


def test_surroundings_count_from_the_knee_on_and_close_at_most_their_share() -> None:
    rule = Comparison(knee=0.4, share=0.5)
    faces, around = np.array([0.2, 0.2, 0.2, -1.0]), np.array([0.4, 0.7, 1.0, 1.0])
    np.testing.assert_allclose(rule.scores(faces, around), [0.2, 0.4, 0.6, 0.0])
    np.testing.assert_allclose(rule.scores(faces, np.zeros(4)), faces)
    np.testing.assert_allclose(rule.scores(faces, None), faces)


def test_the_knee_is_what_one_in_a_hundred_strangers_reach() -> None:
    corpus = people_corpus()
    random = np.random.default_rng(1)
    photographs = Photographs.of_validation(corpus, random)
    around = unit(random.standard_normal((len(photographs.rows), 16)))
    photographs = replace(photographs, surroundings=around)
    rows = np.flatnonzero(corpus.is_validation)
    own, other = rows, np.roll(rows, 4)
    probes = Probes(
        source=corpus.embedding[other][:, None],
        target=corpus.embedding[own][:, None],
        surroundings=unit(random.standard_normal((len(rows), 1, 16))),
        quality=np.ones((len(rows), 1), np.float32),
        sharpness=np.ones((len(rows), 1), np.float32),
        is_usable=np.ones((len(rows), 1), bool),
        source_row=other,
        target_row=own,
    )
    rule = fit_comparison(corpus, probes, photographs)
    assert rule.centre == mean_face(corpus) and rule.share > 0
    cosines = probes.surroundings[:, 0] @ around.T
    assert (cosines >= rule.knee).mean() == pytest.approx(RARE, abs=0.005)
    assert fit_comparison(corpus, None, photographs) == Comparison(centre=mean_face(corpus))


def test_the_cohort_is_of_several_training_people_each() -> None:
    corpus = people_corpus(n_people=200, photos=1)
    corpus = replace(corpus, identity=np.array([f"one/{n}" for n in range(200)]))
    corpus = replace(corpus, family=corpus.identity)
    trains = ~corpus.is_validation
    centre = mean_face(corpus)

    text = cohort_of(corpus, centre, count=12)

    rule = Comparison(centre=centre, cohort=text, nearest=1)
    faces = rule.centred(corpus.embedding[trains])
    nearest = rule.cohort_cosines(faces)
    assert nearest is not None and nearest.max() < 0.999, "a middle that is one person's face"
    held_out = np.where(corpus.is_validation[:, None], -corpus.embedding, corpus.embedding)
    assert cohort_of(replace(corpus, embedding=held_out), centre, count=12) == text, "validation people take no part"
    assert cohort_of(corpus, centre, count=1 + int(trains.sum()) // LEAST_PEOPLE) == ""


def test_one_person_under_several_names_counts_once_in_the_cohort() -> None:
    corpus = people_corpus(n_people=200, photos=1)
    names = np.array([f"one/{n}" for n in range(200)])
    corpus = replace(corpus, identity=names, family=names)
    centre = mean_face(corpus)
    twins = corpus.embedding.copy()
    rows = np.flatnonzero(~corpus.is_validation)
    twins[rows[1:60]] = twins[rows[0]]

    text = cohort_of(replace(corpus, embedding=twins), centre, count=12)

    rule = Comparison(centre=centre, cohort=text, nearest=1)
    nearest = rule.cohort_cosines(rule.centred(twins[rows[:1]]))
    assert nearest is not None and nearest[0] < 0.99, "sixty photographs of one person make no middle of their own"


def test_a_group_is_also_measured_by_a_cohort_that_holds_none_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.evaluation.rule.LEAST_IN_GROUP", 30)
    monkeypatch.setattr("core.evaluation.rule.COHORT", 12)
    corpus = people_corpus(n_people=200, photos=1)
    names = np.array([f"one/{n}" for n in range(200)])
    corpus = replace(corpus, identity=names, family=names)
    labels = group_labels(corpus)
    centre = mean_face(corpus)
    rule = Comparison(centre=centre, cohort=cohort_of(corpus, centre, count=12))

    apart = without_each_group(corpus, labels, rule)

    assert set(apart) == {"asian", "black"}
    assert apart["asian"].cohort != rule.cohort
    others = np.where((labels.origin == "asian")[:, None], -corpus.embedding, corpus.embedding)
    again = without_each_group(replace(corpus, embedding=others), labels, rule)
    assert again["asian"] == apart["asian"], "none of the group takes part"
    assert without_each_group(corpus, labels, Comparison(centre=centre)) == {}


def test_another_photograph_is_of_the_same_person_and_not_the_same_one() -> None:
    corpus = people_corpus()
    gallery = np.flatnonzero(corpus.is_validation)
    found = another_photograph(gallery, corpus)
    assert (found >= 0).any()
    has = found >= 0
    assert (corpus.identity[gallery[found[has]]] == corpus.identity[gallery[has]]).all()
    assert (gallery[found[has]] != gallery[has]).all()
    for row in gallery[~has]:
        assert (corpus.identity[gallery] == corpus.identity[row]).sum() == 1
