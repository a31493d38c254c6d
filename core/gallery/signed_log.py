"""Signatures over where the gallery's log ends, and the check of the log against them, and of the people against it.

As in a case: an entry of the log announces each signature and names the key; the signature is over the log that ends
with it. A copy of the gallery bears the same id, and its log goes on by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice

from sqlite_utils import Database

from core.domain.custody import CustodyFinding, CustodyStatus, FindingKind, SignedHead
from core.evidence.examiner_key import ExaminerKey
from core.evidence.head_checks import (
    WalkedLog,
    announcement_findings,
    counter_findings,
    good_heads,
    known_findings,
    protection_findings,
)
from core.evidence.heads import announcement, decoded, encoded, sign_head
from core.gallery import audit, replay
from core.gallery.log_rows import rows
from core.gallery.migrations import MIGRATIONS
from core.gallery.records import GalleryAction

_MOST_SAID = 20
TRIGGERS = {
    found[1]: found[0]
    for script in MIGRATIONS
    for found in re.finditer(r"CREATE TRIGGER (\w+)\s.*?END(?=;)", script, re.S)
}
"""What keeps log, signatures and id as they are: the statement of each trigger by its name."""


def log_id(db: Database) -> str:
    """Random name of the gallery's log, 32 hex digits; '' when somebody took it away."""
    row = db.execute("SELECT CAST(log_id AS TEXT) FROM log_identity").fetchone()
    return "" if row is None else str(row[0])


def latest(db: Database) -> SignedHead | None:
    """The last signed head; None when the log was never signed, or the row cannot be read (a check says so)."""
    row = db.execute("SELECT CAST(head AS BLOB) FROM signed_heads ORDER BY number DESC LIMIT 1").fetchone()
    return None if row is None else decoded(bytes(row[0]))


def sign(db: Database, key: ExaminerKey) -> tuple[SignedHead, bool]:
    """Sign where the log ends, after an entry that says so; call inside a write transaction.

    Returns:
        The signed head, and whether it is new: nothing is signed twice by the same key.
    """
    last, (count, sha256) = latest(db), _end(db)
    if last is not None and (last.fingerprint, last.count, last.head_sha256) == (key.fingerprint, count, sha256):
        return last, False
    audit.append(db, actor=key.name, action=GalleryAction.LOG_SIGNED, detail=announcement(key.fingerprint))
    count, sha256 = _end(db)
    head = sign_head(key, case_id=log_id(db), count=count, head_sha256=sha256, at=datetime.now(UTC))
    db.execute("INSERT INTO signed_heads (head) VALUES (?)", [encoded(head)])
    return head, True


def check(db: Database, *, kept: Iterable[SignedHead] = (), ledger_problems: Iterable[str] = ()) -> CustodyStatus:
    """Check the log's chain, its signatures, and both against what is known elsewhere; call inside a transaction.

    Args:
        db: an open gallery.
        kept: signed heads of this gallery that were kept elsewhere, in the ledger of this machine for example; none of
            them may be newer than what the transaction sees.
        ledger_problems: what is wrong with that ledger itself.
    """
    own_id = log_id(db)
    present = dict(db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall())
    findings = list(protection_findings(present, TRIGGERS))
    if len(own_id) != 32:
        findings.append(_found(FindingKind.OTHER_CASE, "the gallery has lost its id"))
    log = WalkedLog(of="gallery")
    for row in rows(db):
        log.count, log.end = row.number, row.entry_sha256
        log.hashes[row.number] = row.entry_sha256
        if row.action == GalleryAction.LOG_SIGNED and row.nonce is not None:
            log.announced[row.number] = row.detail
    entries = audit.check_entries(db)
    findings += [
        _found(
            FindingKind.ENTRY_CHANGED, f"entry {number} was changed, moved or put in, or the one before it is missing"
        )
        for number in entries.altered
    ]
    findings += [_found(FindingKind.PEOPLE_CHANGED, sentence) for sentence in _first(replay.differences(db))]
    findings += [_found(FindingKind.DATABASE_DAMAGED, sentence) for sentence in _damage(db)]
    findings += counter_findings(_written(db, "audit"), log.count, of_entries=True)
    stored = db.execute("SELECT number, CAST(head AS BLOB) FROM signed_heads ORDER BY number").fetchall()
    heads, broken = good_heads(stored, _written(db, "signed_heads"), log, own_id)
    findings += broken
    findings += announcement_findings(log, heads)
    for head in kept:
        findings += known_findings(head, heads, log, own_id)
    findings += [_found(FindingKind.LEDGER_CHANGED, sentence) for sentence in ledger_problems]
    return CustodyStatus(
        case_id=own_id,
        n_entries=len(log.hashes),
        head_sha256=log.end,
        signed=heads[-1] if heads else None,
        findings=tuple(dict.fromkeys(findings)),
        notes=tuple(_unvouched(entries.unvouched)),
    )


def _unvouched(numbers: Sequence[int]) -> Iterator[str]:
    if numbers:
        yield (
            f"names were taken out of the texts of entries {', '.join(map(str, numbers))} by an older version, which "
            "did not enter what the texts are since: a change of these texts would not show"
        )


def _damage(db: Database) -> Iterator[str]:
    """What SQLite itself finds wrong with the file."""
    for (said,) in db.execute(f"PRAGMA integrity_check({_MOST_SAID})").fetchall():
        if said != "ok":
            yield f"the database is damaged: {said}"
    for table, row, *_ in db.execute("PRAGMA foreign_key_check").fetchmany(_MOST_SAID):
        yield f"the database is damaged: row {row} of {table} belongs to nothing that is there"


def _first(sentences: Iterator[str]) -> Iterator[str]:
    yield from islice(sentences, _MOST_SAID)
    if n_more := sum(1 for _ in sentences):
        yield f"{n_more} more differences between the people and the log"


def _written(db: Database, table: str) -> object:
    """SQLite counts what it ever wrote into a table whose numbers are used once."""
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", [table]).fetchone()
    return 0 if row is None else row[0]


def _end(db: Database) -> tuple[int, str]:
    row = db.execute("SELECT id, entry_sha256 FROM audit ORDER BY id DESC LIMIT 1").fetchone()
    return (0, WalkedLog().end) if row is None else (int(row[0]), str(row[1]))


def _found(kind: FindingKind, sentence: str) -> CustodyFinding:
    return CustodyFinding(kind=kind, sentence=sentence)
