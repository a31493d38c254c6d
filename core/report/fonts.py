"""The fonts of a report: which file draws which character, loaded only when needed."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from functools import lru_cache
from pathlib import Path

import uharfbuzz
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from core.errors import ReportError

BODY, BOLD, ITALIC, HEADING, MONO = "Body", "Body-Bold", "Body-Italic", "Heading", "Mono"

_BASE_FILES = {
    BODY: "NotoSans-Regular.ttf",
    BOLD: "NotoSans-Bold.ttf",
    ITALIC: "NotoSans-Italic.ttf",
    HEADING: "NotoSerif-Bold.ttf",
    MONO: "NotoSansMono-Regular.ttf",
}
BASE_FONTS = frozenset(_BASE_FILES)
_CJK, _SYMBOLS = "DroidSansFallback.ttf", "Symbola.ttf"

# First code point of a run of Unicode blocks -> file that draws it; '' where only the base fonts can.
_BLOCKS: tuple[tuple[int, str], ...] = (
    (0x0000, ""),
    (0x0530, "NotoSansArmenian-Regular.ttf"),
    (0x0590, "NotoSansHebrew-Regular.ttf"),
    (0x0600, "NotoSansArabic-Regular.ttf"),
    (0x0700, ""),
    (0x0750, "NotoSansArabic-Regular.ttf"),
    (0x0780, "NotoSansThaana-Regular.ttf"),
    (0x07C0, ""),
    (0x0860, "NotoSansArabic-Regular.ttf"),
    (0x0900, "NotoSansDevanagari-Regular.ttf"),
    (0x0980, "NotoSansBengali-Regular.ttf"),
    (0x0A00, "NotoSansGurmukhi-Regular.ttf"),
    (0x0A80, "NotoSansGujarati-Regular.ttf"),
    (0x0B00, ""),
    (0x0B80, "NotoSansTamil-Regular.ttf"),
    (0x0C00, "NotoSansTelugu-Regular.ttf"),
    (0x0C80, "NotoSansKannada-Regular.ttf"),
    (0x0D00, "NotoSansMalayalam-Regular.ttf"),
    (0x0D80, "NotoSansSinhala-Regular.ttf"),
    (0x0E00, "NotoSansThai-Regular.ttf"),
    (0x0E80, "NotoSansLao-Regular.ttf"),
    (0x0F00, ""),
    (0x1000, "NotoSansMyanmar-Regular.ttf"),
    (0x10A0, "NotoSansGeorgian-Regular.ttf"),
    (0x1100, _CJK),
    (0x1200, "NotoSansEthiopic-Regular.ttf"),
    (0x13A0, ""),
    (0x1780, "NotoSansKhmer-Regular.ttf"),
    (0x1800, ""),
    (0x1C90, "NotoSansGeorgian-Regular.ttf"),
    (0x1CC0, ""),
    (0x2190, _SYMBOLS),
    (0x2D00, "NotoSansGeorgian-Regular.ttf"),
    (0x2D30, ""),
    (0x2D80, "NotoSansEthiopic-Regular.ttf"),
    (0x2DE0, ""),
    (0x2E80, _CJK),
    (0xA4D0, ""),
    (0xAC00, _CJK),
    (0xD7B0, ""),
    (0xF900, _CJK),
    (0xFB00, ""),
    (0xFB13, "NotoSansArmenian-Regular.ttf"),
    (0xFB1D, "NotoSansHebrew-Regular.ttf"),
    (0xFB50, "NotoSansArabic-Regular.ttf"),
    (0xFE00, ""),
    (0xFE30, _CJK),
    (0xFE70, "NotoSansArabic-Regular.ttf"),
    (0xFF00, _CJK),
    (0xFFF0, ""),
    (0x1F000, _SYMBOLS),
    (0x20000, _CJK),
)
_STARTS = [start for start, _ in _BLOCKS]


class FontSet:
    """Fonts of one document, freshly registered so that two documents written alike are byte-identical."""

    def __init__(self, folder: Path) -> None:
        """Load the base fonts of `folder`.

        Raises:
            ReportError: a font file is missing or damaged.
        """
        self._folder = folder
        self._fonts: dict[str, TTFont] = {}
        self._shapers: dict[str, uharfbuzz.Font] = {}
        for name, file in _BASE_FILES.items():
            self._load(name, file)
        pdfmetrics.registerFontFamily(BODY, normal=BODY, bold=BOLD, italic=ITALIC, boldItalic=BOLD)

    def _load(self, name: str, file: str) -> None:
        path = self._folder / file
        try:
            # asciiReadable would leave slots unfilled when a glyph comes late (seen in reportlab 5.1).
            font = TTFont(name, str(path), shapable=True, asciiReadable=False)
            data = _font_bytes(path)
        except (OSError, TTFError) as error:
            raise ReportError(
                f"the font cannot be read ({error})",
                next_step="install the application again; its resources/fonts folder is incomplete",
                path=path,
            ) from error
        pdfmetrics.registerFont(font)
        self._fonts[name] = font
        self._shapers[name] = uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob(data)))

    def font(self, name: str) -> TTFont:
        """The reportlab font registered as `name`."""
        return self._fonts[name]

    def shaper(self, name: str) -> uharfbuzz.Font:
        """The HarfBuzz font registered as `name`."""
        return self._shapers[name]

    def covers(self, name: str, char: str) -> bool:
        """Whether font `name` has a glyph for `char`."""
        return ord(char) in self._fonts[name].face.charToGlyph

    def is_plain(self, text: str, base: str) -> bool:
        """Whether `base` draws the text left to right without shaping."""
        if text.isascii():
            return True
        return all(self.covers(base, c) and not needs_shaping(c) for c in text if c != "\n")

    def pick(self, char: str, base: str) -> str | None:
        """Name of the font that draws `char`: `base` if it can, else a fallback, else None."""
        if self.covers(base, char):
            return base
        for near in (BOLD, BODY) if base in (HEADING, BOLD) else (BODY,):
            if self.covers(near, char):
                return near
        file = _BLOCKS[bisect_right(_STARTS, ord(char)) - 1][1]
        for candidate in (file, _SYMBOLS, _CJK):
            if not candidate:
                continue
            if candidate not in self._fonts:
                self._load(candidate, candidate)
            if self.covers(candidate, char):
                return candidate
        return None


def needs_shaping(char: str) -> bool:
    """Whether a character belongs to a script that runs right to left, joins, stacks or reorders."""
    code = ord(char)
    if unicodedata.bidirectional(char) in ("R", "AL", "AN") or unicodedata.combining(char):
        return True
    # South and South-East Asian scripts: vowel signs and conjuncts stand elsewhere than they are written.
    return 0x0900 <= code < 0x1100 or 0x1780 <= code < 0x1800 or code in (0x200C, 0x200D)


@lru_cache(maxsize=64)
def _font_bytes(path: Path) -> bytes:
    return path.read_bytes()
