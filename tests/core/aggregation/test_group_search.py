"""A search among people of one group: its chance stands beside the pooled one, and tempers what is supported."""

import json
from dataclasses import replace

import numpy as np
import pytest

from core.aggregation.caveats import too_few
from core.aggregation.decision import identity_finding
from core.aggregation.template import aggregate
from core.aggregation.thresholds import group_search
from core.casefile import codec_identity
from core.domain.calibration import SAME_PHOTOGRAPH, RoleCalibration, StricterRate, SubsetRates
from core.domain.identity import Decision, GalleryMatch, IdentityFinding, Role, SearchResult
from core.report.json_export import report_to_json
from core.report.rates import search_rate_sentences
from tests import builders_report as build
from tests.builders_calibration import calibration, rate, role

TABLE = role().at(8)
USUAL = TABLE.point.threshold
SINGLE = role().tables[0].point.threshold


def group(name: str, n_probes: int, match: float, *stricter: float) -> SubsetRates:
    """Rates at the threshold for one frame and each 0.05 above it."""
    return SubsetRates(
        name=name,
        n_probes=n_probes,
        mates=SAME_PHOTOGRAPH,
        false_match=rate(match),
        false_non_match=None,
        stricter=tuple(
            StricterRate(threshold=round(SINGLE + 0.05 * i, 4), false_match=rate(one))
            for i, one in enumerate(stricter, 1)
        ),
    )


def measured(*groups: SubsetRates) -> RoleCalibration:
    return replace(role(), groups=groups)


ONE_THRESHOLD = measured(group("asian", 128, 0.06), group("white", 138, 0.002), too_few("hispanic", 22, ""))
SEVERAL = measured(group("asian", 128, 0.06, 0.01, 0.002), group("white", 138, 0.002, 0.0005))


def finding(score: float, n_photos: int, source: RoleCalibration) -> IdentityFinding:
    template, kept = aggregate(np.eye(1, 16, dtype=np.float32).repeat(8, 0), np.ones(8, np.float32), Role.SOURCE, "e:1")
    match = GalleryMatch(
        person_id=1, name="P", score=score, rank=1, photo_sha256="", thumbnail_png=b"", gallery_revision=1
    )
    search = SearchResult(
        candidates=(match,), threshold=USUAL, n_people=n_photos, n_templates=n_photos, gallery_revision=1
    )
    table = replace(calibration(), source=source)
    return identity_finding(Role.SOURCE, template, search, kept, is_still=False, calibration=table)


def test_a_lead_that_strangers_of_one_group_may_reach_is_inconclusive_and_says_why() -> None:
    doubted = finding(USUAL + 0.2, 20, ONE_THRESHOLD)
    assert doubted.decision is Decision.INCONCLUSIVE
    assert "(asian)" in doubted.reason and "among 20 photographs" in doubted.reason
    assert doubted.false_positive_identification_rate == pytest.approx(1 - 0.999**20)
    assert doubted.group_search is not None
    assert doubted.group_search.chance == pytest.approx(1 - 0.94**20)
    assert doubted.group_search.high == pytest.approx(1 - 0.88**20)
    words = " ".join(search_rate_sentences(doubted)).replace("\u00a0", " ")
    assert "(asian), 71 %, up to 92.2 % at the upper end" in words


def test_in_a_gallery_so_small_that_no_group_reaches_the_limit_support_holds() -> None:
    small = finding(USUAL + 0.01, 5, ONE_THRESHOLD)
    assert small.decision is Decision.SUPPORTED
    assert small.group_search is not None and small.group_search.high < 0.5


def test_a_higher_score_is_held_against_the_rate_measured_up_to_it() -> None:
    assert finding(USUAL + 0.04, 60, SEVERAL).decision is Decision.INCONCLUSIVE
    assert finding(USUAL + 0.06, 60, SEVERAL).decision is Decision.INCONCLUSIVE
    far = finding(USUAL + 0.11, 60, SEVERAL)
    assert far.decision is Decision.SUPPORTED
    assert far.group_search is not None and far.group_search.false_match.rate == 0.002
    assert far.group_search.threshold == pytest.approx(SINGLE + 0.1)
    below = finding(USUAL - 0.3, 60, SEVERAL)
    assert below.group_search is not None and below.group_search.false_match.rate == 0.06


def test_a_higher_score_never_looks_worse_and_small_groups_bound_nothing() -> None:
    few_errors = measured(group("asian", 128, 0.06, 0.001, 0.004), group("other", 39, 0.5))
    bounds = [
        found.high
        for score in np.linspace(USUAL, 1, 20)
        if (found := group_search(few_errors, TABLE, float(score), 50)) is not None
    ]
    assert len(bounds) == 20 and bounds == sorted(bounds, reverse=True)
    assert group_search(measured(), TABLE, 0.9, 50) is None
    assert group_search(measured(group("other", 39, 0.5)), TABLE, 0.9, 50) is None


def test_case_files_and_reports_hold_the_search_of_the_group() -> None:
    told = finding(USUAL + 0.2, 20, ONE_THRESHOLD)
    stored = json.loads(json.dumps(codec_identity.finding_json(told, lambda _: "")))
    assert codec_identity.finding_from_json(stored, lambda _: b"").group_search == told.group_search
    del stored["group_search"]
    assert codec_identity.finding_from_json(stored, lambda _: b"").group_search is None
    person = replace(build.person(), findings=(told,))
    report = build.case_report((build.result(persons=(person,)),))
    document = json.loads(report_to_json(report))["report"]["results"][0]["persons"][0]["findings"][0]
    assert document["group_search"]["group"] == "asian"
    assert document["group_search"]["chance"] == pytest.approx(1 - 0.94**20)
