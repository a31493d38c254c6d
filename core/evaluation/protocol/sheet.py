"""A sheet of pictures: rows with a label, columns with a head."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.domain.arrays import UInt8Array
from core.evidence.writing import replacing

CELL_PX, GAP_PX, HEAD_PX, LABEL_PX = 224, 8, 26, 130
INK, PAPER = (30, 30, 30), (255, 255, 255)
FONT_PX = 15


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SheetRow:
    """A label and one picture (224, 224, 3) uint8 a column."""

    label: str
    pictures: tuple[UInt8Array, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet:
    """Heads of the columns, and rows."""

    heads: tuple[str, ...]
    rows: tuple[SheetRow, ...]

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row.pictures) != len(self.heads):
                raise ValueError(f"row {row.label!r} has {len(row.pictures)} pictures for {len(self.heads)} columns")

    def drawn(self) -> UInt8Array:
        """The sheet as one picture (H, W, 3) uint8."""
        from PIL import Image, ImageDraw, ImageFont

        step = CELL_PX + GAP_PX
        size = (LABEL_PX + step * len(self.heads), HEAD_PX + step * len(self.rows))
        sheet = Image.new("RGB", size, PAPER)
        draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(FONT_PX)
        for column, head in enumerate(self.heads):
            draw.text((LABEL_PX + column * step, 4), head, INK, font)
        for number, row in enumerate(self.rows):
            top = HEAD_PX + number * step
            draw.text((6, top + CELL_PX // 2), row.label, INK, font)
            for column, picture in enumerate(row.pictures):
                sheet.paste(Image.fromarray(picture), (LABEL_PX + column * step, top))
        return np.asarray(sheet)

    def write(self, path: Path) -> None:
        """Write the sheet; the name's ending says in which format."""
        from PIL import Image

        with replacing(path) as part, part.open("wb") as stream:
            Image.fromarray(self.drawn()).save(stream, Image.registered_extensions()[path.suffix.lower()], quality=90)
