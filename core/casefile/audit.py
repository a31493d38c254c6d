"""The custody log: canonical JSON entries, each hashed over the one before.

An entry is the JSON object of ``number`` (1-based), ``at`` (UTC, microseconds), ``actor``, ``action`` and ``detail``
in the canonical form of RFC 8785 (keys sorted, no white space, UTF-8; only strings and one small integer occur).
``entry_sha256`` is SHA-256 over the 64 hex digits of the entry before (64 zeros before the first) and those bytes, so

    printf '%s%s' "$PREVIOUS" "$ENTRY" | sha256sum

checks one by hand. A chain alone does not show a cut tail: keep its `AuditHead` elsewhere, in a signed report.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime

from core.casefile.codec import moment_text, printable
from core.casefile.records import AuditHead
from core.domain.report import AuditEntry

_FIRST_LINK = "0" * 64


def canonical_entry(*, number: int, at: datetime, actor: str, action: str, detail: str) -> str:
    """The canonical JSON of an entry; lone surrogates are spelled out."""
    texts = {"actor": actor, "action": action, "detail": detail}
    entry = {"number": number, "at": moment_text(at), **{name: printable(text) for name, text in texts.items()}}
    return json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def link(previous: str, entry: str) -> str:
    """Hex SHA-256 of an entry's canonical JSON, chained to the hex digest of the entry before."""
    return hashlib.sha256((previous + entry).encode()).hexdigest()


def head(conn: sqlite3.Connection) -> AuditHead:
    """Where the log ends."""
    last = conn.execute("SELECT number, entry_sha256 FROM audit ORDER BY number DESC LIMIT 1").fetchone()
    return AuditHead(count=0, sha256=_FIRST_LINK) if last is None else AuditHead(count=last[0], sha256=last[1])


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


def problems(conn: sqlite3.Connection, expected: AuditHead | None = None) -> list[str]:
    """What is wrong with the log, one sentence each; empty when it is whole.

    Args:
        conn: an open case.
        expected: head of the log at an earlier time; entries after it are fine.
    """
    found: list[str] = []
    previous, position = _FIRST_LINK, 0
    expected_is_met = expected is None or expected == AuditHead(count=0, sha256=_FIRST_LINK)
    rows = conn.execute("SELECT number, CAST(entry AS BLOB), CAST(entry_sha256 AS BLOB) FROM audit ORDER BY number")
    for number, *blobs in rows:  # as bytes: whoever tampers need not write text
        entry, sha256 = (bytes(blob or b"").decode("utf-8", "backslashreplace") for blob in blobs)
        position += 1
        if number != position:
            found.append(f"entry {position} is missing: entry {number} stands in its place")
            position = number
        if not _is_canonical(entry, number):
            found.append(f"entry {number} is not in the form in which entries are written")
        if link(previous, entry) != sha256:
            found.append(f"entry {number} was changed, or the one before it was")
        if expected is not None and number == expected.count:
            expected_is_met = sha256 == expected.sha256
        previous = sha256
    written = conn.execute("SELECT seq FROM sqlite_sequence WHERE name = 'audit'").fetchone()
    if written is not None and written[0] > position:
        found.append(f"the last entries are missing: {written[0]} were written, {position} are left")
    if expected is not None and not expected_is_met:
        found.append(f"the log does not go on from the {expected.count} entries whose head was recorded elsewhere")
    return found


def _decoded(entry: str, sha256: str) -> AuditEntry:
    values = json.loads(entry)
    return AuditEntry(
        at=datetime.fromisoformat(values["at"]),
        actor=values["actor"],
        action=values["action"],
        detail=values["detail"],
        entry_sha256=sha256,
    )


def _is_canonical(entry: str, number: int) -> bool:
    try:
        values = json.loads(entry)
        again = canonical_entry(**{**values, "at": datetime.fromisoformat(values["at"])})
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    return again == entry and values["number"] == number
