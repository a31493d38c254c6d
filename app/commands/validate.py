"""`validate`: run the campaigns of docs/validation.md."""

from __future__ import annotations

import tempfile
import time
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from app.arguments import new_command, whole
from app.settings import APPLICATION, Folders, application_version
from app.terminal import Terminal, table
from core.errors import OutputError
from core.evidence.writing import write_whole
from core.validation.register import NAMES, campaign

if TYPE_CHECKING:
    from app.arguments import Subparsers
    from core.validation.campaign import Campaign, Check, Setting
    from core.validation.record import Record

NOT_KEPT = 3
_DEFAULT_SEED = 20


def add_parser(subparsers: Subparsers, common: ArgumentParser) -> None:
    """Add the command."""
    parser = new_command(
        subparsers,
        common,
        "validate",
        summary="show that this installation keeps what docs/validation.md promises",
        description="Runs validation campaigns on this machine: hostile files, killed processes, tampered logs and\n"
        "reports, malicious weights, erasure, determinism. Without --full a short slice of each, in about a\n"
        f"minute apiece. Exit code {NOT_KEPT} when a promise is not kept.",
        examples="  unswap validate\n"
        "  unswap validate hostile-media --full --record docs\n"
        "  unswap validate --record docs --rebuild",
    )
    parser.add_argument(
        "campaigns", nargs="*", metavar="CAMPAIGN", help=f"which; all when none is named: {', '.join(NAMES)}"
    )
    parser.add_argument("--full", action="store_true", help="the whole campaign; some take an hour")
    parser.add_argument(
        "--seed", type=whole(0, 2**31), default=_DEFAULT_SEED, help=f"of random choices (default: {_DEFAULT_SEED})"
    )
    parser.add_argument(
        "--record",
        type=Path,
        metavar="DIR",
        help="keep what was measured in DIR/validation/ and write DIR/validation.md anew from all that lies there",
    )
    parser.add_argument("--rebuild", action="store_true", help="run nothing; only write DIR/validation.md anew")
    parser.set_defaults(run=run, usage_error=parser.error)


def run(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`validate`."""
    for name in args.campaigns:
        if name not in NAMES:
            args.usage_error(f"there is no campaign {name!r}; there are {', '.join(NAMES)}")
    if args.rebuild:
        if args.record is None:
            args.usage_error("--rebuild needs --record DIR")
        _write_page(args.record)
        return 0
    broken = 0
    for name in args.campaigns or NAMES:
        record = _carried_out(campaign(name), args, folders, terminal)
        broken += sum(check.passed is False for check in record.checks)
        if args.record is not None:
            _keep(record, args.record)
            terminal.say_foreign(f"recorded in {args.record}")
    return NOT_KEPT if broken else 0


def _carried_out(one: Campaign, args: Namespace, folders: Folders, terminal: Terminal) -> Record:
    from core.validation.campaign import Setting
    from core.validation.record import Record, commit_of, models_of, this_machine

    terminal.say(one.title)
    started_at, started = datetime.now(UTC), time.monotonic()
    commit = commit_of()  # before the campaign, during which files may change
    checks: list[Check] = []
    with (
        tempfile.TemporaryDirectory(prefix=f"unswap-{one.name}-", ignore_cleanup_errors=True) as workspace,
        terminal.progress_bar(one.name, "cases") as bar,
    ):

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        setting: Setting = Setting(
            workspace=Path(workspace), resources=folders.resources, full=args.full, seed=args.seed, progress=progress
        )
        for check in one.run(setting):
            checks.append(check)
            _tell(one, check, terminal)
    words = ["unswap validate", one.name, *(["--full"] if args.full else [])]
    if args.seed != _DEFAULT_SEED:
        words.append(f"--seed {args.seed}")
    return Record(
        campaign=one.name,
        title=one.title,
        about=one.about,
        command=" ".join(words),
        application=application_version(),
        started_at=started_at,
        seconds=round(time.monotonic() - started, 1),
        machine=this_machine(APPLICATION),
        checks=tuple(checks),
        commit=commit,
        models_sha256=models_of(folders.resources),
    )


def _tell(one: Campaign, check: Check, terminal: Terminal) -> None:
    state = {True: "kept", False: "NOT KEPT", None: "not measured"}[check.passed]
    for line in table([("", state, f"{check.promise}: {check.figure}")]):
        terminal.say(line)
    terminal.record({"campaign": one.name, "promise": check.promise, "figure": check.figure, "passed": check.passed})


def _keep(record: Record, folder: Path) -> None:
    from core.validation.record import FOLDER

    _write(folder / FOLDER / f"{record.campaign}.json", record.to_json())
    _write_page(folder)


def _write_page(folder: Path) -> None:
    from core.validation.record import FOLDER, PAGE, Record, page

    records = [Record.from_json(path) for path in sorted((folder / FOLDER).glob("*.json"))]
    text = page(records, [campaign(name) for name in NAMES])
    _write(folder / PAGE, text)


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode())
    except OSError as error:
        raise OutputError(
            f"the record cannot be written ({error.strerror or error})",
            next_step="check free space and permissions of its folder, or name another one with --record",
            path=path,
        ) from error
