"""Codec of what a report says of runs beside their results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from core.aggregation.record_json import record_from_json
from core.casefile.codec import moment_text, to_json
from core.domain.calibration import Calibration
from core.domain.foreign_text import parsed_json
from core.domain.report import ErrorRate, RunBasis, RunManifest, WeightsRecord


def run_bases_json(bases: Sequence[RunBasis]) -> str:
    """What runs were made with as JSON text, in their order."""
    return to_json({"runs": [_content(basis) for basis in bases]})


def run_bases_from_json(text: str) -> tuple[RunBasis, ...]:
    """Back from `run_bases_json`; versions before schema 7 kept the last run alone, the first ones no calibration."""
    values = parsed_json(text)
    return tuple(_basis(one) for one in values.get("runs", [values]))


def is_made_alike(one: RunBasis, other: RunBasis) -> bool:
    """Whether two runs differ at most in their items, their time and the command that started them."""
    return _lasting(one) == _lasting(other)


def _lasting(basis: RunBasis) -> str:
    content = _content(basis) | {"evidence_ids": ()}
    content["manifest"] |= {"started_at": "", "ended_at": "", "command": ""}
    return to_json(content)


def _content(basis: RunBasis) -> dict[str, Any]:
    content = asdict(basis)
    for name in ("started_at", "ended_at"):
        content["manifest"][name] = moment_text(getattr(basis.manifest, name))
    return content


def _basis(values: dict[str, Any]) -> RunBasis:
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
        evidence_ids=tuple(values.get("evidence_ids", ())),
    )
