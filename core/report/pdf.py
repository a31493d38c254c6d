"""Write the evidence report as one PDF file."""

from __future__ import annotations

import io
import os
import tempfile
import threading
from pathlib import Path

from core.domain.report import CaseReport
from core.errors import ReportError
from core.report.fonts import FontSet
from core.report.layout import ReportTemplate, compose

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
    write_atomically(path, pdf_bytes(report, fonts_dir=fonts_dir))


def pdf_bytes(report: CaseReport, *, fonts_dir: Path) -> bytes:
    """The document of `write_pdf` in memory.

    Raises:
        ReportError: a font is missing.
    """
    with _FONTS_IN_USE:
        fonts = FontSet(fonts_dir)
        pages: dict[str, int] = {}
        total = 0
        # Page numbers in the contents and "of y" are known only after a first pass.
        for _ in range(2):
            stream = io.BytesIO()
            document = ReportTemplate(stream, report, fonts, total)
            document.build(compose(report, fonts, pages))
            pages, total = document.pages_of, document.page
        return stream.getvalue()


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file through a temporary neighbour, so that a reader sees the old or the new one, never a part.

    Raises:
        ReportError: the folder or the disk does not take the file.
    """
    temporary = ""
    try:
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.stem[:40]}-", suffix=".part", delete=False
        ) as stream:
            temporary = stream.name
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise ReportError(
            f"the report cannot be written ({error.strerror or error})",
            next_step="check that the folder exists, is writable and has free space, or choose another "
            "place with --report",
            path=path,
        ) from error
