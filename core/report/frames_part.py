"""Which frames an appendix prints, and why those."""

from __future__ import annotations

from collections.abc import Sequence

from core.domain.evidence import FrameRecord
from core.domain.report import EvidenceResult, PersonTrack, RecoveredFrame, frame_indices
from core.report.content import short_clock

MOST_ROWS = 60
STRIP_FRAMES = 5
"""Frames of a person that are shown beside the best one."""
RULE_ALL = "All of them."
RULE_SOME = (
    "Printed: the first and the last, the frames shown or used in findings, then flagged ones{rest}. The JSON file "
    "lists all."
)


def frame_rows(result: EvidenceResult) -> tuple[list[tuple[str, str, str, str, str]], str]:
    """Rows of the frame table of an item and the rule by which they were chosen."""
    chosen, shown = chosen_frames(result), _shown(result)
    rule = RULE_ALL
    if len(chosen) < len(result.frames):
        printed = {frame.index for frame in chosen}
        n_left = len({*shown, *_used(result)}.intersection(frame.index for frame in result.frames) - printed)
        rest = f", at most {MOST_ROWS}; {n_left:,} more shown or used are in the JSON file" if n_left else ""
        rule = RULE_SOME.format(rest=rest)
    return [_row(frame, frame.index in shown) for frame in chosen], rule


def shown_frames(person: PersonTrack) -> Sequence[RecoveredFrame]:
    """The recovered frames of a person whose pictures are printed, best quality first."""
    return person.frames[: 1 + STRIP_FRAMES]


def _shown(result: EvidenceResult) -> list[int]:
    return [index for person in result.persons for index in frame_indices(shown_frames(person))]


def _used(result: EvidenceResult) -> list[int]:
    return [i for person in result.persons for finding in person.findings for i in finding.frame_indices]


def chosen_frames(result: EvidenceResult) -> list[FrameRecord]:
    """At most `MOST_ROWS` frames in time order."""
    frames = result.frames
    if len(frames) <= MOST_ROWS:
        return list(frames)
    flagged = [f.index for f in frames if f.is_corrupt or f.is_duplicate or f.is_cut]
    known = {frame.index for frame in frames}
    wanted: dict[int, None] = {}
    for index in [frames[0].index, frames[-1].index, *_shown(result), *_used(result), *flagged]:
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
