"""Compares runs and what they store with what the custody log says: part of `core.casefile.bindings_check`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from core.casefile import bindings, result_digest, run_bindings
from core.casefile.audit import ParsedEntry
from core.casefile.binding_start import FoundItem
from core.casefile.row_hashes import FaceTable, face_rows, rows_sha256
from core.domain.custody import CustodyFinding, FindingKind

_KINDS = {FaceTable.CROPS: FindingKind.CROPS_CHANGED, FaceTable.RECOVERED: FindingKind.RECOVERED_CHANGED}
_RESULT, _SCAN = "result", "frames and tracks"


@dataclass(slots=True)
class Runs:
    """What the log says of the runs, gathered entry by entry, then held against their rows.

    Attributes:
        begun: hash of what the run was begun with, by item; None in entries of earlier versions.
        results: hash of the result, and when it was stored, by item.
        faces: count and hash of the rows, by table and item.
        scans: hash of frames and tracks, by item.
        late: (what, item) that a version without hashes stored.
        breaks: changes that show between entries.
        strict: changes unless a version without hashes wrote what stood there.
        is_newer: an entry of the present form was seen.
    """

    begun: dict[int, str | None] = field(default_factory=dict)
    results: dict[int, tuple[str, datetime]] = field(default_factory=dict)
    faces: dict[tuple[FaceTable, int], tuple[int, str]] = field(default_factory=dict)
    scans: dict[int, str] = field(default_factory=dict)
    late: dict[tuple[str, int], None] = field(default_factory=dict)
    breaks: list[CustodyFinding] = field(default_factory=list)
    strict: list[CustodyFinding] = field(default_factory=list)
    is_newer: bool = False

    def take_begun(self, entry: ParsedEntry) -> None:
        """An entry on a new run."""
        if (stated := run_bindings.run_of(entry.detail)) is None:
            return
        item, sha256 = stated
        self.is_newer |= sha256 is not None
        self.begun[item] = sha256
        self.results.pop(item, None)
        self.scans.pop(item, None)
        self.faces |= {(table, item): (0, bindings.NO_ROWS) for table in FaceTable}
        self.late = {key: None for key in self.late if key[1] != item}

    def take_result(self, entry: ParsedEntry) -> None:
        """An entry on a result."""
        if (stated := result_digest.recorded(entry.detail)) is None:
            return
        item, sha256, before = stated
        known = self.results.get(item)
        if before != (None if known is None else known[0]):
            sentence = f"the result of item {item} was changed before entry {entry.number} replaced it"
            # Earlier versions do not say what a result replaces.
            (self.strict if before is None or known is None else self.breaks).append(
                CustodyFinding(kind=FindingKind.RESULT_CHANGED, sentence=sentence)
            )
        self.results[item] = (sha256, entry.at)
        self.late.pop((_RESULT, item), None)

    def take_scan(self, entry: ParsedEntry) -> None:
        """An entry on frames and tracks."""
        if (stated := run_bindings.scan_of(entry.detail)) is None:
            return
        self.is_newer = True
        item, sha256, before = stated
        if before != self.scans.get(item):
            self.breaks.append(_run(f"the frames or tracks of item {item} were changed before entry {entry.number}"))
        self.scans[item] = sha256

    def take_faces(self, table: FaceTable, entry: ParsedEntry) -> None:
        """An entry on crops or recovered faces."""
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

    def take_found(self, entry: ParsedEntry, found: FoundItem) -> None:
        """An entry of the migration on an item."""
        item = found.item
        self._find_result(entry, found)
        for table in FaceTable:
            now, known = found.faces.get(table, (0, bindings.NO_ROWS)), self.faces.get((table, item))
            if known is not None and known[1] != now[1]:
                sentence = f"the {table.words} of item {item} were changed before entry {entry.number}"
                self.breaks.append(CustodyFinding(kind=_KINDS[table], sentence=sentence))
            if known is None and now[0]:
                self.late[table.words, item] = None
            self.faces[table, item] = now
        if self.begun.get(item) not in (None, found.run):
            self.breaks.append(_run(f"the run of item {item} was changed before entry {entry.number}"))
        if self.scans.get(item) not in (None, found.scan):
            self.breaks.append(_run(f"the frames or tracks of item {item} were changed before entry {entry.number}"))
        self.begun.pop(item, None)
        self.scans.pop(item, None)
        if found.run is not None:
            self.begun[item] = found.run
        if found.scan is not None:
            self.scans[item] = found.scan
            self.late[_SCAN, item] = None

    def _find_result(self, entry: ParsedEntry, found: FoundItem) -> None:
        known, how = self.results.pop(found.item, None), ""
        if known is not None and found.result is None:
            # A version that left no entry of it may have begun anew since; it says so in the run.
            is_another_run = found.begun_at is not None and found.begun_at > known[1]
            how = "" if is_another_run and found.item not in self.begun else "was taken away"
        elif known is None and found.result is not None:
            how = "was put in" if found.item in self.begun else ""
            self.late[_RESULT, found.item] = None
        elif known is not None and known[0] != found.result:
            how = "was changed"
        if how:
            sentence = f"the result of item {found.item} {how} before entry {entry.number}"
            self.breaks.append(CustodyFinding(kind=FindingKind.RESULT_CHANGED, sentence=sentence))
        if found.result is not None:
            self.results[found.item] = (found.result, entry.at)

    def findings(self, conn: sqlite3.Connection) -> Iterator[CustodyFinding]:
        """What is not as the log says. Reads every stored crop, recovered face and frame."""
        yield from self.breaks
        yield from self.strict
        runs: dict[int, int] = dict(conn.execute("SELECT evidence_id, id FROM runs ORDER BY evidence_id").fetchall())
        yield from map(_run, self._changed_runs(conn, runs))
        for sentence in self._changed_results(conn, runs):
            yield CustodyFinding(kind=FindingKind.RESULT_CHANGED, sentence=sentence)
        for (table, item), (count, sha256) in self.faces.items():
            hashes = list(face_rows(conn, table, runs[item])) if item in runs else []
            if rows_sha256(hashes) != sha256:
                yield CustodyFinding(kind=_KINDS[table], sentence=_faces_sentence(table, item, count, len(hashes)))

    def _changed_runs(self, conn: sqlite3.Connection, runs: dict[int, int]) -> Iterator[str]:
        for item, sha256 in self.begun.items():
            if item not in runs:
                yield f"the run of item {item}, which the log says was begun, is gone: it was taken away"
            elif sha256 is not None and run_bindings.run_sha256(conn, item) != sha256:
                yield f"the run of item {item} (its settings, range or start) is not the one begun: it was changed"
        for item, run_id in runs.items():
            known = self.scans.get(item)
            if item not in self.begun:
                yield f"the log does not say that a run of item {item} was begun: it was put in"
            elif known is not None and run_bindings.scan_sha256(conn, run_id) != known:
                yield f"the frames or tracks of item {item} are not those whose hash the log holds: they were changed"
            elif known is None and run_bindings.is_scan_bound(conn, run_id) and not result_digest.digest(conn, run_id):
                yield f"the log does not say that the scan of item {item} has ended: it was changed"

    def _changed_results(self, conn: sqlite3.Connection, runs: dict[int, int]) -> Iterator[str]:
        for item in self.results.keys() - runs.keys():
            yield f"the result of item {item}, whose hash the log holds, is gone: it was taken away"
        for item, run_id in runs.items():
            known, found = self.results.get(item), result_digest.digest(conn, run_id)
            if found is None:
                if known is not None:
                    yield f"the result of item {item}, whose hash the log holds, is gone: it was taken away"
                continue
            if known is None:
                yield f"the log holds no hash of the result of item {item}: it was put in"
            elif known[0] != found:
                yield f"the result of item {item} is not the one whose hash the log holds: it was changed"
            for _ in result_digest.exchanged_pictures(conn, run_id):
                yield f"a picture in the result of item {item} is not the one that was stored: it was exchanged"
            row = conn.execute("SELECT CAST(sha256 AS BLOB) FROM evidence WHERE id = ?", (item,)).fetchone()
            of_item = b"" if row is None else bytes(row[0] or b"")
            if not result_digest.names_file(conn, run_id, of_item.decode("utf-8", "replace")):
                yield f"the result of item {item} is of another file than the item: one of them was exchanged"


def _run(sentence: str) -> CustodyFinding:
    return CustodyFinding(kind=FindingKind.RUN_CHANGED, sentence=sentence)


def _faces_sentence(table: FaceTable, item: int, logged: int, found: int) -> str:
    if found == logged:
        return f"the {table.words} of item {item} are not those whose hash the log holds: they were changed"
    verb = "taken away" if found < logged else "put in"
    return f"the case holds {found} {table.words} of item {item}, but the log says {logged}: some were {verb}"
