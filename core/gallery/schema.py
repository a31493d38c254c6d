"""The gallery's database file: creating it, checking it, bringing it up to date, its connection settings."""

from __future__ import annotations

import secrets
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlite_utils import Database

from core.errors import EmbedderMismatchError, GalleryError, GalleryLockedError
from core.evidence.private_files import make_private
from core.evidence.writing import flush_folder
from core.gallery.conversion_lock import wait_for_conversion
from core.gallery.failures import DATABASE_ERRORS, error_code, reported
from core.gallery.key_file import GalleryKey, key_path
from core.gallery.migrations import MIGRATIONS
from core.gallery.passing_files import FileKind, finish_conversion, kind_of
from core.gallery.sqlite_engine import connect

APPLICATION_ID = 0x556E7377  # "Unsw", at offset 68 of the file
SCHEMA_VERSION = len(MIGRATIONS)
BUSY_TIMEOUT_S = 10.0
_JUST_BEGUN_S = 0.2
WRONG_KEY = "the key file does not belong to this gallery, or the gallery is damaged"


def open_database(
    path: Path, *, create: bool, key: GalleryKey | None = None, busy_timeout_s: float = BUSY_TIMEOUT_S
) -> tuple[Database, GalleryKey | None]:
    """Open the gallery file at `path` with the newest schema.

    A file of an older schema is copied to ``NAME.vN.bak`` by SQLite's backup interface, encrypted where the gallery
    is, and then migrated in one transaction. WAL journal, foreign keys on, deleted content overwritten. Only the
    owner may read the file, its backups and SQLite's files beside it.

    Args:
        path: the database file.
        create: make a new gallery when there is no file, or an empty one.
        key: of an encrypted gallery; a new one is encrypted with it. Of no use to a plain gallery.
        busy_timeout_s: how long to wait for other programs' locks, seconds.

    Returns:
        The database, and the key where the file is encrypted: decided once, before it is open.

    Raises:
        GalleryLockedError: it is encrypted, and there is no key.
        GalleryError: missing, not a gallery, damaged, locked, being converted, or made by a newer version.
    """
    wait_for_conversion(path, busy_timeout_s)
    db, key = open_for_conversion(path, create=create, key=key, busy_timeout_s=busy_timeout_s)
    try:
        # One that began meanwhile may have passed us by; from here on, it finds the gallery in use.
        wait_for_conversion(path, _JUST_BEGUN_S)
    except BaseException:
        db.close()
        raise
    return db, key


def open_for_conversion(
    path: Path, *, create: bool, key: GalleryKey | None, busy_timeout_s: float
) -> tuple[Database, GalleryKey | None]:
    """`open_database` for who converts the gallery, and holds the lock that keeps everybody else from opening it."""
    try:
        finish_conversion(path)
    except OSError as error:
        raise GalleryError(
            f"an encryption of the gallery that was cut short cannot be finished ({error.strerror or error})",
            next_step="check the permissions of its folder",
            path=path,
        ) from error
    is_plain = _check_file(path, create=create, has_key=key is not None)
    key = None if is_plain else key
    with reported(path):
        _refuse_newer(path, key, busy_timeout_s)
        make_private(path)
        conn = connect(path, mode="rwc" if create else "rw", key=key, busy_timeout_s=busy_timeout_s)
        try:
            db = Database(conn, execute_plugins=False)
            _bring_up_to_date(db, path, create=create, key=key, busy_timeout_s=busy_timeout_s)
        except BaseException:
            conn.close()
            raise
    return db, key


def bind_embedder(db: Database, path: Path, embedder_id: str | None, *, create: bool) -> str:
    """Bind a new gallery to its embedder, or check that it is bound to this one; call inside a transaction.

    Args:
        db: an open gallery.
        path: for messages.
        embedder_id: with its checksum; None accepts whatever the gallery is bound to.
        create: bind it when it is bound to none yet.

    Returns:
        The embedder's id that the gallery is bound to.

    Raises:
        EmbedderMismatchError: the gallery belongs to another embedder.
        GalleryError: the gallery is new, and no embedder was named or `create` is off.
    """
    row = db.execute("SELECT e.embedder_id FROM gallery g JOIN embedders e ON e.id = g.embedder").fetchone()
    if row is not None:
        bound = str(row[0])
        if embedder_id is not None and embedder_id != bound:
            raise EmbedderMismatchError(
                f"the gallery was made with the embedder {bound}, not with {embedder_id}",
                next_step=f"choose the embedder {bound}, or enrol the photos into a new gallery",
                path=path,
            )
        return bound
    if not embedder_id or not create:
        raise GalleryError(
            "the gallery is new and empty", next_step="add a person with an embedder to set it up", path=path
        )
    embedder = db["embedders"].insert({"embedder_id": embedder_id, "dimension": None}).last_pk
    db["gallery"].insert({"id": 1, "embedder": embedder, "token_key": secrets.token_bytes(32), "created_at": utc_now()})
    return embedder_id


