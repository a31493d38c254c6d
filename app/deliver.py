"""Handing over a report: the files, and what it says in a few lines."""

from __future__ import annotations

from pathlib import Path

from app.result_words import result_lines, result_record
from app.settings import Folders
from app.terminal import JsonValue, Terminal
from core.domain.report import CaseReport
from core.report.files import write_report


def deliver(report: CaseReport, pdf: Path, folders: Folders, terminal: Terminal) -> None:
    """Write a report as PDF and as JSON beside it, and print what it found and where it lies.

    Raises:
        ReportError: a file cannot be written.
    """
    files = write_report(report, pdf, fonts_dir=folders.fonts)
    for number, result in enumerate(report.results, 1):
        for line in result_lines(number, result):
            terminal.say(line)
    for path, reason in report.refused:
        terminal.say_foreign(f"not analysed: {path}: {reason}")
    terminal.say_foreign(f"report: {pdf}")
    terminal.say_foreign(f"the same as JSON: {files.json}")
    items: list[JsonValue] = [result_record(result) for result in report.results]
    refused: list[JsonValue] = [{"path": path, "reason": reason} for path, reason in report.refused]
    terminal.record({"event": "done", "report": str(pdf), "json": str(files.json), "items": items, "refused": refused})
