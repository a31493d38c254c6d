"""What the results of a case were made with: one row, which the log binds, with an entry for runs made alike.

Items of one case may be analysed years apart, with other settings, models and galleries: each result keeps its own.
"""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from core.casefile.codec_run import is_made_alike, run_bases_from_json, run_bases_json
from core.casefile.single_rows import SingleRow, put_single
from core.domain.report import RunBasis


def stored(conn: sqlite3.Connection) -> tuple[RunBasis, ...]:
    """Of all results, the latest run last; earlier versions kept the last run alone, and it stands for all of them."""
    bases = _written(conn)
    named = {item for basis in bases for item in basis.evidence_ids}
    rest = tuple(item for item in _items_with_result(conn) if item not in named)
    return tuple(basis if basis.evidence_ids else replace(basis, evidence_ids=rest) for basis in bases)


def put(conn: sqlite3.Connection, basis: RunBasis, actor: str) -> None:
    """Keep a run beside those of other items; enters its hash into the custody log. Call inside a transaction."""
    items = set(basis.evidence_ids or _items_with_result(conn))
    begun, others = basis.manifest.started_at, []
    for former in stored(conn):
        rest = [item for item in former.evidence_ids if item not in items]
        if rest and is_made_alike(former, basis):
            items.update(rest)
            begun = min(begun, former.manifest.started_at)
        elif rest:
            others.append(replace(former, evidence_ids=tuple(rest)))
    latest = replace(basis, manifest=replace(basis.manifest, started_at=begun), evidence_ids=tuple(sorted(items)))
    put_single(conn, SingleRow.BASIS, run_bases_json([*others, latest]), actor)


def drop(conn: sqlite3.Connection, evidence_id: int, actor: str) -> None:
    """An item is analysed, perhaps anew: what its earlier result was made with goes with it. Call inside a transaction.

    From here on the run that an earlier version kept stands for the results of now alone.
    """
    bases = stored(conn)
    if bases != _written(conn) or any(evidence_id in basis.evidence_ids for basis in bases):
        rest = [
            replace(basis, evidence_ids=kept)
            for basis in bases
            if (kept := tuple(item for item in basis.evidence_ids if item != evidence_id))
        ]
        put_single(conn, SingleRow.BASIS, run_bases_json(rest), actor)


def _written(conn: sqlite3.Connection) -> tuple[RunBasis, ...]:
    row = conn.execute("SELECT basis FROM run_basis").fetchone()
    return () if row is None else run_bases_from_json(row[0])


def _items_with_result(conn: sqlite3.Connection) -> tuple[int, ...]:
    rows = conn.execute("SELECT evidence_id FROM runs JOIN results ON results.run_id = runs.id ORDER BY evidence_id")
    return tuple(row[0] for row in rows)
