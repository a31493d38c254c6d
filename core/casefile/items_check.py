"""Compares the list of items with what the custody log says of it: part of `core.casefile.bindings_check`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field

from core.casefile.audit import ParsedEntry
from core.casefile.binding_start import FoundItem
from core.casefile.codec import printable
from core.casefile.codec_evidence import item_from_json
from core.casefile.item_bindings import QUEUED, intake_words, item_sha256, state_of, state_sha256, taken_in_of
from core.domain.custody import CustodyFinding, FindingKind


@dataclass(slots=True)
class Items:
    """What the log says of the items, gathered entry by entry, then held against their rows.

    Attributes:
        rows, states: hash of the row of each item, and of how far its analysis is.
        late: items that a version without hashes took in.
        older: what entries of such a version say of what was taken in.
        is_migrated: such a version began the log.
        breaks: changes that show between entries.
        is_newer: an entry of the present form was seen.
    """

    rows: dict[int, str] = field(default_factory=dict)
    states: dict[int, str] = field(default_factory=dict)
    late: dict[int, None] = field(default_factory=dict)
    older: list[str] = field(default_factory=list)
    breaks: list[CustodyFinding] = field(default_factory=list)
    is_migrated: bool = False
    is_newer: bool = False

    def take_intake(self, entry: ParsedEntry) -> None:
        """An entry on a new item."""
        taken = taken_in_of(entry.detail)
        if taken is None:
            if not self.is_migrated:
                self.older.append(entry.detail)
            return
        self.is_newer = True
        self.rows[taken[0]], self.states[taken[0]] = taken[1], QUEUED

    def take_state(self, entry: ParsedEntry) -> None:
        """An entry on how far an analysis is."""
        if (stated := state_of(entry.detail)) is None:
            return
        self.is_newer = True
        item, now, before = stated
        if self.states.get(item) != before:
            self.breaks.append(_found(f"the state of item {item} was changed before entry {entry.number} replaced it"))
        self.states[item] = now

    def take_found(self, entry: ParsedEntry, found: FoundItem) -> None:
        """An entry of the migration on an item."""
        if self.rows.get(found.item, found.row) != found.row:
            self.breaks.append(_found(f"item {found.item} was changed before entry {entry.number}"))
        self.rows[found.item], self.states[found.item] = found.row, found.state
        self.late[found.item] = None

    def findings(self, conn: sqlite3.Connection) -> Iterator[CustodyFinding]:
        """What is not as the log says."""
        yield from self.breaks
        for item, sha256 in self.rows.items():
            found = item_sha256(conn, item)
            if found is None:
                yield _found(f"item {item} is gone: it was taken away")
                continue
            if found != sha256:
                yield _found(
                    f"item {item} is not the one that was taken in under that number: it was changed, or exchanged "
                    "with another"
                )
            if state_sha256(conn, item) != self.states[item]:
                yield _found(f"the state of item {item} is not the one that the log holds the hash of: it was changed")
        for (item,) in conn.execute("SELECT id FROM evidence ORDER BY id"):
            if item not in self.rows:
                yield _found(f"item {item} is not in the log: it was put in")
        if self.is_migrated:
            yield from map(_found, self._older_findings(conn))

    def _older_findings(self, conn: sqlite3.Connection) -> Iterator[str]:
        """Older entries name no number, but items were numbered in the order in which they were taken in."""
        numbers: dict[str, int] = {}
        for item, text in conn.execute("SELECT id, CAST(item AS BLOB) FROM evidence ORDER BY id"):
            if item not in self.late:
                continue
            try:
                facts = item_from_json(bytes(text or b"").decode())
            except (ValueError, KeyError, TypeError):
                continue  # an entry names it, and is not matched
            numbers[printable(intake_words(facts))] = numbers[printable(f"{facts.path} {facts.sha256}")] = item
        last = first = 0
        named: set[int] = set()
        for detail in self.older:
            number = numbers.get(detail)
            if number is None:
                what = detail.partition(": at intake: ")[0]
                yield f"what the log says was taken in is no item: {what} was taken away or changed"
                continue
            if number < last:
                yield f"item {number} was taken in after item {last}: items were exchanged"
            named.add(number)
            last = max(last, number)
            if ": at intake: " in detail:  # from here on no item was taken in without an entry
                first = first or number
        for item in self.late:
            if first and item > first and item not in named:
                yield f"the log does not say that item {item} was taken in: it was put in"


def _found(sentence: str) -> CustodyFinding:
    return CustodyFinding(kind=FindingKind.ITEMS_CHANGED, sentence=sentence)
