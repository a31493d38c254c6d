"""The file of measured error rates. Nothing in it is a guess: it is written by ``python -m core.evaluation`` from
validation identities, and an absent file makes every decision inconclusive."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from core.aggregation.record_json import flat_leaves, record_from_json, record_json
from core.aggregation.thresholds import points_in_use
from core.domain.calibration import (
    Calibration,
    CalibrationQuote,
    FrameTable,
    OperatingPoint,
    Rate,
    RoleCalibration,
)
from core.domain.foreign_text import parsed_json
from core.domain.report import ErrorRate
from core.errors import ModelError, OutputError
from core.evidence.writing import write_whole

SCHEMA = "unswap-calibration/2"
ROLE_WORDS = (("source", "recovered source"), ("target", "recovered target"), ("photo", "photograph"))


def load_calibration(path: Path) -> Calibration:
    """Read the file; one of the first form, which had one threshold a role and no schema, is understood too.

    Raises:
        ModelError: the file is missing, of a newer form, or not such a file.
    """
    try:
        content: dict[str, Any] = parsed_json(path.read_text(encoding="utf-8"))
        schema = content.pop("schema", None)
        if schema is not None and schema != SCHEMA:
            raise ModelError(
                f"the table of error rates has the form {schema!r}, which this version does not know",
                next_step="install a version of the application that fits, or calibrate the model again",
                path=path,
            )
        return record_from_json(Calibration, content if schema else _from_first_form(content))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"the table of error rates is not readable ({error})",
            next_step="install the application again, or calibrate the model",
            path=path,
        ) from error


def write_calibration(calibration: Calibration, path: Path) -> None:
    """Write the file, JSON with a line for each record.

    Raises:
        OutputError: its folder cannot be written.
    """
    content = {"schema": SCHEMA, **record_json(calibration)}
    try:
        write_whole(path, (flat_leaves(json.dumps(content, indent=1)) + "\n").encode())
    except OSError as error:
        raise OutputError(
            f"the table of error rates cannot be written ({error.strerror or error})",
            next_step="check free space and permissions of its folder, or name another file",
            path=path,
        ) from error


def quote(
    calibration: Calibration, table: FrameTable, measured: RoleCalibration, point: OperatingPoint
) -> CalibrationQuote:
    """What a finding with a template of that many frames leans on, at the point of the table that is in use."""
    usual = table.point.threshold
    is_stricter = point.threshold > usual
    return CalibrationQuote(
        calibration_id=calibration.calibration_id,
        population=measured.population,
        n_frames=table.n_frames,
        mates=table.mates,
        point=point,
        other_face=None if is_stricter else table.other_face,
        likelihood=table.likelihood,
        usual_threshold=usual if is_stricter else None,
    )


def error_rates(calibration: Calibration) -> tuple[ErrorRate, ...]:
    """Every rate at a threshold that a category may lean on, as the report lists them."""
    rows: list[ErrorRate] = []

    def add(measure: str, threshold: float, rate: Rate | None, population: str) -> None:
        if rate is not None:
            rows.append(
                ErrorRate(
                    measure=measure,
                    threshold=threshold,
                    rate=rate.rate,
                    low=rate.low,
                    high=rate.high,
                    trials=rate.trials,
                    population=population,
                )
            )

    everybody = calibration.population
    add("pristine face called forged", calibration.fake_from, calibration.fake_false_positive, everybody)
    add("forged face called pristine", calibration.real_below, calibration.fake_false_negative, everybody)
    add("forged face not called forged", calibration.fake_from, calibration.fake_missed, everybody)
    for key, name in ROLE_WORDS:
        measured = calibration.of(key)
        for table in measured.tables if measured else ():
            frames = "" if key == "photo" else f", {table.n_frames} frame" + ("s" if table.n_frames > 1 else "")
            mates = table.mates or "photographs"
            population = measured.population if measured else ""
            for point in points_in_use(table):
                at = point.threshold
                size = "" if point is table.point else ", large galleries"
                add(f"false match rate, {name} against other people{frames}{size}", at, point.false_match, population)
                missed = point.false_non_match
                add(f"false non-match rate, {name} against {mates}{frames}{size}", at, missed, population)
            other = f"the other face of the swap reaches the threshold, {name}{frames}"
            add(other, table.point.threshold, table.other_face, population)
    return tuple(rows)


def _from_first_form(content: dict[str, Any]) -> dict[str, Any]:
    """The first form held one operating point a role, measured on single frames."""
    for key, _ in ROLE_WORDS:
        if content[key] is not None:
            point = record_from_json(OperatingPoint, content[key])
            table = FrameTable(n_frames=1, point=point)
            content[key] = record_json(RoleCalibration(population=content["population"], tables=(table,)))
    return content
