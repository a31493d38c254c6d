"""`doctor`: does everything that the program needs work on this machine?"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING

from app.arguments import new_command
from app.settings import Folders, application_version
from app.terminal import Terminal, table
from core.domain.installation import CheckState

if TYPE_CHECKING:
    from app.arguments import Subparsers

BROKEN = 3


def add_parser(subparsers: Subparsers, common: ArgumentParser) -> None:
    """Add the command."""
    parser = new_command(
        subparsers,
        common,
        "doctor",
        summary="check this installation",
        description="Checks Python, libraries, compute device, weights, codecs, database, fonts, folders and disk.\n"
        f"Says what to do about every fault. Exit code {BROKEN} when something needed does not work.",
        examples="  unswap doctor\n  unswap doctor --json",
    )
    parser.set_defaults(run=run)


def run(_: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`doctor`."""
    from app.self_check import all_checks

    terminal.say(f"Unswap {application_version()}")
    checks = []
    for check in all_checks(folders):
        checks.append(check)
        for line in table([(f"{check.state.value:7}", f"{check.name:22}", check.value)]):
            terminal.say(line)
        if check.next_step:
            terminal.say(f"{'':9}-> {check.next_step}")
    failed = [check for check in checks if check.state is CheckState.FAILED]
    warned = sum(check.state is CheckState.WARNING for check in checks)
    terminal.say(f"{len(checks)} checks: {len(failed)} failed, {warned} with a warning")
    terminal.record(
        {
            "version": application_version(),
            "healthy": not failed,
            "checks": [{**asdict(check), "state": check.state.value} for check in checks],
        }
    )
    return BROKEN if failed else 0
