"""The examiner's key on the command line: which one, and where its passphrase comes from."""

from __future__ import annotations

import getpass
import os
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from app.passphrases import passphrase_in
from app.terminal import Terminal
from core.errors import ExaminerKeyError

if TYPE_CHECKING:
    from argparse import _ArgumentGroup

    from app.settings import Folders
    from core.casefile.store import CaseFile
    from core.domain.custody import SignedHead
    from core.evidence.examiner_key import ExaminerKey, KeyStore

PASSPHRASE_VARIABLE = "UNSWAP_KEY_PASSPHRASE"


def add_key_options(parser: ArgumentParser) -> None:
    """Options of commands that sign: ``--sign-as``, ``--unsigned``, ``--passphrase-file``."""
    group = parser.add_argument_group("signing (see `unswap key`)")
    which = group.add_mutually_exclusive_group()
    which.add_argument(
        "--sign-as",
        metavar="NAME",
        help="sign with the key of that name (default: the examiner's, where it opens unasked)",
    )
    which.add_argument("--unsigned", action="store_true", help="sign nothing")
    add_passphrase_option(group)


def add_passphrase_option(parser: ArgumentParser | _ArgumentGroup) -> None:
    """``--passphrase-file``."""
    parser.add_argument(
        "--passphrase-file",
        type=Path,
        metavar="FILE",
        help=f"read the key's passphrase from its first line (else: {PASSPHRASE_VARIABLE}, or asked on a terminal)",
    )


def signing_key(args: Namespace, folders: Folders, terminal: Terminal, examiner: str) -> ExaminerKey | None:
    """The key to sign with; None when nothing is to be signed, or nothing was asked for and no key opens unasked.

    Args:
        args: with the options of `add_key_options`.
        folders: where the keys are.
        terminal: told why a key that is there is not used.
        examiner: of the case, whose key is taken where none is named; '' takes the only one there is. Nobody signs for
            somebody else unasked.

    Raises:
        ExaminerKeyError: the named key does not open.
    """
    from core.evidence.examiner_key import KeyStore

    if args.unsigned:
        return None
    store = KeyStore(folders.keys)
    if args.sign_as is not None:
        return named_key(args.sign_as, folders, args.passphrase_file)
    names = store.names()
    name = examiner if examiner in names else names[0] if len(names) == 1 and not examiner else None
    if name is None:
        if names:
            terminal.note("unsigned: no key bears the examiner's name; --sign-as NAME chooses one")
        return None
    passphrase = given_passphrase(args.passphrase_file)
    if passphrase is None and not _opens_unasked(store, name):
        terminal.note(f"unsigned: the key of {name} asks for its passphrase; --sign-as {name!r} lets it be asked for")
        return None
    return store.open(name, passphrase)


def named_key(name: str, folders: Folders, passphrase_file: Path | None) -> ExaminerKey:
    """The key of that name, whose passphrase is asked for where nothing else gives it.

    Raises:
        ExaminerKeyError: there is none, or it does not open.
    """
    from core.evidence.examiner_key import KeyStore

    store = KeyStore(folders.keys)
    return store.open(name, _passphrase_for(store, name, passphrase_file))


def sign_log(case: CaseFile, key: ExaminerKey | None, folders: Folders) -> SignedHead | None:
    """Sign where the case's custody log ends, and keep the signature in the ledger too; nothing without a key.

    Args:
        case: open; it is checked first, unless it was a moment ago and nobody else has written to it since.
        key: the examiner's.
        folders: where the ledger is.

    Raises:
        CaseFileError: somebody tampered with the case; nothing is signed.
        ExaminerKeyError: the ledger cannot be written; the signature is in the case.
    """
    from core.evidence.ledger import HeadLedger

    return None if key is None else case.sign_whole(key, HeadLedger(folders.head_ledger))


def given_passphrase(file: Path | None) -> str | None:
    """The passphrase of the file, or of the environment; None when neither is given.

    Raises:
        ExaminerKeyError: the file cannot be read, or holds none.
    """
    if file is None:
        return os.environ.get(PASSPHRASE_VARIABLE) or None
    return passphrase_in(file, ExaminerKeyError)


def asked_passphrase(question: str) -> str:
    """What a person types unseen.

    Raises:
        ExaminerKeyError: nobody can be asked.
    """
    if not sys.stdin.isatty():
        raise ExaminerKeyError(
            "the key asks for a passphrase, and nobody can be asked here",
            next_step=f"give --passphrase-file FILE, or set {PASSPHRASE_VARIABLE}",
        )
    return getpass.getpass(question)


def _passphrase_for(store: KeyStore, name: str, file: Path | None) -> str | None:
    passphrase = given_passphrase(file)
    if passphrase is not None or _opens_unasked(store, name):
        return passphrase
    return asked_passphrase(f"Passphrase of the key of {name}: ")


def _opens_unasked(store: KeyStore, name: str) -> bool:
    from core.evidence.sealed_key import SecretPlace

    return store.secret_place(name) is SecretPlace.KEYRING
