"""Write the evidence report as one PDF file."""

from __future__ import annotations

import io
import threading
from pathlib import Path

from core.domain.cancel import CancelToken
from core.domain.report import CaseReport
from core.report.fonts import FontSet
from core.report.layout import ReportTemplate, compose
from core.report.writing import write_together

# reportlab keeps registered fonts in one table of the process; two reports written at once would mix theirs.
_FONTS_IN_USE = threading.Lock()


def write_pdf(report: CaseReport, path: Path, *, fonts_dir: Path) -> None:
    """Write `report` to `path`, whole or not at all.

    The same report gives the same bytes: the creation time is `report.created_at`. The document holds no links, scripts
    or attachments, and embeds its fonts.

    Args:
        report: what to say.
        path: the PDF to write; an earlier file is replaced only when the new one is complete.
        fonts_dir: folder with the fonts (`resources/fonts`).

    Raises:
        ReportError: a font is missing, or the file cannot be written.
    """
    write_together({path: pdf_bytes(report, fonts_dir=fonts_dir)})


def pdf_bytes(report: CaseReport, *, fonts_dir: Path, cancel: CancelToken | None = None) -> bytes:
    """The document of `write_pdf` in memory.

    Args:
        report: what to say.
        fonts_dir: folder with the fonts (`resources/fonts`).
        cancel: checked as the pages are set; a case with many persons takes a while.

    Raises:
        ReportError: a font is missing.
        AnalysisCancelledError: asked to stop.
    """
    cancel = cancel or CancelToken()
    with _FONTS_IN_USE:
        fonts = FontSet(fonts_dir)
        pages: dict[str, int] = {}
        total = 0
        # Page numbers in the contents and "of y" are known only after a first pass.
        for _ in range(2):
            stream = io.BytesIO()
            cancel.raise_if_cancelled()
            document = ReportTemplate(stream, report, fonts, total, cancel)
            document.build(compose(report, fonts, pages))
            pages, total = document.pages_of, document.page
        return stream.getvalue()
