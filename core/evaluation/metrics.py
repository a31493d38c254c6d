"""Measures of retrieval, detection and likeness; small, exact, and in the field's own definitions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.domain.arrays import FloatArray
from core.domain.calibration import Rate

Z95 = 1.959964


def ranks(
    probes: FloatArray, gallery: FloatArray, truth: NDArray[np.int64], identity: NDArray[Any]
) -> NDArray[np.int64]:
    """Rank of each probe's true entry by cosine, 1-based; other photos of the same identity do not count.

    Args:
        probes: (P, D) unit vectors.
        gallery: (G, D) unit vectors.
        truth: (P,) gallery row of each probe.
        identity: (G,) identity of each gallery row.
    """
    return ranks_of(probes @ gallery.T, truth, identity)


def ranks_of(scores: FloatArray, truth: NDArray[np.int64], identity: NDArray[Any]) -> NDArray[np.int64]:
    """The same from scores (P, G)."""
    own = scores[np.arange(len(scores)), truth]
    stranger = identity[None, :] != identity[truth][:, None]
    placed: NDArray[np.int64] = 1 + ((scores > own[:, None]) & stranger).sum(1)
    return placed


def auc(positive: FloatArray, negative: FloatArray) -> float:
    """Area under the ROC curve: chance that a positive scores above a negative, ties counting half."""
    ordered = np.concatenate([positive, negative])
    _, inverse, counts = np.unique(ordered, return_inverse=True, return_counts=True)
    mean_rank = np.cumsum(counts) - (counts - 1) / 2
    positions = mean_rank[inverse]
    u = positions[: len(positive)].sum() - len(positive) * (len(positive) + 1) / 2
    return float(u / (len(positive) * len(negative)))


def equal_error_rate(positive: FloatArray, negative: FloatArray) -> float:
    """Error rate at the threshold where misses and false alarms are nearest to each other."""
    thresholds = np.unique(np.concatenate([positive, negative]))
    miss = np.searchsorted(np.sort(positive), thresholds) / len(positive)
    alarm = 1 - np.searchsorted(np.sort(negative), thresholds) / len(negative)
    at = int(np.argmin(np.abs(miss - alarm)))
    return float((miss[at] + alarm[at]) / 2)


def wilson(errors: int, trials: int) -> Rate:
    """An error rate with its 95 % Wilson interval; no error in n trials still leaves room up to about 3 / n."""
    if trials <= 0:
        raise ValueError("a rate needs at least one trial")
    p, z2 = errors / trials, Z95**2
    centre = (p + z2 / (2 * trials)) / (1 + z2 / trials)
    half = Z95 * np.sqrt(p * (1 - p) / trials + z2 / (4 * trials**2)) / (1 + z2 / trials)
    low = 0.0 if errors == 0 else float(max(0.0, centre - half))
    return Rate(rate=p, low=low, high=float(min(1.0, centre + half)), trials=trials)


def psnr(a: FloatArray, b: FloatArray) -> FloatArray:
    """Peak signal-to-noise ratio of pictures (N, 3, H, W) in [0, 1], dB, one a picture."""
    error = ((a - b) ** 2).mean((1, 2, 3))
    ratio: FloatArray = (-10 * np.log10(np.maximum(error, 1e-10))).astype(np.float32)
    return ratio
