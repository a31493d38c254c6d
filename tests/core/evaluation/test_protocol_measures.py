"""Measures of the protocol against values worked out by hand, or by another library."""

import numpy as np
import pytest
import skimage.data
import torch
from skimage.metrics import structural_similarity

from core.evaluation.metrics import wilson
from core.evaluation.protocol.describe import attribute_agreement, pose_error
from core.evaluation.protocol.detection import roc
from core.evaluation.protocol.intervals import area, bootstrapped, error_rate, mean, median, share
from core.evaluation.protocol.likeness import Gaussian, frechet_distance, ssim
from core.evaluation.protocol.people import PhotoGallery, cosine
from core.evaluation.protocol.pictures import best_median_worst
from core.evaluation.protocol.recovery import balanced, crossed_threshold
from core.evaluation.protocol.results import NOTHING


def test_structural_similarity_is_that_of_scikit_image():
    random = np.random.default_rng(1)
    a = skimage.data.astronaut()[:96, 150:260] / 255
    b = np.clip(a + random.normal(0, 0.1, a.shape), 0, 1)
    wanted = structural_similarity(
        a, b, data_range=1, channel_axis=2, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    one, other = (torch.from_numpy(x).permute(2, 0, 1)[None] for x in (a, b))
    got = ssim(torch.cat([one, one]), torch.cat([other, one]))
    assert got[0].item() == pytest.approx(wanted, abs=1e-6)
    assert got[1].item() == pytest.approx(1)
    with pytest.raises(ValueError, match="11 px"):
        ssim(one[:, :, :10], other[:, :, :10])


def test_frechet_distance_of_known_gaussians():
    """For diagonal covariances: sum of (m - n)^2 + (s - t)^2, with deviations s and t."""
    a = Gaussian(mean=np.array([0.0, 1.0]), covariance=np.diag([4.0, 1.0]))
    b = Gaussian(mean=np.array([3.0, 1.0]), covariance=np.diag([1.0, 9.0]))
    assert frechet_distance(a, b) == pytest.approx(9 + 1 + 4)
    assert frechet_distance(b, a) == pytest.approx(14)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-9)


def test_frechet_distance_of_covariances_that_do_not_commute():
    """Against the root of the product itself."""
    from scipy.linalg import sqrtm

    random = np.random.default_rng(2)
    features = random.normal(size=(2, 60, 5)) @ random.normal(size=(2, 5, 5)) + random.normal(size=(2, 1, 5))
    a, b = (Gaussian.of(part.astype(np.float32)) for part in features)
    root = sqrtm(a.covariance @ b.covariance).real
    wanted = ((a.mean - b.mean) ** 2).sum() + np.trace(a.covariance + b.covariance - 2 * root)
    assert frechet_distance(a, b) == pytest.approx(wanted, rel=1e-6)
    with pytest.raises(ValueError, match="two"):
        Gaussian.of(np.zeros((1, 3), np.float32))


def people() -> PhotoGallery:
    """Around the mean (1, 0, 0): Ann twice, at a right angle as seen from the mean; Bob once."""
    vectors = np.array([[0.8, 0.6, 0.0], [0.8, 0.0, 0.6], [0.6, -0.8, 0.0]], np.float32)
    return PhotoGallery(
        vectors=vectors,
        identity=np.array(["ann", "ann", "bob"]),
        place=np.array([-1, 0, 1, 2]),
        mean=np.array([0.8, 0.0, 0.0], np.float32),
    )


def test_centred_cosine_takes_directions_from_the_mean_face():
    gallery = people()
    ann = gallery.vectors[:1]
    assert cosine(ann, gallery.vectors[1:2])[0] == pytest.approx(0.64)
    assert gallery.centred_cosine(ann, gallery.vectors[1:2])[0] == pytest.approx(0, abs=1e-6)
    assert gallery.centred_cosine(ann, gallery.vectors[2:])[0] == pytest.approx(-0.8 / np.hypot(0.2, 0.8), abs=1e-5)


def test_same_person_counts_people_and_not_those_with_one_photograph():
    pair = people().same_person
    assert pair is not None
    assert (pair.plain, pair.centred) == (pytest.approx(0.64), pytest.approx(0, abs=1e-6))
    alone = people()
    assert (
        PhotoGallery(
            vectors=alone.vectors[1:], identity=alone.identity[1:], place=alone.place, mean=alone.mean
        ).same_person
        is None
    )


def test_ranks_go_by_corpus_row():
    probe = np.array([[0.6, -0.8, 0.0], [0.6, -0.8, 0.0]], np.float32)
    assert people().ranks(probe, np.array([3, 1])).tolist() == [1, 2]


