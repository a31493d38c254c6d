"""The campaign on signed reports, and that its checks can fail."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from core.casefile.store import CaseFile
from core.evidence.examiner_key import ExaminerKey
from core.report import signature_check
from core.report.files import report_document
from core.report.signing import Signer
from core.validation.campaign import Setting
from core.validation.report_pdfa import violations
from core.validation.report_signature import CAMPAIGN
from core.validation.report_specimen import specimen_item, specimen_report
from core.validation.report_verdict import verdict

RESOURCES = Path(__file__).parents[3] / "resources"


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("signed")
    (folder / "clip.mp4").write_bytes(b"clip")
    with CaseFile.open(folder / "case", create=True) as case:
        report = specimen_report(case, specimen_item(folder / "clip.mp4"))
    return report_document(report, fonts_dir=RESOURCES / "fonts", signer=Signer(key=ExaminerKey.create("A"))).pdf


def test_the_slice_keeps_every_promise(tmp_path: Path) -> None:
    checks = list(CAMPAIGN.run(Setting(workspace=tmp_path, resources=RESOURCES)))
    assert len(checks) == 9
    assert [check.figure for check in checks if check.passed is not True] == []


def test_a_check_that_looks_at_no_hash_lets_a_changed_page_pass(signed: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    at = signed.index(b"stream") + 40  # within the first page's drawing
    changed = signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :]
    assert "hash is another one" in verdict(changed).words[0]
    monkeypatch.setattr(signature_check, "_problem", lambda *_: "")
    assert not verdict(changed).is_noticed


def _without_intent(pdf: pikepdf.Pdf) -> None:
    del pdf.Root["/OutputIntents"]


def _without_association(pdf: pikepdf.Pdf) -> None:
    del pdf.Root["/AF"]


def _other_title(pdf: pikepdf.Pdf) -> None:
    pdf.docinfo["/Title"] = "Another"


def _script(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("1"))


def _without_font(pdf: pikepdf.Pdf) -> None:
    fonts = [thing for thing in pdf.objects if isinstance(thing, pikepdf.Dictionary) and "/FontFile2" in thing]
    del fonts[0]["/FontFile2"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (_without_intent, "6.2.3"),
        (_without_association, "6.8"),
        (_other_title, "6.6.3"),
        (_script, "6.6.1: a script"),
        (_without_font, "6.2.11.4"),
    ],
)
def test_the_checker_of_pdf_a_names_what_is_taken_away(
    signed: bytes, change: Callable[[pikepdf.Pdf], None], expected: str
) -> None:
    with pikepdf.open(io.BytesIO(signed)) as pdf:
        change(pdf)
        out = io.BytesIO()
        pdf.save(out)
    assert any(expected in found for found in violations(out.getvalue()))
