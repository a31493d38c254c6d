"""Pictures on the page. Reconstructions can only be drawn by `Reconstruction`, which carries their label."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import ImageReader
from reportlab.platypus import Flowable

from core.domain.arrays import UInt8Array
from core.report import theme
from core.report.fonts import BOLD
from core.report.method_text import RECONSTRUCTION_LABEL

_MAX_THUMBNAIL_PIXELS = 4_000_000
# Perceptually even ramp from dark to light, readable in black and white (stops of the "magma" kind, our own values).
_RAMP = np.array(
    [[12, 8, 38], [72, 22, 104], [147, 42, 110], [217, 76, 82], [247, 146, 76], [252, 230, 160]],
    dtype=np.float32,
)


def heat_colours(values: NDArray[np.float32]) -> UInt8Array:
    """Colours of values in [0, 1]: (...,) float32 -> (..., 3) uint8 RGB."""
    position = np.clip(values, 0.0, 1.0) * (len(_RAMP) - 1)
    low = np.minimum(position.astype(np.int64), len(_RAMP) - 2)
    share = (position - low)[..., None].astype(np.float32)
    return np.asarray(np.rint(_RAMP[low] * (1 - share) + _RAMP[low + 1] * share), dtype=np.uint8)


def heat_overlay(rgb: UInt8Array, identity_map: NDArray[np.float32]) -> UInt8Array:
    """The identity map laid over the grey picture of the face: (S, S, 3) uint8."""
    height, width = rgb.shape[:2]
    if identity_map.shape != (height, width):
        scaled = Image.fromarray(identity_map.astype(np.float32), mode="F")
        identity_map = np.asarray(scaled.resize((width, height), Image.Resampling.BILINEAR), dtype=np.float32)
    grey = rgb.astype(np.float32) @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    mixed = 0.42 * grey[..., None] + 0.58 * heat_colours(identity_map).astype(np.float32)
    return np.asarray(np.rint(mixed), dtype=np.uint8)


def image_of(rgb: UInt8Array, longest_px: int | None = None) -> ImageReader:
    """A picture ready to be drawn, reduced when it is larger than `longest_px`."""
    picture = Image.fromarray(np.ascontiguousarray(rgb), mode="RGB")
    if longest_px is not None and max(picture.size) > longest_px:
        picture.thumbnail((longest_px, longest_px), Image.Resampling.LANCZOS)
    return ImageReader(picture)


def thumbnail_image(png: bytes, longest_px: int = 160) -> ImageReader | None:
    """A gallery thumbnail; None when there is none or its bytes are not a sound picture."""
    if not png:
        return None
    try:
        with Image.open(io.BytesIO(png)) as stored:
            if stored.width * stored.height > _MAX_THUMBNAIL_PIXELS:
                return None
            picture = stored.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    picture.thumbnail((longest_px, longest_px), Image.Resampling.LANCZOS)
    return ImageReader(picture)


class Picture(Flowable):  # type: ignore[misc]
    """A photograph or a map inside a hairline.

    Args:
        image: what to show, or what makes it when it is drawn; None shows an empty frame with `missing`.
        side: width and greatest height, points.
        missing: words for an empty frame.
    """

    def __init__(
        self, image: ImageReader | Callable[[], ImageReader] | None, side: float, missing: str = "no picture"
    ) -> None:
        super().__init__()
        self.image = image
        self.side = side
        self.missing = missing

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """A square of the given side."""
        self.width, self.height = self.side, self.side
        return self.width, self.height

    def _draw_image(self, bottom: float) -> None:
        canvas, side = self.canv, self.side
        if self.image is None:
            canvas.setFillColor(theme.PANEL)
            canvas.rect(0, bottom, side, side, stroke=0, fill=1)
            canvas.setFillColor(theme.MUTED)
            canvas.setFont("Body", 6.2)
            canvas.drawCentredString(side / 2, bottom + side / 2 - 2, self.missing)
            return
        image = self.image() if callable(self.image) else self.image
        width, height = image.getSize()
        scale = side / max(width, height)
        x, y = (side - width * scale) / 2, bottom + (side - height * scale) / 2
        canvas.drawImage(image, x, y, width * scale, height * scale)

    def draw(self) -> None:
        """Picture and hairline."""
        self._draw_image(0)
        self.canv.setStrokeColor(theme.RULE)
        self.canv.setLineWidth(0.5)
        self.canv.rect(0, 0, self.side, self.side, stroke=1, fill=0)


class FittedPicture(Flowable):  # type: ignore[misc]
    """A whole frame inside a hairline, as large as the given width and height allow; points."""

    def __init__(self, image: ImageReader, width: float, height: float) -> None:
        super().__init__()
        self._image = image
        columns, rows = image.getSize()
        scale = min(width / columns, height / rows)
        self._size = (columns * scale, rows * scale)

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """The size of the picture on the page."""
        self.width, self.height = self._size
        return self._size

    def draw(self) -> None:
        """Picture and hairline."""
        self.canv.drawImage(self._image, 0, 0, self.width, self.height)
        self.canv.setStrokeColor(theme.RULE)
        self.canv.setLineWidth(0.5)
        self.canv.rect(0, 0, self.width, self.height, stroke=1, fill=0)


class Reconstruction(Picture):
    """A generated face: dashed signal-coloured frame and, always, the label below it.

    Args:
        rgb: makes the picture when it is drawn, (S, S, 3) uint8 RGB.
        side: of the picture, points.
        longest_px: the picture is reduced to that.
    """

    def __init__(self, rgb: Callable[[], UInt8Array], side: float, longest_px: int | None = None) -> None:
        super().__init__(lambda: image_of(rgb(), longest_px), side)
        self.label_size = 6.0 if side >= 100 else 4.7
        self._lines = _label_lines(side - 4, self.label_size)
        self.label_height = len(self._lines) * self.label_size * 1.28 + 4

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """The picture's square and the label below it."""
        self.width, self.height = self.side, self.side + self.label_height
        return self.width, self.height

    def draw(self) -> None:
        """Picture, label, dashed frame around both."""
        canvas = self.canv
        self._draw_image(self.label_height)
        canvas.setFillColor(theme.SIGNAL_SOFT)
        canvas.rect(0, 0, self.side, self.label_height, stroke=0, fill=1)
        canvas.setFillColor(theme.SIGNAL)
        canvas.setFont(BOLD, self.label_size)
        y = self.label_height - self.label_size * 1.12 - 1.4
        for line in self._lines:
            canvas.drawCentredString(self.side / 2, y, line)
            y -= self.label_size * 1.28
        canvas.saveState()
        canvas.setStrokeColor(theme.SIGNAL)
        canvas.setLineWidth(0.9)
        canvas.setDash(3, 1.6)
        canvas.rect(0, 0, self.side, self.side + self.label_height, stroke=1, fill=0)
        canvas.restoreState()


