"""Turns one portrait into moving, lit pictures: head turn by parallax, camera drift, changing light, grain."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

FloatImage = NDArray[np.float32]
WIDTH_PX, HEIGHT_PX = 640, 480
GRAIN = 2.0
"""Standard deviation of the sensor noise, in grey levels of 255."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where the head is in its photo, in pixels."""

    face: tuple[float, float]
    face_radii: tuple[float, float]
    nose: tuple[float, float]
    view: tuple[float, float]
    """Photo point in the middle of the picture when the camera is at rest."""
    zoom: float
    """Picture pixels to one photo pixel when the camera is at rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instant:
    """Everything that moves, at one instant."""

    yaw_px: float
    """How far the nose tip travels to the right when the head turns, in photo pixels."""
    pitch_px: float
    nod_px: tuple[float, float]
    pan_px: tuple[float, float]
    zoom: float
    roll_deg: float
    light: tuple[float, float]
    """A soft light's direction and strength: brightness change at the right and lower edges, as a share."""
    warmth: float
    """Share by which red rises and blue falls."""
    exposure: float


def instant_at(seconds: float, *, phase: float) -> Instant:
    """The motion at a time; `phase` (radians) makes two shots move differently."""

    def wave(period_s: float, shift: float) -> float:
        return float(np.sin(2 * np.pi * seconds / period_s + phase + shift))

    return Instant(
        yaw_px=6.0 * wave(3.1, 0.0) + 2.0 * wave(1.3, 1.0),
        pitch_px=3.0 * wave(2.3, 2.0),
        nod_px=(3.0 * wave(3.1, 0.3), 3.0 * wave(1.9, 0.5)),
        pan_px=(12.0 * wave(5.3, 1.2), 6.0 * wave(4.1, 0.2)),
        zoom=1.0 + 0.045 * wave(6.1, 0.7),
        roll_deg=1.8 * wave(3.7, 2.2),
        light=(0.16 * wave(4.7, 0.9), 0.06 * wave(3.3, 0.1)),
        warmth=0.025 * wave(5.9, 1.7),
        exposure=1.0 + 0.05 * wave(2.9, 2.5),
    )


def shot(portrait: FloatImage, head: Head, now: Instant, *, grain: np.random.Generator) -> NDArray[np.uint8]:
    """(480, 640, 3) uint8 RGB picture of a portrait ((H, W, 3) RGB in [0, 255]) at one instant."""
    y, x = np.mgrid[0:HEIGHT_PX, 0:WIDTH_PX].astype(np.float32)
    x, y = x - (WIDTH_PX - 1) / 2, y - (HEIGHT_PX - 1) / 2
    light = 1 + now.light[0] * x / (WIDTH_PX / 2) + now.light[1] * y / (HEIGHT_PX / 2)
    zoom, angle = head.zoom * now.zoom, np.deg2rad(now.roll_deg)
    px = (np.cos(angle) * x - np.sin(angle) * y) / zoom + head.view[0] + now.pan_px[0]
    py = (np.sin(angle) * x + np.cos(angle) * y) / zoom + head.view[1] + now.pan_px[1]
    u, v = (px - head.face[0]) / head.face_radii[0], (py - head.face[1]) / head.face_radii[1]
    whole = np.exp(-((u / 1.9) ** 4) - (v / 1.8) ** 4)
    nose = np.exp(-(((px - head.nose[0]) / 16) ** 2) - ((py - head.nose[1]) / 22) ** 2)
    depth = 0.8 * np.exp(-((u / 1.05) ** 2) - (v / 1.05) ** 2) + 0.2 * nose
    px = px - now.nod_px[0] * whole - now.yaw_px * depth
    py = py - now.nod_px[1] * whole - now.pitch_px * depth
    picture = cv2.remap(
        portrait, px.astype(np.float32), py.astype(np.float32), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )
    tint = np.asarray([1 + now.warmth, 1.0, 1 - now.warmth], dtype=np.float32) * now.exposure
    picture = picture * light[:, :, None] * tint
    picture += grain.normal(0, GRAIN, picture.shape[:2])[:, :, None]
    return np.asarray(np.clip(np.rint(picture), 0, 255), dtype=np.uint8)
