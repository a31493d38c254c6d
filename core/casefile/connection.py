"""An open case: its connection, its transactions, the claims on it, who acts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from core.casefile import facts_rows, opening
from core.casefile.failures import decoding, reported
from core.casefile.versions import copied_as_files, left_as_it_is
from core.errors import CaseOutOfReachError, CaseUnwritableError

FACTS = "what was entered about the case"


class CaseConnection:
    """Opening and closing a case; `core.casefile.session.CaseSession` adds what is in it."""

    def __init__(self, conn: sqlite3.Connection, folder: Path) -> None:
        self._conn = conn
        self._claim: sqlite3.Connection | None = None
        self._window: sqlite3.Connection | None = None
        self._actor = ""
        self.folder = folder
        self.path = folder / opening.DATABASE_NAME

    @classmethod
    def open(cls, folder: Path, *, create: bool, busy_timeout_s: float = opening.BUSY_TIMEOUT_S) -> Self:
        """Open the case in `folder`.

        Args:
            folder: the case folder.
            create: make a case when there is none, whole or not at all.
            busy_timeout_s: how long to wait for other programs' short locks, seconds.

        Raises:
            CaseFileError: missing, not a case, damaged, locked, not writable, or made by a newer version.
        """
        folder = Path(folder)
        return cls(opening.open_database(folder, create=create, busy_timeout_s=busy_timeout_s), folder)

    @classmethod
    @contextmanager
    def look(cls, folder: Path) -> Iterator[Self]:
        """Open the case in `folder` to read it alone: an older case stays the older case that it is.

        Where nothing can be written beside it, a private copy is read.

        Raises:
            CaseFileError: as `open` does, or an older case cannot be copied.
        """
        folder = Path(folder)
        with ExitStack() as held:
            try:
                case = cls._opened_in(left_as_it_is(folder, opening.DATABASE_NAME), folder, held)
            except CaseUnwritableError:  # SQLite needs to write beside a case even to read it
                case = cls._opened_in(copied_as_files(folder, opening.DATABASE_NAME), folder, held)
            yield case

    @classmethod
    def _opened_in(cls, place: AbstractContextManager[Path], folder: Path, held: ExitStack) -> Self:
        path = folder / opening.DATABASE_NAME
        with reported(path):
            try:
                found = held.enter_context(place)
            except OSError as error:
                raise CaseOutOfReachError(
                    f"the case cannot be read ({error.strerror or error})",
                    next_step="check the permissions of the case folder, and the room for temporary files",
                    path=path,
                ) from error
        case = cls.open(found, create=False)
        held.callback(case.close)
        return case

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give up the claim and close the database; an open transaction is undone."""
        for held in (self._claim, self._window):
            if held is not None:
                held.close()
        self._claim = self._window = None
        self._conn.close()

    def claim(self) -> None:
        """Claim the case for analysis until `close`; nothing happens when it is claimed already.

        `begin_run` does it too; call it earlier to be refused before anything is written.

        Raises:
            CaseFileError: another analysis, here or in another process, is at work on the case.
        """
        if self._claim is None:
            self._claim = opening.claim(self.folder)

    def claim_window(self) -> None:
        """Claim the case for a window until `close`.

        Raises:
            CaseFileError: another window, here or in another process, has the case open.
        """
        if self._window is None:
            self._window = opening.claim_window(self.folder)

    @property
    def actor(self) -> str:
        """Who acts, for the custody log: see `act_as`; else the case's examiner, the system's account, ``"unswap"``."""
        with self._snapshot() as conn:
            return self._acting(conn)

    def act_as(self, name: str) -> None:
        """Name who acts from here on; '' leaves it to what the case knows."""
        self._actor = name

    def _acting(self, conn: sqlite3.Connection) -> str:
        if self._actor:
            return self._actor
        with decoding(self.path, FACTS):
            return facts_rows.actor(conn)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """All writes of the block, or none."""
        with reported(self.path):
            try:
                self._conn.execute("BEGIN IMMEDIATE")
                yield self._conn
                self._conn.execute("COMMIT")
            except BaseException:
                # SQLite itself has undone the transaction when the disk is full or fails.
                if self._conn.in_transaction:
                    self._conn.execute("ROLLBACK")
                raise

    @contextmanager
    def _snapshot(self) -> Iterator[sqlite3.Connection]:
        """A block of reads that all see the same state."""
        with reported(self.path):
            try:
                self._conn.execute("BEGIN")
                yield self._conn
            finally:
                if self._conn.in_transaction:
                    self._conn.execute("ROLLBACK")
