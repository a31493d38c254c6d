"""A clip with known truth, built from two public-domain portraits: who is where in every frame.

Eileen Collins (NASA; `skimage.data.astronaut`), Grace Hopper (US Navy; matplotlib's sample data), and Grace Hopper
mirrored and tinted as a third person for stand-in embedders that look at colour.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import cv2
import numpy as np

from core.domain.evidence import Frame
from core.domain.geometry import BBox
from core.domain.time import TimePoint
from tests.builders_detector import mtcnn

WIDTH, HEIGHT = 640, 360
STEP = Fraction(4, 25)
"""Sampling: every fourth frame of a 25 fps clip."""
CUT_AT_S = 9.0
END_S = 18.0


@dataclass(frozen=True)
class Cutout:
    rgb: np.ndarray
    alpha: np.ndarray
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class Truth:
    person: str
    shot: int
    box: BBox


@dataclass(frozen=True)
class ScriptedFrame:
    frame: Frame
    truth: tuple[Truth, ...]
    unjudged: tuple[BBox, ...]
    """Faces half hidden: finding them is neither right nor wrong."""
    is_cut: bool


def as_frame(rgb: np.ndarray, index: int = 0, pts: int | None = None) -> Frame:
    time = TimePoint(pts=index if pts is None else pts, time_base=Fraction(1, 25))
    return Frame(index=index, time=time, rgb=np.ascontiguousarray(rgb), rotation_deg=0, is_corrupt=False)


@lru_cache
def portraits() -> dict[str, np.ndarray]:
    import matplotlib.cbook
    import skimage.data
    from PIL import Image

    with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file:
        hopper = np.asarray(Image.open(file).convert("RGB"))
    tinted = np.clip(hopper[:, ::-1] * np.array([0.55, 0.9, 1.15]), 0, 255).astype(np.uint8)
    return {"collins": skimage.data.astronaut(), "hopper": hopper, "tinted": tinted}


@lru_cache
def cutouts() -> dict[str, Cutout]:
    detector = mtcnn()
    found = {}
    for name, rgb in portraits().items():
        box = max(detector.detect([as_frame(rgb)])[0], key=lambda d: d.bbox.area).bbox
        (cx, cy), side = box.centre, 1.7 * box.height
        x, y = max(0, round(cx - side / 2)), max(0, round(cy - side / 2))
        cut = rgb[y : y + round(side), x : x + round(side)]
        rows, columns = np.mgrid[: cut.shape[0], : cut.shape[1]]
        radius = np.hypot((columns - (cx - x)) / (side * 0.42), (rows - (cy - y)) / (side * 0.48))
        alpha = np.clip((1.05 - radius) / 0.1, 0, 1).astype(np.float32)
        found[name] = Cutout(cut, alpha, (box.x1 - x, box.y1 - y, box.x2 - x, box.y2 - y))
    return found


Path = Callable[[float], tuple[float, float, float] | None]
"""Seconds -> centre x, y and height of the face in px, or None."""


def _first_shot(name: str) -> Path:
    def path(t: float) -> tuple[float, float, float] | None:
        if name == "collins":  # left to right, behind a pillar at the right from about 6 s on, then back
            x = 90 + 95 * min(t, 4.8) - 95 * max(0.0, t - 6.6)
            return x, 150 + 12 * math.sin(2 * t), 88
        if name == "hopper":  # right to left, in front of the others
            return 560 - 95 * t if t < 7.5 else None, 165, 100  # type: ignore[return-value]
        return 330 + 25 * math.sin(1.5 * t), 265, 80

    return path


def _second_shot(name: str) -> Path:
    def path(t: float) -> tuple[float, float, float] | None:
        if name == "hopper":
            return 200 + 15 * math.sin(3 * t), 190 + 6 * math.sin(5 * t), 120
        if name == "collins":  # leaves to the right, comes back from there later
            away = 130 * max(0.0, t - 1.0) if t < 5 else max(0.0, 300 - 130 * (t - 5.0))
            return 460 + min(away, 400), 170, 96
        return None

    return path


@lru_cache
def scripted_clip(people: tuple[str, ...] = ("tinted", "collins", "hopper")) -> tuple[ScriptedFrame, ...]:
    """The clip; later people stand in front of earlier ones."""
    rng = np.random.default_rng(7)
    backgrounds = [_background(rng, (150, 120, 90)), _background(rng, (70, 100, 140))]
    frames, n = [], 0
    while n * STEP < END_S:
        t = float(n * STEP)
        shot = int(t >= CUT_AT_S)
        was_before = float((n - 1) * STEP) < CUT_AT_S
        frames.append(_render(n, t, shot, backgrounds[shot], people, bool(shot and was_before), rng))
        n += 1
    return tuple(frames)


def _background(rng: np.random.Generator, colour: tuple[int, int, int]) -> np.ndarray:
    rough = rng.normal(0, 45, (6, 10, 3)) + np.array(colour)
    fine = rng.normal(0, 6, (HEIGHT // 2, WIDTH // 2, 3))
    smooth = cv2.resize(rough, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return np.clip(smooth + cv2.resize(fine, (WIDTH, HEIGHT)), 0, 255)


def _render(
    n: int, t: float, shot: int, background: np.ndarray, people: Sequence[str], is_cut: bool, rng: np.random.Generator
) -> ScriptedFrame:
    canvas = background.copy()
    local = t - CUT_AT_S * shot
    owner = np.full((HEIGHT, WIDTH), -1)
    placed: list[tuple[str, BBox]] = []
    for k, name in enumerate(people):
        place = (_second_shot if shot else _first_shot)(name)(local)
        if place is None or place[0] is None:
            continue
        x, y, size = place
        cut = cutouts()[name]
        bx1, by1, bx2, by2 = cut.box
        scale = size * (1 + 0.05 * math.sin(1.3 * t + k)) / (by2 - by1)
        affine = cv2.getRotationMatrix2D(((bx1 + bx2) / 2, (by1 + by2) / 2), 6 * math.sin(1.1 * t + k), scale)
        affine[:, 2] += (x - (bx1 + bx2) / 2, y - (by1 + by2) / 2)
        light = 1 + 0.08 * math.sin(0.9 * t + 2 * k)
        warped = cv2.warpAffine(cut.rgb, affine, (WIDTH, HEIGHT), flags=cv2.INTER_AREA) * light
        alpha = cv2.warpAffine(cut.alpha, affine, (WIDTH, HEIGHT))
        canvas = canvas + alpha[..., None] * (warped - canvas)
        owner[alpha > 0.5] = k
        half_w, half_h = (bx2 - bx1) * scale / 2, (by2 - by1) * scale / 2
        placed.append((name, BBox(x1=x - half_w, y1=y - half_h, x2=x + half_w, y2=y + half_h)))
    if not shot:  # the pillar
        canvas[:, 500:590] = background[:, 500:590] * 0.4
        owner[:, 500:590] = -2
    rgb = np.clip(canvas + rng.normal(0, 3, canvas.shape), 0, 255).astype(np.uint8)
    truth, unjudged = [], []
    for name, box in placed:
        x1, y1 = max(0, round(box.x1)), max(0, round(box.y1))
        x2, y2 = min(WIDTH, round(box.x2)), min(HEIGHT, round(box.y2))
        seen = float((owner[y1:y2, x1:x2] == people.index(name)).sum()) if x2 > x1 and y2 > y1 else 0.0
        if seen / box.area >= 0.8:
            truth.append(Truth(name, shot, box))
        elif seen:
            unjudged.append(box)
    return ScriptedFrame(as_frame(rgb, n, 4 * n), tuple(truth), tuple(unjudged), is_cut)


class ColourEmbedder:
    """Stand-in for a face embedder: the aligned face at 12 px, in colour, without its mean."""

    _TEMPLATE = np.array([[3.8, 4.2], [8.2, 4.2], [6.0, 6.6], [4.2, 9.0], [7.8, 9.0]])

    def __call__(self, frame_rgb: np.ndarray, landmarks_px: Sequence[np.ndarray]) -> np.ndarray:
        vectors = np.zeros((len(landmarks_px), 12 * 12 * 3), np.float32)
        for row, points in zip(vectors, landmarks_px, strict=True):
            affine, _ = cv2.estimateAffinePartial2D(points.astype(np.float64), 4 * self._TEMPLATE, method=cv2.LMEDS)
            chip = cv2.warpAffine(frame_rgb, affine, (48, 48)).astype(np.float32)
            small = cv2.resize(chip, (12, 12), interpolation=cv2.INTER_AREA) - 128
            row[:] = (small / np.linalg.norm(small)).ravel()
        return vectors
