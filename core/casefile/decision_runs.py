"""Which analysis a decision was made on, as the custody log tells it by its order.

Tracks are numbered by each run anew. A decision that names tracks belongs to the run whose result was there when it was
made; once another run of the item has begun, it must not fall on faces that bear the same numbers by chance.
"""

from __future__ import annotations

import sqlite3
from collections import Counter

from core.casefile import audit
from core.casefile.bindings import DECIDED, decision_of
from core.casefile.codec_review import action_from_json
from core.casefile.result_digest import RESULT_STORED, recorded
from core.casefile.run_bindings import RUN_BEGUN, run_of
from core.domain.review import names_tracks

SET_ASIDE = "decisions set aside"
"""Action of the entry that names the decisions which a new run leaves without their tracks."""
_STARTED = "analysis started"  # all that versions before "run begun" entered of a new run


def replaced(conn: sqlite3.Connection) -> frozenset[int]:
    """Numbers of the decisions on tracks of runs that gave way to others, undone ones too."""
    items = {
        number: getattr(decision, "evidence_id", None)
        for number, text in conn.execute("SELECT id, action FROM review ORDER BY id")
        if names_tracks(decision := action_from_json(text))
    }
    if not items:
        return frozenset()
    begun, shown, made_on = Counter[int](), dict[int, int](), dict[int, int]()
    is_before_all = True  # decisions put into a new case before anything is analysed are meant for its first run
    for action, detail in audit.of_actions(conn, (DECIDED, RUN_BEGUN, RESULT_STORED, _STARTED)):
        if action == DECIDED:
            decided = decision_of(detail)
            item = items.get(decided[0]) if decided is not None else None
            if decided is not None and item is not None:
                made_on[decided[0]] = 1 if is_before_all else shown.get(item, begun[item])
            continue
        is_before_all = False
        if action == RUN_BEGUN and (run := run_of(detail)) is not None:
            begun[run[0]] += 1
        elif action == RESULT_STORED and (result := recorded(detail)) is not None:
            # Until then the persons of the run before are on show, and decisions on them are still made.
            shown[result[0]] = begun[result[0]]
    return frozenset(number for number, run in made_on.items() if run < begun[items[number] or 0])


def log_set_aside(conn: sqlite3.Connection, actor: str, evidence_id: int, before: frozenset[int]) -> None:
    """Name the decisions that a run which has just begun leaves behind; call inside its transaction.

    Args:
        conn: an open case.
        actor: who begins the run.
        evidence_id: the item.
        before: `replaced` before the run.
    """
    numbers = sorted(replaced(conn) - before)
    if numbers:
        listed = ", ".join(map(str, numbers))
        detail = f"item {evidence_id}: {listed}; made on the analysis that is replaced, kept, not applied to another"
        audit.append(conn, actor=actor, action=SET_ASIDE, detail=detail)
