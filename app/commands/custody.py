"""`custody`: the custody log of a case, checked against what was signed, and signed."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from app.arguments import new_command
from app.settings import Folders
from app.signing import add_key_options, sign_log, signing_key
from app.terminal import JsonValue, Terminal, table
from core.errors import CaseFileError, CaseUnwritableError

if TYPE_CHECKING:
    from app.arguments import Subparsers
    from core.domain.custody import CustodyStatus
    from core.domain.report import AuditEntry


def add_parser(subparsers: Subparsers, common: ArgumentParser) -> None:
    """Add the command."""
    parser = new_command(
        subparsers,
        common,
        "custody",
        summary="check and sign the custody log of a case",
        description="Checks the custody log of a case: its chain of hashes, its signatures, both against the ledger\n"
        "of what was signed on this machine; and whatever it holds the hash of: items, runs, results, crops,\n"
        "recovered faces, decisions, what was entered about the case. Exit code 40 when any of it was tampered with;\n"
        "such a case is not signed.",
        examples="  unswap custody --case cases/2026-17\n  unswap custody --case cases/2026-17 --entries\n"
        "  unswap custody --case cases/2026-17 --sign-as 'J. Doe'",
    )
    parser.add_argument("--case", type=Path, required=True, metavar="DIR", help="the case folder")
    parser.add_argument("--entries", action="store_true", help="print every entry, oldest first")
    add_key_options(parser)
    parser.set_defaults(run=run)


def run(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`custody`."""
    from core.casefile.store import CaseFile
    from core.evidence.ledger import HeadLedger

    ledger = HeadLedger(folders.head_ledger)
    try:
        with CaseFile.open(args.case, create=False) as case:
            entries, status = case.audit() if args.entries else (), case.check_log(ledger=ledger)
            if args.sign_as is not None and status.is_whole:
                sign_log(case, signing_key(args, folders, terminal, ""), folders)
                status = case.check_log(ledger=ledger)
    except CaseUnwritableError:
        if args.sign_as is not None:
            raise
        with CaseFile.look(args.case) as case:
            entries, status = case.audit() if args.entries else (), case.check_log(ledger=ledger)
    for line in table([("TIME (UTC)", "WHO", "ACTION", "DETAIL"), *map(_row, entries)]) if entries else ():
        terminal.say(line)
    terminal.say_foreign(f"case {status.case_id}: {status.n_entries} entries, the last is {status.head_sha256}")
    terminal.say_foreign(f"signature: {status.signature_words}")
    terminal.say("chain: " + ("whole" if status.is_whole else "NOT WHOLE"))
    if status.signed is None:
        terminal.note("unsigned: a log that was rewritten as a whole would not show; `--sign-as NAME` signs it")
    if status.bound_late:
        terminal.note(status.bound_late_words)
    for finding in status.findings:
        terminal.note(f"{finding.kind}: {finding.sentence}")
    terminal.record(_record(status, entries))
    return 0 if status.is_whole else CaseFileError.exit_code


def _row(entry: AuditEntry) -> tuple[str, str, str, str]:
    return f"{entry.at:%Y-%m-%d %H:%M:%S}", entry.actor, entry.action, entry.detail


def _record(status: CustodyStatus, entries: tuple[AuditEntry, ...]) -> dict[str, JsonValue]:
    from core.evidence.heads import head_record

    return {
        "case": status.case_id,
        "entries": status.n_entries,
        "head": status.head_sha256,
        "signed": None if status.signed is None else dict(head_record(status.signed)),
        "unsigned_entries": status.n_unsigned,
        "findings": [{"kind": finding.kind.value, "sentence": finding.sentence} for finding in status.findings],
        "bound_late": list(status.bound_late),
        "log": [
            {
                "at": entry.at.isoformat(),
                "actor": entry.actor,
                "action": entry.action,
                "detail": entry.detail,
                "sha256": entry.entry_sha256,
            }
            for entry in entries
        ],
    }
