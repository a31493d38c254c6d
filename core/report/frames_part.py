"""Which frames an appendix prints, and why those."""

from __future__ import annotations

from core.domain.evidence import FrameRecord
from core.domain.report import EvidenceResult
from core.report.content import short_clock

MOST_ROWS = 60
RULE_ALL = "All of them."
RULE_SOME = (
    "Printed: the first and the last, the frames shown or used in findings, then flagged ones. The JSON file lists all."
)


def frame_rows(result: EvidenceResult) -> tuple[list[tuple[str, str, str, str, str]], str]:
    """Rows of the frame table of an item and the rule by which they were chosen."""
    chosen, rule = chosen_frames(result), RULE_SOME
    if len(chosen) == len(result.frames):
        rule = RULE_ALL
    shown = {f.face.frame_index for person in result.persons for f in person.frames}
    return [_row(frame, frame.index in shown) for frame in chosen], rule


def chosen_frames(result: EvidenceResult) -> list[FrameRecord]:
    """At most `MOST_ROWS` frames in time order."""
    frames = result.frames
    if len(frames) <= MOST_ROWS:
        return list(frames)
    shown = [f.face.frame_index for person in result.persons for f in person.frames]
    used = [i for person in result.persons for finding in person.findings for i in finding.frame_indices]
    flagged = [f.index for f in frames if f.is_corrupt or f.is_duplicate or f.is_cut]
    known = {frame.index for frame in frames}
    wanted: dict[int, None] = {}
    for index in [frames[0].index, frames[-1].index, *shown, *used, *flagged]:
        if index in known and len(wanted) < MOST_ROWS:
            wanted[index] = None
    return [frame for frame in frames if frame.index in wanted]


def _row(frame: FrameRecord, is_shown: bool) -> tuple[str, str, str, str, str]:
    flags = [
        name
        for name, is_set in (
            ("shown", is_shown),
            ("corrupt", frame.is_corrupt),
            ("duplicate", frame.is_duplicate),
            ("after a cut", frame.is_cut),
        )
        if is_set
    ]
    return str(frame.index), short_clock(frame.time), str(frame.time.pts), frame.sha256, ", ".join(flags)
