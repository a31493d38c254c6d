"""From characters to positioned glyphs: bidirectional order, font fallback and HarfBuzz shaping.

Bidirectional levels follow Unicode Standard Annex 9 (python-bidi); glyphs come from HarfBuzz. reportlab's own
right-to-left support needs a package that is not on the package index.
"""

from __future__ import annotations

import unicodedata
from collections import deque
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import uharfbuzz
from bidi import algorithm as uax9
from bidi.mirror import MIRRORED
from reportlab.pdfbase.ttfonts import ShapeData, ShapedStr

from core.report.fonts import BASE_FONTS, FontSet
from core.report.text import code_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Glyphs:
    """One run of glyphs of one font, in visual order.

    Attributes:
        font: registered font name.
        drawn: what reportlab draws, with the offsets of each glyph.
        text: the characters behind it as they stand on the page from left to right, for people who copy or search:
            readers turn right-to-left stretches around themselves.
        width: advance in 1/1000 of the font size.
    """

    font: str
    drawn: ShapedStr
    text: str
    width: float

    @property
    def is_plain(self) -> bool:
        """Whether the drawn characters already are the text (reportlab's character map ends at U+FFFF)."""
        return str(self.drawn) == self.text and max(self.text, default="") <= "\uffff"


def bidi_levels(text: str, base_level: int) -> list[int]:
    """Embedding level of every character (even: left to right)."""
    storage: dict[str, Any] = {
        "base_level": base_level,
        "base_dir": "LR"[base_level],
        "chars": [],
        "runs": deque(),
    }
    uax9.get_embedding_levels(text, storage)
    for position, char in enumerate(storage["chars"]):
        char["position"] = position
    uax9.explicit_embed_and_overrides(storage)
    uax9.resolve_weak_types(storage)
    _resolve_brackets(storage["chars"], "LR"[base_level])
    uax9.resolve_neutral_types(storage, False)
    uax9.resolve_implicit_levels(storage, False)
    levels: list[int | None] = [None] * len(text)
    for char in storage["chars"]:
        levels[char["position"]] = char["level"]
    # Joiners are left out by the algorithm (its rule X9); they belong to the character before them.
    resolved: list[int] = []
    for level in levels:
        resolved.append(level if level is not None else (resolved[-1] if resolved else base_level))
    return resolved


def _resolve_brackets(chars: list[dict[str, Any]], embedding: str) -> None:
    """Rule N0, which python-bidi's levels lack: both brackets of a pair take one direction.

    Valid for one level run, which is all there is without explicit controls (these are printed, not obeyed).
    """
    opened: list[tuple[str, int]] = []
    pairs: list[tuple[int, int]] = []
    for position, char in enumerate(chars):
        category = unicodedata.category(char["ch"])
        if category == "Ps" and char["ch"] in MIRRORED:
            opened.append((MIRRORED[char["ch"]], position))
        elif category == "Pe":
            depth = next((d for d in range(len(opened) - 1, -1, -1) if opened[d][0] == char["ch"]), None)
            if depth is not None:
                pairs.append((opened[depth][1], position))
                del opened[depth:]
    strong = {"L": "L", "R": "R", "AL": "R", "EN": "R", "AN": "R"}
    for first, last in sorted(pairs):
        inside = {strong.get(char["type"]) for char in chars[first + 1 : last]}
        opposite = "R" if embedding == "L" else "L"
        if embedding in inside:
            direction = embedding
        elif opposite in inside:
            before = (strong.get(char["type"]) for char in reversed(chars[:first]))
            direction = next((kind for kind in before if kind), embedding)
        else:
            continue
        chars[first]["type"] = chars[last]["type"] = direction


def base_level(text: str) -> int:
    """0 when the first strong character reads left to right, 1 otherwise."""
    return int(uax9.get_base_level(text))


def drawable(text: str, base: str, fonts: FontSet) -> str:
    """`text` with every character no font can draw written out as ``‹U+XXXX›``."""
    return "".join(c if c in "\n\u200c\u200d" or fonts.pick(c, base) is not None else code_name(c) for c in text)


def shape_line(text: str, levels: list[int], base: str, fonts: FontSet) -> list[Glyphs]:
    """Glyph runs of one line from left to right.

    Args:
        text: characters of the line in reading order, all drawable.
        levels: their embedding levels.
        base: preferred font.
        fonts: of the document.
    """
    chosen: list[str] = []
    for char in text:
        joins_previous = char in "\u200c\u200d " and chosen
        if joins_previous and (char != " " or fonts.covers(chosen[-1], char)):
            chosen.append(chosen[-1])
        else:
            chosen.append(fonts.pick(char, base) or base)
    runs: list[tuple[str, int, str]] = []
    for (font, level), group in groupby(zip(chosen, levels, text, strict=True), key=lambda item: item[:2]):
        runs.append((font, level, "".join(item[2] for item in group)))
    return [_shape(chars, font, bool(level % 2), fonts) for font, level, chars in _visual(runs)]


def _visual(runs: list[tuple[str, int, str]]) -> list[tuple[str, int, str]]:
    """Rule L2: from the highest level down to the lowest odd one, turn every sequence around."""
    ordered = list(runs)
    top = max((level for _, level, _ in ordered), default=0)
    for threshold in range(top, 0, -1):
        turned: list[tuple[str, int, str]] = []
        for above, group in groupby(ordered, key=lambda run, t=threshold: run[1] >= t):  # type: ignore[misc]
            members = list(group)
            turned.extend(reversed(members) if above else members)
        ordered = turned
    return ordered


def _shape(text: str, name: str, right_to_left: bool, fonts: FontSet) -> Glyphs:
    font, shaper = fonts.font(name), fonts.shaper(name)
    buffer = uharfbuzz.Buffer()
    buffer.add_str(text)
    buffer.direction = "rtl" if right_to_left else "ltr"
    buffer.guess_segment_properties()
    # Plain Latin keeps its letters, so that searching finds them; other scripts need their ligatures.
    uharfbuzz.shape(shaper, buffer, {"liga": False} if name in BASE_FONTS else {})
    scale = 1000 / shaper.face.upem
    chars: list[str] = []
    data: list[ShapeData] = []
    total = 0.0
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        advance = position.x_advance * scale
        code = _code_of(font, info.codepoint, advance)
        chars.append(chr(code))
        total += advance
        data.append(
            ShapeData(
                0,
                advance,
                0,
                position.x_offset * scale,
                position.y_offset * scale,
                font.face.getCharWidth(code),
            )
        )
    shown = text[::-1] if right_to_left else text
    return Glyphs(font=name, drawn=ShapedStr("".join(chars), shapeData=data), text=shown, width=total)


def _code_of(font: Any, glyph: int, advance: float) -> int:
    """A code point that draws `glyph`; glyphs without one (conjuncts, ligatures) get a private one."""
    face = font.face
    known = face.glyphToChar.get(glyph)
    if known:
        return int(known[0])
    code = 0xE000
    while code in face.charToGlyph:
        code += 1
    face.charToGlyph[code] = glyph
    face.glyphToChar[glyph] = [code]
    face.charWidths[code] = advance
    return code
