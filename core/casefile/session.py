"""What is in an open case apart from analyses: what a person entered, items, refusals, decisions, the custody log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.casefile import (
    audit,
    evidence_rows,
    facts_rows,
    heads,
    heads_check,
    refused_rows,
    review_rows,
    run_basis_rows,
)
from core.casefile.codec import blob_text
from core.casefile.connection import FACTS, CaseConnection
from core.casefile.failures import decoding
from core.casefile.records import AuditHead
from core.domain.custody import CustodyStatus, SignedHead
from core.domain.evidence import EvidenceItem, EvidenceState, StoredEvidence
from core.domain.report import AuditEntry, CaseInfo, RunBasis
from core.domain.review import Review, ReviewAction, ReviewEntry
from core.errors import CaseFileError
from core.evidence.examiner_key import ExaminerKey
from core.evidence.ledger import HeadLedger


class CaseSession(CaseConnection):
    """What all users of a case have in common; `core.casefile.store.CaseFile` adds the analyses."""

    _whole_at: int | None = None

    def problems(self) -> list[str]:
        """What SQLite's own checks find wrong with the file; empty when it is sound. Reads all of it."""
        with self._snapshot() as conn:
            found = heads_check.contradictions(conn)
            orphans = conn.execute("PRAGMA foreign_key_check").fetchall()
        return found + [f"a row of {row[0]} lacks its {row[2]}" for row in orphans]

    def case_info(self) -> CaseInfo:
        """What a person entered; empty at first."""
        with self._snapshot() as conn, decoding(self.path, FACTS):
            return facts_rows.facts(conn)

    def set_case_info(self, info: CaseInfo) -> None:
        """Replace what a person entered; its hash enters the custody log."""
        with self._transaction() as conn:
            facts_rows.put(conn, info, self._actor or info.examiner or self._acting(conn))

    def run_bases(self) -> tuple[RunBasis, ...]:
        """What all results were made with, the latest run last; runs made alike are one."""
        with self._snapshot() as conn, decoding(self.path, "what the run was made with"):
            return run_basis_rows.stored(conn)

    def run_basis(self, evidence_id: int) -> RunBasis | None:
        """What an item's result was made with; None where that was not recorded."""
        return next((basis for basis in self.run_bases() if evidence_id in basis.evidence_ids), None)

    def add_run_basis(self, basis: RunBasis) -> None:
        """Keep what the items that it names were made with, in place of what was kept of them; enters the log."""
        with self._transaction() as conn, decoding(self.path, "what the run was made with"):
            run_basis_rows.put(conn, basis, self._acting(conn))

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
        """Record how far the analysis of an item is, and say so in the custody log.

        Raises:
            BugError: no such item.
        """
        with self._transaction() as conn:
            evidence_rows.set_state(conn, evidence_id, EvidenceState(state), failure, self._acting(conn))

    def add_refused(self, path: str, reason: str) -> None:
        """Record an input that could not be taken in, and say so in the custody log; the same path again replaces the
        reason.
        """
        self.add_all_refused([(path, reason)])

    def add_all_refused(self, inputs: Sequence[tuple[str, str]]) -> None:
        """`add_refused` of many (path, reason) at once: one transaction and one entry in the custody log."""
        if inputs:
            with self._transaction() as conn:
                refused_rows.add(conn, self._acting(conn), inputs)

    def refused(self) -> tuple[tuple[str, str], ...]:
        """(path, reason) of inputs that could not be taken in, in order of their first refusal."""
        with self._snapshot() as conn:
            rows = conn.execute("SELECT path, reason FROM refused ORDER BY id").fetchall()
        with decoding(self.path, "the list of refused inputs"):
            return tuple((blob_text(path), reason) for path, reason in rows)

    def dismiss_refused(self, actor: str, path: str) -> None:
        """Take an input off the list of refused ones; the custody log keeps what it was. Nothing happens twice."""
        with self._transaction() as conn:
            refused_rows.dismiss(conn, actor, path)

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

    def sign_whole(self, key: ExaminerKey, ledger: HeadLedger) -> SignedHead:
        """Like `sign_log`, but only when nothing is found wrong with log and rows but the ledger itself.

        Nothing changes between the check and the signing: what another connection writes meanwhile is noticed, and the
        case is checked again while nobody else can write. What was checked and not written to by others since is not
        read again.

        Args:
            key: the examiner's, open.
            ledger: what is signed is compared with it and kept there.

        Raises:
            CaseFileError: somebody tampered with the case; nothing is signed.
            ExaminerKeyError: the ledger cannot be read or written; then the signature is in the case.
        """
        own_id = self.case_id()
        kept = ledger.heads(own_id)
        with self._snapshot() as conn:
            version = heads.data_version(conn)
            if version != self._whole_at:
                self._refuse_tampered(heads_check.check(conn, kept=kept))
        with self._transaction() as conn:
            if heads.data_version(conn) != version:
                version = heads.data_version(conn)
                self._refuse_tampered(heads_check.check(conn, kept=ledger.heads(own_id)))
            head, is_new = heads.sign(conn, key)
        self._whole_at = version
        if is_new:
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
        # Read first: what another program signs from here on is no part of the state that is checked.
        kept = () if ledger is None else ledger.heads(self.case_id())
        problems = () if ledger is None else tuple(ledger.problems())
        with self._snapshot() as conn:
            return heads_check.check(conn, kept=(*kept, *known), ledger_problems=problems, expected=expected)

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

    def _refuse_tampered(self, status: CustodyStatus) -> None:
        if found := status.tampering:
            raise CaseFileError(
                f"the case is not signed, because it was tampered with: {found[0].sentence}",
                next_step="see `unswap custody`; --unsigned still writes a report that nobody signs",
                path=self.path,
            )
