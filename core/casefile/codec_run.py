"""Codec of what a report says of the run beside its results."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime

from core.aggregation.record_json import record_from_json
from core.casefile.codec import moment_text, to_json
from core.casefile.records import RunBasis
from core.domain.calibration import Calibration
from core.domain.report import ErrorRate, RunManifest, WeightsRecord


def run_basis_json(basis: RunBasis) -> str:
    """A run's basis as JSON text."""
    content = asdict(basis)
    for name in ("started_at", "ended_at"):
        content["manifest"][name] = moment_text(getattr(basis.manifest, name))
    return to_json(content)


def run_basis_from_json(text: str) -> RunBasis:
    """Back from `run_basis_json`; earlier versions kept no calibration."""
    values = json.loads(text)
    calibration = values.get("calibration")
    manifest = values["manifest"]
    return RunBasis(
        manifest=RunManifest(
            **manifest
            | {
                "config": tuple((name, value) for name, value in manifest["config"]),
                "weights": tuple(WeightsRecord(**record) for record in manifest["weights"]),
                "libraries": tuple((name, version) for name, version in manifest["libraries"]),
                "started_at": datetime.fromisoformat(manifest["started_at"]),
                "ended_at": datetime.fromisoformat(manifest["ended_at"]),
            }
        ),
        error_rates=tuple(ErrorRate(**rate) for rate in values["error_rates"]),
        model_limits=tuple(values["model_limits"]),
        gallery_name=values["gallery_name"],
        calibration=Calibration.none() if calibration is None else record_from_json(Calibration, calibration),
    )
