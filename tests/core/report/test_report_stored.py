"""What a report says of the items of a case file: only hashes that somebody took."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.casefile.store import CaseFile
from core.domain.evidence import EvidenceState
from core.domain.report import CaseReport, RunBasis
from core.domain.time import TimeRange
from core.report import content, integrity
from core.report.fields import Fields
from core.report.json_export import report_to_json
from core.report.reported import read_basis
from core.report.stored import stored_report
from core.report.verify import check_evidence
from tests import builders_report as build

BASIS = RunBasis(manifest=build.MANIFEST, error_rates=(), model_limits=(), gallery_name="", evidence_ids=(1,))
OTHER = build.digest("another file")


def report_of(folder: Path, state: EvidenceState, hashes: dict[int, str], *, after: str = "") -> CaseReport:
    """One item in that state; `after` is the hash after its analysis, where that is another one."""
    with CaseFile.open(folder, create=True) as case:
        number = case.add_evidence(build.item())
        case.begin_run(number, run_key="one", time_range=TimeRange())
        if state is EvidenceState.DONE:
            result = build.result()
            case.put_result(number, replace(result, sha256_after=after or result.sha256_after))
        case.set_state(number, state, "the file is no longer the one taken in" if state is EvidenceState.FAILED else "")
        case.add_run_basis(BASIS)
        return stored_report(case, hashes=hashes)


@pytest.mark.parametrize("state", [EvidenceState.QUEUED, EvidenceState.RUNNING, EvidenceState.FAILED])
def test_no_hash_is_stated_for_an_analysis_without_an_end(tmp_path: Path, state: EvidenceState) -> None:
    report = report_of(tmp_path / "case", state, {1: build.item().sha256})
    (result,) = report.results
    assert (result.sha256_before, result.sha256_analysed) == ("", "")
    words = content.hash_statement(result)
    assert "equal" in words and "custody record" in words
    assert not words.startswith(("Unchanged", "CHANGED"))
    assert integrity.integrity_alarms(report) == ()


def test_a_file_that_failed_since_it_changed_is_called_changed(tmp_path: Path) -> None:
    report = report_of(tmp_path / "case", EvidenceState.FAILED, {1: OTHER})
    assert content.hash_statement(report.results[0]).startswith("CHANGED")
    assert "CHANGED since it was taken in" in integrity.integrity_alarms(report)[0]


def test_a_file_changed_during_its_analysis_and_put_back_is_an_alarm(tmp_path: Path) -> None:
    report = report_of(tmp_path / "case", EvidenceState.DONE, {1: build.item().sha256}, after=OTHER)
    (result,) = report.results
    assert (result.sha256_analysed, result.sha256_after) == (OTHER, build.item().sha256)
    assert content.hash_statement(result).startswith("CHANGED")
    (alarm,) = integrity.integrity_alarms(report)
    assert "CHANGED while it was analysed, and was put back" in alarm
    stated = read_basis(Fields(json.loads(report_to_json(report))))
    assert any("the report itself says" in line.words for line in check_evidence(stated.evidence, {}))


def test_an_unchanged_file_has_all_four_hashes(tmp_path: Path) -> None:
    (result,) = report_of(tmp_path / "case", EvidenceState.DONE, {1: build.item().sha256}).results
    assert "before the analysis, after it and at export are equal" in content.hash_statement(result)
