"""Handing over a report: the files, and what it says in a few lines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.result_words import result_lines, result_record
from app.settings import Folders
from app.terminal import JsonValue, Terminal
from core.domain.cancel import CancelToken
from core.domain.report import CaseReport

if TYPE_CHECKING:
    from core.report.files import ReportFiles
    from core.report.signing import Signer


def deliver(
    report: CaseReport,
    pdf: Path,
    folders: Folders,
    terminal: Terminal,
    signer: Signer | None = None,
    cancel: CancelToken | None = None,
) -> ReportFiles:
    """Write a report as PDF and as JSON beside it, and print what it found, where it lies and who signed.

    Raises:
        ReportError: a file cannot be written, or the time-stamp authority does not answer.
        AnalysisCancelledError: asked to stop.
    """
    from core.report.files import write_report  # sets pages: takes a while to load

    files = write_report(report, pdf, fonts_dir=folders.fonts, signer=signer, cancel=cancel)
    for number, result in enumerate(report.results, 1):
        for line in result_lines(number, result):
            terminal.say(line)
    for path, reason in report.refused:
        terminal.say_foreign(f"not analysed: {path}: {reason}")
    terminal.say_foreign(f"report: {pdf}")
    terminal.say_foreign(f"the same as JSON: {files.json}")
    seal = files.seal
    terminal.say_foreign(
        f"signed by {seal.signer}, key fingerprint {seal.key_sha256}" if seal.signer else "the report is not signed"
    )
    items: list[JsonValue] = [result_record(result) for result in report.results]
    refused: list[JsonValue] = [{"path": path, "reason": reason} for path, reason in report.refused]
    terminal.record(
        {
            "event": "done",
            "report": str(pdf),
            "json": str(files.json),
            "report_sha256": files.pdf_sha256,
            "signer": {"name": seal.signer, "key_sha256": seal.key_sha256} if seal.signer else None,
            "items": items,
            "refused": refused,
        }
    )
    return files
