"""What a run was made with, kept in the case for its report."""

from __future__ import annotations

import platform
import shlex
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib import metadata

from core.aggregation.calibration import error_rates
from core.casefile.store import CaseFile
from core.config import AnalysisSettings
from core.domain.report import RunBasis, RunManifest
from core.domain.tolerance import TOLERANCE
from core.pipeline.engines import Engines
from core.video.codecs import ffmpeg_version

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
    "pyhanko",
    "pikepdf",
    "cryptography",
)
GENERAL_LIMITS = (
    "Recovered faces are generated pixels. They may look like a person who has nothing to do with the case.",
    "Unseen generators, heavy compression, profile views and faces below 40 pixels lower the quality of the recovery.",
    "A high fake score says that a face looks unlike the pristine faces of the training; it is no proof of intent.",
)


def record_run(
    case: CaseFile,
    *,
    settings: AnalysisSettings,
    engines: Engines,
    command: Sequence[str],
    started_at: datetime,
    gallery_name: str,
    evidence_ids: Iterable[int],
) -> None:
    """Keep in the case what a run was made with, so that `core.report.stored` can say it again.

    Args:
        case: with finished analyses.
        settings, engines: those of the run.
        command: words of the command line that reproduces it.
        started_at: UTC.
        gallery_name: file name of the searched gallery, '' when none was.
        evidence_ids: the items that it analysed.
    """
    manifest = RunManifest(
        application_version=metadata.version("unswap"),
        config=settings.as_pairs(),
        weights=engines.weights,
        libraries=(*((name, metadata.version(name)) for name in LIBRARIES), ("FFmpeg", ffmpeg_version())),
        platform=f"{platform.platform()}, {platform.machine()}, Python {sys.version.split()[0]}",
        device=engines.device,
        seed=settings.seed,
        started_at=started_at,
        ended_at=datetime.now(UTC),
        command=shlex.join(command),
        tolerance=TOLERANCE.in_words(),
    )
    calibration = engines.fitting_calibration()
    case.add_run_basis(
        RunBasis(
            manifest=manifest,
            error_rates=error_rates(calibration),
            model_limits=(*engines.model_limits, *GENERAL_LIMITS),
            gallery_name=gallery_name,
            calibration=calibration,
            evidence_ids=tuple(sorted(evidence_ids)),
        )
    )
