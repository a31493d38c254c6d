"""Places on the disk that a person names: asking about them never fails, and nothing of theirs is overwritten."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from core.errors import ReportError

_REPORT_JSON = b'{\n "schema": "unswap-report/'
"""How every report's JSON begins, see `core.report.json_export`."""


def is_there(path: Path) -> bool:
    """Whether something stands at `path`, or may stand there where the system does not let us look."""
    try:
        return path.exists()
    except OSError as error:  # a name too long, a disk that fails
        return isinstance(error, PermissionError)


def is_folder(path: Path) -> bool:
    """Whether `path` is a folder that can be seen."""
    try:
        return path.is_dir()
    except OSError:
        return False


def check_report_place(report: Path, case_folder: Path, *, is_new_case: bool, keep: Iterable[Path] = ()) -> None:
    """Refuse an impossible place for the report before the long work, not after it.

    Nothing but a report is replaced; the first bytes of what stands there are read.

    Args:
        report: the PDF; the JSON goes beside it.
        case_folder: of the case; made later when missing.
        is_new_case: nothing in the case folder is of our making.
        keep: files that the report must not replace, the evidence above all.

    Raises:
        ReportError: no folder to write to, something else stands there, or the name does not end in .pdf.
    """
    folder = report.absolute().parent
    if is_folder(report) or not (is_folder(folder) or folder == case_folder.absolute()):
        raise ReportError(
            "the report cannot be written there", next_step="name a file in a folder that exists", path=report
        )
    kept = {os.path.realpath(path) for path in keep}  # which links in a circle do not stop
    for target in (report, report.with_suffix(".json")):
        if os.path.realpath(target) in kept:
            raise ReportError(
                "the report would replace a file that is being read", next_step="name another file", path=target
            )
        if is_new_case and folder == case_folder.absolute() and is_there(target):
            raise ReportError(
                "a file that is not of this case would be replaced",
                next_step="move it away, or name another folder for the case",
                path=target,
            )
    check_replaces_reports_only(report)


def check_replaces_reports_only(pdf: Path) -> None:
    """Refuse to put a report in the place of a file that is none; reads the first bytes of what stands there.

    Args:
        pdf: the PDF; the JSON goes beside it.

    Raises:
        ReportError: it does not end in .pdf, or something else would be replaced.
    """
    if pdf.suffix.lower() != ".pdf":
        raise ReportError(
            "the name of a report ends in .pdf", next_step="add .pdf to the name; the JSON goes beside it", path=pdf
        )
    for target, begins in ((pdf, b"%PDF-"), (pdf.with_suffix(".json"), _REPORT_JSON)):
        if is_there(target) and not _begins(target, begins):
            raise ReportError(
                "a file that is no report would be replaced", next_step="choose another name or folder", path=target
            )


def _begins(path: Path, expected: bytes) -> bool:
    try:
        if not path.is_file():  # a pipe would be waited for
            return False
        with path.open("rb") as stream:
            return stream.read(len(expected)) == expected
    except OSError:
        return False
