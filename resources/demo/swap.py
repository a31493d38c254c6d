"""The one swap of the demo clip: Eileen Collins' inner face on Grace Hopper's portrait, in its pixels.

Written for these two photos alone (points and spectacle rims are placed by hand in ``landmarks.json``); it
takes no other picture. It shares no code with the forgeries the networks train on, so as not to flatter them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator

FloatImage = NDArray[np.float32]
"""(H, W, 3) RGB in [0, 255], or (H, W) in [0, 1]."""
Points = NDArray[np.float64]
"""(N, 2) x, y in pixels."""

HERE = Path(__file__).resolve().parent
SOURCE, TARGET = "Eileen Collins", "Grace Hopper"

JAW, BROWS, NOSE, EYES, MOUTH = slice(0, 17), slice(17, 27), slice(27, 36), slice(36, 48), slice(48, 68)
LEFT_EYE, RIGHT_EYE = slice(36, 42), slice(42, 48)
TARGET_SHARE = ((JAW, 1.0), (BROWS, 0.75), (NOSE, 0.65), (EYES, 0.6), (MOUTH, 0.3))
"""How far each part takes the target's shape (1) instead of the source's own (0): a swap keeps the pose
of the one and the likeness of the other; the mouth stays mostly the source's, whose smile shows teeth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rim:
    """A stroke of the target's spectacles, which stay in front of the swapped face."""

    width_px: float
    points: Points


def photo_of(person: str) -> FloatImage:
    """(H, W, 3) RGB photo of a person of the demo gallery."""
    bgr = cv2.imread(str(HERE / "gallery" / person / "photo.jpg"), cv2.IMREAD_COLOR)
    if bgr is None:
        raise FileNotFoundError(f"the demo gallery lacks the photo of {person}")
    return np.asarray(bgr[:, :, ::-1], dtype=np.float32)


def points_of(person: str) -> Points:
    """(68, 2) hand-placed points, iBUG order."""
    return np.asarray(json.loads((HERE / "landmarks.json").read_text())[person]["points"], dtype=np.float64)


def spectacle_rims() -> tuple[Rim, ...]:
    """Strokes of Grace Hopper's spectacles, in pixels of her photo."""
    rims = json.loads((HERE / "landmarks.json").read_text())[TARGET]["rims"]
    return tuple(Rim(width_px=r["width_px"], points=np.asarray(r["points"], dtype=np.float64)) for r in rims)


