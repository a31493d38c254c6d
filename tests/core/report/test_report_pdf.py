"""The document as a recipient gets it: its text, its fonts, its bytes."""

import io
import re
from functools import lru_cache
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from core.errors import ReportError
from core.report.active_content import active_content
from core.report.files import report_document
from core.report.fonts import FontSet
from core.report.method_text import RECONSTRUCTION_LABEL
from core.report.paragraphs import ScriptParagraph, text_block
from core.report.theme import make_styles
from tests import builders_report as build

FONTS = Path(__file__).parents[3] / "resources" / "fonts"
FORBIDDEN = re.compile(r"\bmatch(?:e[sd])?\b|identified|same person|enhanced (?:face|video)", re.IGNORECASE)


@lru_cache(maxsize=16)
def document(name: str) -> bytes:
    return report_document(build.CASES[name](), fonts_dir=FONTS).pdf


@lru_cache(maxsize=16)
def pages(name: str) -> tuple[str, ...]:
    opened = pypdfium2.PdfDocument(document(name))
    return tuple(opened[i].get_textpage().get_text_range() for i in range(len(opened)))


def words(name: str) -> str:
    return " ".join(" ".join(pages(name)).split())


@pytest.mark.parametrize("name", build.CASES)
def test_every_case_has_numbered_pages_and_none_is_empty(name: str) -> None:
    for number, page in enumerate(pages(name), 1):
        assert f"Page {number} of {len(pages(name))}" in page
        assert len(page) > 150, f"page {number} holds only header and footer"


@pytest.mark.parametrize("name", build.CASES)
def test_no_word_claims_an_identification(name: str) -> None:
    text = re.sub(r"false (non-)?match rate", "", words(name), flags=re.IGNORECASE)
    found = FORBIDDEN.search(text)
    assert found is None, text[max(0, found.start() - 60) : found.end() + 60] if found else ""


def test_a_score_that_surroundings_raised_says_what_it_was_made_of() -> None:
    text = words("full")
    assert "face 0.412 surroundings 0.806" in text
    assert "0 where as alike as the nearest of a cohort (cosine 0.512)" in text
    assert "raised where hair, ears and outline are alike (known of 2,500 photos)" in text


def test_a_full_report_holds_what_a_court_asks_for() -> None:
    text = words("full")
    for expected in (
        "Case 2026-031",
        "Dr. Miriam Weber",
        "Summary of findings",
        "Questions and competing hypotheses",
        "Observations recorded before candidates",
        "The ears do not move with the face.",
        "variable; time base 1/90000 s",
        "turned 90° clockwise",
        "Content credentials (C2PA)",
        "54 decoded, 9 analysed, 1 corrupt, 1 duplicate; 1 scene cut",
        "Unchanged: the hashes at intake, before the analysis and at export are equal.",
        "2 frames of the face at 0:00:01.200 could not be aligned.",
        "No decoder recognises the file as a video or a picture.",
        "The file ends before its first picture.",
        "do not transfer to reconstructed faces",
        "0.03 % to 0.17 %",
        "is FPIR = 1 – (1 – FMR)^N = 63.2 % for N = 2,501, 52.8 % to 98.6 % at the ends of the interval of the FMR",
        "for the population named, were comparisons independent",
        "1,250 enrolled people",
        "too blurred: 11",
        "Second examiner (blind)",
        "--gallery people.db --seed 7",
        "ranks may change where scores differ by less",
        "torch 2.15.0",
        "gallery revision 17",
    ):
        assert expected in text, expected


def test_hashes_are_printed_in_full() -> None:
    text = re.sub(r"\s", "", words("full"))
    for source in ("interview.mp4", "broken.mkv", "frame 0", "weights", "Grace Hopper"):
        assert build.digest(source) in text, source


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("no-candidate", "No candidate above the threshold."),
        ("no-candidate", "No error rates were measured for this configuration."),
        ("unable", "Unable to evaluate"),
        ("unable", "All 5 faces are smaller than 24 px between the eyes."),
        ("failed", "The stream opens and yields no picture."),
        ("empty", "No item was examined."),
        ("empty", "Custody record"),
        ("many-frames", "of 600 examined frames"),
        ("many-candidates", "36 further candidates"),
    ],
)
def test_first_class_results(name: str, expected: str) -> None:
    assert expected in words(name)


def test_each_reconstruction_carries_its_label() -> None:
    report = build.full_case()
    shown = sum(min(len(person.frames), 6) for result in report.results for person in result.persons)
    assert words("full").count(RECONSTRUCTION_LABEL) == 2 * shown


@pytest.mark.parametrize("name", ["full", "hostile"])
def test_fonts_are_embedded(name: str) -> None:
    with pikepdf.open(_stream(name)) as pdf:
        fonts = [o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/Font"]
        assert fonts
        for font in fonts:
            assert "/FontFile2" in font.FontDescriptor, font.BaseFont


@pytest.mark.parametrize("name", build.CASES)
def test_nothing_in_the_document_acts(name: str) -> None:
    with pikepdf.open(_stream(name)) as pdf:
        assert active_content(pdf) == ()
        assert not {"/OpenAction", "/AA", "/AcroForm"} & set(pdf.Root.keys())
        assert not any("/Annots" in page for page in pdf.pages)
        assert pdf.Root.Lang == "en"
        assert "20260314093253" in str(pdf.docinfo["/CreationDate"])


def test_the_outline_leads_to_every_section() -> None:
    with pikepdf.open(_stream("full")) as pdf, pdf.open_outline() as outline:
        titles = [entry.title for entry in outline.root]
    assert titles[0] == "1  Summary of findings"
    assert titles[-1] == "Appendix B  Custody record"


def test_names_in_any_script_can_be_read_back() -> None:
    text = words("full") + words("hostile")
    for name in (*build.NAMES, "ירושלים"):
        for part in name.split():  # readers differ in the order of words that run right to left
            assert part in text, part


def test_hostile_text_comes_out_as_plain_text() -> None:
    text = words("hostile")
    for expected in (
        '<a href="https://example.org/x">Robert</a> &amp; <b>bold</b> &lt;',
        "O'Brien\"; DROP TABLE people; --",
        "../../etc/passwd",
        "‹U+202E›gnp.exe‹U+202C› ‹U+2066›hidden‹U+2069› zero‹U+200B›width",
        "nul‹U+0000›bell‹U+0007›escape‹U+001B›[31m",
        "‹U+DCFF› undecodable",
        "Case <script>alert(1)</script>",
    ):
        assert expected in text, expected


def test_the_same_report_gives_the_same_bytes() -> None:
    assert document("full") == report_document(build.full_case(), fonts_dir=FONTS).pdf


def test_missing_fonts_are_named(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="font cannot be read") as caught:
        FontSet(tmp_path)
    assert caught.value.path is not None


def _stream(name: str) -> io.BytesIO:
    return io.BytesIO(document(name))


def test_a_paragraph_that_fits_after_all_is_split_into_itself_and_nothing() -> None:
    fonts = FontSet(FONTS)
    block = text_block("‹a› e\u0301 \u0301x " * 30, make_styles().cell, fonts)
    assert isinstance(block, ScriptParagraph)
    _, height = block.wrap(120, 1000)
    whole = block.split(120, height + 1)
    assert whole[0] is block and len(whole) == 2
    assert whole[1].wrap(120, 1000)[1] == 0
    assert block.split(120, 1) == []
    assert len(block.split(120, height / 2)) == 2
