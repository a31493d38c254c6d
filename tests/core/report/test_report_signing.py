"""The signature on a report, and what the document says and carries because of it."""

from __future__ import annotations

import io
import json
from functools import lru_cache
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from core.domain.cancel import CancelToken
from core.errors import ReportError
from core.evidence.examiner_key import ExaminerKey
from core.report.check_lines import State
from core.report.examine import Examined, examine, examine_bytes
from core.report.files import ReportDocument, report_document, write_report
from core.report.signing import Signer
from core.report.verify import check_document
from core.validation.report_attacks import attacks
from core.validation.report_verdict import verdict
from tests import builders_report as build
from tests.builders_authority import authority

FONTS = Path(__file__).parents[3] / "resources" / "fonts"


@lru_cache(maxsize=1)
def key() -> ExaminerKey:
    return ExaminerKey.create("Dr. Miriam Weber")


@lru_cache(maxsize=1)
def signed() -> ReportDocument:
    return report_document(build.empty_case(), fonts_dir=FONTS, signer=Signer(key=key()))


def first_page(document: bytes) -> str:
    return " ".join(pypdfium2.PdfDocument(document)[0].get_textpage().get_text_range().split())


def test_the_library_that_signs_finds_the_signature_valid_over_the_whole_file() -> None:
    (signature,) = PdfFileReader(io.BytesIO(signed().pdf)).embedded_signatures
    context = ValidationContext(trust_roots=[signature.signer_cert], allow_fetching=False)
    status = validate_pdf_signature(signature, context)
    assert status.bottom_line
    assert status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    attributes = {a["type"].native for a in signature.signer_info["signed_attrs"]}
    assert attributes == {"content_type", "message_digest", "signing_certificate_v2"}
    assert signature.signer_info["signature_algorithm"].signature_algo == "ed25519"
    assert signature.docmdp_level.name == "NO_CHANGES"


def test_name_reason_and_place_come_from_key_and_case() -> None:
    made = report_document(build.full_case(), fonts_dir=FONTS, signer=Signer(key=key()))
    (signature,) = PdfFileReader(io.BytesIO(made.pdf)).embedded_signatures
    entries = signature.sig_object
    assert entries["/Name"] == "Dr. Miriam Weber"
    assert entries["/Location"] == "Forensic Media Laboratory"
    assert entries["/ContactInfo"] == "2026-031"
    assert "examination report" in entries["/Reason"]


def test_the_first_page_says_who_signed_or_that_nobody_did() -> None:
    words = first_page(signed().pdf)
    assert "Signed electronically by Dr. Miriam Weber" in words
    assert key().fingerprint in words.replace(" ", "")
    assert "with the time of the signer's clock" in words
    assert "NOT SIGNED" in first_page(report_document(build.empty_case(), fonts_dir=FONTS).pdf)


@pytest.mark.parametrize("signer", [None, "key"])
def test_the_json_beside_the_pdf_is_the_one_attached(tmp_path: Path, signer: str | None) -> None:
    who = None if signer is None else Signer(key=key())
    files = write_report(build.empty_case(), tmp_path / "a.pdf", fonts_dir=FONTS, signer=who)
    with pikepdf.open(files.pdf) as pdf:
        attached = pdf.attachments["report.json"].get_file().read_bytes()
        spec = pdf.Root.AF[0]
        assert str(spec.AFRelationship) == "/Data"
        assert str(spec.EF.F.Subtype) == "/application/json"
    assert attached == files.json.read_bytes()
    stated = json.loads(attached)["signer"]
    expected = {"name": key().name, "key_sha256": key().fingerprint, "has_timestamp": False}
    assert stated == (None if who is None else expected)


def test_two_exports_differ_in_signature_and_time_only() -> None:
    again = report_document(build.empty_case(), fonts_dir=FONTS, signer=Signer(key=key()))
    assert again.json == signed().json
    a, b = signed().pdf, again.pdf
    assert len(a) == len(b)
    differing = [i for i, (one, other) in enumerate(zip(a, b, strict=True)) if one != other]
    start = a.rindex(b"/Contents <")
    end = a.index(b">", start)
    at = a.rindex(b"\n/M (D")
    assert all(start < i < end or at < i < at + 40 for i in differing)


