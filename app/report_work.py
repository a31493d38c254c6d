"""Making a report for the window: its pages in memory, or its files at a place that a person chose.

Nothing of a preview touches the disk: its pages show people, and a program that is killed leaves no copy of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from app.places import check_report_place
from app.report_export import log_export
from app.settings import Folders
from app.signing import sign_log
from core.domain.cancel import CancelToken
from core.errors import CaseError
from core.report.seal import Seal
from ui.widgets.report_summary import ExportedReport, PreviewPages

if TYPE_CHECKING:
    from core.casefile.store import CaseFile
    from core.domain.report import CaseReport
    from core.evidence.examiner_key import ExaminerKey
    from core.report.signing import Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A finished preview.

    Attributes:
        pages: for the page that shows it.
        hashes: SHA-256 of each item's file as of now, by evidence id; '' where it could not be read.
    """

    pages: PreviewPages
    hashes: dict[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOrder:
    """Where a report goes, and who asked for it.

    Attributes:
        pdf: the PDF; the JSON goes beside it.
        actor: for the custody log.
        folders: where fonts, and the ledger of signatures, are.
        signer: who signs; None when nobody does.
        keep: files that must not be replaced, beside the evidence.
    """

    pdf: Path
    actor: str
    folders: Folders
    signer: Signer | None = None
    keep: tuple[Path, ...] = ()


def make_preview(case: CaseFile, fonts: Path, cancel: CancelToken, seal: Seal) -> Preview:
    """Set the pages of the case's report; they say who would sign it.

    Raises:
        CaseFileError: no analysis of the case came to its end.
        ReportError: a font is missing.
        AnalysisCancelledError: asked to stop.
    """
    from core.report.pdf import pdf_bytes
    from core.report.stored import stored_report

    report = stored_report(case, cancel)
    pdf = pdf_bytes(report, fonts_dir=fonts, seal=seal, cancel=cancel)
    return Preview(pages=PreviewPages(pdf=pdf, made_at=datetime.now(UTC)), hashes=hashes_of(report))


def export_report(case: CaseFile, order: ExportOrder, cancel: CancelToken) -> tuple[ExportedReport, dict[int, str]]:
    """Write the report as PDF and JSON, both or neither, and say so in the custody log with the hashes of both.

    Returns:
        Where it lies, and the hashes of the evidence as in `Preview`.

    Raises:
        CaseFileError: no analysis of the case came to its end.
        ReportError: the place is not fit for a report, or it cannot be written; earlier files are as they were.
        ExaminerKeyError: the ledger of signatures cannot be written.
        AnalysisCancelledError: asked to stop.
    """
    from core.casefile.hash_log import checks_at_export
    from core.report.files import write_report
    from core.report.stored import stored_report

    evidence = [stored.item.path for stored in case.evidence()]
    check_report_place(order.pdf, case.folder, is_new_case=False, keep=(*evidence, *order.keep))
    key = None if order.signer is None else order.signer.key
    checks = checks_at_export(case, actor=order.actor, cancel=cancel)
    sign_log(case, key, order.folders)
    report = stored_report(case, cancel, checks)
    files = write_report(report, order.pdf, fonts_dir=order.folders.fonts, signer=order.signer, cancel=cancel)
    unlogged = ""
    try:
        log_export(case, order.actor, files)
        sign_log(case, key, order.folders)
    except CaseError as error:
        unlogged = error.what
    exported = ExportedReport(
        pdf=files.pdf,
        json=files.json,
        pdf_sha256=files.pdf_sha256,
        json_sha256=files.json_sha256,
        unlogged=unlogged,
        signer=files.seal.signer,
        key_sha256=files.seal.key_sha256,
    )
    return exported, hashes_of(report)


def signer_with(key: ExaminerKey | None, timestamp_url: str = "") -> Signer | None:
    """Who signs with a key; a time-stamp authority is asked only where a person named one in the preferences."""
    if key is None:
        return None
    from core.report.signing import Signer

    return Signer(key=key, timestamp_url=timestamp_url)


def hashes_of(report: CaseReport) -> dict[int, str]:
    """The hashes that a report took of the evidence, by evidence id."""
    return {i: result.sha256_after for i, result in zip(report.evidence_ids, report.results, strict=True)}
