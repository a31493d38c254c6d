"""The characters that a PDF holds, in the order in which they are drawn, as a reader copies them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pikepdf

_MAPPED = re.compile(rb"<([0-9A-F]{2})> <((?:[0-9A-F]{4})+)>")


def drawn_text(document: bytes) -> str:
    """Text of all pages without white space; where ``ActualText`` stands it is taken instead of what is drawn."""
    with pikepdf.open(io.BytesIO(document)) as pdf:
        maps: dict[tuple[int, int], dict[int, str]] = {}
        return "".join("".join(_page(page, maps)).replace(" ", "").replace("\u00a0", "") for page in pdf.pages)


def _page(page: pikepdf.Page, maps: dict[tuple[int, int], dict[int, str]]) -> Iterator[str]:
    fonts = page.Resources.get("/Font", pikepdf.Dictionary())
    current: dict[int, str] = {}
    is_replaced = False
    for instruction in pikepdf.parse_content_stream(page):
        operator, operands = str(instruction.operator), list(instruction.operands)
        if operator == "Tf":
            font = fonts[str(operands[0])]
            current = maps.setdefault(font.objgen, _characters(font))
        elif operator == "BDC" and "/ActualText" in operands[1]:
            yield str(operands[1].ActualText)
            is_replaced = True
        elif operator == "EMC":
            is_replaced = False
        elif operator in ("Tj", "TJ", "'", '"') and not is_replaced:
            shown = operands[-1]
            for part in shown if isinstance(shown, pikepdf.Array) else [shown]:
                if isinstance(part, pikepdf.String):
                    yield "".join(current.get(code, "\ufffd") for code in bytes(part))


def _characters(font: pikepdf.Object) -> dict[int, str]:
    rows = _MAPPED.findall(font.ToUnicode.read_bytes())
    return {int(code, 16): bytes.fromhex(value.decode()).decode("utf-16-be") for code, value in rows}
