"""Opening the key of an encrypted gallery, and changing what opens it."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path

from core.domain.passphrases import SHORTEST_PASSPHRASE
from core.errors import GalleryError, GalleryLockedError
from core.evidence.system_keyring import SystemKeyring
from core.gallery.key_file import KEY_BYTES, GalleryKey, KeyFile, Seal, key_path
from core.gallery.passing_files import FileKind, finish_conversion, kind_of

KEYRING = SystemKeyring(service="unswap gallery key", refused=GalleryError)


def is_encrypted(gallery: Path) -> bool:
    """Whether an existing, readable file is a gallery that needs a key: no plain database, and with a key file.

    A conversion that was cut short is put to its end first.
    """
    try:
        finish_conversion(gallery)
        return kind_of(gallery) is FileKind.OTHER and key_path(gallery).is_file()
    except OSError:
        return False


def unlock(gallery: Path, passphrase: str | None = None) -> GalleryKey:
    """The key of an encrypted gallery.

    Args:
        gallery: the database file.
        passphrase: opens the seal; None asks the operating system's keyring only.

    Raises:
        GalleryLockedError: no passphrase was given where one is needed, or it is wrong.
        GalleryError: the key file is missing or damaged.
    """
    kept = KeyFile.read(gallery)
    if passphrase is None:
        key = _from_keyring(kept.gallery_id) if kept.in_keyring else None
        if key is not None:
            return key
        if kept.seal is None:
            raise GalleryError(
                "the gallery's key is in a keyring that does not hold it here",
                next_step="open it under the account and on the machine that encrypted it",
                path=gallery,
            )
        raise GalleryLockedError("the gallery is encrypted", next_step="give its passphrase", path=gallery)
    if kept.seal is None:
        raise GalleryError(
            "the gallery has no passphrase: its key is in the keyring of the account that encrypted it",
            next_step="open it without a passphrase, under that account",
            path=gallery,
        )
    key = kept.seal.opened(passphrase, kept.gallery_id)
    if key is None:
        raise GalleryLockedError(
            "the passphrase does not open the gallery",
            next_step="try again; nobody can open it without",
            path=gallery,
        )
    return key


def new_key_file(gallery: Path, key: GalleryKey, *, passphrase: str | None, in_keyring: bool) -> KeyFile:
    """Keep a new key: sealed beside the gallery, in the keyring, or both.

    Raises:
        GalleryError: neither was asked for, the passphrase is too short, or the keyring refuses.
    """
    if passphrase is None and not in_keyring:
        raise GalleryError("nothing would open the gallery", next_step="give a passphrase, or use the system's keyring")
    gallery_id = secrets.token_hex(16)
    seal = None if passphrase is None else Seal.of(key, checked_passphrase(passphrase), gallery_id)
    if in_keyring:
        KEYRING.keep(gallery_id, key.raw.hex())
    kept = KeyFile(gallery_id=gallery_id, seal=seal, in_keyring=in_keyring)
    kept.write(gallery)
    return kept


def change_passphrase(gallery: Path, key: GalleryKey, passphrase: str | None, *, in_keyring: bool | None) -> None:
    """Seal the key anew, so that only what is given now opens it; the gallery itself is not written again.

    Copies of the former key file still open with the former passphrase, as the key is the same.

    Args:
        gallery: the database file.
        key: its key, as `unlock` gave it.
        passphrase: the new one; None leaves it as it is.
        in_keyring: True also keeps the key in the system's keyring, False takes it out; None leaves that as it is.

    Raises:
        GalleryError: nothing would open the gallery any more, the passphrase is too short, or the keyring refuses.
    """
    kept = KeyFile.read(gallery)
    seal = kept.seal if passphrase is None else Seal.of(key, checked_passphrase(passphrase), kept.gallery_id)
    stays = kept.in_keyring if in_keyring is None else in_keyring
    if seal is None and not stays:
        raise GalleryError("nothing would open the gallery any more", next_step="set a passphrase first", path=gallery)
    if in_keyring:
        KEYRING.keep(kept.gallery_id, key.raw.hex())
    replace(kept, seal=seal, in_keyring=stays).write(gallery)
    if kept.in_keyring and not stays:
        KEYRING.forget(kept.gallery_id)


def forget_key(gallery: Path) -> None:
    """Remove key file and keyring entry of a gallery that is encrypted no longer."""
    try:
        kept = KeyFile.read(gallery)
    except GalleryError:
        return
    if kept.in_keyring:
        KEYRING.forget(kept.gallery_id)
    key_path(gallery).unlink(missing_ok=True)


def checked_passphrase(passphrase: str) -> str:
    """The passphrase itself.

    Raises:
        GalleryError: it is too short to resist guessing at all.
    """
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise GalleryError(
            f"the passphrase has fewer than {SHORTEST_PASSPHRASE} characters",
            next_step="take several words that nobody can guess",
        )
    return passphrase


def _from_keyring(gallery_id: str) -> GalleryKey | None:
    """The key, None where this keyring does not hold it or there is none: a passphrase may still open the gallery."""
    try:
        raw = bytes.fromhex(KEYRING.secret(gallery_id) or "")
    except (GalleryError, ValueError):
        return None
    return GalleryKey(raw=raw) if len(raw) == KEY_BYTES else None
