"""On what terms people are kept, who looked them up, and what was taken out of a gallery."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from core.domain.custody import CustodyStatus, SignedHead
from core.domain.gallery import CopyKind, KnownCopy, PersonRecord
from core.errors import GalleryError
from core.evidence.examiner_key import ExaminerKey
from core.evidence.ledger import HeadLedger
from core.gallery import audit, copies, people, signed_log
from core.gallery.copy_erasure import pay
from core.gallery.failures import reported
from core.gallery.key_file import GalleryKey
from core.gallery.records import GalleryAction, GalleryAuditEntry
from core.gallery.replay import held
from core.gallery.schema import utc_now
from core.gallery.session import GallerySession
from core.gallery.texts import checked_text

LONGEST_RETENTION_DAYS = 36_525


class GalleryKeeping(GallerySession):
    """Legal holds, retention, the log, and known copies of an open gallery."""

    # Legal holds

    def set_legal_hold(self, person_id: int, *, actor: str, reason: str) -> None:
        """Block erasure of a person, and merging it away, until the hold is released.

        Args:
            person_id: who.
            actor: who sets it; kept with the person and in the log.
            reason: the order or the case behind it; kept likewise.

        Raises:
            GalleryError: nobody has that id, or no reason is given.
        """
        reason = checked_text(reason, "reason of the hold")
        if not reason:
            raise GalleryError("a legal hold needs a reason", next_step="name the order or the case behind it")
        hold = {"legal_hold": reason, "held_by": checked_text(actor, "actor's name"), "held_at": utc_now()}
        self._keep(person_id, hold, GalleryAction.HELD, actor, reason)

    def release_legal_hold(self, person_id: int, *, actor: str, reason: str) -> None:
        """Allow erasure of a person again."""
        hold = {"legal_hold": "", "held_by": "", "held_at": ""}
        self._keep(person_id, hold, GalleryAction.RELEASED, actor, reason)

    def hold_of(self, person_id: int) -> str:
        """Why a person may not be erased, by the person's row or by the log alone; '' without a hold.

        Raises:
            GalleryError: nobody has that id.
        """
        with self.snapshot() as db:
            return held(db, person_id, people.by_id(db, person_id, self.path).legal_hold)

    # Retention

    def set_retention(self, person_id: int, until: date | None, *, actor: str, basis: str) -> None:
        """Set the last day on which a person's data may be held; nothing is ever erased by itself.

        Args:
            person_id: who.
            until: the last day; None for no such day.
            actor: for the log.
            basis: why until then; kept with the person and in the log.

        Raises:
            GalleryError: nobody has that id, or no basis is given.
        """
        basis = checked_text(basis, "basis of the retention")
        if not basis:
            raise GalleryError(
                "a retention needs a basis", next_step="name the law, the order or the consent behind it"
            )
        day = until.isoformat() if until is not None else ""
        columns = {"retain_until": day, "retention_basis": basis}
        self._keep(person_id, columns, GalleryAction.RETENTION_SET, actor, basis, f"until {day or 'no day'}")

    def due(self, on: date) -> list[PersonRecord]:
        """People whose data may no longer be held on a day, the longest overdue first; those under a hold too."""
        with self.snapshot() as db:
            return people.due(db, on)

    @property
    def retention_days(self) -> int | None:
        """How many days the data of people added from now on is held; None for no such rule."""
        with self.snapshot() as db:
            return people.retention_days(db)

    def set_retention_rule(self, days: int | None, *, actor: str, basis: str) -> None:
        """Set how long the data of people added from now on is held, unless said otherwise of a person.

        Args:
            days: from the day on which they are added, 1 to 36,525; None for no rule.
            actor, basis: for the log.

        Raises:
            GalleryError: an impossible number of days.
        """
        if days is not None and not 1 <= days <= LONGEST_RETENTION_DAYS:
            raise GalleryError(
                f"people cannot be kept for {days} days", next_step=f"give 1 to {LONGEST_RETENTION_DAYS} days"
            )
        with self._change() as db:
            db.execute("UPDATE gallery SET retention_days = ?", [days])
            detail = "no rule" if days is None else f"{days} days"
            audit.append(db, actor=actor, action=GalleryAction.RETENTION_RULE_SET, basis=basis, detail=detail)

    # The log

    def record_lookup(self, *, actor: str, purpose: str, detail: str) -> None:
        """Log a search; `core.gallery.search` does so by itself. The revision stays."""
        with self.transaction() as db:
            audit.append(db, actor=actor, action=GalleryAction.LOOKUP, basis=purpose, detail=detail)

    def record_view(self, person_id: int, *, actor: str, purpose: str) -> None:
        """Log that somebody looks at a person's photos and facts; the revision stays."""
        with self.transaction() as db:
            person = people.by_id(db, person_id, self.path)
            detail = f"{person.n_templates} photos"
            self._log(db, actor, GalleryAction.VIEWED, person_id, person.name, purpose, detail)

    def record_listing(self, *, actor: str, purpose: str, detail: str) -> None:
        """Log that everybody's names, or faces, are shown; the revision stays."""
        with self.transaction() as db:
            audit.append(db, actor=actor, action=GalleryAction.LISTED, basis=purpose, detail=detail)

    def record_export(
        self, *, actor: str, purpose: str, detail: str, kind: CopyKind = CopyKind.LIST, path: Path | None = None
    ) -> None:
        """Log that people are disclosed or copied out of the gallery; the revision stays.

        Args:
            actor, purpose, detail: for the log.
            kind: of the copy.
            path: where it will lie, to be known from now on; None for a disclosure that leaves no copy in reach.
        """
        with self.transaction() as db:
            if path is not None:
                copies.remember(db, kind, path)
                detail = f"{detail}, to {path}"
            audit.append(db, actor=actor, action=GalleryAction.EXPORTED, basis=purpose, detail=detail)

    def record_key_change(self, *, actor: str, detail: str) -> None:
        """Log that another passphrase, or the keyring, opens the gallery; the revision stays."""
        with self.transaction() as db:
            audit.append(db, actor=actor, action=GalleryAction.KEY_CHANGED, detail=detail)

    def audit(self) -> list[GalleryAuditEntry]:
        """The whole log, oldest first."""
        with self.snapshot() as db:
            return list(audit.entries(db))

    def altered_audit_entries(self) -> list[int]:
        """Ids of log entries that are no longer as they were written; empty when all is well."""
        with self.snapshot() as db:
            return audit.altered_entries(db)

    def check_log(self, *, ledger: HeadLedger | None = None, known: Iterable[SignedHead] = ()) -> CustodyStatus:
        """Check the log and its signatures, see `core.gallery.signed_log.check`.

        Raises:
            ExaminerKeyError: the ledger cannot be read.
        """
        with self.snapshot() as db:
            own_id = signed_log.log_id(db)
        # Read first: what another program signs from here on is no part of the state that is checked.
        kept = () if ledger is None else ledger.heads(own_id)
        problems = () if ledger is None else tuple(ledger.problems())
        with self.snapshot() as db:
            return signed_log.check(db, kept=(*kept, *known), ledger_problems=problems)

    def sign_log(self, key: ExaminerKey, ledger: HeadLedger) -> SignedHead:
        """Sign where the log ends, when nothing is found wrong with it but the ledger itself.

        It is checked while nobody else can write. Nothing is signed twice by the same key.

        Args:
            key: the examiner's, open.
            ledger: what is signed is compared with it and kept there.

        Raises:
            GalleryError: somebody tampered with the log; nothing is signed.
            ExaminerKeyError: the ledger cannot be read or written; then the signature is in the gallery.
        """
        with self.transaction() as db:
            if found := signed_log.check(db, kept=ledger.heads(signed_log.log_id(db))).tampering:
                raise GalleryError(
                    f"the gallery's log is not signed, because it was tampered with: {found[0].sentence}",
                    next_step="see `unswap gallery log`, and secure a copy of the file",
                    path=self.path,
                )
            head, is_new = signed_log.sign(db, key)
        if is_new:
            ledger.append(head)
        return head

    # Copies

    def known_copies(self) -> list[KnownCopy]:
        """Copies and lists that were made of the gallery, oldest first."""
        with self.snapshot() as db:
            return copies.known(db)

    def settle_copy(self, copy_id: int, *, key: GalleryKey | None) -> str:
        """Erase in one copy what it owes, opened with a key of its own: that of the gallery when it was made.

        Returns:
            '', or why it still owes.

        Raises:
            GalleryError: no copy has that id.
        """
        with self.snapshot() as db:
            copies.numbered(db, copy_id, self.path)
        with reported(self.path):
            return "".join(why for _, why in pay(self._db, key, only=copy_id))

    def forget_copy(self, copy_id: int, *, actor: str, reason: str) -> None:
        """Know a copy no longer, because it was destroyed: erasures it owes are void.

        Raises:
            GalleryError: no copy has that id.
        """
        with self.transaction() as db:
            copy = copies.forget(db, copy_id, self.path)
            detail = f"{copy.kind} at {copy.path}, {copy.n_owed} erasures owed"
            audit.append(db, actor=actor, action=GalleryAction.COPY_FORGOTTEN, basis=reason, detail=detail)

    def _keep(
        self,
        person_id: int,
        columns: dict[str, str],
        action: GalleryAction,
        actor: str,
        reason: str,
        detail: str = "",
    ) -> None:
        with self._change() as db:
            person = people.by_id(db, person_id, self.path)
            people.update(db, person_id, **columns)
            self._log(db, actor, action, person_id, person.name, reason, detail)
