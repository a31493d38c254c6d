"""What is known of the custody log of a case: signed heads, and what a check of the log found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedHead:
    """An examiner's signature over where a custody log ended at some time.

    Attributes:
        case_id: random name of the case, 32 hex digits; a copy of a case bears the same.
        count: entries that are signed for.
        head_sha256: hash of the last of them, see `core.casefile.audit`.
        at: when it was signed by the signer's clock, UTC.
        signer: name in the certificate.
        fingerprint: of the signer's key: hex SHA-256 of the raw public key.
        certificate_pem: the signer's certificate.
        signature_hex: Ed25519 over the statement of the first four and the fingerprint, see `core.evidence.heads`.
    """

    case_id: str
    count: int
    head_sha256: str
    at: datetime
    signer: str
    fingerprint: str
    certificate_pem: str
    signature_hex: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFacts:
    """What may be shown of an examiner's key.

    Attributes:
        name: of the examiner.
        fingerprint: hex SHA-256 of the raw public key.
        needs_passphrase: False when the operating system's keyring opens it.
    """

    name: str
    fingerprint: str
    needs_passphrase: bool


class FindingKind(StrEnum):
    """What a check of a custody log can find."""

    ENTRY_CHANGED = "entry changed"
    ENTRY_MISSING = "entry missing"
    ENTRY_PUT_IN = "entry put in"
    ENTRIES_MOVED = "entries moved"
    TAIL_CUT = "tail cut"
    LOG_DROPPED = "log dropped"
    LOG_REWRITTEN = "log rewritten"
    OLDER_COPY = "older copy"
    SIGNATURE_BROKEN = "signature broken"
    SIGNATURE_MISSING = "signature missing"
    OTHER_KEY = "other key"
    OTHER_CASE = "other case"
    PROTECTION_REMOVED = "protection removed"
    LEDGER_CHANGED = "ledger changed"
    RESULT_CHANGED = "result changed"
    CROPS_CHANGED = "crops changed"
    RECOVERED_CHANGED = "recovered faces changed"
    DECISION_CHANGED = "decision changed"
    FACTS_CHANGED = "case facts changed"
    ITEMS_CHANGED = "items changed"
    REFUSED_CHANGED = "refused inputs changed"
    RUN_CHANGED = "run changed"
    PEOPLE_CHANGED = "people changed"
    DATABASE_DAMAGED = "database damaged"
    VERSION_SET_BACK = "version set back"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyFinding:
    """One thing that is wrong with a custody log, or with what it holds the hash of.

    Attributes:
        kind: its name.
        sentence: what was found and where, without a full stop.
    """

    kind: FindingKind
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyStatus:
    """What a check of a custody log came to.

    Attributes:
        case_id: of the case; '' when it lost it.
        n_entries: entries of the log.
        head_sha256: hash of the last one; 64 zeros when there is none.
        signed: the latest signed head that the case holds; None when it was never signed.
        findings: what is wrong; empty when the log is whole.
        bound_late: names of what a version stored that entered no hash of it, and a later one entered: a change between
            the two would not show.
        notes: what else the check cannot vouch for, one sentence each; nothing that is wrong.
    """

    case_id: str
    n_entries: int
    head_sha256: str
    signed: SignedHead | None
    findings: tuple[CustodyFinding, ...] = ()
    bound_late: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong. An unsigned log may be whole."""
        return not self.findings

    @property
    def tampering(self) -> tuple[CustodyFinding, ...]:
        """What forbids a signature: what is wrong with the ledger itself says nothing about this log."""
        return tuple(finding for finding in self.findings if finding.kind is not FindingKind.LEDGER_CHANGED)

    @property
    def n_unsigned(self) -> int:
        """Entries since the last signature, all of them when there is none."""
        return self.n_entries if self.signed is None else max(0, self.n_entries - self.signed.count)

    @property
    def sentences(self) -> list[str]:
        """What is wrong, one sentence each."""
        return [finding.sentence for finding in self.findings]

    @property
    def bound_late_words(self) -> str:
        """What an earlier change of would not show, as a clause; '' when there is nothing of the kind."""
        if not self.bound_late:
            return ""
        return (
            "bound to the log only since the case was brought up to date (written by an older version), an earlier "
            f"change would not show: {'; '.join(self.bound_late)}"
        )

    @property
    def signature_words(self) -> str:
        """Who signed how much of it and when, as a clause."""
        if self.signed is None:
            return "unsigned"
        head, n = self.signed, self.n_unsigned
        since = "" if not n else f"; {n} {'entry' if n == 1 else 'entries'} since the last signature"
        return (
            f"{head.count} {'entry' if head.count == 1 else 'entries'} signed by {head.signer} (key "
            f"{head.fingerprint[:16]}…) on {head.at:%Y-%m-%d at %H:%M:%S} UTC{since}"
        )
