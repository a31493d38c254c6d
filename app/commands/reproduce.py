"""`reproduce`: make the run of a report again and compare it with what the report states."""

from __future__ import annotations

import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from app.arguments import new_command
from app.gallery_unlocking import add_passphrase_option
from app.interrupts import cancel_on_interrupt
from app.places import is_there
from app.report_check import FAILED_CODE, UNCHECKED_CODE, code_of, hashed, show_line
from app.settings import Folders
from app.terminal import Terminal
from core.errors import OutputError

if TYPE_CHECKING:
    from app.arguments import Subparsers
    from core.report.check_lines import CheckLine


def add_parser(subparsers: Subparsers, common: ArgumentParser) -> None:
    """Add the command."""
    parser = new_command(
        subparsers,
        common,
        "reproduce",
        summary="run the analysis of a report again and compare",
        description="Reads from the attached result how a report was made, checks evidence and model files by their\n"
        "hashes, runs the analysis again in a case of its own, and compares with the result within the tolerance\n"
        "that the report states. Decisions of people that shape persons and tracks are replayed, verdicts are not.\n"
        f"Exit code 0: everything was compared and agrees. {FAILED_CODE}: something differs. {UNCHECKED_CODE}:\n"
        "nothing differs, but something could not be compared, candidates without the gallery for example.",
        examples="  unswap reproduce report.pdf\n"
        "  unswap reproduce report.pdf --evidence copies/suspect.mp4 --gallery known.db --out again",
    )
    parser.add_argument("report", type=Path, metavar="REPORT", help="the PDF")
    parser.add_argument(
        "--evidence",
        nargs="+",
        type=Path,
        default=[],
        metavar="FILE",
        help="where the evidence lies now, told apart by hash (default: where it lay at intake)",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--gallery", type=Path, metavar="DB", help="the gallery that was searched (default: where it was, or your own)"
    )
    which.add_argument("--no-gallery", action="store_true", help="search nobody; candidates are not compared")
    add_passphrase_option(parser, "--gallery-passphrase-file")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="keep the case of the repetition there (default: it is thrown away)"
    )
    parser.add_argument("--device", help="auto, cpu, cuda or mps (default: as in the report)")
    parser.set_defaults(run=run)


def run(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`reproduce`."""
    if args.out is not None and is_there(args.out):
        raise OutputError("there is something already", next_step="name a folder that does not exist", path=args.out)
    lines = []
    with tempfile.TemporaryDirectory(prefix="unswap-reproduce-") as temporary:
        for line in _lines(args, folders, terminal, args.out or Path(temporary) / "case"):
            lines.append(line)
            show_line(terminal, line)
    code = code_of(lines)
    words = {
        0: "the report was reproduced within its tolerance",
        FAILED_CODE: "NOT reproduced: see the lines that failed",
        UNCHECKED_CODE: "nothing differs, but not everything could be compared",
    }
    terminal.say(words[code])
    terminal.record({"event": "done", "exit_code": code, "verdict": words[code]})
    return code


def _lines(args: Namespace, folders: Folders, terminal: Terminal, case_folder: Path) -> Iterator[CheckLine]:
    from core.report.check_lines import State, worst
    from core.report.examine import examine
    from core.report.verify import UnreadableResultError, check_document

    known = hashed(args.evidence)
    examined = examine(args.report)
    try:
        lines, basis = check_document(examined, None)
    except UnreadableResultError as error:
        yield from error.lines
        return
    # What is fine with the document is the business of `verify`.
    yield from (line for line in lines if line.state is State.FAILED)
    if worst(lines) is State.FAILED:
        return
    with cancel_on_interrupt() as cancel:
        from app.reproduction import Repetition, repeat

        order = Repetition(
            basis=basis,
            result=examined.result,
            known=known,
            case_folder=case_folder,
            gallery=args.gallery,
            no_gallery=args.no_gallery,
            passphrase_file=args.gallery_passphrase_file,
            device=args.device,
            command=args.command_line,
        )
        yield from repeat(order, folders, terminal, cancel)
