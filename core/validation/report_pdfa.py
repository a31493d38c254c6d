"""Clauses of ISO 19005-3 (PDF/A-3, level U) that can be checked from the file's own structure.

No certified validator: what is not listed here is not checked. Not looked at, because reports never hold them: optional
content, CMYK and spot colours, JPEG 2000, encryption beyond its absence, XFA, page boxes, tagging (level A).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pikepdf
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from core.report.active_content import active_content

_DEVICE_SPACES = {"/DeviceRGB", "/DeviceGray"}
_FILTERS = {"/FlateDecode", "/ASCII85Decode", "/ASCIIHexDecode", "/DCTDecode", "/RunLengthDecode"}
_OPERATORS = frozenset(
    " ".join(
        (
            "b B b* B* BDC BI BMC BT BX c cm CS cs d d0 d1 Do DP EI EMC ET EX f F f* G g gs h i ID j J K k l m M MP",
            "n q Q re RG rg ri s S SC sc SCN scn sh T* Tc Td TD Tf Tj TJ TL Tm Tr Ts Tw Tz v w W W* y ' \"",
            "INLINE IMAGE",
        )
    ).split()
)
_MAPPED = re.compile(rb"<([0-9A-F]{2})> <([0-9A-F]+)>")


def violations(data: bytes) -> list[str]:
    """What is not as the standard has it, one clause each, sorted; empty when nothing was found."""
    found: set[str] = set()
    if not re.match(rb"%PDF-1\.[0-7]\n%[\x80-\xff]{4}", data):
        found.add("6.1.2: the head of the file")
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for part in (_document, _metadata, _objects, _pages, _fonts, _attachments, _form):
            found.update(part(pdf))
    return sorted(found)


def _document(pdf: pikepdf.Pdf) -> Iterator[str]:
    if "/ID" not in pdf.trailer:
        yield "6.1.3: no file identifier"
    if "/Encrypt" in pdf.trailer:
        yield "6.1.3: encrypted"
    for what in active_content(pdf):
        yield f"6.6.1: {what}"
    intents = list(pdf.Root.get("/OutputIntents", pikepdf.Array()))
    if len(intents) != 1 or intents[0].get("/S") != "/GTS_PDFA1":
        yield "6.2.3: no output intent"
        return
    profile = intents[0].DestOutputProfile.read_bytes()
    if (
        profile[36:40] != b"acsp"
        or profile[12:20] != b"mntrRGB "
        or profile[8] > 4
        or intents[0].DestOutputProfile.N != 3
    ):
        yield "6.2.3: the profile of the output intent"


def _metadata(pdf: pikepdf.Pdf) -> Iterator[str]:
    stream = pdf.Root.get("/Metadata")
    if stream is None or stream.get("/Type") != "/Metadata" or "/Filter" in stream:
        yield "6.6.2.1: the metadata stream"
        return
    meta = pdf.open_metadata()
    if meta.get("pdfaid:part") != "3" or meta.get("pdfaid:conformance") != "U":
        yield "6.6.4: the declaration of part and level"
    info = pdf.docinfo
    for key, name in (
        ("/Title", "dc:title"),
        ("/Subject", "dc:description"),
        ("/Keywords", "pdf:Keywords"),
        ("/Creator", "xmp:CreatorTool"),
        ("/Producer", "pdf:Producer"),
    ):
        if key in info and str(info[key]) != str(meta.get(name, "")):
            yield f"6.6.3: {key} differs from {name}"
    if "/Author" in info and list(meta.get("dc:creator", [])) != [str(info.Author)]:
        yield "6.6.3: /Author differs from dc:creator"
    for key, name in (("/CreationDate", "xmp:CreateDate"), ("/ModDate", "xmp:ModifyDate")):
        digits = re.sub(r"\D", "", str(info.get(key, "")))[:14]
        if digits != re.sub(r"\D", "", str(meta.get(name, "")))[:14]:
            yield f"6.6.3: {key} differs from {name}"


def _objects(pdf: pikepdf.Pdf) -> Iterator[str]:
    for thing in pdf.objects:
        if isinstance(thing, pikepdf.Stream):
            filters = thing.get("/Filter", pikepdf.Array())
            names = {str(filters)} if isinstance(filters, pikepdf.Name) else {str(f) for f in filters}
            if names - _FILTERS:
                yield f"6.1.7.2: the filter {', '.join(sorted(names - _FILTERS))}"
            if {"/F", "/FFilter", "/FDecodeParms"} & set(thing.keys()):
                yield "6.1.7.1: a stream in another file"
            if thing.get("/Subtype") == "/Image":
                yield from _image(thing)
            if thing.get("/Subtype") == "/PS" or "/Ref" in thing:
                yield "6.2.9: a PostScript or reference XObject"
        is_state = isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/ExtGState"
        if is_state and {"/TR", "/HTP"} & set(thing.keys()):
            yield "6.2.5: a transfer function or halftone"


def _image(image: pikepdf.Stream) -> Iterator[str]:
    if image.get("/Interpolate", False):
        yield "6.2.8: an interpolated image"
    if {"/Alternates", "/OPI"} & set(image.keys()):
        yield "6.2.8: an alternate image"
    if not image.get("/ImageMask", False) and str(image.get("/ColorSpace")) not in _DEVICE_SPACES:
        yield f"6.2.4: an image in the colour space {image.get('/ColorSpace')}"


def _pages(pdf: pikepdf.Pdf) -> Iterator[str]:
    for page in pdf.pages:
        for instruction in pikepdf.parse_content_stream(page):
            operator = str(instruction.operator)
            if operator not in _OPERATORS:
                yield f"6.2.2: the operator {operator}"
            if operator in ("k", "K"):
                yield "6.2.4.3: a colour of a device that the output intent is not about"


def _fonts(pdf: pikepdf.Pdf) -> Iterator[str]:
    fonts: dict[tuple[int, int], pikepdf.Object] = {}
    used: dict[tuple[int, int], set[int]] = {}
    for page in pdf.pages:
        named = page.Resources.get("/Font", pikepdf.Dictionary())
        current: tuple[int, int] | None = None
        for instruction in pikepdf.parse_content_stream(page):
            operator, operands = str(instruction.operator), list(instruction.operands)
            if operator == "Tf":
                font = named[str(operands[0])]
                current = font.objgen
                fonts[current] = font
            elif operator in ("Tj", "TJ", "'", '"') and current is not None:
                shown = operands[-1]
                parts = shown if isinstance(shown, pikepdf.Array) else [shown]
                codes = used.setdefault(current, set())
                for part in parts:
                    if isinstance(part, pikepdf.String):
                        codes.update(bytes(part))
    for key, font in fonts.items():
        yield from _font(font, used.get(key, set()))


def _font(font: pikepdf.Object, codes: set[int]) -> Iterator[str]:
    name = str(font.BaseFont)
    descriptor = font.get("/FontDescriptor", pikepdf.Dictionary())
    if font.Subtype != "/TrueType" or "/FontFile2" not in descriptor:
        yield f"6.2.11.4: {name} is not embedded"
        return
    if not int(descriptor.Flags) & 4 or "/Encoding" in font:
        yield f"6.2.11.6: {name} is not symbolic, or has an encoding"
    loaded = TTFont(io.BytesIO(descriptor.FontFile2.read_bytes()))
    tables = loaded["cmap"].tables
    if len(tables) != 1:
        yield f"6.2.11.6: {name} has {len(tables)} character maps"
        return
    glyphs, order, scale = tables[0].cmap, loaded.getGlyphOrder(), 1000 / loaded["head"].unitsPerEm
    widths, first = [float(width) for width in font.Widths], int(font.FirstChar)
    mapped = {int(code, 16): value for code, value in _MAPPED.findall(font.ToUnicode.read_bytes())}
    for code in codes:
        glyph = glyphs.get(code, order[0])
        if glyph == order[0]:
            yield f"6.2.11.8: {name} draws a missing glyph"
        elif abs(widths[code - first] - loaded["hmtx"][glyph][0] * scale) > 1:
            yield f"6.2.11.5: a width of {name}"
        value = mapped.get(code, b"")
        if not value or len(value) % 4 or value in (b"0000", b"FEFF", b"FFFE"):
            yield f"6.2.11.7.2: {name} maps a character to no Unicode value"


def _attachments(pdf: pikepdf.Pdf) -> Iterator[str]:
    associated = list(pdf.Root.get("/AF", pikepdf.Array()))
    for name in pdf.attachments:
        spec = pdf.attachments[name].obj
        if not any(spec == other for other in associated):
            yield "6.8: an embedded file that is not associated"
        if not {"/F", "/UF", "/AFRelationship"} <= set(spec.keys()):
            yield "6.8: a file specification without name or relationship"
        if "/Subtype" not in spec.EF.F or "/ModDate" not in spec.EF.F.get("/Params", pikepdf.Dictionary()):
            yield "6.8: an embedded file without its kind or date"


def _form(pdf: pikepdf.Pdf) -> Iterator[str]:
    form = pdf.Root.get("/AcroForm")
    if form is not None and (form.get("/NeedAppearances", False) or "/XFA" in form):
        yield "6.4.1: the form asks for appearances or is of the XFA kind"
    for page in pdf.pages:
        for mark in page.get("/Annots", pikepdf.Array()):
            flags = int(mark.get("/F", 0))
            if not flags & 4 or flags & (1 | 2 | 32 | 256):
                yield "6.3.2: an annotation that is hidden or not printed"
            size = [float(mark.Rect[2]) - float(mark.Rect[0]), float(mark.Rect[3]) - float(mark.Rect[1])]
            if any(size) and "/AP" not in mark:
                yield "6.3.3: an annotation without appearance"
