"""Inputs that could not be taken in: their list, and what the custody log holds of it. Called inside transactions.

What was handed in and not examined belongs to the record as much as what was: whoever takes it off the list behind the
program's back must not go unnoticed.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from core.casefile import audit
from core.casefile.audit import ParsedEntry
from core.casefile.codec import printable, text_blob
from core.casefile.row_hashes import stream_sha256
from core.domain.custody import CustodyFinding, FindingKind

REFUSED, DISMISSED = "input refused", "refusal dismissed"
FOUND = "refused inputs bound"
"""Action of the entry of a migration on the refused inputs that an earlier version left."""
ACTIONS = (REFUSED, DISMISSED, FOUND)
COLUMNS = ("id", "path", "reason")
NONE = hashlib.sha256().hexdigest()
"""Hash of an empty list."""

_SHA256 = "([0-9a-f]{64})"
_CHANGED = re.compile(rf".*; list sha256 {_SHA256}, in place of sha256 {_SHA256}", re.DOTALL)
_BESIDE = re.compile(rf".*; refused inputs sha256 {_SHA256}", re.DOTALL)
_FOUND = re.compile(rf"(\d{{1,18}}), list sha256 {_SHA256}: an earlier change of it would not show")


def list_sha256(conn: sqlite3.Connection) -> str:
    """Hash of the list, in order."""
    return stream_sha256(conn, "refused", COLUMNS, "? ORDER BY id", 1)


def add(conn: sqlite3.Connection, actor: str, inputs: Sequence[tuple[str, str]]) -> None:
    """Put inputs, (path, reason), on the list, or give them another reason; nothing happens twice.

    One entry in the custody log, that names all of them, whose hash is taken of the list they are on then.
    """
    before = list_sha256(conn)
    conn.executemany(
        "INSERT INTO refused (path, reason) VALUES (?, ?) ON CONFLICT (path) DO UPDATE SET reason = excluded.reason",
        [(text_blob(path), printable(reason)) for path, reason in inputs],
    )
    _log(conn, actor, REFUSED, "; ".join(f"{path}: {reason}" for path, reason in inputs), before)


def dismiss(conn: sqlite3.Connection, actor: str, path: str) -> None:
    """Take an input off the list because a person asked for it; nothing happens where it is not on it."""
    row = conn.execute("SELECT reason FROM refused WHERE path = ?", (text_blob(path),)).fetchone()
    if row is not None:
        _remove(conn, actor, path, f"{path}: {row[0]}")


def forget(conn: sqlite3.Connection, actor: str, path: str) -> None:
    """Take an input off the list because it was taken in after all; nothing happens where it is not on it."""
    if conn.execute("SELECT 1 FROM refused WHERE path = ?", (text_blob(path),)).fetchone() is not None:
        _remove(conn, actor, path, f"{path}: taken in")


def bind_found(conn: sqlite3.Connection, actor: str) -> None:
    """Enter the hash of a list that a version without hashes left; call inside the transaction that migrates it."""
    (count,) = conn.execute("SELECT count(*) FROM refused").fetchone()
    detail = f"{count}, list sha256 {list_sha256(conn)}: an earlier change of it would not show"
    audit.append(conn, actor=actor, action=FOUND, detail=detail)


def _remove(conn: sqlite3.Connection, actor: str, path: str, words: str) -> None:
    before = list_sha256(conn)
    conn.execute("DELETE FROM refused WHERE path = ?", (text_blob(path),))
    _log(conn, actor, DISMISSED, words, before)


def _log(conn: sqlite3.Connection, actor: str, action: str, words: str, before: str) -> None:
    if (now := list_sha256(conn)) != before:
        detail = f"{printable(words)}; list sha256 {now}, in place of sha256 {before}"
        audit.append(conn, actor=actor, action=action, detail=detail)


@dataclass(slots=True)
class Refused:
    """What the log says of the list, gathered entry by entry, then held against it: part of `bindings_check`.

    Attributes:
        sha256: of the list after the last entry.
        late: how many were on a list that a version without hashes left.
        breaks: changes that show between entries.
        is_bound: an entry with a hash was seen, of whatever kind: no version without hashes wrote it.
    """

    sha256: str = NONE
    late: int = 0
    breaks: list[CustodyFinding] = field(default_factory=list)
    is_bound: bool = False

    def take(self, entry: ParsedEntry) -> None:
        """An entry on the list; those of earlier versions hold no hash."""
        if entry.action == FOUND:
            self._take_found(entry)
        elif (stated := _CHANGED.fullmatch(entry.detail)) is not None:
            now, before = stated.groups()
            self._expect(before, entry)
            self.sha256 = now
            if now == NONE:
                self.late = 0

    def take_intake(self, entry: ParsedEntry) -> None:
        """An entry on a new item, that says how the list stood."""
        if (stated := _BESIDE.fullmatch(entry.detail)) is not None:
            self._expect(stated[1], entry)
            self.sha256 = stated[1]

    def _take_found(self, entry: ParsedEntry) -> None:
        if (stated := _FOUND.fullmatch(entry.detail)) is None:
            return
        if self.is_bound:
            sentence = f"entry {entry.number}: the list of refused inputs is bound like one of an earlier version again"
            self.breaks.append(CustodyFinding(kind=FindingKind.VERSION_SET_BACK, sentence=sentence))
        self.late, self.sha256, self.is_bound = int(stated[1]), stated[2], True

    def _expect(self, sha256: str, entry: ParsedEntry) -> None:
        self.is_bound = True
        if sha256 != self.sha256:
            self.breaks.append(_found(f"the list of refused inputs was changed before entry {entry.number}"))

    def findings(self, conn: sqlite3.Connection) -> Iterator[CustodyFinding]:
        """What is not as the log says."""
        yield from self.breaks
        if list_sha256(conn) != self.sha256:
            yield _found("the list of refused inputs is not the one that the log holds the hash of: it was changed")


def _found(sentence: str) -> CustodyFinding:
    return CustodyFinding(kind=FindingKind.REFUSED_CHANGED, sentence=sentence)
