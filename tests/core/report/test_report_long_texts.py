"""Texts whose printed form is longer than they are: every row still finds a page."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
from reportlab.platypus import SimpleDocTemplate

from core.domain.identity import Decision, Role
from core.report.composer import Composer
from core.report.files import report_document
from core.report.fonts import FontSet
from core.report.theme import make_styles
from tests import builders_report as build

FONTS = Path(__file__).parents[3] / "resources" / "fonts"


def composer() -> Composer:
    fonts = FontSet(FONTS)
    return Composer(fonts, make_styles())


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as opened:
        return " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in opened)


@pytest.mark.parametrize("char", ["\x01", "\u200b", "\udcff", "\u1b05"])
def test_no_text_outgrows_a_page_by_being_written_out(char: str) -> None:
    log = build.audit_log()
    entries = [replace(log[0], **{name: char * n}) for name, n in (("detail", 700), ("actor", 80), ("action", 90))]
    found = build.search((char * 150, "Ada"), 0.8)
    person = replace(build.person(), findings=(build.finding(Role.SOURCE, Decision.SUPPORTED, "", found),))
    report = replace(
        build.case_report((build.result(persons=(person,)),), case=replace(build.full_case().case, title=char * 120)),
        audit=tuple(entries),
        refused=((char * 450, char * 700),),
    )
    text = text_of(report_document(report, fonts_dir=FONTS).pdf).replace(" ", "")
    assert "(cut;700characters,infullintheJSONfile)" in text
    assert "(cut;150characters,infullintheJSONfile)" in text


def test_a_bookmark_by_a_name_of_hidden_characters_finds_a_page() -> None:
    report = build.reviewed_case()
    frames = [replace(frame, actor="\u200b" * 700, caption="\x01" * 700) for frame in report.bookmark_frames]
    assert frames
    assert "bookmarked by the examiner" in text_of(
        report_document(replace(report, bookmark_frames=tuple(frames)), fonts_dir=FONTS).pdf
    )


def test_a_code_is_never_cut_in_two() -> None:
    doc = composer()
    for longest in range(16, 26):
        shown = doc.clip("\u202e" * 99, longest, doc.styles.cell)
        assert shown == "‹U+202E›" * (longest // 8) + " … (cut; 99 characters, in full in the JSON file)"
    assert doc.clip("a ‹ b", 3, doc.styles.cell).startswith("a ")
    assert doc.clip("plain", 5, doc.styles.cell) == "plain"


def test_a_row_taller_than_a_page_goes_on_on_the_next() -> None:
    doc = composer()
    tall = doc.block("word " * 4000, doc.styles.cell)
    doc.grid(("A", "B"), [("first", "row"), ("second", tall), ("last", "row")], (1, 1))
    out = io.BytesIO()
    SimpleDocTemplate(out).build(doc.story)
    assert text_of(out.getvalue()).split().count("word") == 4000