class MapLegend(Flowable):  # type: ignore[misc]
    """Colour scale of the identity map, 0 to 1."""

    def __init__(self, width: float, low: str, high: str, style: ParagraphStyle) -> None:
        super().__init__()
        self._length, self._low, self._high, self._style = width, low, high, style

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """A bar and a line of text."""
        self.width, self.height = self._length, 5 + self._style.leading
        return self.width, self.height

    def draw(self) -> None:
        """Bar of 64 steps, its ends named."""
        canvas, steps = self.canv, 64
        colours = heat_colours(np.linspace(0, 1, steps, dtype=np.float32))
        for i, (red, green, blue) in enumerate(colours / 255.0):
            canvas.setFillColorRGB(float(red), float(green), float(blue))
            x = self._length * i / steps
            canvas.rect(x, self._style.leading, self._length / steps + 0.3, 4.2, stroke=0, fill=1)
        canvas.setFillColor(self._style.textColor)
        canvas.setFont(self._style.fontName, self._style.fontSize)
        canvas.drawString(0, 2, self._low)
        canvas.drawRightString(self._length, 2, self._high)


def _label_lines(width: float, size: float) -> Sequence[str]:
    from reportlab.pdfbase.pdfmetrics import stringWidth

    lines: list[str] = []
    for word in RECONSTRUCTION_LABEL.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and stringWidth(longer, BOLD, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
