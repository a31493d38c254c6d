"""Measured error rates, and the thresholds that follow from them. Nothing here is a guess: the table is written by
``python -m core.evaluation`` from validation identities, and an absent table makes every decision inconclusive."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.domain.identity import Role
from core.domain.report import ErrorRate
from core.errors import ModelError


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """An error rate with its 95 % interval (Wilson 1927) and the number of trials behind it."""

    rate: float
    low: float
    high: float
    trials: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingPoint:
    """Comparison of one kind of template with photographs, at one threshold.

    Attributes:
        threshold: cosine from which a comparison counts as positive.
        false_match: share of comparisons of different people at or above it.
        false_non_match: share of comparisons of the same person below it.
    """

    threshold: float
    false_match: Rate
    false_non_match: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Thresholds and rates of one recovery model with one embedder.

    Attributes:
        calibration_id: short name with the start of the model's SHA-256; '' when uncalibrated.
        model_sha256: recovery weights the table was measured with.
        embedder_id: embedder it was measured with.
        population: who the people were, in one sentence.
        fake_from, real_below: fake scores from which "swapped" is supported, and below which it is not.
        fake_false_positive: pristine faces at or above `fake_from`.
        fake_false_negative: forged faces below `real_below`.
        source, target, photo: comparison of recovered sources, recovered targets and photographs with photographs.
    """

    calibration_id: str
    model_sha256: str
    embedder_id: str
    population: str
    fake_from: float
    real_below: float
    fake_false_positive: Rate | None
    fake_false_negative: Rate | None
    source: OperatingPoint | None
    target: OperatingPoint | None
    photo: OperatingPoint | None

    @classmethod
    def none(cls) -> Calibration:
        """No table: scores are shown, no category beyond "inconclusive" is given."""
        return cls(
            calibration_id="",
            model_sha256="",
            embedder_id="",
            population="",
            fake_from=1.0,
            real_below=0.0,
            fake_false_positive=None,
            fake_false_negative=None,
            source=None,
            target=None,
            photo=None,
        )

    @classmethod
    def load(cls, path: Path) -> Calibration:
        """Read a table.

        Raises:
            ModelError: the file is missing, or not such a table.
        """
        try:
            content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                calibration_id=content["calibration_id"],
                model_sha256=content["model_sha256"],
                embedder_id=content["embedder_id"],
                population=content["population"],
                fake_from=float(content["fake_from"]),
                real_below=float(content["real_below"]),
                fake_false_positive=_rate(content["fake_false_positive"]),
                fake_false_negative=_rate(content["fake_false_negative"]),
                source=_point(content["source"]),
                target=_point(content["target"]),
                photo=_point(content["photo"]),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(
                f"the table of error rates is not readable ({error})",
                next_step="install the application again, or calibrate the model",
                path=path,
            ) from error

    def write(self, path: Path) -> None:
        """Write the table as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    def for_run(self, model_sha256: str, embedder_id: str) -> Calibration:
        """This table when it was measured with these very weights, otherwise no table."""
        fits = model_sha256 == self.model_sha256 and embedder_id == self.embedder_id
        return self if fits else Calibration.none()

    def point(self, role: Role) -> OperatingPoint | None:
        """The operating point of recovered sources or targets."""
        return self.source if role is Role.SOURCE else self.target

    def error_rates(self) -> tuple[ErrorRate, ...]:
        """Every rate, as the report lists it."""
        rows: list[ErrorRate] = []

        def add(measure: str, threshold: float, rate: Rate | None) -> None:
            if rate is not None:
                rows.append(
                    ErrorRate(
                        measure=measure,
                        threshold=threshold,
                        rate=rate.rate,
                        low=rate.low,
                        high=rate.high,
                        trials=rate.trials,
                        population=self.population,
                    )
                )

        add("pristine face called forged", self.fake_from, self.fake_false_positive)
        add("forged face called pristine", self.real_below, self.fake_false_negative)
        for name, point in (
            ("recovered source against photographs", self.source),
            ("recovered target against photographs", self.target),
            ("photograph against photographs", self.photo),
        ):
            if point is not None:
                add(f"false match rate, {name}", point.threshold, point.false_match)
                add(f"false non-match rate, {name}", point.threshold, point.false_non_match)
        return tuple(rows)


def _rate(content: dict[str, Any] | None) -> Rate | None:
    return None if content is None else Rate(**content)


def _point(content: dict[str, Any] | None) -> OperatingPoint | None:
    if content is None:
        return None
    return OperatingPoint(
        threshold=content["threshold"],
        false_match=Rate(**content["false_match"]),
        false_non_match=Rate(**content["false_non_match"]),
    )
