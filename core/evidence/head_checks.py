"""Compares a chained log with signed heads: those that lie beside it, and those that were kept elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from core.domain.custody import CustodyFinding, FindingKind, SignedHead
from core.evidence.heads import announcement, decoded, signature_problem


@dataclass(slots=True)
class WalkedLog:
    """A log as it was walked.

    Attributes:
        hashes: of its entries, by number.
        announced: what entries say that announce a signature, by number.
        count, end: number and hash of the last entry; 0 and 64 zeros without any.
        of: what it is the log of, for sentences.
    """

    hashes: dict[int, str] = field(default_factory=dict)
    announced: dict[int, str] = field(default_factory=dict)
    count: int = 0
    end: str = "0" * 64
    of: str = "case"


def counter_findings(written: object, last: int, *, of_entries: bool) -> Iterator[CustodyFinding]:
    """Whether as many are there as the database ever wrote.

    Args:
        written: the database's own count, whatever stands there.
        last: number of the last one that is there.
        of_entries: of the log, else of its signatures.
    """
    name = "entries" if of_entries else "signatures"
    if written == last:
        return
    if not isinstance(written, int) or written < last:
        sentence = f"the database's count of {name} was changed: it says {written}, the last is {last}"
        yield _found(FindingKind.ENTRY_CHANGED, sentence)
    elif not of_entries:
        sentence = f"{written} {name} were written, the last that is left is {last}"
        yield _found(FindingKind.SIGNATURE_MISSING, sentence)
    else:
        kind = FindingKind.TAIL_CUT if last else FindingKind.LOG_DROPPED
        yield _found(kind, f"the last {name} are missing: {written} were written, {last} are left")


def fit_findings(head: SignedHead, name: str, log: WalkedLog, own_id: str) -> Iterator[CustodyFinding]:
    """Whether the log still begins with what was signed.

    Args:
        head: whose signature holds.
        name: what it is called.
        log: that it lies beside.
        own_id: of the log.
    """
    if head.case_id != own_id:
        yield _found(FindingKind.OTHER_CASE, f"{name} is over the log of another {log.of}")
    elif head.count > log.count:
        kind = FindingKind.TAIL_CUT if log.hashes else FindingKind.LOG_DROPPED
        yield _found(kind, f"the last entries are missing: {name} is over {head.count}, {log.count} are left")
    elif log.hashes.get(head.count) != head.head_sha256:
        sentence = f"entries up to {head.count} are not those that {name} is over: the log was written anew"
        yield _found(FindingKind.LOG_REWRITTEN, sentence)


def announcement_findings(log: WalkedLog, heads: Sequence[SignedHead]) -> Iterator[CustodyFinding]:
    """Whether each signature that holds is by the key that the log names, and each named one is there."""
    by_count = {head.count: head for head in heads}
    for head in heads:
        named = log.announced.get(head.count)
        if head.count in log.hashes and named != announcement(head.fingerprint):
            sentence = f"the log was signed with the key {head.fingerprint[:16]}…, but entry {head.count} names another"
            yield _found(FindingKind.OTHER_KEY, sentence)
    for number in log.announced:
        if number not in by_count:
            sentence = f"entry {number} says that the log was signed, but no signature holds for it"
            yield _found(FindingKind.SIGNATURE_MISSING, sentence)


def known_findings(
    head: SignedHead, heads: Sequence[SignedHead], log: WalkedLog, own_id: str
) -> Iterator[CustodyFinding]:
    """Compare with a signed head that was kept elsewhere.

    Args:
        head: kept elsewhere.
        heads: those beside the log that hold.
        log: as it is now.
        own_id: of the log.
    """
    if problem := signature_problem(head):
        yield _found(FindingKind.SIGNATURE_BROKEN, f"a signature kept elsewhere does not hold: {problem}")
        return
    when = f"{head.at:%Y-%m-%d %H:%M:%S} UTC"
    if head.case_id != own_id:
        yield _found(FindingKind.OTHER_CASE, f"the signature of {when} kept elsewhere is of another {log.of}")
    elif head.count > log.count:
        sentence = (
            f"{head.count} entries were signed on {when}, {log.count} are left: entries were taken away, or an "
            f"older copy of the {log.of} was put back, or another copy of the {log.of} was worked on and signed"
        )
        yield _found(FindingKind.OLDER_COPY, sentence)
    elif log.hashes.get(head.count) != head.head_sha256:
        sentence = (
            f"the first {head.count} entries are not those that were signed on {when}: the log was written anew, or "
            f"another copy of the {log.of} was worked on and signed"
        )
        yield _found(FindingKind.LOG_REWRITTEN, sentence)
    if head not in heads:
        sentence = f"the signature of {when} over {head.count} entries, kept elsewhere, is not in the {log.of}"
        yield _found(FindingKind.SIGNATURE_MISSING, sentence)
        if any(other.count == head.count and other.fingerprint != head.fingerprint for other in heads):
            sentence = f"{head.count} entries were signed with the key {head.fingerprint[:16]}…, now another key signs"
            yield _found(FindingKind.OTHER_KEY, sentence)


def good_heads(
    stored: Iterable[tuple[int, bytes | None]], written: object, log: WalkedLog, own_id: str
) -> tuple[list[SignedHead], list[CustodyFinding]]:
    """Check each signature that lies beside a log, and that the log goes on from it.

    Args:
        stored: number and bytes of each, in order of their numbers.
        written: how many the database says that it ever wrote.
        log: that they lie beside.
        own_id: of the log.

    Returns:
        Those that hold, oldest first, and what is wrong.
    """
    good: list[SignedHead] = []
    findings: list[CustodyFinding] = []
    position = 0
    for number, blob in stored:
        position += 1
        if number != position:
            findings.append(_found(FindingKind.SIGNATURE_MISSING, f"signature {position} is missing"))
            position = number
        head = decoded(bytes(blob or b""))
        problem = "it is not in the form in which signatures are written" if head is None else signature_problem(head)
        if head is None or problem:
            findings.append(_found(FindingKind.SIGNATURE_BROKEN, f"signature {number} does not hold: {problem}"))
            continue
        findings += fit_findings(head, f"signature {number}", log, own_id)
        if good and head.count <= good[-1].count:
            sentence = f"signature {number} is over no more entries than the one before it"
            findings.append(_found(FindingKind.SIGNATURE_BROKEN, sentence))
        good.append(head)
    findings += counter_findings(written, position, of_entries=False)
    return good, findings


def protection_findings(present: Mapping[str, str], wanted: Mapping[str, str]) -> Iterator[CustodyFinding]:
    """Whether the triggers of a database, each statement by its name, are those of our making and all of them."""
    for name, statement in wanted.items():
        if present.get(name) != statement:
            sentence = f"what keeps entries from being changed ({name}) was taken out of the database"
            yield _found(FindingKind.PROTECTION_REMOVED, sentence)
    for name in present.keys() - wanted.keys():
        sentence = f"the database does something on its own that is not of our making ({name})"
        yield _found(FindingKind.PROTECTION_REMOVED, sentence)


def _found(kind: FindingKind, sentence: str) -> CustodyFinding:
    return CustodyFinding(kind=kind, sentence=sentence)
