"""What a run was made with, kept in the case, and the report that follows from it."""

from __future__ import annotations

import platform
import shlex
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata

from core.aggregation.calibration import error_rates
from core.casefile.records import RunBasis
from core.casefile.store import CaseFile
from core.config import AnalysisSettings
from core.domain.report import CaseReport, RunManifest
from core.pipeline.engines import Engines
from core.report.stored import stored_report

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
    calibration = engines.fitting_calibration()
    case.set_run_basis(
        RunBasis(
            manifest=manifest,
            error_rates=error_rates(calibration),
            model_limits=(*engines.model_limits, *GENERAL_LIMITS),
            gallery_name=gallery_name,
            calibration=calibration,
        )
    )
