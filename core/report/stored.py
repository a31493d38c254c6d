"""From a case file to everything its report says, without any network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from core.casefile.store import CaseFile
from core.domain.cancel import CancelToken
from core.domain.evidence import EvidenceState, StoredEvidence
from core.domain.report import CaseReport, EvidenceResult
from core.domain.time import TimeRange
from core.errors import CaseFileError
from core.evidence.integrity import FileCheck, check_file
from core.report.bookmarks import bookmark_frames

NOT_RECORDED = (
    "what this analysis was made with was not recorded, as the application ended before it could be; analyse the item "
    "again"
)
"""Of a result that no run names."""


def stored_report(
    case: CaseFile, cancel: CancelToken | None = None, checks: Mapping[int, FileCheck] | None = None
) -> CaseReport:
    """The report of a case from what the case holds, without any network.

    Evidence is hashed once more, and bookmarked frames are decoded once more; neither has to be there any longer.
    Pictures of persons are read from the case as the report is made: it has to stay open until then.

    Args:
        case: with at least one finished analysis.
        cancel: checked while evidence is hashed, and before each bookmarked frame.
        checks: of the items now, by evidence id, where they were made already
            (`core.casefile.hash_log.checks_at_export`); made here otherwise, without an entry in the custody log.

    Raises:
        CaseFileError: no run on this case came to its end.
        AnalysisCancelledError: asked to stop.
    """
    cancel = cancel or CancelToken()
    bases = case.run_bases()
    if not bases:
        raise CaseFileError(
            "no analysis of this case was finished", next_step="analyse an item of it first", path=case.folder
        )
    recorded = {item for one in bases for item in one.evidence_ids}
    evidence, review = case.evidence(), case.review()
    results = tuple(_final(case, stored, checks, cancel, is_recorded=stored.id in recorded) for stored in evidence)
    there = {stored.id for stored, result in zip(evidence, results, strict=True) if not result.failure}
    # An item that failed later has no result any more that a run could be behind.
    of_results = [
        replace(one, evidence_ids=kept)
        for one in bases
        if (kept := tuple(item for item in one.evidence_ids if item in there))
    ]
    *others, basis = of_results or bases[-1:]
    return CaseReport(
        case=case.case_info(),
        created_at=datetime.now(UTC).replace(microsecond=0),
        results=results,
        refused=case.refused(),
        manifest=basis.manifest,
        error_rates=basis.error_rates,
        model_limits=basis.model_limits,
        audit=case.audit(),
        gallery_name=basis.gallery_name,
        review=review,
        evidence_ids=tuple(stored.id for stored in evidence),
        bookmark_frames=bookmark_frames(evidence, review, cancel),
        calibration=basis.calibration,
        signed_head=case.signed_head(),
        other_runs=tuple(reversed(others)),
        unrecorded=tuple(sorted(there - recorded)),
    )


def _final(
    case: CaseFile,
    stored: StoredEvidence,
    checks: Mapping[int, FileCheck] | None,
    cancel: CancelToken,
    *,
    is_recorded: bool,
) -> EvidenceResult:
    """The stored result with the evidence's hash as of now; a failed or unfinished item says why it has none."""
    result = case.result_for_report(stored.id)
    now = check_file(stored.item, cancel) if checks is None else checks[stored.id]
    if result is not None and stored.state is EvidenceState.DONE:
        unknown = () if is_recorded else (NOT_RECORDED,)
        return replace(
            result,
            sha256_analysed=result.sha256_after,
            sha256_after=now.sha256,
            touched_at=now.touched_at,
            warnings=(*result.warnings, *unknown),
        )
    return EvidenceResult(
        evidence=stored.item,
        sha256_before="",  # of an analysis without an end the custody log alone says what was hashed
        sha256_after=now.sha256,
        touched_at=now.touched_at,
        analysed_range=TimeRange(),
        n_frames_decoded=0,
        n_frames_analysed=0,
        n_frames_corrupt=0,
        n_frames_duplicate=0,
        n_cuts=0,
        frames=(),
        persons=(),
        failure=stored.failure or "the analysis was not finished when this report was made",
    )
