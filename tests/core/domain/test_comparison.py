"""The rule of comparison, measured by a cohort."""

import numpy as np
import pytest

from core.domain.arrays import FloatArray
from core.domain.comparison import Comparison, cohort_text

DIM = 32


def unit(vectors: np.ndarray) -> FloatArray:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


def crowded(random: np.random.Generator, count: int, share: float) -> FloatArray:
    """Faces of a group: alike by `share` in one direction, as embedders take those that they saw few of."""
    own = np.zeros(DIM)
    own[0] = share
    return unit(own + random.standard_normal((count, DIM)) / np.sqrt(DIM))


def test_what_a_score_lacks_to_1_is_measured_by_what_the_nearest_of_the_cohort_lack() -> None:
    random = np.random.default_rng(0)
    cohort, probes = unit(random.standard_normal((20, DIM))), unit(random.standard_normal((3, DIM)))
    rule = Comparison(centre=(0.0,) * DIM, cohort=cohort_text(cohort), nearest=4)

    nearest = rule.cohort_cosines(probes)

    expected = np.sort(probes @ cohort.T, axis=1)[:, -4:].mean(axis=1)
    assert nearest == pytest.approx(expected, abs=1e-3), "the cohort is kept in float16"
    assert nearest is not None
    measured = rule.measured(np.array([[1.0, expected[0], 0.0]]), nearest[:1])
    assert measured[0, 0] == 1
    assert measured[0, 1] == pytest.approx(0, abs=2e-3), "as alike as the nearest of the cohort"
    assert measured[0, 2] == pytest.approx(1 - 1 / (1 - expected[0]), abs=2e-3)


def test_a_probe_is_measured_alike_alone_and_among_others() -> None:
    random = np.random.default_rng(1)
    rule = Comparison(centre=(0.1,) * DIM, cohort=cohort_text(unit(random.standard_normal((64, DIM)))))
    probes = rule.centred(unit(random.standard_normal((9, DIM))))

    together = rule.cohort_cosines(probes)

    alone = [rule.cohort_cosines(probe[None]) for probe in probes]
    assert together is not None and together.tolist() == [one[0] for one in alone if one is not None]


def test_strangers_of_a_crowded_group_reach_a_threshold_far_less_often_when_measured() -> None:
    random = np.random.default_rng(2)
    groups = {"usual": 0.2, "crowded": 1.0}
    trained = np.concatenate([crowded(random, 300, share) for share in groups.values()])
    plain = Comparison(centre=(0.0,) * DIM)
    measuring = Comparison(centre=(0.0,) * DIM, cohort=cohort_text(trained))

    def false_matches(rule: Comparison) -> dict[str, float]:
        scores = {}
        for name, share in groups.items():
            faces = crowded(random, 400, share)
            found = faces[:200] @ faces[200:].T
            cohort = rule.cohort_cosines(faces[:200])
            scores[name] = found if cohort is None else rule.measured(found, cohort[:, None])
        threshold = np.quantile(scores["usual"], 0.999)
        return {name: float((found >= threshold).mean()) for name, found in scores.items()}

    before, after = false_matches(plain), false_matches(measuring)

    assert before["crowded"] > 0.2
    assert after["crowded"] < before["crowded"] / 10


def test_a_cohort_needs_a_mean_face_and_enough_people() -> None:
    few = cohort_text(unit(np.random.default_rng(3).standard_normal((3, DIM))))
    with pytest.raises(ValueError, match="mean face"):
        Comparison(cohort=few)
    with pytest.raises(ValueError, match="fewer than 10"):
        Comparison(centre=(0.0,) * DIM, cohort=few)
    with pytest.raises(ValueError):
        Comparison(centre=(0.0,) * DIM, cohort=few[:-5] + "#####")


@pytest.mark.parametrize("nearest", [0, -3])
def test_somebody_of_the_cohort_has_to_count(nearest: int) -> None:
    cohort = cohort_text(unit(np.random.default_rng(4).standard_normal((12, DIM))))
    with pytest.raises(ValueError, match="measured by"):
        Comparison(centre=(0.0,) * DIM, cohort=cohort, nearest=nearest)


@pytest.mark.parametrize("spoilt", ["another length", "not a number", "not of unit norm"])
def test_vectors_that_no_faces_have_are_refused(spoilt: str) -> None:
    vectors = unit(np.random.default_rng(5).standard_normal((24, DIM)))
    if spoilt == "another length":
        vectors = vectors.reshape(-1, DIM // 2)
        text, dim = cohort_text(unit(vectors.reshape(-1, DIM))), DIM // 2
    else:
        vectors[3] = np.nan if spoilt == "not a number" else 2 * vectors[3]
        text, dim = cohort_text(vectors), DIM
    with pytest.raises(ValueError, match="unit norm"):
        Comparison(centre=(0.0,) * dim, cohort=text)


def test_a_probe_that_is_the_cohort_is_not_blown_up() -> None:
    same = np.repeat(unit(np.random.default_rng(6).standard_normal((1, DIM))), 10, axis=0)
    rule = Comparison(centre=(0.0,) * DIM, cohort=cohort_text(same))
    nearest = rule.cohort_cosines(same[:1])
    assert nearest is not None
    scores = rule.measured(np.array([0.5, 0.999]), nearest)
    assert np.isfinite(scores).all() and scores[0] < scores[1] <= 1
