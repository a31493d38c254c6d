"""Compares the rows of a case with the hashes that its custody log holds of them, and names what was changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field

from core.casefile import bindings, result_digest
from core.casefile.audit import ParsedEntry
from core.casefile.row_hashes import FaceTable, face_rows, row_sha256, rows_sha256, select_hashable
from core.domain.custody import CustodyFinding, FindingKind

_KINDS = {FaceTable.CROPS: FindingKind.CROPS_CHANGED, FaceTable.RECOVERED: FindingKind.RECOVERED_CHANGED}
_FACTS = "what was entered about the case (number, title, examiner, question and the like)"


@dataclass(slots=True)
class _Decision:
    """What the log says of a decision: hash of its row, None in entries of earlier versions; whether it holds."""

    sha256: str | None
    is_active: bool = True


@dataclass(slots=True)
class Bindings:
    """What the log says of the rows beside it, gathered entry by entry (`take`), then held against them.

    Attributes:
        begun: items with a run whose beginning is in the log: all that is stored of it must be in the log too.
        results: hash of the result, by item.
        faces: count and hash of the rows, by table and item.
        facts: hash of what was entered about the case.
        decisions: by number.
        breaks: changes that show between entries.
    """

    begun: set[int] = field(default_factory=set)
    results: dict[int, str] = field(default_factory=dict)
    faces: dict[tuple[FaceTable, int], tuple[int, str]] = field(default_factory=dict)
    facts: str | None = None
    decisions: dict[int, _Decision] = field(default_factory=dict)
    breaks: list[CustodyFinding] = field(default_factory=list)

    def take(self, entry: ParsedEntry) -> None:
        """The next entry of the log."""
        action, detail = entry.action, entry.detail
        if action == result_digest.RESULT_STORED and (stored := result_digest.recorded(detail)):
            self.results[stored[0]] = stored[1]
        elif action == bindings.RUN_BEGUN and (item := bindings.run_of(detail)) is not None:
            self.begun.add(item)
            self.results.pop(item, None)
            self.faces |= {(table, item): (0, bindings.NO_ROWS) for table in FaceTable}
        elif action in bindings.STORED:
            self._take_faces(bindings.STORED[action], entry)
        elif action == bindings.FACTS_ENTERED and (entered := bindings.facts_of(detail)):
            if self.facts is not None and entered[1] != self.facts:
                sentence = f"{_FACTS} was changed before entry {entry.number} replaced it"
                self.breaks.append(CustodyFinding(kind=FindingKind.FACTS_CHANGED, sentence=sentence))
            self.facts = entered[0]
        elif action == bindings.DECIDED and (decided := bindings.decision_of(detail)):
            self.decisions[decided[0]] = _Decision(decided[1])
        elif action in (bindings.UNDONE, bindings.REDONE) and (decided := bindings.decision_of(detail)):
            self.decisions.setdefault(decided[0], _Decision(None)).is_active = action == bindings.REDONE

    def findings(self, conn: sqlite3.Connection) -> Iterator[CustodyFinding]:
        """What is not as the log says; call inside a transaction. Reads every stored crop and recovered face."""
        yield from self.breaks
        for sentence in result_digest.changed(conn, self.results, self.begun):
            yield CustodyFinding(kind=FindingKind.RESULT_CHANGED, sentence=sentence)
        runs = _runs(conn)
        for (table, item), (count, sha256) in self.faces.items():
            hashes = list(face_rows(conn, table, runs[item])) if item in runs else []
            if rows_sha256(hashes) != sha256:
                sentence = _faces_sentence(table, item, count, len(hashes))
                yield CustodyFinding(kind=_KINDS[table], sentence=sentence)
        if self.facts is not None and (found := bindings.facts_sha256(conn)) != self.facts:
            how = (
                "is gone: it was taken away"
                if found is None
                else "is not what the log holds the hash of: it was changed"
            )
            yield CustodyFinding(kind=FindingKind.FACTS_CHANGED, sentence=f"{_FACTS} {how}")
        for sentence in self._changed_decisions(conn):
            yield CustodyFinding(kind=FindingKind.DECISION_CHANGED, sentence=sentence)

    def unbound(self, conn: sqlite3.Connection) -> Iterator[str]:
        """What is stored and has no hash in the log, because a version that entered none wrote it."""
        for item, run_id in _runs(conn).items():
            if item in self.begun:
                continue
            if (
                item not in self.results
                and conn.execute("SELECT 1 FROM results WHERE run_id = ?", (run_id,)).fetchone()
            ):
                yield f"the result of item {item}"
            for table in FaceTable:
                statement = f"SELECT 1 FROM {table} WHERE run_id = ? LIMIT 1"
                if (table, item) not in self.faces and conn.execute(statement, (run_id,)).fetchone():
                    yield f"the {table.words} of item {item}"
        if self.facts is None and bindings.facts_sha256(conn) is not None:
            yield _FACTS
        numbers = [str(number) for number, decision in sorted(self.decisions.items()) if decision.sha256 is None]
        if numbers:
            yield f"the wording of decision{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}"

    def _take_faces(self, table: FaceTable, entry: ParsedEntry) -> None:
        stored = bindings.faces_of(entry.detail)
        if stored is None:
            return
        former = self.faces.get((table, stored.item))
        if former is not None and stored.before is not None and stored.before != former[1]:
            sentence = (
                f"the {table.words} of item {stored.item} were changed before entry {entry.number}: the analysis went "
                "on from others than those whose hash the log held"
            )
            self.breaks.append(CustodyFinding(kind=_KINDS[table], sentence=sentence))
        self.faces[table, stored.item] = (stored.count, stored.sha256)

    def _changed_decisions(self, conn: sqlite3.Connection) -> Iterator[str]:
        columns = bindings.DECISION_COLUMNS
        found: set[int] = set()
        for number, active, *row in conn.execute(
            f"{select_hashable('review', columns).replace('SELECT', 'SELECT id, active,', 1)} ORDER BY id"
        ):
            found.add(number)
            decision = self.decisions.get(number)
            if decision is None:
                yield f"decision {number} is not in the log: it was put in"
                continue
            if decision.sha256 is not None and row_sha256(columns, row) != decision.sha256:
                yield f"decision {number} is not the one whose hash the log holds: it was changed"
            if bool(active) != decision.is_active:
                state, said = ("holds", "was undone") if active else ("is marked as undone", "holds")
                yield f"decision {number} {state}, but the log says that it {said}: it was changed"
        for number in sorted(self.decisions.keys() - found):
            yield f"decision {number} is gone: it was taken away"


def _runs(conn: sqlite3.Connection) -> dict[int, int]:
    """Id of the run of each item."""
    return dict(conn.execute("SELECT evidence_id, id FROM runs ORDER BY evidence_id").fetchall())


def _faces_sentence(table: FaceTable, item: int, logged: int, found: int) -> str:
    if found == logged:
        return f"the {table.words} of item {item} are not those whose hash the log holds: they were changed"
    verb = "taken away" if found < logged else "put in"
    return f"the case holds {found} {table.words} of item {item}, but the log says {logged}: some were {verb}"
