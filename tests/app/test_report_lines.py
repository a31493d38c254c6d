"""What the report page warns of."""

from dataclasses import replace
from pathlib import Path

from app.controllers.report_lines import report_summary
from core.domain.evidence import EvidenceState, StoredEvidence
from core.domain.report import CaseInfo, EvidenceResult
from core.domain.review import Review
from tests import builders_report as build
from ui.widgets.report_summary import WarningKind


def kinds(result: EvidenceResult, now: str) -> set[WarningKind]:
    stored = StoredEvidence(id=1, item=result.evidence, state=EvidenceState.DONE, failure="")
    summary = report_summary(
        info=CaseInfo(examiner="J. Doe", case_number="1"),
        items=(stored,),
        review=Review(),
        results={1: result},
        hashes={1: now},
        suggested_path=Path("report.pdf"),
    )
    return {warning.kind for warning in summary.warnings}


def test_a_file_changed_during_its_analysis_and_put_back_is_warned_of() -> None:
    sound = build.result()
    assert kinds(sound, sound.evidence.sha256) == set()
    assert kinds(replace(sound, sha256_after="0" * 64), sound.evidence.sha256) == {WarningKind.CHANGED}
    assert kinds(sound, "") == {WarningKind.OUT_OF_REACH}
