"""What the rows of a run were computed on: an entry of the custody log for each session that stored any.

A run may be interrupted and go on elsewhere: on the processor, where a driver is missing; after an
update, with other libraries. Its rows are alike within the stated tolerance, so nothing is thrown away; but every
device has to be named.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from core.casefile import audit
from core.casefile.run_bindings import RUN_BEGUN, run_of

COMPUTED_ON = "computed on"
"""Action of the entries."""
_BETWEEN = "; "


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputedOn:
    """What computed rows.

    Attributes:
        device: for example ``"cpu, 2 threads"``; without semicolons, as everything here.
        libraries: (name, version) pairs; names without blanks.
    """

    device: str
    libraries: tuple[tuple[str, str], ...]


def log(conn: sqlite3.Connection, actor: str, evidence_id: int, computed_on: ComputedOn) -> None:
    """Say what rows that the transaction stores were computed on, unless the run's last such entry says the same."""
    former = of_run(conn, evidence_id)
    if former and former[-1] == computed_on:
        return
    words = _BETWEEN.join([computed_on.device, *(f"{name} {version}" for name, version in computed_on.libraries)])
    audit.append(conn, actor=actor, action=COMPUTED_ON, detail=f"item {evidence_id}: {words}")


def of_run(conn: sqlite3.Connection, evidence_id: int) -> tuple[ComputedOn, ...]:
    """All that the item's run was computed on, in order; empty where an earlier version or nobody computed it."""
    found: list[ComputedOn] = []
    for action, detail in audit.of_actions(conn, (RUN_BEGUN, COMPUTED_ON)):
        if action == RUN_BEGUN:
            run = run_of(detail)
            if run is not None and run[0] == evidence_id:
                found = []
        elif detail.startswith(f"item {evidence_id}: "):
            device, *libraries = detail.partition(": ")[2].split(_BETWEEN)
            pairs = (library.partition(" ") for library in libraries)
            found.append(ComputedOn(device=device, libraries=tuple((name, version) for name, _, version in pairs)))
    return tuple(found)
