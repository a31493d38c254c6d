"""Text blocks. Every string from outside becomes plain text here; no markup of it is ever interpreted."""

from __future__ import annotations

import re
import unicodedata
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, Paragraph, Spacer

from core.report.fonts import FontSet
from core.report.shaping import Glyphs, base_level, bidi_levels, drawable, shape_line
from core.report.text import printable

# A word with the blanks after it; East Asian characters each stand alone, because lines may break between them.
_JOINERS = "\u200c\u200d"
_PIECES = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]\s*|[^\s\u2e80-\u9fff]+\s*|\s+")


def text_block(
    text: str, style: ParagraphStyle, fonts: FontSet, *, keep_lines: bool = False, bullet: str = ""
) -> Flowable:
    """A flowable that shows `text` literally, in whatever script it is written."""
    shown = printable(text, keep_lines=keep_lines)
    if fonts.is_plain(shown, style.fontName):
        return Paragraph(escape(shown).replace("\n", "<br/>"), style, bulletText=bullet or None)
    return ScriptParagraph(shown, style, fonts, bullet=bullet)


class ScriptParagraph(Flowable):  # type: ignore[misc]
    """A paragraph of mixed scripts and directions.

    Args:
        text: already made printable; line breaks start new lines.
        style: font, size, leading, colour and spacing; a right-to-left text aligns right when it needs several lines.
        fonts: of the document.
        bullet: sign before the first line, '' for none.
    """

    def __init__(self, text: str, style: ParagraphStyle, fonts: FontSet, *, bullet: str = "") -> None:
        super().__init__()
        self.style = style
        self._bullet = bullet
        self.spaceBefore, self.spaceAfter = style.spaceBefore, style.spaceAfter
        self._fonts = fonts
        self._text = drawable(text, style.fontName, fonts)
        self._lines: list[tuple[list[Glyphs], bool]] = []

    def getSpaceBefore(self) -> float:  # noqa: N802 - reportlab's interface
        """Space above, points."""
        return float(self.style.spaceBefore)

    def getSpaceAfter(self) -> float:  # noqa: N802 - reportlab's interface
        """Space below, points."""
        return float(self.style.spaceAfter)

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """Break into lines no wider than `width`."""
        room = (width - self.style.leftIndent - self.style.rightIndent) * 1000 / self.style.fontSize
        self._lines = [line for paragraph in self._text.split("\n") for line in self._break(paragraph, max(room, 1000))]
        self.width, self.height = width, len(self._lines) * self.style.leading
        return width, self.height

    def split(self, width: float, height: float) -> list[Flowable]:
        """Part of the lines for this page, the rest for the next."""
        self.wrap(width, height)
        fits = int(height // self.style.leading)
        if fits < 1:
            return []
        if fits >= len(self._lines):
            return [self, Spacer(1, 0)]  # a cell of a table takes no answer but two parts
        head = _FixedLines(self._lines[:fits], self.style, self._fonts, bullet=self._bullet)
        return [head, _FixedLines(self._lines[fits:], self.style, self._fonts)]

    def draw(self) -> None:
        """Draw the lines, each with its characters behind it for copying and searching."""
        style = self.style
        y = self.height - style.leading + (style.leading - style.fontSize) * 0.5 + style.fontSize * 0.22
        if self._bullet:
            self.canv.setFillColor(style.textColor)
            self.canv.setFont(style.bulletFontName, style.fontSize)
            self.canv.drawString(style.bulletIndent, y, self._bullet)
        for runs, right_to_left in self._lines:
            line_width = sum(run.width for run in runs) * style.fontSize / 1000
            x = style.leftIndent
            if right_to_left and len(self._lines) > 1:
                x = self.width - style.rightIndent - line_width
            out = self.canv.beginText(x, y)
            out.setFillColor(style.textColor)
            for run in runs:
                out.setFont(run.font, style.fontSize, style.leading)
                _show(out, run)
            self.canv.drawText(out)
            y -= style.leading

    def _break(self, paragraph: str, room: float) -> list[tuple[list[Glyphs], bool]]:
        level = base_level(paragraph)
        levels = bidi_levels(paragraph, level) if paragraph else []
        lines: list[tuple[list[Glyphs], bool]] = []
        start, used = 0, 0.0
        for piece in _PIECES.finditer(paragraph):
            first, end = piece.span()
            word, blank = self._widths(paragraph, levels, first, end)
            if used + word > room and first > start:
                lines.append((self._shape(paragraph, levels, start, first), level == 1))
                start, used = first, 0.0
            while used + word > room:
                cut = self._longest(paragraph, levels, start, end, room)
                lines.append((self._shape(paragraph, levels, start, cut), level == 1))
                start, used = cut, 0.0
                word, blank = self._widths(paragraph, levels, start, end)
            used += word + blank
        lines.append((self._shape(paragraph, levels, start, len(paragraph)), level == 1))
        return lines

    def _longest(self, text: str, levels: list[int], start: int, end: int, room: float) -> int:
        """Where to cut a word that is longer than a line: at least one character, marks kept with their letter."""
        low, high = start + 1, end
        while low < high:
            middle = (low + high + 1) // 2
            if self._widths(text, levels, start, middle)[0] <= room:
                low = middle
            else:
                high = middle - 1
        cut = low
        while cut > start + 1 and cut < end and (unicodedata.combining(text[cut]) or text[cut] in _JOINERS):
            cut -= 1
        return cut if cut > start + 1 else low

    def _shape(self, text: str, levels: list[int], start: int, end: int) -> list[Glyphs]:
        line = text[start:end].rstrip()
        return shape_line(line, levels[start : start + len(line)], self.style.fontName, self._fonts)

    def _widths(self, text: str, levels: list[int], start: int, end: int) -> tuple[float, float]:
        """Width of a word and of the blanks after it, in 1/1000 of the font size."""
        word = sum(run.width for run in self._shape(text, levels, start, end))
        blanks = end - start - len(text[start:end].rstrip())
        return word, blanks * float(self._fonts.font(self.style.fontName).face.getCharWidth(32))


class _FixedLines(ScriptParagraph):
    """Lines that were broken before, after a page break."""

    def __init__(
        self,
        lines: list[tuple[list[Glyphs], bool]],
        style: ParagraphStyle,
        fonts: FontSet,
        *,
        bullet: str = "",
    ) -> None:
        super().__init__("", style, fonts, bullet=bullet)
        self._lines = lines

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """Keep the lines as they are."""
        self.width, self.height = width, len(self._lines) * self.style.leading
        return width, self.height

    def split(self, width: float, height: float) -> list[Flowable]:
        """Divide again when even the rest is longer than a page."""
        fits = int(height // self.style.leading)
        if fits < 1:
            return []
        if fits >= len(self._lines):
            return [self, Spacer(1, 0)]  # a cell of a table takes no answer but two parts
        head = _FixedLines(self._lines[:fits], self.style, self._fonts, bullet=self._bullet)
        return [head, _FixedLines(self._lines[fits:], self.style, self._fonts)]


def _show(out: Any, run: Glyphs) -> None:
    if run.is_plain:
        out.textOut(run.drawn)
        return
    # ActualText (ISO 32000-1, 14.9.4) keeps the characters for search and screen readers.
    actual = (b"\xfe\xff" + run.text.encode("utf-16-be")).hex().upper()
    out._code.append(f"/Span <</ActualText <{actual}>>> BDC")
    out.textOut(run.drawn)
    out._code.append("EMC")
