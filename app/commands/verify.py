"""`verify`: whether a report is what its examiner signed, and what of it differs."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from app.arguments import new_command
from app.report_check import FAILED_CODE, UNCHECKED_CODE, case_lines, code_of, hashed, model_lines, show_line
from app.settings import Folders
from app.terminal import Terminal
from core.report.check_lines import State

if TYPE_CHECKING:
    from app.arguments import Subparsers
    from core.report.check_lines import CheckLine


def add_parser(subparsers: Subparsers, common: ArgumentParser) -> None:
    """Add the command."""
    parser = new_command(
        subparsers,
        common,
        "verify",
        summary="check a report: signature, attached result, custody log, hashes",
        description="Checks a report and names what differs, one line for each thing: ok, failed or not checked. The\n"
        "file is read in a confined process: it may be anybody's. Nothing is fetched from a network.\n"
        f"Exit code 0: everything was checked and holds. {FAILED_CODE}: something failed. {UNCHECKED_CODE}: nothing\n"
        "failed, but something could not be checked, for example who the signer is.",
        examples="  unswap verify report.pdf\n  unswap verify report.pdf --certificate doe.pem --case cases/2026-17",
    )
    parser.add_argument("report", type=Path, metavar="REPORT", help="the PDF")
    parser.add_argument(
        "--certificate",
        type=Path,
        metavar="FILE",
        help="certificate of the examiner, got another way (`unswap key export`): the signature must be of its key",
    )
    parser.add_argument(
        "--case", type=Path, metavar="DIR", help="the case folder: its custody log must go on from the report's"
    )
    parser.add_argument(
        "--evidence",
        nargs="+",
        type=Path,
        default=[],
        metavar="FILE",
        help="where evidence lies now (default: where it lay at intake)",
    )
    parser.set_defaults(run=run)


def run(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`verify`."""
    lines = []
    for line in _lines(args, folders):
        lines.append(line)
        show_line(terminal, line)
    code = code_of(lines)
    is_unsigned = any(line.subject == "signature" and line.state is State.NOT_CHECKED for line in lines)
    words = {
        0: "everything was checked and holds",
        FAILED_CODE: "NOT as it was signed and stated: see the lines that failed",
        UNCHECKED_CODE: "nothing that was checked differs, but nobody signed the report: changes may leave no trace"
        if is_unsigned
        else "nothing differs, but not everything could be checked",
    }
    terminal.say(words[code])
    terminal.record({"event": "done", "exit_code": code, "verdict": words[code]})
    return code


def _lines(args: Namespace, folders: Folders) -> Iterator[CheckLine]:
    from core.report.examine import examine
    from core.report.verify import UnreadableResultError, check_copy, check_document, check_evidence, read_certificate

    certificate = None if args.certificate is None else read_certificate(args.certificate)
    known = hashed(args.evidence)
    examined = examine(args.report)
    try:
        lines, basis = check_document(examined, certificate)
    except UnreadableResultError as error:
        yield from error.lines
        return
    yield from lines
    yield from check_copy(args.report, examined.facts)
    yield from check_evidence(basis.evidence, known)
    yield from model_lines(basis, folders)
    if args.case is not None:
        yield from case_lines(basis, examined, args.case, folders)
