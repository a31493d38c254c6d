"""Selection of frames, templates, error rates and decisions."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.aggregation.decision import (
    forgery_decision,
    identity_finding,
    tempered,
    track_score,
)
from core.aggregation.selection import FaceCandidate, best_spread
from core.aggregation.template import aggregate, aggregate_surroundings
from core.aggregation.thresholds import false_positive_identification_rate
from core.domain.calibration import Calibration, FrameTable, OperatingPoint, Rate, RoleCalibration
from core.domain.comparison import Comparison, Surroundings
from core.domain.identity import Decision, GalleryMatch, IdentityFinding, Role, SearchResult


def candidate(index: int, quality: float) -> FaceCandidate:
    return FaceCandidate(frame_index=index, face_number=0, seconds=Fraction(index, 25), quality=quality)


def test_the_best_frames_are_spread_over_time() -> None:
    crowd = [candidate(i, 0.9) for i in range(20)] + [candidate(200, 0.5), candidate(400, 0.4)]
    assert {200, 400} <= {c.frame_index for c in best_spread(crowd, 4)}


def test_within_a_span_the_best_frame_wins() -> None:
    faces = [candidate(0, 0.2), candidate(1, 0.9), candidate(100, 0.3), candidate(101, 0.8)]
    assert [c.frame_index for c in best_spread(faces, 2)] == [1, 101]


@given(st.lists(st.tuples(st.integers(0, 5000), st.floats(0, 1)), unique_by=lambda t: t[0]), st.integers(1, 20))
def test_selection_never_invents_or_repeats_frames(faces: list[tuple[int, float]], count: int) -> None:
    offered = [candidate(index, quality) for index, quality in faces]
    chosen = best_spread(offered, count)
    assert len(chosen) == min(count, len(offered))
    assert set(chosen) <= set(offered)
    assert [c.frame_index for c in chosen] == sorted({c.frame_index for c in chosen})


def around(direction: np.ndarray, n: int, noise: float, seed: int) -> np.ndarray:
    vectors = direction + np.random.default_rng(seed).normal(0, noise, (n, len(direction)))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_outliers_are_dropped_counted_and_do_not_pull_the_template() -> None:
    truth = np.eye(32)[0]
    vectors = np.vstack([around(truth, 12, 0.03, 0), around(np.eye(32)[5], 3, 0.03, 1)])
    template, kept = aggregate(vectors, np.ones(15, np.float32), Role.SOURCE, "e:1")
    assert template.n_outliers == 3 and template.n_frames == 12
    assert kept == tuple(range(12))
    assert template.embedding @ truth > 0.995


def test_among_frames_nearly_alike_none_is_an_outlier() -> None:
    vectors = np.tile(np.eye(32, dtype=np.float32)[0], (8, 1))
    vectors[7] = [np.cos(0.06), np.sin(0.06), *[0] * 30]  # a cosine of 0.998 with the others
    template, _ = aggregate(vectors, np.ones(8, np.float32), Role.SOURCE, "e:1")
    assert template.n_frames == 8 and template.n_outliers == 0


def test_a_template_of_few_frames_drops_none() -> None:
    vectors = np.vstack([around(np.eye(8)[0], 3, 0.01, 0), around(np.eye(8)[1], 1, 0.01, 1)])
    template, _ = aggregate(vectors, np.ones(4, np.float32), Role.TARGET, "e:1")
    assert template.n_frames == 4


def test_weight_decides_between_disagreeing_frames_and_dispersion_says_so() -> None:
    vectors = np.eye(4, dtype=np.float32)[:2]
    template, _ = aggregate(vectors, np.array([9, 1], np.float32), Role.SOURCE, "e:1")
    assert template.embedding[0] > template.embedding[1]
    assert template.dispersion > 0.2
    with pytest.raises(ValueError, match="vectors"):
        aggregate(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), Role.SOURCE, "e:1")


RATE = Rate(rate=0.001, low=0.0005, high=0.002, trials=10_000)
POINT = OperatingPoint(threshold=0.9, false_match=RATE, false_non_match=RATE)
MEASURED = RoleCalibration(population="test", tables=(FrameTable(n_frames=1, point=POINT),))
TABLE = Calibration(
    calibration_id="t",
    model_sha256="a" * 64,
    embedder_id="e:1",
    population="test",
    fake_from=0.8,
    real_below=0.3,
    fake_false_positive=RATE,
    fake_false_negative=RATE,
    source=MEASURED,
    target=MEASURED,
    photo=MEASURED,
)


@pytest.mark.parametrize(
    ("score", "frames", "still", "table", "decision"),
    [
        (None, 0, False, TABLE, Decision.UNABLE_TO_EVALUATE),
        (0.95, 8, False, Calibration.none(), Decision.INCONCLUSIVE),
        (0.95, 2, False, TABLE, Decision.INCONCLUSIVE),
        (0.95, 1, True, TABLE, Decision.SUPPORTED),
        (0.95, 8, False, TABLE, Decision.SUPPORTED),
        (0.5, 8, False, TABLE, Decision.INCONCLUSIVE),
        (0.1, 8, False, TABLE, Decision.NOT_SUPPORTED),
    ],
)
def test_forgery_decisions(
    score: float | None, frames: int, still: bool, table: Calibration, decision: Decision
) -> None:
    got, reason = forgery_decision(score, frames, still, table)
    assert got is decision and reason


def finding(scores: list[float], *, frames: int = 8, people: int = 50, table: Calibration = TABLE) -> IdentityFinding:
    vectors = around(np.eye(16)[0], frames, 0.02, 3)
    template, kept = aggregate(vectors, np.ones(frames, np.float32), Role.SOURCE, "e:1")
    matches = tuple(
        GalleryMatch(
            person_id=i, name=f"P{i}", score=s, rank=i + 1, photo_sha256="", thumbnail_png=b"", gallery_revision=1
        )
        for i, s in enumerate(scores)
    )
    search = SearchResult(candidates=matches, threshold=0.9, n_people=people, n_templates=people, gallery_revision=1)
    return identity_finding(Role.SOURCE, template, search, kept, is_still=False, calibration=table)


def test_identity_decisions_follow_the_threshold() -> None:
    assert finding([0.95, 0.7]).decision is Decision.SUPPORTED
    nobody = finding([0.85, 0.7])
    assert nobody.decision is Decision.NOT_SUPPORTED
    assert nobody.reason == "no candidate above the threshold, which the right person misses in 0 % of cases"
    assert finding([0.95, 0.93]).decision is Decision.INCONCLUSIVE
    assert finding([]).decision is Decision.UNABLE_TO_EVALUATE
    assert finding([0.95], table=Calibration.none()).decision is Decision.INCONCLUSIVE
    few = finding([0.95], frames=2)
    assert few.decision is Decision.INCONCLUSIVE
    assert few.reason.endswith("the template rests on only 2 frames; at least 3 are asked for")


def test_people_above_the_threshold_count_although_only_the_first_was_asked_for() -> None:
    alone = finding([0.95])
    assert alone.decision is Decision.SUPPORTED and alone.template is not None and alone.search is not None
    search = replace(alone.search, n_above=3)
    asked = identity_finding(Role.SOURCE, alone.template, search, range(8), is_still=False, calibration=TABLE)
    assert asked.decision is Decision.INCONCLUSIVE and asked.reason.startswith("3 people lie above the threshold")


def test_a_large_gallery_turns_support_into_a_question() -> None:
    large = finding([0.95], people=5000)
    assert large.decision is Decision.INCONCLUSIVE
    assert large.false_positive_identification_rate == pytest.approx(1 - 0.999**5000)
    assert false_positive_identification_rate(0.001, 1000) == pytest.approx(0.632, abs=0.001)


def test_no_identity_is_supported_where_the_swap_is_not_or_where_one_person_leads_both_roles() -> None:
    supported, other = finding([0.95, 0.7]), finding([0.85, 0.7])
    for forgery, doubt in {
        Decision.INCONCLUSIVE: "whether this face was swapped is inconclusive",
        Decision.NOT_SUPPORTED: "that this face was swapped is not supported",
        Decision.UNABLE_TO_EVALUATE: "whether this face was swapped cannot be evaluated",
    }.items():
        (doubted,) = tempered([supported], forgery)
        assert doubted.decision is Decision.INCONCLUSIVE and doubted.reason == f"{supported.reason}; but {doubt}"
    both = tempered([supported, supported], Decision.SUPPORTED)
    assert {f.decision for f in both} == {Decision.INCONCLUSIVE}
    assert tempered([supported], Decision.SUPPORTED) == (supported,)
    assert tempered([other], Decision.INCONCLUSIVE) == (other,)


def test_who_ranks_first_far_below_the_threshold_leads_nothing() -> None:
    source, target = finding([0.97]), finding([0.02])  # of a gallery of one
    assert tempered([source, target], Decision.SUPPORTED) == (source, target)
    assert source.decision is Decision.SUPPORTED and target.decision is Decision.NOT_SUPPORTED


def test_the_face_as_filmed_supports_neither_role() -> None:
    for scores in ([0.95, 0.7], [0.85]):
        asked = finding(scores)
        filmed = identity_finding(
            Role.SOURCE, asked.template, asked.search, range(8), is_still=False, calibration=TABLE, is_photo=True
        )
        assert filmed.decision is Decision.INCONCLUSIVE
        assert "for comparison only" in filmed.reason and "as source" not in filmed.reason
    none = identity_finding(Role.SOURCE, None, None, (), is_still=False, calibration=TABLE, is_photo=True)
    assert none.decision is Decision.UNABLE_TO_EVALUATE


def test_nobody_is_named_as_identified() -> None:
    for result in (finding([0.95, 0.7]), finding([0.5])):
        for word in ("match", "identified", "same person"):
            assert word not in f"{result.reason} {' '.join(result.limitations)}".lower()


def test_the_score_of_a_person_is_the_median_of_the_frames() -> None:
    assert track_score([0.1, 0.9, 0.95]) == 0.9
    assert track_score([]) is None


def read(vector: np.ndarray, model_id: str = "s:1") -> Surroundings:
    return Surroundings(embedding=vector.astype(np.float32), model_id=model_id)


def test_surroundings_of_frames_are_averaged_unless_one_has_none_or_another_model_read_it() -> None:
    first, second = np.eye(4)[:2]
    weights = np.array([3, 1], np.float32)
    made = aggregate_surroundings([read(first), read(second)], weights)
    assert made is not None and made.model_id == "s:1"
    np.testing.assert_allclose(made.embedding, np.array([3, 1, 0, 0]) / np.sqrt(10), atol=1e-6)
    assert aggregate_surroundings([read(first), None], weights) is None
    assert aggregate_surroundings([read(first), read(second, "s:2")], weights) is None


def with_surroundings(surroundings_score: float, n_surroundings: int, *, is_read: bool = True) -> IdentityFinding:
    rule = Comparison(centre=(0.0,) * 16, knee=0.4, share=0.5)
    vectors = around(np.eye(16)[0], 8, 0.02, 3)
    template, kept = aggregate(vectors, np.ones(8, np.float32), Role.TARGET, "e:1")
    if is_read:
        read = Surroundings(embedding=np.eye(4, dtype=np.float32)[0], model_id="s:1")
        template = replace(template, surroundings=read)
    match = GalleryMatch(
        person_id=1,
        name="P",
        score=0.6,
        rank=1,
        photo_sha256="",
        thumbnail_png=b"",
        gallery_revision=1,
        face_score=0.5 if surroundings_score > rule.knee else 0.6,
        surroundings_score=surroundings_score,
    )
    search = SearchResult(
        candidates=(match,),
        threshold=0.9,
        n_people=5,
        n_templates=5,
        gallery_revision=1,
        n_surroundings=n_surroundings,
    )
    table = replace(TABLE, target=MEASURED, comparison=rule)
    return identity_finding(Role.TARGET, template, search, kept, is_still=False, calibration=table)


def test_alike_surroundings_are_told_with_what_they_mean_and_photographs_without_them_are_counted() -> None:
    told = " ".join(with_surroundings(0.81, 5).limitations)
    assert "cosine 0.810; from 0.400 on" in told and "same occasion" in told and "handing" not in told
    assert "like hair" in told and "1.5\u00a0% to about half" in told, "strangers are raised as well"
    assert "1 in 100" not in told and "a sign of" not in told
    few = " ".join(with_surroundings(0.3, 2).limitations)
    assert "same occasion" not in few and "Of 3 of the 5 enrolled photographs" in few


def test_a_gallery_without_any_surroundings_is_no_gallery_that_rates_were_measured_with() -> None:
    none = " ".join(with_surroundings(0.0, 0).limitations)
    assert "Of none of the enrolled photographs" in none and "were measured with surroundings" in none
    assert "enrolled photographs" not in " ".join(with_surroundings(0.0, 0, is_read=False).limitations)
