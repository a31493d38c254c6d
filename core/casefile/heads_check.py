"""Checks the custody log of a case: its chain, its signatures, and both against what is known elsewhere.

Rows beside the log are held against the hashes that it holds of them, see `core.casefile.bindings_check`.

What a case alone can show: every change by somebody who has no key with which the log was signed. Somebody who signs
the whole log anew with a key of their own, or puts an older copy of the case in its place, is found out by a signed
head that was kept elsewhere: in the ledger of a machine, or in a report.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field

from core.casefile import audit
from core.casefile.bindings_check import Bindings
from core.casefile.heads import case_id
from core.casefile.records import AuditHead
from core.casefile.schema import TRIGGERS
from core.domain.custody import CustodyFinding, CustodyStatus, FindingKind, SignedHead
from core.evidence.head_checks import (
    WalkedLog,
    announcement_findings,
    counter_findings,
    good_heads,
    known_findings,
    protection_findings,
)
from core.evidence.heads import LOG_SIGNED

_NOTHING = AuditHead(count=0, sha256=audit.FIRST_LINK)


def check(
    conn: sqlite3.Connection,
    *,
    kept: Iterable[SignedHead] = (),
    ledger_problems: Iterable[str] = (),
    expected: AuditHead | None = None,
) -> CustodyStatus:
    """Check the log; call inside a read transaction.

    Args:
        conn: an open case.
        kept: signed heads of this case that were kept elsewhere, in any order; read before the transaction began, so
            that what another program signs meanwhile is on neither side.
        ledger_problems: of the ledger that some of them come from.
        expected: head of the log at an earlier time; entries after it are fine.
    """
    findings: list[CustodyFinding] = []
    own_id = case_id(conn)
    if len(own_id) != 32:
        findings.append(_found(FindingKind.OTHER_CASE, "the case has lost its id"))
    present = dict(conn.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall())
    findings += protection_findings(present, TRIGGERS)
    _check_storage(conn, findings)
    chain = _check_chain(conn, findings)
    stored = conn.execute("SELECT number, CAST(head AS BLOB) FROM signed_heads ORDER BY number").fetchall()
    heads, broken = good_heads(stored, _written(conn, "signed_heads"), chain, own_id)
    findings += broken
    findings += announcement_findings(chain, heads)
    for head in kept:
        findings += known_findings(head, heads, chain, own_id)
    if expected is not None and expected != _NOTHING and chain.hashes.get(expected.count) != expected.sha256:
        sentence = f"the log does not go on from the {expected.count} entries whose head was recorded elsewhere"
        is_short = expected.count > chain.count
        findings.append(_found(FindingKind.TAIL_CUT if is_short else FindingKind.LOG_REWRITTEN, sentence))
    if not chain.hashes and not any(f.kind is FindingKind.LOG_DROPPED for f in findings) and _has_items(conn):
        findings.append(_found(FindingKind.LOG_DROPPED, "the case holds items, but its log is empty"))
    findings += chain.bindings.findings(conn)
    findings += [_found(FindingKind.LEDGER_CHANGED, sentence) for sentence in ledger_problems]
    return CustodyStatus(
        case_id=own_id,
        n_entries=len(chain.hashes),
        head_sha256=chain.end,
        signed=heads[-1] if heads else None,
        findings=tuple(dict.fromkeys(findings)),
        bound_late=tuple(chain.bindings.bound_late(conn)),
    )


@dataclass(slots=True)
class _Chain(WalkedLog):
    """The log as it was walked, and what it says of other rows."""

    bindings: Bindings = field(default_factory=Bindings)


def _found(kind: FindingKind, sentence: str) -> CustodyFinding:
    return CustodyFinding(kind=kind, sentence=sentence)


def contradictions(conn: sqlite3.Connection, most: int = 100) -> list[str]:
    """What SQLite's own check of tables and indexes finds wrong, at most so much; reads the whole file."""
    found = (str(row[0]) for row in conn.execute(f"PRAGMA integrity_check({most})"))
    return [text for text in found if text != "ok"]


def _check_storage(conn: sqlite3.Connection, findings: list[CustodyFinding]) -> None:
    """Tables and indexes must tell the same: what is shown may be read by another index than what is checked."""
    for told in contradictions(conn, 1):
        sentence = f"the database contradicts itself, rows may be shown that were not checked ({told})"
        findings.append(_found(FindingKind.PROTECTION_REMOVED, sentence))


def _check_chain(conn: sqlite3.Connection, findings: list[CustodyFinding]) -> _Chain:
    chain, borne, is_explained = _Chain(), dict[int, int](), False
    previous, position = audit.FIRST_LINK, 0
    rows = conn.execute("SELECT number, CAST(entry AS BLOB), CAST(entry_sha256 AS BLOB) FROM audit ORDER BY number")
    for number, *blobs in rows:  # as bytes: whoever tampers need not write text
        entry, sha256 = (bytes(blob or b"").decode("utf-8", "backslashreplace") for blob in blobs)
        position, was_explained, is_explained = position + 1, is_explained, False
        if number != position:
            sentence = f"entry {position} is missing: entry {number} stands in its place"
            findings.append(_found(FindingKind.ENTRY_MISSING, sentence))
            position, is_explained = number, True
        values = audit.parsed(entry)
        if values is None:
            sentence = f"entry {number} is not in the form in which entries are written"
            findings.append(_found(FindingKind.ENTRY_CHANGED, sentence))
            is_explained = True
        else:
            borne[number] = values.number
            is_explained |= values.number != number
            if values.action == LOG_SIGNED:
                chain.announced[number] = values.detail
            chain.bindings.take(values)
        if audit.link(previous, entry) != sha256 and not (is_explained or was_explained):
            sentence = f"entry {number} was changed, or the one before it was"
            findings.append(_found(FindingKind.ENTRY_CHANGED, sentence))
        chain.hashes[number] = previous = sha256
    chain.count, chain.end = position, previous
    _check_numbers(borne, findings)
    findings += counter_findings(_written(conn, "audit"), position, of_entries=True)
    return chain


def _check_numbers(borne: dict[int, int], findings: list[CustodyFinding]) -> None:
    """Entries bear their number inside, where the chain covers it: what was done when row and entry disagree."""
    wrong = [(row, own) for row, own in borne.items() if row != own]
    if not wrong:
        return
    where = f"entry {wrong[0][0]} bears the number {wrong[0][1]}"
    if sorted(borne.values()) == sorted(borne):
        findings.append(_found(FindingKind.ENTRIES_MOVED, f"{where}: entries were moved"))
    elif len(set(borne.values())) < len(borne):
        findings.append(_found(FindingKind.ENTRY_PUT_IN, f"{where}, and two bear the same: entries were put in"))
    else:
        findings.append(_found(FindingKind.ENTRY_MISSING, f"{where}: entries before it are missing"))


def _written(conn: sqlite3.Connection, table: str) -> object:
    """SQLite counts what it ever wrote into a table whose numbers are used once."""
    row = conn.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
    return 0 if row is None else row[0]


def _has_items(conn: sqlite3.Connection) -> bool:
    return conn.execute("SELECT 1 FROM evidence LIMIT 1").fetchone() is not None
