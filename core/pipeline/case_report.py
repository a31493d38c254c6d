"""From a case file to everything its report says."""

from __future__ import annotations

import platform
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib import metadata

from core.casefile.records import RunBasis
from core.casefile.store import CaseFile
from core.config import AnalysisSettings
from core.domain.cancel import CancelToken
from core.domain.evidence import EvidenceState, StoredEvidence
from core.domain.report import CaseReport, EvidenceResult, RunManifest
from core.domain.time import TimeRange
from core.errors import CaseFileError
from core.evidence.hashing import file_sha256
from core.pipeline.bookmarks import bookmark_frames
from core.pipeline.engines import Engines

LIBRARIES = (
    "torch",
    "torchvision",
    "av",
    "opencv-python",
    "facenet-pytorch",
    "segmentation-models-pytorch",
    "timm",
    "numpy",
    "scipy",
    "safetensors",
    "sqlite-utils",
    "reportlab",
)
TOLERANCE = (
    "On the same machine and software the scores repeat exactly; on other processors or devices cosines and fake "
    "scores agree within 0.01 and the ranking of candidates further apart than that is the same."
)
GENERAL_LIMITS = (
    "Recovered faces are generated pixels. They may look like a person who has nothing to do with the case.",
    "Unseen generators, heavy compression, profile views and faces below 40 pixels lower the quality of the recovery.",
    "A high fake score says that a face looks unlike the pristine faces of the training; it is no proof of intent.",
)


def build_report(
    case: CaseFile,
    *,
    settings: AnalysisSettings,
    engines: Engines,
    command: Sequence[str],
    started_at: datetime,
    gallery_name: str,
) -> CaseReport:
    """Everything that the PDF and the JSON say about a case; evidence is hashed once more for it.

    What the run was made with is kept in the case (`record_run`), so that `stored_report` can say it again.
    """
    record_run(
        case, settings=settings, engines=engines, command=command, started_at=started_at, gallery_name=gallery_name
    )
    return stored_report(case)


def record_run(
    case: CaseFile,
    *,
    settings: AnalysisSettings,
    engines: Engines,
    command: Sequence[str],
    started_at: datetime,
    gallery_name: str,
) -> None:
    """Keep in the case what a run was made with.

    Args:
        case: with finished analyses.
        settings, engines: those of the run.
        command: words of the command line that reproduces it.
        started_at: UTC.
        gallery_name: file name of the searched gallery, '' when none was.
    """
    manifest = RunManifest(
        application_version=metadata.version("unswap"),
        config=settings.as_pairs(),
        weights=engines.weights,
        libraries=tuple((name, metadata.version(name)) for name in LIBRARIES),
        platform=f"{platform.platform()}, {platform.machine()}, Python {sys.version.split()[0]}",
        device=engines.device,
        seed=settings.seed,
        started_at=started_at,
        ended_at=datetime.now(UTC),
        command=shlex.join(command),
        tolerance=TOLERANCE,
    )
    case.set_run_basis(
        RunBasis(
            manifest=manifest,
            error_rates=engines.fitting_calibration().error_rates(),
            model_limits=(*engines.model_limits, *GENERAL_LIMITS),
            gallery_name=gallery_name,
        )
    )


def stored_report(case: CaseFile, cancel: CancelToken | None = None) -> CaseReport:
    """The report of a case from what the case holds, without any network.

    Evidence is hashed once more, and bookmarked frames are decoded once more; neither has to be there any longer.

    Args:
        case: with at least one finished analysis.
        cancel: checked while evidence is hashed, and before each bookmarked frame.

    Raises:
        CaseFileError: no run on this case came to its end.
        AnalysisCancelledError: asked to stop.
    """
    cancel = cancel or CancelToken()
    basis = case.run_basis()
    if basis is None:
        raise CaseFileError(
            "no analysis of this case was finished", next_step="run `analyze` on it first", path=case.folder
        )
    evidence, review = case.evidence(), case.review()
    results = tuple(_final(case, stored, cancel) for stored in evidence)
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
    )


def _final(case: CaseFile, stored: StoredEvidence, cancel: CancelToken) -> EvidenceResult:
    """The stored result with the evidence's hash as of now; a failed or unfinished item says why it has none."""
    result = case.result(stored.id)
    try:
        now = file_sha256(stored.item.path, cancel)
    except OSError:
        now = ""
    if result is not None and stored.state is EvidenceState.DONE:
        return replace(result, sha256_after=now)
    return EvidenceResult(
        evidence=stored.item,
        sha256_before=stored.item.sha256,
        sha256_after=now,
        analysed_range=TimeRange(),
        n_frames_decoded=0,
        n_frames_analysed=0,
        n_frames_corrupt=0,
        n_frames_duplicate=0,
        n_cuts=0,
        frames=(),
        persons=(),
        failure=stored.failure or "the analysis was not finished; run the same command again to go on",
    )
