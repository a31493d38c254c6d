"""The custody log: canonical JSON entries, each hashed over the one before.

An entry is the JSON object of ``number`` (1-based), ``at`` (UTC, microseconds), ``actor``, ``action`` and ``detail``
in the canonical form of RFC 8785 (keys sorted, no white space, UTF-8; only strings and one small integer occur).
``entry_sha256`` is SHA-256 over the 64 hex digits of the entry before (64 zeros before the first) and those bytes, so

    printf '%s%s' "$PREVIOUS" "$ENTRY" | sha256sum

checks one by hand. A chain alone can be made anew, and does not show a cut tail: `core.casefile.heads` has it signed,
`core.casefile.heads_check` checks both.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import rfc8785

from core.casefile.codec import moment_text, printable
from core.casefile.records import AuditHead
from core.domain.foreign_text import parsed_json
from core.domain.report import AuditEntry

FIRST_LINK = "0" * 64
"""Stands for the entry before the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedEntry:
    """What a check of the log needs of an entry."""

    number: int
    at: datetime
    action: str
    detail: str


def canonical_entry(*, number: int, at: datetime, actor: str, action: str, detail: str) -> str:
    """The canonical JSON of an entry; lone surrogates are spelled out."""
    return rfc8785.dumps(
        {
            "number": number,
            "at": moment_text(at),
            "actor": printable(actor),
            "action": printable(action),
            "detail": printable(detail),
        }
    ).decode("utf-8")


def link(previous: str, entry: str) -> str:
    """Hex SHA-256 of an entry's canonical JSON, chained to the hex digest of the entry before."""
    return hashlib.sha256((previous + entry).encode()).hexdigest()


def head(conn: sqlite3.Connection) -> AuditHead:
    """Where the log ends."""
    last = conn.execute("SELECT number, entry_sha256 FROM audit ORDER BY number DESC LIMIT 1").fetchone()
    return AuditHead(count=0, sha256=FIRST_LINK) if last is None else AuditHead(count=last[0], sha256=last[1])


def append(conn: sqlite3.Connection, *, actor: str, action: str, detail: str) -> AuditEntry:
    """Add an entry; call inside a write transaction."""
    last = head(conn)
    at, number = datetime.now(UTC), last.count + 1
    entry = canonical_entry(number=number, at=at, actor=actor, action=action, detail=detail)
    sha256 = link(last.sha256, entry)
    conn.execute("INSERT INTO audit (number, entry, entry_sha256) VALUES (?, ?, ?)", (number, entry, sha256))
    return _decoded(entry, sha256)


def entries(conn: sqlite3.Connection) -> Iterator[AuditEntry]:
    """All entries, oldest first."""
    for entry, sha256 in conn.execute("SELECT entry, entry_sha256 FROM audit ORDER BY number"):
        yield _decoded(entry, sha256)


def of_actions(conn: sqlite3.Connection, actions: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(action, detail) of the entries with these actions, oldest first; the others are not parsed."""
    # An entry begins with its action, as keys are sorted.
    begins = [f'{{"action":{rfc8785.dumps(action).decode()},' for action in actions]
    which = " OR ".join(["substr(entry, 1, ?) = ?"] * len(begins))
    values = [value for begin in begins for value in (len(begin), begin)]
    for (entry,) in conn.execute(f"SELECT entry FROM audit WHERE {which} ORDER BY number", values):
        read = parsed_json(entry)
        yield read["action"], read["detail"]


def _decoded(entry: str, sha256: str) -> AuditEntry:
    values = parsed_json(entry)
    return AuditEntry(
        at=datetime.fromisoformat(values["at"]),
        actor=values["actor"],
        action=values["action"],
        detail=values["detail"],
        entry_sha256=sha256,
    )


def parsed(entry: str) -> ParsedEntry | None:
    """An entry that may have been tampered with; None when it is not in the form in which entries are written."""
    try:
        values = parsed_json(entry)
        at = datetime.fromisoformat(values["at"])
        again = canonical_entry(**{**values, "at": at})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if again != entry or type(values["number"]) is not int or at.tzinfo is None:
        return None
    return ParsedEntry(number=values["number"], at=at, action=values["action"], detail=values["detail"])
