"""The networks and tables that an analysis needs, loaded once."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace

from core.config import AnalysisSettings
from core.detection.base import FaceDetector
from core.detection.quality import QualityGate
from core.domain.calibration import Calibration
from core.domain.comparison import PLAIN, Comparison
from core.domain.report import WeightsRecord
from core.domain.time import TimeRange
from core.models.embedding import Embedder
from core.recovery.recoverer import FaceRecoverer


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Engines:
    """What does the work.

    Attributes:
        detector: finds faces.
        embedder: describes faces.
        recoverer: recovers source and target.
        calibration: error rates; those of other weights are not used.
        device: description for the manifest.
        weights: every model file, for the manifest.
        gate: which faces are good enough.
        model_limits: known failures of the models, sentences for the report.
    """

    detector: FaceDetector
    embedder: Embedder
    recoverer: FaceRecoverer
    calibration: Calibration
    device: str
    weights: tuple[WeightsRecord, ...]
    gate: QualityGate = field(default_factory=QualityGate)
    model_limits: tuple[str, ...] = ()

    def fitting_calibration(self) -> Calibration:
        """The table of error rates when it belongs to these weights, otherwise none."""
        companion = self.recoverer.companion
        return self.calibration.for_run(
            self.recoverer.weights_sha256, self.embedder.embedder_id, companion.weights_sha256 if companion else ""
        )

    def face_comparison(self) -> Comparison:
        """The rule by which faces as filmed are compared: measured for their embedder, whatever recovers them."""
        fits = self.calibration.embedder_id == self.embedder.embedder_id
        return self.calibration.comparison if fits else PLAIN


METHOD_VERSION = 4
"""Grows whenever the same settings and weights give other stored rows: other tracks, crops, masks or templates."""


def run_key(settings: AnalysisSettings, engines: Engines, time_range: TimeRange) -> str:
    """Hash of all that shapes the stored rows of a run; a run with another key starts anew.

    The device is left out: what it changes lies within the stated tolerance, and hours of work must not be lost where
    memory is full or a driver is missing. The custody log and the manifest name every device that computed a run.
    """
    # One word for any wish: runs made with the usual one keep their key.
    wished = replace(settings, device=AnalysisSettings().device)
    shaping = {
        "method": METHOD_VERSION,
        "settings": [pair for pair in wished.as_pairs() if pair[0] != "candidates"],
        "weights": sorted(weights.sha256 for weights in engines.weights),
        "gate": repr(engines.gate),
        "range": [str(time_range.start), str(time_range.end)],
    }
    return hashlib.sha256(json.dumps(shaping, sort_keys=True).encode()).hexdigest()
