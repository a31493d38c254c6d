"""How like two pictures are: SSIM, and the Fréchet distance of two sets of pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from core.domain.arrays import FloatArray
from core.models.perceptual import PerceptualFeatures

WINDOW_PX = 11
SIGMA_PX = 1.5
K1, K2 = 0.01, 0.03


def ssim(a: Tensor, b: Tensor) -> Tensor:
    """Structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004) of pictures (B, C, H, W) in [0, 1], one a picture.

    As published: a Gaussian window of 11 px and deviation 1.5, K1 = 0.01, K2 = 0.03, the mean over all places where the
    window fits; the mean over channels.
    """
    if a.shape != b.shape or min(a.shape[2:]) < WINDOW_PX:
        raise ValueError(f"expected two stacks of pictures of at least {WINDOW_PX} px, got {a.shape} and {b.shape}")
    place = torch.arange(WINDOW_PX, dtype=torch.float64, device=a.device) - WINDOW_PX // 2
    line = torch.exp(-(place**2) / (2 * SIGMA_PX**2))
    line = line / line.sum()
    count, channels, height, width = a.shape

    def smooth(x: Tensor) -> Tensor:
        x = x.reshape(count * channels, 1, height, width)
        return F.conv2d(F.conv2d(x, line.view(1, 1, -1, 1)), line.view(1, 1, 1, -1))

    a, b = a.double(), b.double()
    mean_a, mean_b = smooth(a), smooth(b)
    var_a, var_b = smooth(a * a) - mean_a**2, smooth(b * b) - mean_b**2
    covariance = smooth(a * b) - mean_a * mean_b
    c1, c2 = K1**2, K2**2
    likeness = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    likeness = likeness / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))
    return likeness.view(count, -1).mean(1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gaussian:
    """A normal distribution fitted to features: mean (D,), covariance (D, D), float64."""

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]

    @classmethod
    def of(cls, features: FloatArray) -> Gaussian:
        """Fit to (N, D) features, N >= 2."""
        if len(features) < 2:
            raise ValueError("a covariance needs two pictures")
        wide = features.astype(np.float64)
        return cls(mean=wide.mean(0), covariance=np.cov(wide, rowvar=False))


def frechet_distance(a: Gaussian, b: Gaussian) -> float:
    """Fréchet distance of two normal distributions (Dowson and Landau 1982; Heusel et al. 2017 for pictures).

    |m_a - m_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^(1/2)), by the symmetric form C_a^(1/2) C_b C_a^(1/2), which has the same
    trace of its root and stays real.
    """
    root_a = _root(a.covariance)
    middle = np.linalg.eigvalsh(root_a @ b.covariance @ root_a)
    trace = float(np.sqrt(np.clip(middle, 0, None)).sum())
    distance = float(((a.mean - b.mean) ** 2).sum()) + float(np.trace(a.covariance + b.covariance)) - 2 * trace
    return max(distance, 0.0)


def _root(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    values, vectors = np.linalg.eigh(covariance)
    root: NDArray[np.float64] = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    return root


def pooled_features(network: PerceptualFeatures, pictures: Tensor) -> Tensor:
    """The deepest kept map of an ImageNet network, averaged over the picture: (B, 3, H, W) in [0, 1] -> (B, D)."""
    x = (pictures - network.mean) / network.std
    for layer in network.body[: network.taps[-1] + 1]:
        x = layer(x)
    return x.float().mean((2, 3))
