"""The fake score: RFFR beside DFREC's own score, fused into one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from core.arithmetic import exact_inference
from core.domain.arrays import FloatArray
from core.models.rffr import Rffr, fake_score

EDGE = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Fusion:
    """Logistic fusion of two scores, fitted on forgeries of people that never trained (`core.evaluation.fusion`).

    Attributes:
        bias, dfrec, rffr: weights of 1 and of the scores' log-odds.
    """

    bias: float = 0.0
    dfrec: float = 0.5
    rffr: float = 0.5

    def __call__(self, dfrec: FloatArray, rffr: FloatArray) -> FloatArray:
        """Scores (N,) in [0, 1] -> fused (N,) in [0, 1]."""
        odds = self.bias + self.dfrec * log_odds(dfrec) + self.rffr * log_odds(rffr)
        fused: FloatArray = (1 / (1 + np.exp(-odds))).astype(np.float32)
        return fused


class RffrDetector:
    """Runs RFFR on the crops that DFREC sees.

    Args:
        network: in evaluation mode, on `device`.
        fusion: of its score with that of the recovery weights it was fitted for.
        model_name, weights_sha256, terms: of the RFFR weights.
    """

    def __init__(self, network: Rffr, fusion: Fusion, *, model_name: str, weights_sha256: str, terms: str) -> None:
        self._network = network
        self.fusion = fusion
        self.model_name = model_name
        self.weights_sha256 = weights_sha256
        self.terms = terms

    @exact_inference()
    def scores(self, images: torch.Tensor) -> FloatArray:
        """Faces (N, 3, 224, 224) in [0, 1] -> probability of "fake" (N,) float32, all 16 blocks in one call."""
        scores: FloatArray = fake_score(self._network(images)).cpu().numpy()
        return scores


def log_odds(score: FloatArray) -> FloatArray:
    """Scores in [0, 1] -> log-odds, clipped at about +-9.2."""
    clipped = np.clip(score.astype(np.float64), EDGE, 1 - EDGE)
    odds: FloatArray = np.log(clipped / (1 - clipped))
    return odds
