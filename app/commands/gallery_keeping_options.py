"""Options of the actions of `gallery` on holds, retention, copies, the log, and encryption."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, _MutuallyExclusiveGroup
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from app.arguments import new_command, whole
from app.signing import PASSPHRASE_VARIABLE

if TYPE_CHECKING:
    from app.arguments import Subparsers


def calendar_day(text: str) -> date:
    """A day as ``YYYY-MM-DD``."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no day such as 2026-12-31") from error


def _hold(actions: Subparsers, common: ArgumentParser) -> ArgumentParser:
    action = new_command(
        actions,
        common,
        "hold",
        summary="nobody may erase a person",
        description="Sets a legal hold: the person can be neither erased nor merged into another record until it is\n"
        "released. Who set it, when and why is kept with the person and in the log, and so is every refused attempt.",
        examples='  unswap gallery hold --person 7 --reason "preservation order 3/2026"',
    )
    add_person(action, "to hold")
    action.add_argument("--reason", required=True, help="the order or the case behind it")
    return action


def _release(actions: Subparsers, common: ArgumentParser) -> ArgumentParser:
    action = new_command(
        actions,
        common,
        "release",
        summary="end a legal hold",
        description="Ends a legal hold; logged with the reason.",
        examples='  unswap gallery release --person 7 --reason "order lifted on 3 May 2026"',
    )
    add_person(action, "to release")
    action.add_argument("--reason", required=True, help="for the log")
    return action


def _retain(actions: Subparsers, common: ArgumentParser) -> ArgumentParser:
    action = new_command(
        actions,
        common,
        "retain",
        summary="until when a person may be kept",
        description="Sets the last day on which a person may be kept, or the rule for people added from now on.\n"
        "Nothing is ever erased by itself: `gallery due` lists who is due.",
        examples='  unswap gallery retain --person 7 --until 2027-05-03 --basis "consent of 3 May 2026, one year"\n'
        '  unswap gallery retain --rule-days 365 --basis "policy 4"',
    )
    whom = add_person(action, "to keep until then")
    whom.add_argument("--rule-days", type=whole(1, 36_525), metavar="N", help="rule: people added from now on, N days")
    whom.add_argument("--no-rule", action="store_true", help="people added from now on get no last day")
    day = action.add_mutually_exclusive_group()
    day.add_argument("--until", type=calendar_day, metavar="DATE", help="last day, such as 2027-05-03")
    day.add_argument("--no-date", action="store_true", help="no last day")
    action.add_argument("--basis", required=True, help="law, order or consent behind it")
    action.set_defaults(parser=action)
    return action


def _due(actions: Subparsers, common: ArgumentParser) -> ArgumentParser:
    action = new_command(
        actions,
        common,
        "due",
        summary="whose time is over",
        description="Lists people whose last day has passed, the longest overdue first. Erases nobody.",
        examples="  unswap gallery due\n  unswap gallery due --on 2026-12-31 --json",
    )
    action.add_argument("--on", type=calendar_day, metavar="DATE", help="due on that day (default: today, UTC)")
    return action


def _copies(actions: Subparsers, common: ArgumentParser) -> ArgumentParser:
    action = new_command(
        actions,
        common,
        "copies",
        summary="copies and lists made of the gallery",
        description="Lists the copies and lists that were made of the gallery, and how many erasures each still owes\n"
        "because it could not be reached. One that was destroyed can be forgotten; one that is encrypted with another\n"
        "key than the gallery, as it was encrypted or decrypted since, is erased in with the copy's own passphrase.",
        examples='  unswap gallery copies\n  unswap gallery copies --forget 2 --reason "disk shredded"\n'
        "  unswap gallery copies --settle 2 --copy-passphrase-file former.txt",
    )
    which = action.add_mutually_exclusive_group()
    which.add_argument("--settle", type=whole(1, 2**62), metavar="NO", help="erase in this copy what it owes")
    action.add_argument(
        "--copy-passphrase-file",
        type=Path,
        metavar="FILE",
        help="with --settle: read that copy's passphrase from its first line (else: as the gallery's)",
    )
    which.add_argument("--forget", type=whole(1, 2**62), metavar="NO", help="this copy exists no longer")
    action.add_argument("--reason", default="", help="for the log")
    return action