def utc_now() -> str:
    """The time now, UTC, ISO 8601 with microseconds, as the database stores it."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def backups_of(path: Path) -> list[Path]:
    """Copies that migrations of this gallery left beside it, finished or not."""
    prefix = f"{path.name}.v"
    return sorted(p for p in path.parent.iterdir() if p.name.startswith(prefix) and ".bak" in p.name)


def _check_file(path: Path, *, create: bool, has_key: bool) -> bool:
    """Say in words what SQLite would only call "unable to open database file"; True for a plain database."""
    try:
        if path.is_dir():
            raise GalleryError(
                "a folder stands where the gallery file was expected", next_step="name a file", path=path
            )
        if path.exists() and not path.is_file():  # opening a pipe would wait for ever
            raise GalleryError("this is no regular file", next_step="name a gallery file", path=path)
        if not path.parent.is_dir():
            raise GalleryError("the gallery's folder does not exist", next_step="make it or check the path", path=path)
        kind = kind_of(path)
    except FileNotFoundError:
        kind = FileKind.EMPTY
        if not create:
            raise GalleryError(
                "there is no gallery at this path",
                next_step="check the path, or add a person to make one",
                path=path,
            ) from None
    except OSError as error:
        raise GalleryError(
            f"the gallery cannot be read ({error.strerror})", next_step="check its permissions", path=path
        ) from error
    if kind is FileKind.OTHER:
        if has_key:
            return False
        if key_path(path).is_file():
            raise GalleryLockedError("the gallery is encrypted", next_step="give its passphrase", path=path)
        raise GalleryError(
            "the file is not a gallery",
            next_step=f"name a gallery file; an encrypted one needs its key file {key_path(path).name} beside it",
            path=path,
        )
    if kind is FileKind.EMPTY and not create:
        raise GalleryError("the file is empty", next_step="name a gallery file, or a new file to make one", path=path)
    return kind is FileKind.PLAIN


def _try_key(db: Database, path: Path) -> None:
    """SQLCipher tells a wrong key from a right one by the first page that it reads."""
    try:
        db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except DATABASE_ERRORS as error:
        if error_code(error) != sqlite3.SQLITE_NOTADB:
            raise
        raise GalleryError(
            WRONG_KEY,
            next_step="put both back from one copy that you trust",
            path=path,
        ) from error


def _pragma(db: Database, name: str) -> int:
    return int(db.execute(f"PRAGMA {name}").fetchone()[0])


def _bring_up_to_date(db: Database, path: Path, *, create: bool, key: GalleryKey | None, busy_timeout_s: float) -> None:
    # A gallery may come from somebody else: its schema is not trusted to call anything with side effects.
    db.execute("PRAGMA trusted_schema = OFF")
    version = _checked_version(db, path, create=create)  # before anything is written to a stranger's file
    _enter_wal(db, path, busy_timeout_s)
    for pragma in ("foreign_keys = ON", "secure_delete = ON", "synchronous = FULL", "cell_size_check = ON"):
        db.execute(f"PRAGMA {pragma}")
    if version == SCHEMA_VERSION:
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        version = _checked_version(db, path, create=create)  # another process may have been faster
        if 0 < version < SCHEMA_VERSION:
            _back_up(path, version, key)
        for script in MIGRATIONS[version:]:
            db.executescript(script)
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute("COMMIT")
    except BaseException:
        db.rollback()
        raise


def _refuse_newer(path: Path, key: GalleryKey | None, busy_timeout_s: float) -> None:
    """Before anything is opened for writing: closing it would move a newer version's WAL into the file."""
    if not path.exists() or not path.stat().st_size:
        return
    with closing(connect(path, mode="ro", key=key, busy_timeout_s=busy_timeout_s)) as conn:
        db = Database(conn, execute_plugins=False)
        if key is not None:
            _try_key(db, path)
        _checked_version(db, path, create=True)


def _checked_version(db: Database, path: Path, *, create: bool) -> int:
    """The file's schema version, 0 for an empty database that may be filled; refuses what is not ours."""
    version, application = _pragma(db, "user_version"), _pragma(db, "application_id")
    n_objects = int(db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
    if application == 0 and version == 0 and n_objects == 0 and create:
        return 0
    if application != APPLICATION_ID or version < 1:
        raise GalleryError(
            "the file is a database of another program, not a gallery",
            next_step="name a gallery file",
            path=path,
        )
    if version > SCHEMA_VERSION:
        raise GalleryError(
            f"the gallery was made by a newer version (schema {version}, this one knows {SCHEMA_VERSION})",
            next_step="update the application; the file was left as it is",
            path=path,
        )
    return version


def _enter_wal(db: Database, path: Path, busy_timeout_s: float) -> None:
    """Switch to the WAL journal; SQLite does not wait for other creators of the same file here, so we do."""
    give_up_at = time.monotonic() + busy_timeout_s
    while True:
        try:
            if db.execute("PRAGMA journal_mode = WAL").fetchone()[0] == "wal":
                return
        except DATABASE_ERRORS as error:
            if error_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > give_up_at:
                raise
            time.sleep(0.02)
            continue
        raise GalleryError(
            "the file system does not let two programs share a gallery",
            next_step="put the gallery on a local disk",
            path=path,
        )


def _back_up(path: Path, version: int, key: GalleryKey | None) -> None:
    """Copy the database as it is, beside it; the caller holds the write lock, so that nothing is missed."""
    taken = {p.name for p in backups_of(path)}
    names = (f"{path.name}.v{version}{n}.bak" for n in ("", *(f".{i}" for i in range(2, 10_000))))
    final = path.with_name(next(name for name in names if name not in taken))
    part = final.with_name(final.name + ".part")
    with (
        closing(connect(path, mode="rw", key=key, busy_timeout_s=BUSY_TIMEOUT_S)) as source,
        closing(connect(part, mode="rwc", key=key, busy_timeout_s=BUSY_TIMEOUT_S)) as copy,
    ):
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, readable without its neighbours
    part.replace(final)
    flush_folder(path.parent)
