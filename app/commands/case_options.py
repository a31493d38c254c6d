"""What a person enters about a case on the command line, and where its report goes."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from dataclasses import fields, replace
from pathlib import Path

from core.domain.report import CaseInfo

REPORT_NAME = "report.pdf"


def add_case_options(parser: ArgumentParser) -> None:
    """Options for the fields of `CaseInfo`, and ``--report``."""
    group = parser.add_argument_group("about the case (kept in it, printed in the report)")
    group.add_argument("--case-number", metavar="TEXT", help="number or reference of the case")
    group.add_argument("--title", metavar="TEXT", help="short title")
    group.add_argument("--examiner", metavar="TEXT", help="who examines")
    group.add_argument("--organisation", metavar="TEXT", help="for whom the examiner works")
    group.add_argument("--request", metavar="TEXT", help="who asked for what, and when")
    group.add_argument("--question", metavar="TEXT", action="append", help="a question to answer; may be repeated")
    group.add_argument("--observations", metavar="TEXT", help="what the examiner adds")
    parser.add_argument(
        "--report",
        type=_pdf_path,
        metavar="FILE",
        help="where the PDF goes; the JSON is written beside it (default: report.pdf in the case folder)",
    )


def merged_info(stored: CaseInfo, args: Namespace) -> CaseInfo:
    """What was entered before, with what is entered now in its place."""
    given = {field.name: getattr(args, field.name) for field in fields(CaseInfo) if field.name != "questions"}
    changes = {name: value for name, value in given.items() if value is not None}
    if args.question:
        changes["questions"] = tuple(args.question)
    return replace(stored, **changes)


def _pdf_path(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() != ".pdf":
        raise ArgumentTypeError(f"{text!r} does not end in .pdf; name the PDF; the JSON is written beside it")
    return path
