"""Encrypting a gallery that lies open on the disk, and the way back: a verified copy takes the file's place.

Nobody else opens the gallery meanwhile, see `core.gallery.conversion_lock`.
Passing files stand beside the gallery: ``NAME.converting`` (the copy) and ``NAME.converted`` (the former file, until
it is overwritten). Killed at any moment, the gallery is the former or the new one; the next opening finishes the rest.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.errors import GalleryError
from core.evidence.private_files import reserve_private
from core.gallery import audit, copies, erasure
from core.gallery.conversion_lock import converting
from core.gallery.failures import reported
from core.gallery.key_file import GalleryKey
from core.gallery.keys import forget_key, is_encrypted, new_key_file
from core.gallery.passing_files import (
    FileKind,
    converted_path,
    converting_path,
    finish_conversion,
    kind_of,
    remove_unfinished,
)
from core.gallery.records import GalleryAction
from core.gallery.schema import BUSY_TIMEOUT_S, backups_of, open_for_conversion
from core.gallery.session import GallerySession
from core.gallery.sqlite_engine import connect, connect_unencrypted
from core.gallery.wiping import wipe

_ROWS = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """What became of a gallery.

    Attributes:
        removed_backups: names of older copies beside it that were removed, as they were of the former kind.
        copies_left: copies and lists made of it before that are still there, as they were: not encrypted by this.
    """

    removed_backups: tuple[str, ...]
    copies_left: tuple[Path, ...]


def encrypt_gallery(
    path: Path,
    *,
    passphrase: str | None,
    in_keyring: bool = False,
    actor: str,
    busy_timeout_s: float = BUSY_TIMEOUT_S,
) -> Conversion:
    """Encrypt a plain gallery; the former file and its backups are overwritten and removed.

    Args:
        path: of the gallery, open nowhere.
        passphrase: that opens it from now on; None for the keyring alone.
        in_keyring: keep the key in the operating system's keyring (too).
        actor: for the gallery's log.
        busy_timeout_s: how long to wait for other programs, seconds.

    Raises:
        GalleryError: encrypted already, in use, unreadable; no SQLCipher; the copy cannot be written or is not the
            same; nothing to open it with. The gallery is then as it was.
    """
    with _alone(path, busy_timeout_s):
        if is_encrypted(path):
            raise GalleryError("the gallery is encrypted already", next_step="nothing needs to be done", path=path)
        key = GalleryKey.new()
        with _converted(path, None, key, actor, GalleryAction.ENCRYPTED, busy_timeout_s) as left:
            new_key_file(path, key, passphrase=passphrase, in_keyring=in_keyring)
        return _swap(path, left, is_encrypted_now=True)


def decrypt_gallery(path: Path, key: GalleryKey, *, actor: str, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Conversion:
    """Turn an encrypted gallery into a plain one, which everybody who reads the disk can read.

    Args:
        path: of the gallery, open nowhere.
        key: its key.
        actor: for the gallery's log.
        busy_timeout_s: how long to wait for other programs, seconds.

    Raises:
        GalleryError: not encrypted, in use, unreadable; the copy cannot be written or is not the same. The gallery is
            then as it was.
    """
    with _alone(path, busy_timeout_s):
        if not is_encrypted(path):
            raise GalleryError("the gallery is not encrypted", next_step="nothing needs to be done", path=path)
        with _converted(path, key, None, actor, GalleryAction.DECRYPTED, busy_timeout_s) as left:
            pass
        done = _swap(path, left, is_encrypted_now=False)
        forget_key(path)
    return done


@contextmanager
def _alone(path: Path, busy_timeout_s: float) -> Iterator[None]:
    """Nobody opens or converts the gallery during the block; an earlier conversion is put to its end before."""
    with ExitStack() as held:
        try:
            if path.parent.is_dir():  # else: opening says so
                held.enter_context(converting(path, busy_timeout_s))
            finish_conversion(path)
        except OSError as error:
            raise _refused(path, error) from error
        yield


@contextmanager
def _converted(
    path: Path,
    old: GalleryKey | None,
    new: GalleryKey | None,
    actor: str,
    action: GalleryAction,
    busy_timeout_s: float,
) -> Iterator[tuple[Path, ...]]:
    """Make the verified copy; taken back when the block fails. Yields copies made before that are still there."""
    part = converting_path(path)
    try:
        remove_unfinished(path)
        _leave_wal(path, old, busy_timeout_s)
        with reported(path):
            source = (
                connect_unencrypted(path, busy_timeout_s=busy_timeout_s)
                if old is None
                else connect(path, mode="rw", key=old, busy_timeout_s=busy_timeout_s)
            )
            with closing(source):
                _copy(source, part, new)
        with GallerySession.open(part, create=False, embedder_id=None, key=new) as made, made.transaction() as db:
            audit.append(db, actor=actor, action=action)
            left = copies.still_there(db)
        yield left
    except OSError as error:
        remove_unfinished(path)
        raise _refused(path, error) from error
    except BaseException:
        remove_unfinished(path)
        raise


def _leave_wal(path: Path, key: GalleryKey | None, busy_timeout_s: float) -> None:
    """Put everything into the one file; fails while anybody else, this process included, has it open."""
    db, _ = open_for_conversion(path, create=False, key=key, busy_timeout_s=busy_timeout_s)
    try:
        with reported(path):
            erasure.empty_wal(db, path)
            db.execute("PRAGMA journal_mode = DELETE")
    finally:
        db.close()


def _copy(source: sqlite3.Connection, part: Path, key: GalleryKey | None) -> None:
    """Export into a new file and compare every row. No other program can write meanwhile."""
    source.execute("PRAGMA locking_mode = EXCLUSIVE")
    reserve_private(part)
    source.execute("ATTACH DATABASE ? AS made KEY ?", [str(part.resolve()), "" if key is None else key.literal])
    source.execute("BEGIN EXCLUSIVE")
    source.execute("SELECT sqlcipher_export('made')").fetchone()
    for pragma in ("user_version", "application_id"):
        source.execute(f"PRAGMA made.{pragma} = {source.execute(f'PRAGMA main.{pragma}').fetchone()[0]}")
    source.execute("COMMIT")
    tables = [row[0] for row in source.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")]
    if not all(_is_same(source, table) for table in tables):
        raise GalleryError("the copy is not the same as the gallery", next_step="check the disk, then try again")
    source.execute("DETACH DATABASE made")


def _is_same(source: sqlite3.Connection, table: str) -> bool:
    one, other = (source.execute(f"SELECT * FROM {which}.{table} ORDER BY rowid") for which in ("main", "made"))
    while True:
        rows, copied = one.fetchmany(_ROWS), other.fetchmany(_ROWS)
        if rows != copied:
            return False
        if not rows:
            return True


def _refused(path: Path, error: OSError) -> GalleryError:
    return GalleryError(
        f"the gallery cannot be converted ({error.strerror or error})",
        next_step="check free space and permissions of its folder; the gallery is as it was",
        path=path,
    )


def _swap(path: Path, left: tuple[Path, ...], *, is_encrypted_now: bool) -> Conversion:
    """Put the copy in the gallery's place and remove what was there, with its backups."""
    try:
        old = converted_path(path)
        try:
            os.link(path, old)
        except OSError:  # a file system without hard links: for a moment, nothing stands at `path`
            path.replace(old)
        finish_conversion(path)
        if (kind_of(path) is FileKind.PLAIN) is is_encrypted_now:
            raise GalleryError(
                "another program opened the gallery in the midst of it", next_step="close it and try again", path=path
            )
        backups = backups_of(path)
        for backup in backups:
            wipe(backup)
    except OSError as error:
        raise GalleryError(
            f"the gallery was converted, but something of the former one stays ({error.strerror or error})",
            next_step="open the gallery once more, and look for files of its name beside it",
            path=path,
        ) from error
    return Conversion(removed_backups=tuple(b.name for b in backups), copies_left=left)
