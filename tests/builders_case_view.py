"""Rows of the evidence table, and what a page says when something is done to it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from core.domain.evidence import EvidenceItem, EvidenceKind
from ui.views.case import CaseView
from ui.widgets.evidence_row import EvidenceRow, ResultSummary, RowState

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
ITEM = EvidenceItem(
    path=Path("/seized/phone/clip.mp4"),
    sha256="0123456789abcdef" * 4,
    size_bytes=48_213_004,
    modified_at=NOW,
    ingested_at=NOW,
    kind=EvidenceKind.VIDEO,
    container="mov,mp4,m4a,3gp,3g2,mj2",
    codec="h264",
    pixel_format="yuv420p",
    stream_index=0,
    n_video_streams=1,
    has_audio=True,
    width_px=1920,
    height_px=1080,
    rotation_deg=0,
    nominal_fps=Fraction(30000, 1001),
    is_vfr=False,
    time_base=Fraction(1, 90000),
    duration_s=Fraction(754, 10),
)
SUMMARY = ResultSummary(n_persons=2, top_score=0.93124)


def row(number: int, state: RowState, name: str = "", **more) -> EvidenceRow:
    item = replace(ITEM, path=Path("/seized/phone") / (name or f"clip{number}.mp4"))
    return EvidenceRow(path=item.path, evidence_id=number, item=item, state=state, **more)


def refused(name: str = "notes.txt") -> EvidenceRow:
    return EvidenceRow(path=Path("/seized") / name, state=RowState.REFUSED, reason="the file is no video")


def select(view: CaseView, *numbers: int) -> None:
    """Select items by their ids."""
    view.evidence.table.select_keys([f"item {number}" for number in numbers])


def emitted(signal: Any, act: Callable[[], Any]) -> list[Any]:
    """What the signal carried while `act` ran."""
    got = []
    signal.connect(lambda *values: got.append(values[0] if len(values) == 1 else values))
    act()
    return got
