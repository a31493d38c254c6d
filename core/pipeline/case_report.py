"""What a run was made with, kept in the case for its report."""

from __future__ import annotations

import platform
import shlex
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib import metadata

from core.aggregation.calibration import error_rates
from core.casefile.computed_on import ComputedOn
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
_THEN = "; then "
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
    items = tuple(sorted(evidence_ids))
    device, libraries = _computed_on(case, items, engines)
    manifest = RunManifest(
        application_version=metadata.version("unswap"),
        config=settings.as_pairs(),
        weights=engines.weights,
        libraries=libraries,
        platform=f"{platform.platform()}, {platform.machine()}, Python {sys.version.split()[0]}",
        device=device,
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
            evidence_ids=items,
        )
    )


def library_versions() -> tuple[tuple[str, str], ...]:
    """(name, version) of what computes here."""
    return (*((name, metadata.version(name)) for name in LIBRARIES), ("FFmpeg", ffmpeg_version()))


def _computed_on(case: CaseFile, items: Iterable[int], engines: Engines) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Every device and every version of each library that computed rows of these items, in order of time."""
    devices: list[str] = []
    versions: dict[str, list[str]] = {}
    for item in items:
        former = case.run_basis(item)  # of this run, as a new one has none; earlier versions logged no sessions
        sessions: list[RunManifest | ComputedOn] = [former.manifest] if former is not None else []
        for made in (*sessions, *case.computed_on(item)):
            devices += made.device.split(_THEN)
            for name, version in made.libraries:
                versions.setdefault(name, []).extend(version.split(_THEN))
    if not devices:
        return engines.device, library_versions()
    joined = tuple((name, _THEN.join(dict.fromkeys(found))) for name, found in versions.items())
    return _THEN.join(dict.fromkeys(devices)), joined
