"""Decisions of a report entered into a case that repeats it: those of its items alone, each under its own number."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.casefile.store import CaseFile
from core.domain.review import CutTrack, IgnoreTracks, JoinTracks, Review
from core.errors import ReportError
from core.report.fields import Fields
from core.report.json_export import report_to_json
from core.report.replay import replay
from tests import builders_report as build
from tests.builders_review import entries


def stated(*evidence_ids: int) -> Fields:
    """A report with a decision on each of these items."""
    kinds = (
        lambda item: JoinTracks(evidence_id=item, track_ids=(1, 3)),
        lambda item: CutTrack(evidence_id=item, track_id=2, frame_index=6),
        lambda item: IgnoreTracks(evidence_id=item, track_ids=(2,)),
    )
    made = entries(*(kinds[n % len(kinds)](item) for n, item in enumerate(evidence_ids)))
    return Fields(json.loads(report_to_json(replace(build.full_case(), review=Review(entries=made)))))


def test_decisions_on_an_item_that_is_left_out_leave_the_numbers_of_the_others(tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "case", create=True) as case:
        number = case.add_evidence(build.item())
        assert replay(stated(1, 2, 1, 2), case, {1: None, 2: number}) == 2
        kept = {e.id: e.action for e in case.decisions() if not type(e.action).__name__.startswith("Write")}
    assert kept == {
        2: CutTrack(evidence_id=number, track_id=2, frame_index=6),
        4: JoinTracks(evidence_id=number, track_ids=(1, 3)),
    }


def test_a_decision_on_no_item_of_the_report_is_refused(tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "case", create=True) as case:
        number = case.add_evidence(build.item())
        with pytest.raises(ReportError, match="about no item of the report"):
            replay(stated(9), case, {1: number})
