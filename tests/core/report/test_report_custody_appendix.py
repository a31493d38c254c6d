"""The custody record of the document: hashes that replace each other batch by batch take one line."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2

from core.domain.report import AuditEntry
from core.report.files import report_document
from tests import builders_report as build

FONTS = Path(__file__).parents[3] / "resources" / "fonts"


def entry(action: str, detail: str) -> AuditEntry:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    return AuditEntry(at=at, actor="m.weber", action=action, detail=detail, entry_sha256=build.digest(detail))


def test_only_the_last_hash_of_the_crops_of_an_item_is_printed() -> None:
    batches = [entry("crops stored", f"item {item}: {n}, sha256 {n:064x}") for item in (1, 2) for n in range(11, 15)]
    others = [entry("viewed", "one thing"), entry("viewed", "another thing")]
    log = (*others, *batches, entry("recovered faces stored", f"item 2: 3, sha256 {3:064x}"))
    document = report_document(replace(build.empty_case(), audit=log), fonts_dir=FONTS)
    with pypdfium2.PdfDocument(document.pdf) as pdf:
        text = "".join("".join(page.get_textpage().get_text_range() for page in pdf).split())
    for printed in ("onething", "anotherthing", "item1:14", "item2:14", "item2:3", "(3entriesonbatchesbeforeit"):
        assert printed in text
    for folded in ("item1:11", "item1:13", "item2:12"):
        assert folded not in text
    assert document.json.decode().count("crops stored") == 8, "the attached result holds them all"