def _log(actions: Subparsers, common: ArgumentParser) -> ArgumentParser:
    action = new_command(
        actions,
        common,
        "log",
        summary="who looked up, viewed, changed or took out what",
        description="Prints the gallery's log and checks it: its chain of hashes, its signatures, both against the\n"
        "ledger of what was signed on this machine. Exit code 21 when it was tampered with; such a log is not signed.",
        examples="  unswap gallery log\n  unswap gallery log --person 7\n"
        '  unswap gallery log --by "J. Doe" --since 2026-05-01\n  unswap gallery log --sign-as "J. Doe"',
    )
    action.add_argument("--person", type=whole(1, 2**62), metavar="ID", help="only what concerns this person")
    action.add_argument("--by", default="", metavar="NAME", help="only what this person did")
    action.add_argument("--since", type=calendar_day, metavar="DATE", help="only from that day on (UTC)")
    action.add_argument("--sign-as", metavar="NAME", help="sign where the log ends with the key of that name")
    action.add_argument(
        "--key-passphrase-file",
        type=Path,
        metavar="FILE",
        help=f"read that key's passphrase from its first line (else: {PASSPHRASE_VARIABLE}, or asked on a terminal)",
    )
    return action


def _audit(actions: Subparsers, common: ArgumentParser) -> ArgumentParser:
    action = new_command(
        actions,
        common,
        "audit",
        summary="the whole log, checked",
        description="Prints the gallery's whole log and checks it, as `log` does. Exit code 21 when it was tampered\n"
        "with.",
        examples="  unswap gallery audit",
    )
    action.set_defaults(person=None, by="", since=None, sign_as=None)
    return action


def _encrypt(actions: Subparsers, common: ArgumentParser) -> ArgumentParser:
    action = new_command(
        actions,
        common,
        "encrypt",
        summary="make the file unreadable without a passphrase",
        description="Encrypts the gallery (SQLCipher, AES-256) into a new file, compares it row by row, puts it in\n"
        "the gallery's place, and overwrites the former file and its backups. The passphrase is asked for twice,\n"
        "or comes from --passphrase-file or UNSWAP_GALLERY_PASSPHRASE. Without it nobody can open the gallery.",
        examples="  unswap gallery encrypt\n  unswap gallery encrypt --gallery known.db --keyring",
    )
    action.add_argument(
        "--keyring",
        action="store_true",
        help="keep the key in the system's keyring; without a passphrase unless one is given in a file",
    )
    return action


def _decrypt(actions: Subparsers, common: ArgumentParser) -> ArgumentParser:
    action = new_command(
        actions,
        common,
        "decrypt",
        summary="turn an encrypted gallery into a plain one",
        description="Turns an encrypted gallery into a plain one, for everybody who reads the disk. Asks first.",
        examples="  unswap gallery decrypt --gallery known.db",
    )
    action.add_argument("--yes", action="store_true", help="do not ask")
    return action


def _passphrase(actions: Subparsers, common: ArgumentParser) -> ArgumentParser:
    action = new_command(
        actions,
        common,
        "passphrase",
        summary="change what opens an encrypted gallery",
        description="Sets another passphrase, or puts the key into the system's keyring or takes it out. Only the key\n"
        "is sealed anew; the gallery is not written again.",
        examples="  unswap gallery passphrase\n  unswap gallery passphrase --keyring",
    )
    action.add_argument(
        "--new-passphrase-file", type=Path, metavar="FILE", help="read the new passphrase from its first line"
    )
    keyring = action.add_mutually_exclusive_group()
    keyring.add_argument(
        "--keyring", dest="in_keyring", action="store_const", const=True, help="the system's keyring opens it too"
    )
    keyring.add_argument(
        "--no-keyring", dest="in_keyring", action="store_const", const=False, help="the keyring opens it no longer"
    )
    return action


def add_person(action: ArgumentParser, which: str) -> _MutuallyExclusiveGroup:
    """``--name`` and ``--person``, one of which says who it is; returns their group."""
    person = action.add_mutually_exclusive_group(required=True)
    person.add_argument("--name", help=f"name {which}")
    person.add_argument("--person", type=whole(1, 2**62), metavar="ID", help="the same by number, see `gallery list`")
    return person


KEEPING: tuple[Callable[[Subparsers, ArgumentParser], ArgumentParser], ...] = (
    _hold,
    _release,
    _retain,
    _due,
    _copies,
    _log,
    _audit,
    _encrypt,
    _decrypt,
    _passphrase,
)
