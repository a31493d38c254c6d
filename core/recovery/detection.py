"""The fake score: a companion network beside DFREC's own score, fused into one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from core.arithmetic import exact_inference
from core.domain.arrays import FloatArray
from core.models.consistency import ONE_OF_TWO, either

EDGE = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Fusion:
    """Two scores as one: a noisy "or" of two log-odds, each of chances of 1 - sqrt(1/2) beforehand.

    Either is enough to call a face forged: a detector that sees nothing must not argue against one that does. DFREC's
    score is taken for a probability, the companion's becomes one by `core.evaluation.fusion`.

    Attributes:
        bias, slope: log-odds of the companion for even chances, of 1 and of its score's log-odds.
    """

    bias: float = 0.0
    slope: float = 1.0

    def __call__(self, dfrec: FloatArray, companion: FloatArray) -> FloatArray:
        """Scores (N,) in [0, 1] -> fused (N,) in [0, 1]."""
        first = torch.from_numpy(log_odds(dfrec) + ONE_OF_TWO)
        second = torch.from_numpy(self.bias + self.slope * log_odds(companion) + ONE_OF_TWO)
        fused: FloatArray = torch.sigmoid(either(first, second)).float().numpy()
        return fused


class CompanionDetector:
    """Runs a second detector on the crops that DFREC sees: RFFR, or the blend detector.

    Args:
        judge: (B, 3, 224, 224) RGB in [0, 1] -> (B,) probability of "fake".
        fusion: of its score with that of the recovery weights it was fitted for.
        label: what it is called where figures are printed.
        model_name, weights_sha256: of its weights.
    """

    def __init__(
        self,
        judge: Callable[[torch.Tensor], torch.Tensor],
        fusion: Fusion,
        *,
        label: str,
        model_name: str,
        weights_sha256: str,
    ) -> None:
        self._judge = judge
        self.fusion = fusion
        self.label = label
        self.model_name = model_name
        self.weights_sha256 = weights_sha256

    @exact_inference()
    def scores(self, images: torch.Tensor) -> FloatArray:
        """Faces (N, 3, 224, 224) in [0, 1] -> probability of "fake" (N,) float32."""
        scores: FloatArray = self._judge(images).float().cpu().numpy()
        return scores


def log_odds(score: FloatArray) -> FloatArray:
    """Scores in [0, 1] -> log-odds, clipped at about +-9.2."""
    clipped = np.clip(score.astype(np.float64), EDGE, 1 - EDGE)
    odds: FloatArray = np.log(clipped / (1 - clipped))
    return odds
