"""Compares the rows of a case with the hashes that its custody log holds of them, and names what was changed.

A log that begins with this version holds a hash of every row. In one that an earlier version began, entries of the
migration hold those that were missing (`core.casefile.binding_start`); what stands above them is judged by what that
version entered.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field

from core.casefile import bindings, refused_rows, result_digest
from core.casefile.audit import ParsedEntry
from core.casefile.binding_start import BROUGHT_UP, ITEM_FOUND, found_of, start_of
from core.casefile.entered_check import Decisions, Singles
from core.casefile.item_bindings import STATE_SET, TAKEN_IN
from core.casefile.items_check import Items
from core.casefile.refused_rows import Refused
from core.casefile.run_bindings import RUN_BEGUN, SCAN_STORED
from core.casefile.runs_check import Runs
from core.casefile.single_rows import SingleRow
from core.domain.custody import CustodyFinding, FindingKind

_SINGLES = {str(row): row for row in SingleRow}


@dataclass(slots=True)
class Bindings:
    """What the log says of the rows beside it, gathered entry by entry (`take`), then held against them.

    Attributes:
        items, runs, singles, decisions, refused: by what the entries are about.
        breaks: entries that stand where they cannot.
    """

    items: Items = field(default_factory=Items)
    runs: Runs = field(default_factory=Runs)
    singles: Singles = field(default_factory=Singles)
    decisions: Decisions = field(default_factory=Decisions)
    refused: Refused = field(default_factory=Refused)
    breaks: list[CustodyFinding] = field(default_factory=list)
    _is_starting: bool = False

    def take(self, entry: ParsedEntry) -> None:
        """The next entry of the log."""
        action = entry.action
        was_starting, self._is_starting = self._is_starting, action in (BROUGHT_UP, ITEM_FOUND)
        if action == TAKEN_IN:
            self.items.take_intake(entry)
            self.refused.take_intake(entry)
        elif action == STATE_SET:
            self.items.take_state(entry)
        elif action == RUN_BEGUN:
            self.runs.take_begun(entry)
        elif action == SCAN_STORED:
            self.runs.take_scan(entry)
        elif action == result_digest.RESULT_STORED:
            self.runs.take_result(entry)
        elif action in bindings.STORED:
            self.runs.take_faces(bindings.STORED[action], entry)
        elif action in _SINGLES:
            self.singles.take(_SINGLES[action], entry)
        elif action in (bindings.DECIDED, bindings.UNDONE, bindings.REDONE):
            self.decisions.take(entry)
        elif action in refused_rows.ACTIONS:
            self.refused.take(entry)
        elif action == BROUGHT_UP:
            self._take_start(entry)
        elif action == ITEM_FOUND:
            self._take_found(entry, was_starting)

    def findings(self, conn: sqlite3.Connection) -> Iterator[CustodyFinding]:
        """What is not as the log says; call inside a transaction. Reads every stored crop and recovered face."""
        yield from self.breaks
        for part in (self.items, self.runs, self.singles, self.decisions, self.refused):
            yield from part.findings(conn)

    def bound_late(self, conn: sqlite3.Connection) -> Iterator[str]:
        """What an earlier version stored without a hash: only a change after the migration shows."""
        if self.items.late:
            yield f"the facts read at intake{_of_items(list(self.items.late))}"
        by_words: dict[str, list[int]] = {}
        for words, item in self.runs.late:
            by_words.setdefault(words, []).append(item)
        for words, items in by_words.items():
            yield f"the {words}{_of_items(items)}"
        yield from (row.words for row in self.singles.late)
        if numbers := self.decisions.late(conn):
            yield f"the wording of decision{'s' if len(numbers) > 1 else ''} {_listed(numbers)}"
        if self.refused.late:
            yield "the list of inputs that were refused"

    def _take_start(self, entry: ParsedEntry) -> None:
        start = start_of(entry.detail)
        if start is None:
            return
        if self.decisions.start is not None or any(p.is_newer for p in (self.items, self.runs, self.singles)):
            self._break(entry, "what stands above it was written by this version: its number was set back")
        self.decisions.start, self.items.is_migrated = start, True
        self.runs.strict.clear()
        self.singles.strict.clear()
        self.singles.take_start(entry, start)

    def _take_found(self, entry: ParsedEntry, was_starting: bool) -> None:
        found = found_of(entry.detail)
        if found is None:
            return
        if not was_starting:
            self._break(
                entry, "an item is bound like one of an earlier version, but the case was not brought up to date"
            )
        self.items.take_found(entry, found)
        self.runs.take_found(entry, found)

    def _break(self, entry: ParsedEntry, sentence: str) -> None:
        self.breaks.append(
            CustodyFinding(kind=FindingKind.VERSION_SET_BACK, sentence=f"entry {entry.number}: {sentence}")
        )


def _of_items(numbers: list[int]) -> str:
    return f" of item{'s' if len(numbers) > 1 else ''} {_listed(numbers)}"


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))
