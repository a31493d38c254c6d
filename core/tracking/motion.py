"""Where a face will be: a Kalman filter on the video's own clock.

Speed is an Ornstein-Uhlenbeck process: it fades, and its uncertainty stays bounded however long a face is
away.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.domain.geometry import BBox
from core.domain.time import TimePoint

_BOX_NOISE = 0.05
"""Standard deviation of a detector's centre and log size, in box sides."""
_SPEED = 2.0
"""Standard deviation of a head's speed, box sides per second."""
_GROWTH = 0.7
"""Standard deviation of the growth of the log size, per second."""
_SPEED_FADES_S = 0.4
"""Time in which a speed is forgotten to 1/e: heads turn back, they do not fly on."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Motion:
    """Belief on a box at a time: centre x, centre y and log of the side, each with its speed, independent.

    Attributes:
        time: of the last observation.
        mean: (3, 2) float64, value and speed per second; px, px and log px.
        variance: (3, 2, 2) float64.
        aspect: height over width of the box, smoothed.
    """

    time: TimePoint
    mean: NDArray[np.float64]
    variance: NDArray[np.float64]
    aspect: float

    @classmethod
    def start(cls, time: TimePoint, box: BBox) -> Motion:
        """Belief after one observation: speed unknown, zero on average."""
        unit = _unit(_side(box))
        variance = np.zeros((3, 2, 2))
        variance[:, 0, 0] = (_BOX_NOISE * unit) ** 2
        variance[:, 1, 1] = _speed_variance(unit)
        mean = np.stack([_observation(box), np.zeros(3)], axis=1)
        return cls(time=time, mean=mean, variance=variance, aspect=box.height / box.width)

    def predicted(self, time: TimePoint) -> Motion:
        """Belief at `time`, not before the last observation; `self` stays as it is."""
        dt = float(time.seconds - self.time.seconds)
        fade = math.exp(-dt / _SPEED_FADES_S)
        step = np.array([[1.0, _SPEED_FADES_S * (1 - fade)], [0.0, fade]])
        place = _SPEED_FADES_S**2 * (2 * dt / _SPEED_FADES_S - 3 + 4 * fade - fade**2)
        both = _SPEED_FADES_S * (1 - fade) ** 2
        noise = np.array([[place, both], [both, 1 - fade**2]])
        speeds = _speed_variance(_unit(math.exp(self.mean[2, 0])))
        variance = step @ self.variance @ step.T + speeds[:, None, None] * noise
        return Motion(time=time, mean=self.mean @ step.T, variance=variance, aspect=self.aspect)

    def updated(self, time: TimePoint, box: BBox) -> Motion:
        """Belief after observing `box` at `time`."""
        prior = self.predicted(time)
        unit = _unit(math.exp(prior.mean[2, 0]))
        gain = prior.variance[:, :, 0] / (prior.variance[:, 0, 0] + (_BOX_NOISE * unit) ** 2)[:, None]
        mean = prior.mean + gain * (_observation(box) - prior.mean[:, 0])[:, None]
        variance = prior.variance - gain[:, :, None] * prior.variance[:, None, 0, :]
        aspect = 0.7 * self.aspect + 0.3 * box.height / box.width
        return Motion(time=time, mean=mean, variance=variance, aspect=aspect)

    def distance(self, box: BBox) -> float:
        """Squared Mahalanobis distance of an observed box from this belief; 3 degrees of freedom."""
        return float(((_observation(box) - self.mean[:, 0]) ** 2 / self._spread()).sum())

    def vagueness(self) -> float:
        """Twice the log of this belief's volume relative to that of the detector's noise, >= 0.

        `distance` plus this is a log-likelihood up to a constant: without it a track long out of sight, which
        might be anywhere, would be near to everything.
        """
        unit = _unit(math.exp(self.mean[2, 0]))
        return max(0.0, float(np.log(self._spread() / (_BOX_NOISE * unit) ** 2).sum()))

    def _spread(self) -> NDArray[np.float64]:
        """(3,) variance of an observation."""
        noise = _BOX_NOISE * _unit(math.exp(self.mean[2, 0]))
        spread: NDArray[np.float64] = self.variance[:, 0, 0] + noise**2
        return spread

    @property
    def box(self) -> BBox:
        """The most likely box."""
        (cx, cy), side = self.mean[:2, 0].tolist(), math.exp(self.mean[2, 0])
        width, height = side / math.sqrt(self.aspect), side * math.sqrt(self.aspect)
        return BBox(x1=cx - width / 2, y1=cy - height / 2, x2=cx + width / 2, y2=cy + height / 2)


def _side(box: BBox) -> float:
    return math.sqrt(box.area)


def _observation(box: BBox) -> NDArray[np.float64]:
    return np.array([*box.centre, math.log(_side(box))])


def _speed_variance(unit: NDArray[np.float64]) -> NDArray[np.float64]:
    return (np.array([_SPEED, _SPEED, _GROWTH]) * unit) ** 2


def _unit(side: float) -> NDArray[np.float64]:
    """Noise of centres is in box sides; of the log of the side in itself."""
    return np.array([side, side, 1.0])