def test_intervals_hold_the_value_and_narrow_with_more_trials():
    few, many = (mean(np.random.default_rng(0).normal(5, 1, n).astype(np.float32)) for n in (20, 2000))
    assert few.low < few.value < few.high
    assert few.high - few.low > 5 * (many.high - many.low)
    # Known: the standard error of 2,000 trials of deviation 1 is 0.0224.
    assert many.high - many.low == pytest.approx(2 * 1.96 * 0.0224, rel=0.15)
    assert mean(np.array([1.0, np.nan, 3.0])).value == 2
    assert mean(np.array([1.0, np.nan, 3.0])).n == 2
    assert median(np.array([1, 9, 2])).value == 2


def test_without_trials_there_is_nothing():
    nobody = np.zeros(0, np.float32)
    assert [mean(nobody), median(nobody), share(nobody > 0), area(nobody, np.ones(3, np.float32))] == [NOTHING] * 4
    assert mean(np.full(3, np.nan)) == NOTHING
    assert bootstrapped(lambda picked: 0.0, 0) == NOTHING


def test_share_and_area_know_their_trials():
    assert share(np.array([True, True, True, False])).value == 0.75
    found = area(np.array([0.9, 0.8, 0.3], np.float32), np.array([0.1, 0.2, 0.4], np.float32))
    assert found.value == pytest.approx(8 / 9)
    assert found.n == 6
    assert found.low <= found.value <= found.high == 1


def test_where_drawing_again_changes_nothing_an_interval_is_honest_or_missing():
    alone = mean(np.array([0.7], np.float32))
    assert (alone.value, alone.low, alone.high) == (pytest.approx(0.7), None, None)
    high, low = np.linspace(0.8, 0.9, 10, dtype=np.float32), np.linspace(0.1, 0.2, 10, dtype=np.float32)
    perfect, inverted = area(high, low), area(low, high)
    # Newcombe's table (2006, part 2) has no row for 10 and 10; by hand: the root of 1 - a = 1.96 sqrt(V(a)).
    a = perfect.low
    spread = 1 + 9 * (1 - a) / (2 - a) + 9 * a / (1 + a)
    assert 1 - a == pytest.approx(1.96 * np.sqrt(a * (1 - a) * spread / 100), rel=1e-3) and 0.6 < a < 0.9
    assert (perfect.value, perfect.high) == (1, 1)
    assert (inverted.value, inverted.low, inverted.high) == (0, 0, pytest.approx(1 - a))
    assert area(np.repeat(high, 10), np.repeat(low, 10)).low > a
    assert error_rate(high, low).high == pytest.approx(wilson(0, 10).high)


def test_roc_of_known_scores():
    x, y = roc(np.array([0.9, 0.4], np.float32), np.array([0.5, 0.1], np.float32))
    assert list(zip(x.tolist(), y.tolist(), strict=True)) == [(0, 0), (0, 0.5), (0.5, 0.5), (0.5, 1), (1, 1)]


def test_recovery_accuracy_weighs_both_kinds_alike():
    fake = np.array([True, False, False, False])
    assert balanced(np.array([True, False, False, False]), fake) == 1
    assert balanced(np.array([False, False, False, False]), fake) == 0.5
    assert balanced(np.array([True, True, True, False]), fake) == pytest.approx((1 + 1 / 3) / 2)


def test_a_threshold_comes_from_the_other_half():
    """Even faces part at 0.5, odd ones at 0.8: each half is given the other's threshold."""
    likeness = np.array([0.5, 0.8, 0.6, 0.9], np.float32)
    fake = np.array([True, True, False, False])
    assert crossed_threshold(likeness, fake, np.array([True, False, True, False])).tolist() == pytest.approx(
        [0.8, 0.5, 0.8, 0.5]
    )


def test_pose_error_goes_round_the_circle_and_knows_what_is_missing():
    a = np.array([[10.0, 0, 179], [0, 0, np.nan]])
    b = np.array([[4.0, 3, -178], [0, 0, 0]])
    assert pose_error(a, b)[0] == pytest.approx((6 + 3 + 3) / 3)
    assert np.isnan(pose_error(a, b)[1])


def test_attributes_agree_by_their_own_measures():
    a = np.zeros((1, 7), np.float32)
    b = np.array([[0.09, -2, 0.4, 0.6, 0, 0, -0.6]], np.float32)
    a[0, 1] = 1
    # Age nine years apart: same; gender: other; yaw: same; pitch and brows: other; mouth and eyes: same.
    assert attribute_agreement(a, b)[0] == pytest.approx(4 / 7)


def test_best_median_and_worst_are_by_gain():
    picked = dict(best_median_worst(np.array([0.1, 0.5, -0.4, 0.2, 0.0], np.float32), 1))
    assert {name: places.tolist() for name, places in picked.items()} == {"best": [1], "median": [0], "worst": [2]}
