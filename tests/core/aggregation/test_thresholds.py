"""Which measured threshold a search uses, what a finding says of it, and that all who print it agree."""

from dataclasses import replace

import numpy as np
import pytest

from app.model_facts import for_gallery, threshold_table
from core.aggregation.calibration import error_rates
from core.aggregation.decision import identity_finding
from core.aggregation.template import aggregate
from core.aggregation.thresholds import point_among, points_in_use, threshold_among
from core.domain.calibration import Calibration, FrameTable, RoleCalibration
from core.domain.identity import NO_THRESHOLD, Decision, GalleryMatch, IdentityFinding, Role, SearchResult
from core.report.rates import search_rate_sentences
from tests.builders_calibration import calibration, frame_table, point

TABLE = frame_table(8)
USUAL, STRICTEST = TABLE.point.threshold, TABLE.points[-1].threshold


def without_groups() -> Calibration:
    measured = RoleCalibration(population="test", tables=(TABLE,))
    return replace(calibration(), source=measured)


def finding(score: float, n_photos: int) -> IdentityFinding:
    template, kept = aggregate(np.eye(1, 16, dtype=np.float32).repeat(8, 0), np.ones(8, np.float32), Role.SOURCE, "e:1")
    match = GalleryMatch(
        person_id=1, name="P", score=score, rank=1, photo_sha256="", thumbnail_png=b"", gallery_revision=1
    )
    search = SearchResult(
        candidates=(match,),
        threshold=threshold_among(TABLE, n_photos),
        n_people=n_photos,
        n_templates=n_photos,
        gallery_revision=1,
    )
    return identity_finding(Role.SOURCE, template, search, kept, is_still=False, calibration=without_groups())


def test_the_lowest_threshold_that_strangers_reach_seldom_enough_is_taken() -> None:
    assert [p.threshold for p in points_in_use(TABLE)] == [USUAL, STRICTEST]
    chosen = [point_among(TABLE, n).threshold for n in (0, 346, 347, 3465, 3466)]
    assert chosen == [USUAL, USUAL, STRICTEST, STRICTEST, STRICTEST]
    alone = FrameTable(n_frames=1, point=point(0.7, 0.001, 0.3))
    assert threshold_among(alone, 10**6) == 0.7
    assert threshold_among(None, 10) == NO_THRESHOLD


def test_in_a_large_gallery_support_goes_by_the_stricter_threshold_and_says_so() -> None:
    supported = finding(STRICTEST + 0.05, 1000)
    assert supported.decision is Decision.SUPPORTED
    assert f"stricter than the usual {USUAL:.3f} for 1,000 photographs" in supported.reason
    assert supported.false_match_rate == (0.0001, 0.00005, 0.0002)
    assert supported.false_positive_identification_rate == pytest.approx(1 - (1 - 0.0001) ** 1000)
    assert supported.quote is not None and supported.quote.point.threshold == STRICTEST
    assert supported.quote.usual_threshold == USUAL and supported.quote.other_face is None
    words = " ".join(search_rate_sentences(supported))
    assert f"stricter than the usual one of {USUAL:.3f}" in words and "nothing is called supported" not in words


def test_between_the_usual_and_the_stricter_threshold_nothing_is_said_for_or_against() -> None:
    between = finding((USUAL + STRICTEST) / 2, 1000)
    assert between.decision is Decision.INCONCLUSIVE
    assert f"above the usual threshold of {USUAL:.3f}, but not above the stricter one" in between.reason
    assert finding(USUAL - 0.05, 1000).decision is Decision.NOT_SUPPORTED


def test_where_no_measured_threshold_suffices_that_is_said_plainly() -> None:
    huge = finding(0.99, 5000)
    assert huge.decision is Decision.INCONCLUSIVE
    assert "5,000 photographs" in huge.reason and "even the strictest threshold measured" in huge.reason
    assert "nothing is called supported" in " ".join(search_rate_sentences(huge))


def test_a_small_gallery_keeps_the_usual_threshold_without_a_word() -> None:
    small = finding(USUAL + 0.01, 100)
    assert small.decision is Decision.SUPPORTED and small.reason.endswith(f"with {USUAL + 0.01:.3f}")
    assert small.quote is not None and small.quote.usual_threshold is None and small.quote.other_face is not None
    assert "stricter" not in " ".join(search_rate_sentences(small))


def test_the_window_shows_the_threshold_that_a_gallery_of_that_size_gets() -> None:
    table = threshold_table(without_groups(), ())
    for n_photos, threshold, is_usable in ((100, USUAL, True), (1000, STRICTEST, True), (5000, STRICTEST, False)):
        row = next(row for row in for_gallery(table, n_photos, n_photos).rows if row.subject == "source")
        assert (row.false_positive.threshold, row.false_negative.threshold) == (threshold, threshold)
        assert row.is_search_usable is is_usable


def test_the_window_tells_a_gallery_too_large_for_the_group_whose_people_are_most_alike() -> None:
    table = threshold_table(calibration(), ())  # of which 14 % at the upper end in one group
    for n_photos, is_usable in ((4, True), (5, False)):
        rows = {row.subject: row.is_search_usable for row in for_gallery(table, n_photos, n_photos).rows}
        assert (rows["source"], rows["photo"]) == (is_usable, True)


def test_the_rates_of_stricter_thresholds_are_listed_too() -> None:
    listed = {row.measure: row.threshold for row in error_rates(calibration())}
    name = "false match rate, recovered source against other people, 8 frames"
    assert (listed[name], listed[f"{name}, large galleries"]) == (USUAL, STRICTEST)
