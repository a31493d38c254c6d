"""An open gallery file: opening, transactions, snapshots, revision, logging."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlite_utils import Database

from core.errors import GalleryError
from core.evidence.open_databases import is_on_share
from core.evidence.private_files import reserve_private
from core.gallery import audit, erasure, signed_log, templates
from core.gallery.copy_erasure import pay
from core.gallery.failures import as_bytes, decoding, reported
from core.gallery.key_file import GalleryKey
from core.gallery.passing_files import remove_unfinished
from core.gallery.records import GalleryAction
from core.gallery.schema import BUSY_TIMEOUT_S, bind_embedder, open_database


class GallerySession:
    """What reading and changing a gallery have in common; `core.gallery.store.Gallery` adds the content."""

    def __init__(self, db: Database, path: Path, embedder_id: str, key: GalleryKey | None) -> None:
        self._db = db
        self._key = key
        self.path = path
        self.embedder_id = embedder_id
        with decoding("the key of the tokens that stand for names"):
            self._token_key = as_bytes(db.execute("SELECT token_key FROM gallery").fetchone()[0])

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        create: bool,
        embedder_id: str | None,
        actor: str = "",
        key: GalleryKey | None = None,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
    ) -> Self:
        """Open the gallery at `path`; older ones are backed up and migrated.

        Args:
            path: the file.
            create: make a new gallery when there is none.
            embedder_id: embedder, with its checksum, whose templates are enrolled and searched; None takes
                the one that an existing gallery is bound to (listing, erasing).
            actor: who makes a new gallery, for its audit; '' is the operating system's account.
            key: of an encrypted gallery, see `core.gallery.keys.unlock`; of no use to a plain one.
            busy_timeout_s: how long to wait for other programs' locks, seconds.

        Raises:
            GalleryLockedError: it is encrypted, and no key was given.
            GalleryError: missing, not a gallery, damaged, locked, on a network share, made by a newer version.
            EmbedderMismatchError: the gallery belongs to another embedder.
        """
        path = Path(path)
        if is_on_share(Path(os.path.realpath(path))):
            raise GalleryError(
                "the gallery lies on a network share, which does not let two programs share a gallery",
                next_step="put the gallery on a local disk",
                path=path,
            )
        create = create and embedder_id is not None  # a gallery without an embedder would be of no use
        db, key = open_database(path, create=create, key=key, busy_timeout_s=busy_timeout_s)
        try:
            with reported(path):
                db.execute("BEGIN IMMEDIATE" if create else "BEGIN")
                is_new = create and not db.execute("SELECT count(*) FROM gallery").fetchone()[0]
                bound = bind_embedder(db, path, embedder_id, create=create)
                if is_new:
                    who = actor or audit.account_name()
                    audit.append(db, actor=who, action=GalleryAction.CREATED, detail=f"embedder {bound}")
                db.commit()
                gallery = cls(db, path, bound, key)
                with suppress(OSError):  # a copy of a conversion that was cut short, perhaps not encrypted
                    remove_unfinished(path)
                if erasure.is_scrub_pending(db):
                    # Still being read elsewhere? Then the next opening tries again.
                    with suppress(GalleryError), reported(path):
                        erasure.scrub(db, path)
                for _ in pay(db, gallery._key):  # a copy that could not be reached may be there again
                    pass
        except BaseException:
            db.close()
            raise
        return gallery

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; open transactions are rolled back."""
        self._db.close()

    def copy_to(self, path: Path) -> None:
        """Write an exact copy of the gallery, without traces of what was deleted, to a new file for its owner alone.

        Raises:
            GalleryError: the copy cannot be written.
            BugError: something stands at `path` already, or a transaction is open.
        """
        with reported(path):
            reserve_private(path)
            self._db.execute("VACUUM INTO ?", [str(path.resolve())])

    @property
    def key(self) -> GalleryKey | None:
        """What opened it; None for a plain gallery."""
        return self._key

    @property
    def is_encrypted(self) -> bool:
        """Whether the file cannot be read without a key."""
        return self._key is not None

    @contextmanager
    def transaction(self) -> Iterator[Database]:
        """All writes of the block, or none; nested blocks undo only themselves."""
        with reported(self.path):
            if self._db.conn.in_transaction:
                with self._db.atomic():
                    yield self._db
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.rollback()
                raise
            try:
                self._db.commit()
            except BaseException:
                self._db.rollback()
                raise

    @contextmanager
    def snapshot(self) -> Iterator[Database]:
        """A block of reads that all see the same state."""
        with reported(self.path):
            if self._db.conn.in_transaction:
                yield self._db
                return
            self._db.execute("BEGIN")
            try:
                yield self._db
            finally:
                self._db.rollback()

    @property
    def revision(self) -> int:
        """Change counter: grows with every change of people or templates, not with lookups."""
        with self.snapshot() as db:
            row = db.execute("SELECT revision FROM gallery").fetchone()
            with decoding("its revision"):
                return int(row[0])

    @property
    def gallery_id(self) -> str:
        """Random name of the gallery, which a copy keeps; '' when somebody took it away."""
        with self.snapshot() as db:
            return signed_log.log_id(db)

    @property
    def dimension(self) -> int | None:
        """Length of the templates; None before the first."""
        with self.snapshot() as db:
            return templates.dimension(db)

    @contextmanager
    def _change(self) -> Iterator[Database]:
        with self.transaction() as db:
            yield db
            db.execute("UPDATE gallery SET revision = revision + 1")

    def _log(
        self,
        db: Database,
        actor: str,
        action: GalleryAction,
        person_id: int,
        name: str,
        basis: str = "",
        detail: str = "",
    ) -> None:
        token = audit.person_token(self._token_key, person_id, name)
        audit.append(db, actor=actor, action=action, person_id=person_id, token=token, basis=basis, detail=detail)
