"""The custody record of the document: hashes that replace each other batch by batch take one line."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import Mock

import pypdfium2
import pytest

from core.casefile.store import CaseFile
from core.config import AnalysisSettings
from core.domain.cancel import CancelToken
from core.domain.report import AuditEntry
from core.domain.time import TimeRange
from core.errors import EvidencePermissionError
from core.pipeline.analysis import analyse
from core.pipeline.engines import Engines
from core.report.back import item_of_entry
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


def test_entries_stand_under_the_item_that_they_are_about() -> None:
    first = build.item("clip.mp4", folder="/evidence")
    copy = replace(first, path=Path("/evidence/copies of/clip.mp4"))
    longer = replace(build.item("other"), path=Path("/evidence/clip.mp4 2"))
    undecodable = replace(build.item("odd"), path=Path("/evidence/\udcff.mp4"))
    results = tuple(build.result(one) for one in (first, copy, longer, undecodable))
    report = replace(build.case_report(results), evidence_ids=(4, 7, 1, 2))
    sha256 = first.sha256
    for detail, number in (
        (f"{first.path} {sha256}: at intake: 9 bytes; item 4, sha256 {0:064x}", 1),
        (f"{copy.path} {sha256}: before the analysis: unchanged since intake", 2),
        (f"{copy.path}: the file ends", 2),
        (f"{longer.path} {longer.sha256}: at export: unchanged since intake", 3),
        ("/evidence/\\udcff.mp4: the file ends", 4),
        (f"item 7, sha256 {0:064x}", 2),
        (f"item 1: 9 frames, sha256 {0:064x}", 3),
        (f"item 2 sha256 {0:064x}", 4),
        (f"clip.mp4 {sha256}", 1),
        (f"item 70, sha256 {0:064x}", 0),
        ("/evidence/clip.mp4.pdf sha256 and nothing else", 0),
        ("case opened", 0),
    ):
        assert item_of_entry(report, entry("any", detail)) == number, detail


def test_a_failed_analysis_is_entered_with_the_whole_path(tmp_path: Path) -> None:
    item = build.item(folder=str(tmp_path / "gone"))
    with CaseFile.open(tmp_path / "case", create=True) as case:
        running = analyse(
            item,
            case=case,
            settings=AnalysisSettings(),
            engines=Mock(spec=Engines),
            gallery=None,
            time_range=TimeRange(),
            cancel=CancelToken(),
        )
        with pytest.raises(EvidencePermissionError):
            next(running)
        (failed,) = [one for one in case.audit() if one.action == "analysis failed"]
    assert failed.detail.startswith(f"{item.path}: the file cannot be read")
