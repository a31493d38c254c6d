"""An open case: opening, transactions, the claim, what a person entered, items, refusals, the custody log."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from core.casefile import audit, evidence_rows, facts_rows, heads, heads_check, opening, review_rows
from core.casefile.codec import blob_text, printable, text_blob
from core.casefile.codec_run import run_basis_from_json, run_basis_json
from core.casefile.failures import decoding, reported
from core.casefile.records import AuditHead, RunBasis
from core.domain.custody import CustodyStatus, SignedHead
from core.domain.evidence import EvidenceItem, EvidenceState, StoredEvidence
from core.domain.report import AuditEntry, CaseInfo
from core.domain.review import Review, ReviewAction, ReviewEntry
from core.errors import BugError
from core.evidence.examiner_key import ExaminerKey
from core.evidence.ledger import HeadLedger

_FACTS = "what was entered about the case"


class CaseSession:
    """What all users of a case have in common; `core.casefile.store.CaseFile` adds the analyses."""

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

    def problems(self) -> list[str]:
        """What SQLite's own checks find wrong with the file; empty when it is sound. Reads all of it."""
        with self._snapshot() as conn:
            found = heads_check.contradictions(conn)
            orphans = conn.execute("PRAGMA foreign_key_check").fetchall()
        return found + [f"a row of {row[0]} lacks its {row[2]}" for row in orphans]

    def case_info(self) -> CaseInfo:
        """What a person entered; empty at first."""
        with self._snapshot() as conn, decoding(self.path, _FACTS):
            return facts_rows.facts(conn)

    def set_case_info(self, info: CaseInfo) -> None:
        """Replace what a person entered; its hash enters the custody log."""
        with self._transaction() as conn:
            facts_rows.put(conn, info, self._actor or info.examiner or self._acting(conn))

    def run_basis(self) -> RunBasis | None:
        """What the last finished run was made with; None before the first."""
        with self._snapshot() as conn:
            row = conn.execute("SELECT basis FROM run_basis").fetchone()
        with decoding(self.path, "what the run was made with"):
            return None if row is None else run_basis_from_json(row[0])

    def set_run_basis(self, basis: RunBasis) -> None:
        """Replace what the last finished run was made with."""
        with self._transaction() as conn:
            conn.execute("INSERT OR REPLACE INTO run_basis (id, basis) VALUES (1, ?)", (run_basis_json(basis),))

    def add_evidence(self, item: EvidenceItem) -> int:
        """Take an item in, queued, and say so in the custody log; the same file at the same path keeps its first entry.

        Returns:
            Its id within the case.
        """
        with self._transaction() as conn:
            return evidence_rows.add(conn, item, self._acting(conn))

    def evidence(self) -> list[StoredEvidence]:
        """All items, in intake order."""
        with self._snapshot() as conn, decoding(self.path, "the list of items"):
            return evidence_rows.items(conn)

    def set_state(self, evidence_id: int, state: EvidenceState, failure: str = "") -> None:
        """Record how far the analysis of an item is.

        Raises:
            BugError: no such item.
        """
        with self._transaction() as conn:
            changed = conn.execute(
                "UPDATE evidence SET state = ?, failure = ? WHERE id = ?",
                (str(EvidenceState(state)), printable(failure), evidence_id),
            ).rowcount
            if changed != 1:
                raise BugError(f"the case holds no item {evidence_id}")

    def add_refused(self, path: str, reason: str) -> None:
        """Record an input that could not be taken in; the same path again replaces the reason."""
        with self._transaction() as conn:
            conn.execute(
                "INSERT INTO refused (path, reason) VALUES (?, ?) "
                "ON CONFLICT (path) DO UPDATE SET reason = excluded.reason",
                (text_blob(path), printable(reason)),
            )

    def refused(self) -> tuple[tuple[str, str], ...]:
        """(path, reason) of inputs that could not be taken in, in order of their first refusal."""
        with self._snapshot() as conn:
            rows = conn.execute("SELECT path, reason FROM refused ORDER BY id").fetchall()
        with decoding(self.path, "the list of refused inputs"):
            return tuple((blob_text(path), reason) for path, reason in rows)

    def dismiss_refused(self, actor: str, path: str) -> None:
        """Take an input off the list of refused ones; the custody log keeps what it was. Nothing happens twice."""
        with self._transaction() as conn:
            row = conn.execute("SELECT reason FROM refused WHERE path = ?", (text_blob(path),)).fetchone()
            if row is not None:
                conn.execute("DELETE FROM refused WHERE path = ?", (text_blob(path),))
                audit.append(conn, actor=actor, action="refusal dismissed", detail=f"{path}: {row[0]}")

    def append_audit(self, actor: str, action: str, detail: str) -> AuditEntry:
        """Add an entry to the custody log."""
        with self._transaction() as conn:
            return audit.append(conn, actor=actor, action=action, detail=detail)

    def audit(self) -> tuple[AuditEntry, ...]:
        """The custody log, oldest entry first."""
        with self._snapshot() as conn, decoding(self.path, "the custody log"):
            return tuple(audit.entries(conn))

    def audit_head(self) -> AuditHead:
        """Where the custody log ends, to be kept outside the case."""
        with self._snapshot() as conn:
            return audit.head(conn)

    def case_id(self) -> str:
        """Random name of the case, 32 hex digits; a copy of the case bears the same."""
        with self._snapshot() as conn:
            return heads.case_id(conn)

    def sign_log(self, key: ExaminerKey, ledger: HeadLedger | None = None) -> SignedHead:
        """Sign where the custody log ends, after an entry that says so; nothing is signed twice by the same key.

        Args:
            key: the examiner's, open.
            ledger: keeps the signature outside the case too.

        Raises:
            ExaminerKeyError: the ledger cannot be written; the signature is in the case.
        """
        with self._transaction() as conn:
            head, is_new = heads.sign(conn, key)
        if ledger is not None and is_new:
            ledger.append(head)
        return head

    def signed_head(self) -> SignedHead | None:
        """The latest signed head of the custody log; None when it was never signed."""
        with self._snapshot() as conn:
            return heads.latest(conn)

    def check_log(
        self,
        *,
        ledger: HeadLedger | None = None,
        known: Iterable[SignedHead] = (),
        expected: AuditHead | None = None,
    ) -> CustodyStatus:
        """Check the custody log and its signatures.

        Args:
            ledger: of this machine, checked itself too.
            known: signed heads from elsewhere, a signed report for example.
            expected: an unsigned head of the log at an earlier time; entries after it are fine.

        Raises:
            ExaminerKeyError: the ledger cannot be read.
        """
        with self._snapshot() as conn:
            return heads_check.check(conn, ledger=ledger, known=known, expected=expected)

    def verify_audit(self, expected: AuditHead | None = None) -> list[str]:
        """What is wrong with the custody log, one sentence each; empty when it is whole.

        Args:
            expected: its head at an earlier time, from a signed report; entries after it are fine.
        """
        return self.check_log(expected=expected).sentences

    def decide(self, actor: str, action: ReviewAction) -> ReviewEntry:
        """Add a person's action, and its line in the custody log."""
        with self._transaction() as conn:
            return review_rows.add_action(conn, actor, action)

    def set_decision_active(self, actor: str, action_id: int, *, is_active: bool) -> None:
        """Undo (False) or redo (True) an action, and add the line that says so to the custody log.

        Raises:
            BugError: no such action.
        """
        with self._transaction() as conn:
            review_rows.set_active(conn, actor, action_id, is_active=is_active)

    def decisions(self) -> tuple[ReviewEntry, ...]:
        """All actions, oldest first, undone ones too."""
        with self._snapshot() as conn, decoding(self.path, "the decisions"):
            return review_rows.entries(conn)

    def review(self) -> Review:
        """The state of the review: the actions that hold."""
        return Review.of(self.decisions())

    def _acting(self, conn: sqlite3.Connection) -> str:
        if self._actor:
            return self._actor
        with decoding(self.path, _FACTS):
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
