"""`key`: the examiner's keys, which sign custody logs and reports."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from app.arguments import new_command
from app.settings import Folders
from app.signing import PASSPHRASE_VARIABLE, add_passphrase_option, asked_passphrase, given_passphrase
from app.terminal import JsonValue, Terminal, table
from core.errors import ExaminerKeyError

if TYPE_CHECKING:
    from app.arguments import Subparsers
    from core.evidence.examiner_key import KeyStore


def add_parser(subparsers: Subparsers, common: ArgumentParser) -> None:
    """Add the command and its actions."""
    parser = new_command(
        subparsers,
        common,
        "key",
        summary="keys that sign custody logs and reports",
        description="Keys (Ed25519) of the examiners who work here. A key is kept sealed with a passphrase, or with a\n"
        "secret in the operating system's keyring. Its certificate is what others verify signatures with.",
        examples="  unswap key create 'J. Doe'\n  unswap key export 'J. Doe' doe.pem",
    )
    actions = parser.add_subparsers(title="actions", dest="action", metavar="ACTION", required=True)
    creating = new_command(
        actions,
        common,
        "create",
        summary="make a key",
        description="Makes a key and its certificate. A key is never replaced, and a lost passphrase opens nothing.\n"
        f"The passphrase comes from --passphrase-file, from {PASSPHRASE_VARIABLE}, or is asked for twice.",
        examples="  unswap key create 'J. Doe'\n  unswap key create 'J. Doe' --keyring",
    )
    creating.add_argument("name", metavar="NAME", help="of the examiner, as in the certificate")
    creating.add_argument(
        "--keyring", action="store_true", help="no passphrase: keep the secret in the operating system's keyring"
    )
    add_passphrase_option(creating)
    creating.set_defaults(run=create_key)
    listing = new_command(
        actions, common, "list", summary="what there is", description="Lists the keys.", examples="  unswap key list"
    )
    listing.set_defaults(run=list_keys)
    showing = new_command(
        actions,
        common,
        "show",
        summary="one key",
        description="Shows fingerprint and validity of a key; nothing secret.",
        examples="  unswap key show 'J. Doe'",
    )
    showing.add_argument("name", metavar="NAME")
    showing.set_defaults(run=show_key)
    exporting = new_command(
        actions,
        common,
        "export",
        summary="write the certificate",
        description="Writes the certificate (PEM) for those who verify signatures; nothing secret is in it.",
        examples="  unswap key export 'J. Doe' doe.pem",
    )
    exporting.add_argument("name", metavar="NAME")
    exporting.add_argument("file", type=Path, metavar="FILE", help="must not exist yet")
    exporting.set_defaults(run=export_key)


def create_key(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`key create`."""
    passphrase = None if args.keyring else _new_passphrase(args)
    store = _store(folders)
    store.create(args.name, passphrase)
    return _show(store, args.name, terminal)


def list_keys(_: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`key list`."""
    store = _store(folders)
    records = [_record(store, name) for name in store.names()]
    rows = [("NAME", "OPENED BY", "FINGERPRINT")]
    rows += [(str(r["name"]), str(r["opened_by"]), f"{str(r['fingerprint'])[:16]}…") for r in records]
    for line in table(rows):
        terminal.say(line)
    if not records:
        terminal.say("(no key)")
    terminal.record({"keys": records})
    return 0


def show_key(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`key show`."""
    return _show(_store(folders), args.name, terminal)


def export_key(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`key export`."""
    _store(folders).export_certificate(args.name, args.file)
    terminal.say_foreign(f"certificate: {args.file}")
    terminal.record({"event": "done", "certificate": str(args.file)})
    return 0


def _new_passphrase(args: Namespace) -> str:
    passphrase = given_passphrase(args.passphrase_file)
    if passphrase is None:
        passphrase = asked_passphrase(f"New passphrase for the key of {args.name}: ")
        if asked_passphrase("The same again: ") != passphrase:
            raise ExaminerKeyError("the two passphrases differ", next_step="try again")
    return passphrase


def _store(folders: Folders) -> KeyStore:
    from core.evidence.examiner_key import KeyStore

    return KeyStore(folders.keys)


def _record(store: KeyStore, name: str) -> dict[str, JsonValue]:
    from core.evidence.examiner_key import certificate_fingerprint

    certificate = store.certificate(name)
    return {
        "name": name,
        "opened_by": store.secret_place(name).value,
        "fingerprint": certificate_fingerprint(certificate),
        "valid_from": certificate.not_valid_before_utc.isoformat(),
        "valid_to": certificate.not_valid_after_utc.isoformat(),
    }


def _show(store: KeyStore, name: str, terminal: Terminal) -> int:
    record = _record(store, name)
    terminal.say_foreign(f"key of {name}, opened by {record['opened_by']}")
    terminal.say(f"fingerprint: {record['fingerprint']}")
    terminal.say(f"certificate valid from {record['valid_from']} to {record['valid_to']}")
    terminal.record({"key": record})
    return 0
