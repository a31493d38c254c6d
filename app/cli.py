"""The command line: which command, and what every command has in common."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from app.commands import (
    analyze,
    custody,
    doctor,
    evaluate,
    gallery,
    key,
    models,
    recover,
    report,
    reproduce,
    validate,
    verify,
)
from app.faults import log_fault, words_without_values
from app.places import is_there
from app.settings import Folders, application_version, standard_folders
from app.terminal import Terminal, discard_stdout, tolerate_any_text
from core.errors import BugError, CaseError
from core.report.text import printable

INTERRUPTED = 130
BROKEN_PIPE = 141
_COMMANDS = (analyze, recover, gallery, models, report, verify, reproduce, key, custody, evaluate, validate, doctor)
_EXAMPLES = """\
examples:
  unswap gallery import people/ --basis "court order 12/2026"
  unswap analyze suspect.mp4 --case cases/2026-17 --examiner "J. Doe"
  unswap doctor

Run `unswap COMMAND --help` for the options and examples of a command. The exit codes are listed in
docs/command-line.md; 0 means that everything went well.
"""


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        print(f"Unswap {application_version()}")
        parser.exit()


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="unswap",
        description="Recovers the two faces behind a face swap, compares them with a gallery of known people, and "
        "writes an evidence report.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        parents=[_common_options()],
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and stop")
    parser.set_defaults(json=False, verbose=False)
    subparsers = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", required=True)
    for command in _COMMANDS:
        command.add_parser(subparsers, _common_options())
    return parser


def _common_options() -> argparse.ArgumentParser:
    """Options that may stand before or after the command: unset ones must not overwrite what stood before it."""
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS, allow_abbrev=False)
    group = common.add_argument_group("for every command")
    group.add_argument("--json", action="store_true", help="print JSON on stdout, one object a line")
    group.add_argument("--verbose", action="store_true", help="show warnings, and the details of unexpected errors")
    return common


def run(arguments: Sequence[str], folders: Folders | None = None) -> int:
    """Carry out one command line.

    Args:
        arguments: without the program's name.
        folders: where things are; the operating system's folders when None.

    Returns:
        The exit code. Nothing is raised: this is the outermost boundary of the command line.
    """
    tolerate_any_text()
    try:
        args = build_parser().parse_args(arguments)
    except SystemExit as stop:  # argparse has printed the help or the usage error
        if stop.code:
            _explain_dashes(arguments)
        return int(stop.code or 0)
    args.command_line = ("unswap", *arguments)
    terminal = Terminal(as_json=args.json, verbose=args.verbose)
    folders = folders or standard_folders()
    with warnings.catch_warnings():
        if not terminal.verbose:
            warnings.simplefilter("ignore")
        try:
            return int(args.run(args, folders, terminal))
        except SystemExit as stop:  # a usage error that shows only when arguments are seen together
            return int(stop.code or 0)
        except CaseError as error:
            terminal.complain(error)
            return error.exit_code
        except KeyboardInterrupt:
            terminal.note("stopped; running the same command again is safe")
            return INTERRUPTED
        except BrokenPipeError:
            discard_stdout()
            return BROKEN_PIPE
        except Exception as error:  # the one catch-all of the command line
            command = [args.command, *([args.action] if "action" in args else [])]
            return _fault(error, words_without_values(command, arguments), folders, terminal)


def _explain_dashes(arguments: Sequence[str]) -> None:
    """After a usage error: files whose names look like options are the likeliest reason."""
    for word in arguments:
        if word.startswith("-") and len(word) > 1 and is_there(Path(word)):
            name = printable(word)
            print(f"unswap: the file {name} looks like an option because of its '-'; write ./{name}", file=sys.stderr)


def _fault(error: Exception, command: str, folders: Folders, terminal: Terminal) -> int:
    log_file = log_fault(error, folders.log_file, application_version(), command)
    where = f"the details are in {log_file}" if log_file else "the details could not be written to any file"
    terminal.note(f"something went wrong that should not ({type(error).__name__}); {where}")
    terminal.note("please send that file to the makers; nothing that was finished before is lost")
    terminal.record(
        {
            "event": "error",
            "error": type(error).__name__,
            "exit_code": BugError.exit_code,
            "log_file": str(log_file) if log_file else None,
        }
    )
    if terminal.verbose:
        import traceback

        traceback.print_exception(error, file=sys.stderr)
    return BugError.exit_code


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
