"""How a companion's score joins that of DFREC: brought to log-odds by logistic regression (Platt scaling)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from core.domain.arrays import FloatArray
from core.evaluation.people import half_of
from core.evaluation.validation import run_trials
from core.models.card import ConfigValue, ModelCard
from core.models.registry import ModelRegistry
from core.recovery.detection import Fusion, log_odds
from core.recovery.loading import FUSED_WITH, build_companion
from core.recovery.recoverer import FaceRecoverer
from core.training.corpus import FaceCorpus

SHRINKAGE = 1e-3
FACES = 768


def fit_fusion(companion: FloatArray, is_fake: NDArray[np.bool_]) -> Fusion:
    """What brings a companion's score to log-odds: least cross-entropy, forged and real faces counting alike.

    Args:
        companion: (N,) scores in [0, 1].
        is_fake: (N,) both kinds occur.
    """
    odds = np.stack([np.ones(len(companion)), log_odds(companion)], 1)
    share = np.where(is_fake, 0.5 / is_fake.sum(), 0.5 / (~is_fake).sum())
    sign = np.where(is_fake, 1.0, -1.0)

    def cost(weights: NDArray[np.float64]) -> float:
        wrong = np.logaddexp(0, -sign * (odds @ weights))
        return float((share * wrong).sum() + SHRINKAGE * weights[1] ** 2)

    # A score that argues against itself on these faces is left out, not turned round.
    found = minimize(cost, np.array([0.0, 0.5]), bounds=[(None, None), (0, None)]).x
    return Fusion(bias=float(found[0]), slope=float(found[1]))


def crossed_fusion(
    dfrec: FloatArray,
    companion: FloatArray,
    is_fake: NDArray[np.bool_],
    person: NDArray[Any],
    random: np.random.Generator,
) -> FloatArray:
    """(N,) fused scores, those of each half of the people by weights fitted to the other half, never to their own.

    Args:
        dfrec, companion: (N,) scores in [0, 1].
        is_fake: (N,).
        person: (N,) whose face it is, or was before it was forged.
        random: of the halves.

    Returns:
        NaN for a half where the other one lacks forged or real faces.
    """
    first = np.isin(person, half_of(person, random))
    fused = np.full(len(dfrec), np.nan, np.float32)
    for mine, other in ((first, ~first), (~first, first)):
        if is_fake[other].any() and not is_fake[other].all():
            fused[mine] = fit_fusion(companion[other], is_fake[other])(dfrec[mine], companion[mine])
    return fused


def fuse(
    registry: ModelRegistry,
    folder: Path,
    name: str,
    recoverer: FaceRecoverer,
    corpus: FaceCorpus,
    seed: int,
    *,
    count: int = FACES,
) -> Fusion:
    """Fit a companion to a recovery network and write that into its card; no other one in `folder` is fitted then.

    Args:
        registry: holds the companion's weights.
        folder: where their card stands, and those of other companions.
        name: of the companion's weights.
        recoverer: of the recovery network.
        corpus: packed faces; forgeries of its validation people are used, other ones than those of the calibration.
        seed: of the forgeries.
        count: of faces to fit on.

    Raises:
        ModelError: `name` is no companion.
    """
    card = registry.find(name)
    recoverer.companion = build_companion(registry, card, recoverer.device, Fusion())
    trials = run_trials(recoverer, corpus, count, seed)
    fusion = fit_fusion(trials.arrays.companion_score, trials.is_fake)
    recoverer.companion.fusion = fusion
    fitted = {"fusion_bias": fusion.bias, "fusion_slope": fusion.slope}
    config = {key: round(value, 5) for key, value in fitted.items()} | {FUSED_WITH: recoverer.weights_sha256}
    _write(card, config, folder)
    for other in registry.list():
        is_fitted = dict(other.config).get(FUSED_WITH) == recoverer.weights_sha256
        is_beside = (folder / f"{other.name}.json").is_file()
        if other.kind.is_companion and other.name != name and is_fitted and is_beside:
            _write(other, {}, folder)
    return fusion


def _write(card: ModelCard, fusion: dict[str, ConfigValue], folder: Path) -> None:
    """Write a card with this fusion in place of its own."""
    sizes = {key: value for key, value in card.config if not key.startswith("fusion_")}
    replace(card, config=tuple((sizes | fusion).items())).write(folder)
