"""The report as it is handed over: a PDF and the same as JSON beside it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from core.domain.cancel import CancelToken
from core.domain.report import CaseReport
from core.report.json_export import report_to_json
from core.report.pdf import pdf_bytes
from core.report.writing import write_together


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFiles:
    """Where a report lies, and the SHA-256 of its two files."""

    pdf: Path
    json: Path
    pdf_sha256: str
    json_sha256: str


def write_report(report: CaseReport, pdf: Path, *, fonts_dir: Path, cancel: CancelToken | None = None) -> ReportFiles:
    """Write a report as PDF and as JSON beside it, both or neither.

    Args:
        report: what to say.
        pdf: the PDF; earlier files are replaced only when both new ones are complete.
        fonts_dir: folder with the fonts (`resources/fonts`).
        cancel: checked until the files are written.

    Raises:
        ReportError: a font is missing, or a file cannot be written.
        AnalysisCancelledError: asked to stop; nothing was written.
    """
    json_path = pdf.with_suffix(".json")
    cancel = cancel or CancelToken()
    document = pdf_bytes(report, fonts_dir=fonts_dir, cancel=cancel)
    values = report_to_json(report).encode("utf-8")
    cancel.raise_if_cancelled()
    write_together({pdf: document, json_path: values})
    return ReportFiles(
        pdf=pdf,
        json=json_path,
        pdf_sha256=hashlib.sha256(document).hexdigest(),
        json_sha256=hashlib.sha256(values).hexdigest(),
    )
