"""What happens to evidence on its way: blur, JPEG, noise, H.264, downscaling, each at several strengths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.domain.arrays import UInt8Array
from core.video.recompress import recompress_h264

NOISE_SEED = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Perturbation:
    """One kind at one strength.

    Attributes:
        kind: what is done.
        unit: what `strength` counts, for an axis.
        strength: how much.
        untouched: the strength at which nothing would be done, for an axis.
        apply: (N, H, W, 3) uint8 -> the same shape.
    """

    kind: str
    unit: str
    strength: float
    untouched: float
    apply: Callable[[UInt8Array], UInt8Array]

    @property
    def label(self) -> str:
        """For a table."""
        return f"{self.kind}, {self.unit} {self.strength:g}"


def blurred(pictures: UInt8Array, kernel: int) -> UInt8Array:
    """Gaussian blur with a kernel of this many px; OpenCV's deviation for it, 0.3 (k / 2 - 1.5) + 0.8."""
    import cv2

    return np.stack([cv2.GaussianBlur(one, (kernel, kernel), 0) for one in pictures]).astype(np.uint8)


def as_jpeg(pictures: UInt8Array, quality: int) -> UInt8Array:
    """Coded as JPEG of this quality and decoded."""
    import cv2

    out = []
    for one in pictures:
        _, coded = cv2.imencode(".jpg", one[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
        out.append(np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR))[:, :, ::-1])
    return np.stack(out).astype(np.uint8)


def noisy(pictures: UInt8Array, variance: float) -> UInt8Array:
    """With Gaussian noise of this variance (grey levels squared) in every channel."""
    random = np.random.default_rng(NOISE_SEED)
    noise = random.normal(0, variance**0.5, pictures.shape)
    return np.clip(np.rint(pictures + noise), 0, 255).astype(np.uint8)


def downscaled(pictures: UInt8Array, factor: int) -> UInt8Array:
    """Shrunk by this factor (area) and enlarged again (cubic)."""
    import cv2

    height, width = pictures.shape[1:3]
    small = [cv2.resize(p, (width // factor, height // factor), interpolation=cv2.INTER_AREA) for p in pictures]
    return np.stack([cv2.resize(p, (width, height), interpolation=cv2.INTER_CUBIC) for p in small]).astype(np.uint8)


def _each(
    kind: str, unit: str, untouched: float, strengths: tuple[int, ...], work: Callable[[UInt8Array, int], UInt8Array]
) -> tuple[Perturbation, ...]:
    def at(strength: int) -> Callable[[UInt8Array], UInt8Array]:
        return lambda pictures: work(pictures, strength)

    return tuple(
        Perturbation(kind=kind, unit=unit, strength=strength, untouched=untouched, apply=at(strength))
        for strength in strengths
    )


PERTURBATIONS = (
    *_each("Gaussian blur", "kernel", 1, (3, 5, 7), blurred),
    *_each("JPEG", "quality", 100, (99, 90, 80, 70, 60, 50), as_jpeg),
    *_each("Gaussian noise", "variance", 0, (10, 20, 30, 40, 50), noisy),
    *_each("H.264", "CRF", 0, (18, 23, 28, 33, 40), recompress_h264),
    *_each("downscaling", "factor", 1, (2, 3), downscaled),
)
