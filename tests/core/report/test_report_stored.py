"""What a report says of the items of a case file: only hashes that somebody took."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from core.casefile.hash_log import HASH_CHECKED, checks_at_export
from core.casefile.store import CaseFile
from core.domain.comparison import Comparison, cohort_text
from core.domain.evidence import EvidenceState
from core.domain.report import CaseReport, RunBasis
from core.domain.time import TimeRange
from core.evidence.hashing import TOLD_FROM_BYTES, file_sha256
from core.evidence.integrity import FileCheck, FileState
from core.report import content, integrity
from core.report.fields import Fields
from core.report.json_export import report_to_json
from core.report.reported import read_basis
from core.report.runs_part import run_row
from core.report.stored import NOT_RECORDED, stored_report
from core.report.verify import check_evidence
from tests import builders_report as build

BASIS = RunBasis(manifest=build.MANIFEST, error_rates=(), model_limits=(), gallery_name="", evidence_ids=(1,))
OTHER = build.digest("another file")


def report_of(folder: Path, state: EvidenceState, now: str, *, after: str = "") -> CaseReport:
    """One item in that state; `after` is the hash after its analysis, where that is another one."""
    check = FileCheck(
        state=FileState.UNCHANGED if now == build.item().sha256 else FileState.CHANGED, sha256=now, words=""
    )
    with CaseFile.open(folder, create=True) as case:
        number = case.add_evidence(build.item())
        case.begin_run(number, run_key="one", time_range=TimeRange())
        if state is EvidenceState.DONE:
            result = build.result()
            case.put_result(number, replace(result, sha256_after=after or result.sha256_after))
        case.set_state(number, state, "the file is no longer the one taken in" if state is EvidenceState.FAILED else "")
        case.add_run_basis(BASIS)
        return stored_report(case, checks={number: check})


@pytest.mark.parametrize("state", [EvidenceState.QUEUED, EvidenceState.RUNNING, EvidenceState.FAILED])
def test_no_hash_is_stated_for_an_analysis_without_an_end(tmp_path: Path, state: EvidenceState) -> None:
    report = report_of(tmp_path / "case", state, build.item().sha256)
    (result,) = report.results
    assert (result.sha256_before, result.sha256_analysed) == ("", "")
    words = content.hash_statement(result)
    assert "equal" in words and "custody record" in words
    assert not words.startswith(("Unchanged", "CHANGED"))
    assert integrity.integrity_alarms(report) == ()


def test_a_file_that_failed_since_it_changed_is_called_changed(tmp_path: Path) -> None:
    report = report_of(tmp_path / "case", EvidenceState.FAILED, OTHER)
    assert content.hash_statement(report.results[0]).startswith("CHANGED")
    assert "CHANGED since it was taken in" in integrity.integrity_alarms(report)[0]


def test_a_file_changed_during_its_analysis_and_put_back_is_an_alarm(tmp_path: Path) -> None:
    report = report_of(tmp_path / "case", EvidenceState.DONE, build.item().sha256, after=OTHER)
    (result,) = report.results
    assert (result.sha256_analysed, result.sha256_after) == (OTHER, build.item().sha256)
    assert content.hash_statement(result).startswith("CHANGED")
    (alarm,) = integrity.integrity_alarms(report)
    assert "CHANGED while it was analysed, and was put back" in alarm
    stated = read_basis(Fields(json.loads(report_to_json(report))))
    assert any("the report itself says" in line.words for line in check_evidence(stated.evidence, {}))


def test_the_error_rates_of_a_run_are_read_back_as_they_were() -> None:
    cohort = cohort_text(np.eye(16, dtype=np.float32))
    rule = Comparison(centre=(0.25,) * 16, knee=0.4, share=0.5, cohort=cohort)
    report = build.case_report((build.result(),))
    report = replace(report, calibration=replace(report.calibration, comparison=rule))
    document = json.loads(report_to_json(report))

    (run, *_) = read_basis(Fields(document)).runs

    assert run.calibration == report.calibration
    document["report"]["calibration"]["comparison"]["cohort"] = "no vectors"
    (spoilt, *_) = read_basis(Fields(document)).runs
    assert spoilt.calibration is None


def test_an_unchanged_file_has_all_four_hashes(tmp_path: Path) -> None:
    (result,) = report_of(tmp_path / "case", EvidenceState.DONE, build.item().sha256).results
    assert "before the analysis, after it and at export are equal" in content.hash_statement(result)


def test_another_modification_time_at_export_is_stated(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"a clip")
    at = datetime(2026, 5, 3, 10, 20, 30, tzinfo=UTC)
    item = replace(build.item("clip.mp4", folder=str(tmp_path)), sha256=file_sha256(clip), size_bytes=6, modified_at=at)
    with CaseFile.open(tmp_path / "case", create=True) as case:
        number = case.add_evidence(item)
        case.begin_run(number, run_key="one", time_range=TimeRange())
        case.put_result(number, build.result(item))
        case.set_state(number, EvidenceState.DONE, "")
        case.add_run_basis(BASIS)
        statements = []
        for stamp in (at, at + timedelta(days=1)):
            os.utime(clip, (stamp.timestamp(), stamp.timestamp()))
            report = stored_report(case, checks=checks_at_export(case, actor="m.weber"))
            assert integrity.integrity_alarms(report) == (), "the content is the same"
            statements.append(json.loads(report_to_json(report))["statements"]["items"][0]["integrity"])
    assert "modification time" not in statements[0]
    assert statements[1].endswith("Its modification time at export is another than at intake: 2026-05-04 10:20:30 UTC.")


def test_hashing_a_large_file_at_export_tells_how_far_it_is(tmp_path: Path) -> None:
    small, large = tmp_path / "small.mp4", tmp_path / "large.mp4"
    small.write_bytes(b"a clip")
    with large.open("wb") as file:
        file.truncate(TOLD_FROM_BYTES)  # a file with a hole takes no room
    told: list[tuple[str, float]] = []
    with CaseFile.open(tmp_path / "case", create=True) as case:
        for path in (small, large):
            facts = replace(
                build.item(path.name, folder=str(tmp_path)), sha256=file_sha256(path), size_bytes=path.stat().st_size
            )
            case.add_evidence(facts)
        checks_at_export(
            case, actor="m.weber", tell=lambda item, progress: told.append((item.path.name, progress.done))
        )
        logged = [entry.detail for entry in case.audit() if entry.action == HASH_CHECKED]
    assert {name for name, _ in told} == {"large.mp4"}
    assert [done for _, done in told] == sorted(done for _, done in told) and told[-1][1] == TOLD_FROM_BYTES / 1e6
    assert len(logged) == 2, "each hashing is one entry"


def test_a_result_of_unknown_making_belongs_to_no_run_and_a_failed_item_to_none_either(tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "case", create=True) as case:
        for number, name in enumerate(("1.mp4", "2.mp4", "3.mp4"), 1):
            assert case.add_evidence(build.item(name)) == number
            case.begin_run(number, run_key="one", time_range=TimeRange())
            case.put_result(number, build.result(build.item(name)))
            case.set_state(number, EvidenceState.DONE, "")
        case.add_run_basis(replace(BASIS, evidence_ids=(1,)))
        case.add_run_basis(replace(BASIS, gallery_name="b.db", evidence_ids=(2,)))
        checks = {
            n: FileCheck(state=FileState.UNCHANGED, sha256=build.item(f"{n}.mp4").sha256, words="") for n in (1, 2, 3)
        }
        report = stored_report(case, checks=checks)
        case.set_state(2, EvidenceState.FAILED, "its disk is gone")
        later = stored_report(case, checks=checks)
    assert (report.unrecorded, [run.evidence_ids for run in report.runs]) == ((3,), [(2,), (1,)])
    assert dict(run_row(report, 3))["Run"] == "what this result was made with was not recorded"
    assert NOT_RECORDED in report.results[2].warnings and not report.results[0].warnings
    stated = read_basis(Fields(json.loads(report_to_json(report))))
    assert [run.evidence_ids for run in stated.runs] == [{2}, {1}]
    assert ([run.evidence_ids for run in later.runs], later.gallery_name, later.other_runs) == ([(1,)], "", ())