class DemoSwap:
    """Swapped portrait for each expression; warps and masks are made once."""

    def __init__(self) -> None:
        self.portrait = photo_of(TARGET)
        self.points = _placed_points(points_of(SOURCE), points_of(TARGET))
        self._mask = _inner_face(self.portrait.shape[:2], self.points)
        self._rims = _drawn(self.portrait.shape[:2], spectacle_rims())
        source = _same_grain(photo_of(SOURCE))
        grid_x, grid_y = _thin_plate(points_of(SOURCE), self.points, self.portrait.shape[:2])
        self._face = _relit(cv2.remap(source, grid_x, grid_y, cv2.INTER_CUBIC), self.portrait, self._mask)

    def portrait_with(self, *, blink: float, smile: float, brows: float) -> FloatImage:
        """Target's portrait with the source's inner face.

        Args:
            blink: 0 open eyes to 1 nearly closed.
            smile: -1 narrower to 1 wider mouth.
            brows: -1 lowered to 1 raised brows.
        """
        flow = _expression(self.points, self.portrait.shape[:2], blink=blink, smile=smile, brows=brows)
        face = cv2.remap(self._face, flow[0], flow[1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        alpha = (self._mask * (1 - self._rims))[:, :, None]
        return np.asarray(np.clip(face * alpha + self.portrait * (1 - alpha), 0, 255), dtype=np.float32)


def _placed_points(source: Points, target: Points) -> Points:
    inner = np.r_[17:68]
    a, b = source[inner] - source[inner].mean(0), target[inner] - target[inner].mean(0)
    u, s, vt = np.linalg.svd(a.T @ b)
    aligned = (source - source[inner].mean(0)) @ (u @ vt) * (s.sum() / (a**2).sum()) + target[inner].mean(0)
    placed = np.empty_like(target)
    for part, share in TARGET_SHARE:
        placed[part] = share * target[part] + (1 - share) * aligned[part]
    for eye in (LEFT_EYE, RIGHT_EYE):  # behind the lenses each eye belongs where the target's was
        placed[eye] += target[eye].mean(0) - placed[eye].mean(0)
    return placed


def _thin_plate(source: Points, placed: Points, shape: tuple[int, int], step: int = 4) -> tuple[FloatImage, FloatImage]:
    h, w = shape
    coarse = np.stack(np.meshgrid(np.arange(0, w, step), np.arange(0, h, step)), -1).reshape(-1, 2)
    spline = RBFInterpolator(placed, source, kernel="thin_plate_spline", smoothing=4.0)
    fine = spline(coarse).reshape(-(-h // step), -(-w // step), 2).astype(np.float32)
    # coarse sample i lies at pixel i * step: the grid is read there, not stretched over the picture
    y, x = np.mgrid[0:h, 0:w].astype(np.float32) / step
    dense = cv2.remap(fine, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.ascontiguousarray(dense[:, :, 0]), np.ascontiguousarray(dense[:, :, 1])


def _inner_face(shape: tuple[int, int], placed: Points) -> FloatImage:
    jaw, brows = placed[JAW], placed[BROWS]
    outline = np.vstack([jaw[1:16], brows - np.asarray([0.0, 12.0])])
    hull = cv2.convexHull(outline.astype(np.float32))
    mask = np.zeros(shape, dtype=np.uint8)
    cv2.fillConvexPoly(mask, np.round(hull * 16).astype(np.int32), 255, cv2.LINE_AA, shift=4)
    inside = cv2.distanceTransform((mask > 127).astype(np.uint8), cv2.DIST_L2, 5)
    ramp = np.clip(inside / 12.0, 0, 1)
    smooth = (ramp * ramp * (3 - 2 * ramp)).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(smooth, (0, 0), 2.0), dtype=np.float32)


def _drawn(shape: tuple[int, int], rims: tuple[Rim, ...], scale: int = 8) -> FloatImage:
    big = np.zeros((shape[0] * scale, shape[1] * scale), dtype=np.uint8)
    for rim in rims:
        line = np.round((rim.points + 0.5) * scale).astype(np.int32)
        cv2.polylines(big, [line], isClosed=False, color=255, thickness=round(rim.width_px * scale))
    small = cv2.resize(big, shape[::-1], interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return np.asarray(cv2.GaussianBlur(small, (0, 0), 0.8), dtype=np.float32)


def _same_grain(photo: FloatImage) -> FloatImage:
    """The source is enlarged by 1.8: sharpened first, so that it does not lie soft in a crisp portrait."""
    sharper = photo + 0.9 * (photo - cv2.GaussianBlur(photo, (0, 0), 1.1))
    return np.asarray(np.clip(sharper, 0, 255), dtype=np.float32)


def _relit(face: FloatImage, portrait: FloatImage, mask: FloatImage) -> FloatImage:
    """Colour statistics and low frequencies of the portrait, inside the mask, in Lab."""
    ours = cv2.cvtColor(np.clip(face, 0, 255) / np.float32(255), cv2.COLOR_RGB2LAB)
    theirs = cv2.cvtColor(portrait / np.float32(255), cv2.COLOR_RGB2LAB)
    weight = mask / mask.sum()
    out = ours.copy()
    for c in range(3):
        mean_a, mean_b = float((ours[..., c] * weight).sum()), float((theirs[..., c] * weight).sum())
        std_a = float(np.sqrt(((ours[..., c] - mean_a) ** 2 * weight).sum()))
        std_b = float(np.sqrt(((theirs[..., c] - mean_b) ** 2 * weight).sum()))
        gain = 1 + 0.6 * (np.clip(std_b / std_a, 0.7, 1.5) - 1)
        out[..., c] = (ours[..., c] - mean_a) * gain + mean_b
        sigma, share = (18.0, 0.65) if c == 0 else (14.0, 0.8)
        blurred = [_masked_blur(p, mask, sigma) for p in (theirs[..., c], out[..., c])]
        out[..., c] += share * (blurred[0] - blurred[1])
    rgb = cv2.cvtColor(out.astype(np.float32), cv2.COLOR_LAB2RGB)
    return np.asarray(np.clip(rgb, 0, 1) * 255, dtype=np.float32)


def _masked_blur(plane: FloatImage, mask: FloatImage, sigma: float) -> FloatImage:
    weight = mask + np.float32(1e-3)
    blurred = cv2.GaussianBlur(plane * weight, (0, 0), sigma) / cv2.GaussianBlur(weight, (0, 0), sigma)
    return np.asarray(blurred, dtype=np.float32)


def _expression(
    placed: Points, shape: tuple[int, int], *, blink: float, smile: float, brows: float
) -> tuple[FloatImage, FloatImage]:
    """Where to read each pixel of the neutral face: small smooth bumps around eyes, brows and mouth."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    dx, dy = np.zeros_like(x), np.zeros_like(y)
    for eye in (LEFT_EYE, RIGHT_EYE):
        cx, cy = placed[eye].mean(0)
        bump = np.exp(-(((x - cx) / 15) ** 2) - ((y - cy) / 9) ** 2)
        dy += (y - (cy + 3)) * bump * 1.3 * blink
    for brow in (slice(17, 22), slice(22, 27)):
        cx, cy = placed[brow].mean(0)
        dy += 1.8 * brows * np.exp(-(((x - cx) / 22) ** 2) - ((y - cy) / 9) ** 2)
    (lx, ly), (rx, ry) = placed[48], placed[54]
    for cx, cy, sign in ((lx, ly, -1), (rx, ry, 1)):
        bump = np.exp(-(((x - cx) / 16) ** 2) - ((y - cy) / 14) ** 2)
        dx -= sign * 2.2 * smile * bump
        dy += 1.6 * smile * bump
    return (x + dx).astype(np.float32), (y + dy).astype(np.float32)
