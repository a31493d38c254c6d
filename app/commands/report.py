"""`report`: write the report of a case again."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from app.arguments import new_command
from app.commands.case_options import REPORT_NAME, add_case_options, merged_info
from app.interrupts import cancel_on_interrupt
from app.places import check_report_place
from app.report_export import add_signing_options, export, signing_with
from app.settings import Folders
from app.terminal import Terminal

if TYPE_CHECKING:
    from app.arguments import Subparsers


def add_parser(subparsers: Subparsers, common: ArgumentParser) -> None:
    """Add the command."""
    parser = new_command(
        subparsers,
        common,
        "report",
        summary="write the report of a case again",
        description="Writes the PDF and the JSON of a case from what the case holds; nothing is analysed. What is\n"
        "given about the case replaces what was entered before. Evidence files are hashed once more.",
        examples="  unswap report --case cases/2026-17\n"
        "  unswap report --case cases/2026-17 --examiner 'J. Doe' --question 'Who is shown?' --report final.pdf\n"
        "  unswap report --case cases/2026-17 --sign-as 'J. Doe' --timestamp-url http://tsa.example.org",
    )
    parser.add_argument("--case", type=Path, required=True, metavar="DIR", help="the case folder")
    add_case_options(parser)
    add_signing_options(parser)
    parser.set_defaults(run=run)


def run(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`report`."""
    from core.casefile.store import CaseFile

    with CaseFile.open(args.case, create=False) as case:
        before = case.case_info()
        now = merged_info(before, args)
        if now != before:
            case.set_case_info(now)
        pdf = args.report or args.case / REPORT_NAME
        keep = [stored.item.path for stored in case.evidence()]
        check_report_place(pdf, args.case, is_new_case=False, keep=keep)
        signing = signing_with(args, folders, terminal, now.examiner)
        with cancel_on_interrupt() as cancel:
            export(case, pdf, signing, folders, terminal, cancel)
    return 0
