"""Compares decisions, and what is stored once, with what the custody log says: part of `bindings_check`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field

from core.casefile import bindings
from core.casefile.audit import ParsedEntry
from core.casefile.binding_start import Start, decisions_sha256
from core.casefile.codec import printable
from core.casefile.codec_review import action_from_json
from core.casefile.row_hashes import row_sha256, select_hashable
from core.casefile.single_rows import SingleRow, single_of, single_sha256
from core.domain.custody import CustodyFinding, FindingKind
from core.domain.review import described

_KINDS = {SingleRow.FACTS: FindingKind.FACTS_CHANGED, SingleRow.BASIS: FindingKind.RUN_CHANGED}


@dataclass(slots=True)
class Singles:
    """What the log says of what is stored once.

    Attributes:
        rows: hash of each; none without an entry.
        late: stored by a version without hashes.
        breaks, strict, is_newer: see `core.casefile.runs_check.Runs`.
    """

    rows: dict[SingleRow, str] = field(default_factory=dict)
    late: dict[SingleRow, None] = field(default_factory=dict)
    breaks: list[CustodyFinding] = field(default_factory=list)
    strict: list[CustodyFinding] = field(default_factory=list)
    is_newer: bool = False

    def take(self, row: SingleRow, entry: ParsedEntry) -> None:
        """An entry on what replaced it."""
        if (stated := single_of(entry.detail)) is None:
            return
        sha256, before, says_nothing = stated
        self.is_newer |= says_nothing or row is SingleRow.BASIS
        known = self.rows.get(row)
        if before != known:
            how = "changed" if known is not None else "put in"
            sentence = f"{row.words} was {how} before entry {entry.number} replaced it"
            (self.strict if known is None else self.breaks).append(CustodyFinding(kind=_KINDS[row], sentence=sentence))
        self.rows[row] = sha256
        self.late.pop(row, None)

    def take_start(self, entry: ParsedEntry, start: Start) -> None:
        """The first entry of the migration."""
        for row, found in start.singles.items():
            known = self.rows.pop(row, None)
            if known is not None and found != known:
                sentence = f"{row.words} was changed before entry {entry.number}"
                self.breaks.append(CustodyFinding(kind=_KINDS[row], sentence=sentence))
            if found is not None:
                self.rows[row] = found
                if known is None:
                    self.late[row] = None

    def findings(self, conn: sqlite3.Connection) -> Iterator[CustodyFinding]:
        """What is not as the log says."""
        yield from self.breaks
        yield from self.strict
        for row in SingleRow:
            known, found = self.rows.get(row), single_sha256(conn, row)
            if known == found:
                continue
            how = "is not what the log holds the hash of: it was changed"
            if known is None:
                how = "is not in the log: it was put in"
            elif found is None:
                how = "is gone: it was taken away"
            yield CustodyFinding(kind=_KINDS[row], sentence=f"{row.words} {how}")


@dataclass(slots=True)
class _Decision:
    """What the log says of a decision: detail and hash of its entry, None without one; whether it holds."""

    detail: str = ""
    sha256: str | None = None
    is_active: bool = True


@dataclass(slots=True)
class Decisions:
    """What the log says of the decisions.

    Attributes:
        known: by number.
        start: what the migration found; None for a case of this version from the beginning.
    """

    known: dict[int, _Decision] = field(default_factory=dict)
    start: Start | None = None

    def take(self, entry: ParsedEntry) -> None:
        """An entry on a decision, or on undoing or redoing one."""
        if (stated := bindings.decision_of(entry.detail)) is None:
            return
        number, sha256 = stated
        if entry.action == bindings.DECIDED:
            self.known[number] = _Decision(entry.detail, sha256)
        else:
            self.known.setdefault(number, _Decision()).is_active = entry.action == bindings.REDONE

    def findings(self, conn: sqlite3.Connection) -> Iterator[CustodyFinding]:
        """What is not as the log says."""
        for sentence in self._changed(conn):
            yield CustodyFinding(kind=FindingKind.DECISION_CHANGED, sentence=sentence)

    def late(self, conn: sqlite3.Connection) -> list[int]:
        """Numbers of decisions that a version without hashes stored."""
        return [
            number
            for number, _, row in _rows(conn)
            if number in self.known and self._is_older(number) and self._hash_of(number, row) is None
        ]

    def _changed(self, conn: sqlite3.Connection) -> Iterator[str]:
        found: set[int] = set()
        are_older_whole = True
        for number, active, row in _rows(conn):
            found.add(number)
            sentences = list(self._changed_one(number, active, row))
            are_older_whole &= not (sentences and self._is_older(number))
            yield from sentences
        for number in sorted(self.known.keys() - found):
            are_older_whole &= not self._is_older(number)
            yield f"decision {number} is gone: it was taken away"
        start = self.start
        if start and are_older_whole and decisions_sha256(conn, start.last_decision) != start.decisions:
            last = start.last_decision
            yield f"one of the decisions up to {last} is not what the log holds the hash of: it was changed"

    def _changed_one(self, number: int, active: object, row: list[str | bytes | None]) -> Iterator[str]:
        decision = self.known.get(number)
        if decision is None:
            yield f"decision {number} is not in the log: it was put in"
            return
        expected = self._hash_of(number, row)
        if expected is None and not self._is_older(number):
            yield f"the log holds no hash of decision {number}: it was put in"
        if expected is not None and row_sha256(bindings.DECISION_COLUMNS, row) != expected:
            yield f"decision {number} is not the one whose hash the log holds: it was changed"
        if bool(active) != decision.is_active:
            state, said = ("holds", "was undone") if active else ("is marked as undone", "holds")
            yield f"decision {number} {state}, but the log says that it {said}: it was changed"

    def _is_older(self, number: int) -> bool:
        return self.start is not None and number <= self.start.last_decision

    def _hash_of(self, number: int, row: list[str | bytes | None]) -> str | None:
        """The hash in the entry; in one without a hash, a note may end with words that look like one."""
        decision = self.known[number]
        if decision.sha256 is None or not self._is_older(number):
            return decision.sha256
        try:
            words = described(action_from_json(bytes(row[-1] or b"").decode()))  # type: ignore[arg-type]
        except (ValueError, KeyError, TypeError):
            return decision.sha256
        return None if decision.detail == printable(f"{number}: {words}") else decision.sha256


def _rows(conn: sqlite3.Connection) -> Iterator[tuple[int, object, list[str | bytes | None]]]:
    statement = f"{select_hashable('review', bindings.DECISION_COLUMNS, beside=('id', 'active'))} ORDER BY id"
    for number, active, *row in conn.execute(statement):
        yield number, active, row
