"""The report as it is handed over: a PDF/A-3 that carries its result, signed or not, and the result beside it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.domain.cancel import CancelToken
from core.domain.report import CaseReport
from core.report.archive import Result, as_archive
from core.report.json_export import report_to_json_bytes
from core.report.pdf import pdf_bytes
from core.report.seal import Seal
from core.report.writing import write_together

if TYPE_CHECKING:
    from core.report.signing import Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFiles:
    """Where a report lies, and the SHA-256 of its two files.

    Attributes:
        pdf, json: the files.
        pdf_sha256, json_sha256: of them.
        seal: who signed, and the result that the PDF carries.
    """

    pdf: Path
    json: Path
    pdf_sha256: str
    json_sha256: str
    seal: Seal


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDocument:
    """A report in memory: the PDF, the JSON that it carries, and who signed."""

    pdf: bytes
    json: bytes
    seal: Seal


def report_document(
    report: CaseReport, *, fonts_dir: Path, signer: Signer | None = None, cancel: CancelToken | None = None
) -> ReportDocument:
    """The whole document. Signed anew, the same report gives the same bytes but for the signature and its time.

    Args:
        report: what to say.
        fonts_dir: folder with the fonts (`resources/fonts`).
        signer: who signs; None leaves the report unsigned, which its first page says.
        cancel: checked until it is signed.

    Raises:
        ReportError: a font is missing, or the time-stamp authority does not answer.
        AnalysisCancelledError: asked to stop.
    """
    cancel = cancel or CancelToken()
    seal = Seal()
    if signer is not None:
        seal = Seal(signer=signer.key.name, key_sha256=signer.key.fingerprint, has_timestamp=signer.has_timestamp)
    result = Result(data=report_to_json_bytes(report, seal), made_at=report.created_at)
    seal = replace(seal, result_sha256=result.sha256)
    pages = pdf_bytes(report, fonts_dir=fonts_dir, seal=seal, cancel=cancel)
    cancel.raise_if_cancelled()
    document = as_archive(pages, result)
    cancel.raise_if_cancelled()
    if signer is not None:
        from core.report.signing import signed  # takes a while to load, and most reports of a day are previews

        case = report.case
        document = signed(document, signer, organisation=case.organisation, contact=case.case_number or case.title)
    return ReportDocument(pdf=document, json=result.data, seal=seal)


def write_report(
    report: CaseReport,
    pdf: Path,
    *,
    fonts_dir: Path,
    signer: Signer | None = None,
    cancel: CancelToken | None = None,
) -> ReportFiles:
    """Write a report as PDF and, beside it, the JSON that the PDF carries; both or neither.

    Args:
        report: what to say.
        pdf: the PDF; earlier files are replaced only when both new ones are complete.
        fonts_dir: folder with the fonts (`resources/fonts`).
        signer: see `report_document`.
        cancel: checked until the files are written.

    Raises:
        ReportError: a font is missing, the time-stamp authority does not answer, or a file cannot be written.
        AnalysisCancelledError: asked to stop; nothing was written.
    """
    json_path = pdf.with_suffix(".json")
    made = report_document(report, fonts_dir=fonts_dir, signer=signer, cancel=cancel)
    write_together({pdf: made.pdf, json_path: made.json})
    return ReportFiles(
        pdf=pdf,
        json=json_path,
        pdf_sha256=hashlib.sha256(made.pdf).hexdigest(),
        json_sha256=hashlib.sha256(made.json).hexdigest(),
        seal=made.seal,
    )