def test_a_time_stamp_makes_it_b_t(tmp_path: Path) -> None:
    made = report_document(build.empty_case(), fonts_dir=FONTS, signer=Signer(key=key(), stamper=authority()))
    assert "with the time stamp of an authority" in first_page(made.pdf)
    path = tmp_path / "stamped.pdf"
    path.write_bytes(made.pdf)
    found = examine(path)  # in the confined process
    assert found.facts.signature.problem == ""
    assert "Test authority" in found.facts.signature.timestamp
    lines, _ = check_document(found, key().certificate)
    assert {line.subject: line.state for line in lines}["time stamp"] is State.NOT_CHECKED  # anybody can add one


def test_a_time_stamp_that_was_taken_out_or_joined_by_something_else_is_named() -> None:
    plain = report_document(build.empty_case(), fonts_dir=FONTS, signer=Signer(key=key())).pdf
    stamped = report_document(build.empty_case(), fonts_dir=FONTS, signer=Signer(key=key(), stamper=authority())).pdf
    tampered = {a.name: a for a in attacks(plain, stamped, plain[: plain.index(b"%%EOF") + 6], key(), key())}
    assert not verdict(stamped, key().certificate).is_noticed
    for name in ("the time stamp taken out", "an attribute put beside the time stamp"):
        found = verdict(tampered[name].data, key().certificate)
        assert found.is_noticed and any(tampered[name].expected in words for words in found.words), (name, found)


def test_a_time_stamp_of_another_signature_fails() -> None:
    signer = Signer(key=key(), stamper=authority())
    one = report_document(build.empty_case(), fonts_dir=FONTS, signer=signer).pdf
    other = report_document(build.failed_case(), fonts_dir=FONTS, signer=signer).pdf

    def gap(data: bytes) -> tuple[int, int]:
        start = data.rindex(b"/Contents <") + len(b"/Contents <")
        return start, data.index(b">", start)

    (start, end), (from_, to) = gap(one), gap(other)
    assert end - start == to - from_
    moved = one[:start] + other[from_:to] + one[end:]
    assert examine_bytes(moved).facts.signature.problem


def test_an_authority_that_cannot_be_reached_leaves_nothing_signed(tmp_path: Path) -> None:
    signer = Signer(key=key(), timestamp_url="http://127.0.0.1:9/tsa")
    with pytest.raises(ReportError, match="gave no usable time stamp"):
        write_report(build.empty_case(), tmp_path / "a.pdf", fonts_dir=FONTS, signer=signer)
    assert list(tmp_path.iterdir()) == []


def states(examined: Examined) -> dict[str, State]:
    lines, _ = check_document(examined, None)
    return {line.subject: line.state for line in lines}


def test_an_unsigned_report_is_never_called_checked() -> None:
    plain = report_document(build.empty_case(), fonts_dir=FONTS, cancel=CancelToken())
    found = states(examine_bytes(plain.pdf))
    assert found["signature"] is State.NOT_CHECKED
    assert found["attachment"] is State.OK


def test_padding_behind_the_signature_is_no_hiding_place() -> None:
    data = bytearray(signed().pdf)
    end = data.index(b">", data.rindex(b"/Contents <"))
    data[end - 1 : end] = b"1"
    assert "holds more than the signature" in examine_bytes(bytes(data)).facts.signature.problem


def test_another_way_of_writing_the_signature_shows() -> None:
    data = signed().pdf
    start = data.rindex(b"/Contents <") + len(b"/Contents <")
    end = data.index(b">", start)
    changed = data[:start] + data[start:end].swapcase() + data[end:]
    assert changed != data
    assert "more than the signature" in examine_bytes(changed).facts.signature.problem


def test_what_is_no_pdf_is_refused_without_words_of_the_library() -> None:
    with pytest.raises(ReportError) as refused:
        examine_bytes(b"%PDF-1.7\nnothing")
    assert "stream" not in refused.value.what
