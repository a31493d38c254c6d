"""Set the pages of the evidence report."""

from __future__ import annotations

import io
import threading
from pathlib import Path

from reportlab import rl_config

from core.domain.cancel import CancelToken
from core.domain.report import CaseReport
from core.report.fonts import FontSet
from core.report.layout import ReportTemplate, compose
from core.report.seal import Seal

# reportlab keeps registered fonts in one table of the process; two reports written at once would mix theirs.
_FONTS_IN_USE = threading.Lock()

# ASCII85, which reportlab encodes in Python, takes half of the time of a report with pictures and a quarter more room.
rl_config.useA85 = 0


def pdf_bytes(
    report: CaseReport, *, fonts_dir: Path, seal: Seal | None = None, cancel: CancelToken | None = None
) -> bytes:
    """The pages as a PDF that holds no links, scripts or attachments and embeds its fonts.

    The same report gives the same bytes: the creation time is `report.created_at`. `core.report.files` makes of it
    the document that is handed over.

    Args:
        report: what to say.
        fonts_dir: folder with the fonts (`resources/fonts`).
        seal: who signs the document and what it carries; None where nobody does.
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
            document.build(compose(report, fonts, pages, seal or Seal()))
            pages, total = document.pages_of, document.page
        return stream.getvalue()
