"""A person's decisions that shape an analysis, put from a report into another case so that it comes out alike."""

from __future__ import annotations

from collections.abc import Mapping

from core.casefile.store import CaseFile
from core.domain.geometry import BBox
from core.domain.review import AddFace, CutTrack, IgnoreTracks, JoinTracks, PartTracks, ReviewAction, WriteNote
from core.domain.time import TimePoint
from core.errors import ReportError
from core.report.fields import Fields

_ACTOR = "reproduction"
_MOST_DECISIONS = 20_000
_GROUPS: dict[str, type[JoinTracks | PartTracks | IgnoreTracks]] = {
    "JoinTracks": JoinTracks,
    "PartTracks": PartTracks,
    "IgnoreTracks": IgnoreTracks,
}


def replay(root: Fields, case: CaseFile, ids: Mapping[int, int | None]) -> int:
    """Enter the decisions of a report that reshape tracks: joined, parted, cut, ignored tracks and drawn faces.

    Tracks that a person made are named after the number of the decision, so each keeps its number; the numbers between
    are filled with empty notes. Verdicts, notes and observations change no result of the software and are left out.

    Args:
        root: the result of the report.
        case: new, without decisions.
        ids: id of every item in the report -> in the case; None of one that is left out, with the decisions on it.

    Returns:
        How many were entered.

    Raises:
        ReportError: a decision is not of the form that every report has.
    """
    n_replayed = last = 0
    for row in root.child("report").child("review").rows("entries"):
        action = _action(row, ids)
        if action is None:
            continue
        number = row.whole("id")
        if not last < number <= _MOST_DECISIONS:
            raise ReportError("the decisions are out of order", next_step="treat the result as altered")
        for _ in range(last + 1, number):
            case.decide(_ACTOR, WriteNote(text=""))
        case.decide(_ACTOR, action)
        last, n_replayed = number, n_replayed + 1
    return n_replayed


def _action(row: Fields, ids: Mapping[int, int | None]) -> ReviewAction | None:
    kind, fields = row.text("kind"), row.child("action")
    if kind not in (*_GROUPS, "CutTrack", "AddFace"):
        return None
    if fields.whole("evidence_id") not in ids:
        raise ReportError("a decision is about no item of the report", next_step="treat the result as altered")
    evidence_id = ids[fields.whole("evidence_id")]
    if evidence_id is None:
        return None
    if kind in _GROUPS:
        return _GROUPS[kind](evidence_id=evidence_id, track_ids=fields.wholes("track_ids"))
    if kind == "CutTrack":
        return CutTrack(
            evidence_id=evidence_id, track_id=fields.whole("track_id"), frame_index=fields.whole("frame_index")
        )
    time, box = fields.child("time"), fields.child("bbox")
    base = time.fraction_or_none("time_base")
    if base is None or base <= 0:
        raise ReportError("a decision names no time", next_step="treat the result as altered")
    try:
        bbox = BBox(x1=box.number("x1"), y1=box.number("y1"), x2=box.number("x2"), y2=box.number("y2"))
    except ValueError as error:
        raise ReportError("a decision names no box", next_step="treat the result as altered") from error
    return AddFace(
        evidence_id=evidence_id,
        frame_index=fields.whole("frame_index"),
        time=TimePoint(pts=time.whole("pts"), time_base=base),
        bbox=bbox,
    )
