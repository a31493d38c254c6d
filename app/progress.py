"""Events of the pipeline as progress bars for people and as records for machines."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn, Self

from app.result_words import person_record
from app.terminal import JsonValue, Terminal
from core.domain.events import (
    AnalysisDone,
    FacesRecovered,
    FindingReady,
    PipelineEvent,
    Progress,
    StageStarted,
    StageWarning,
    TrackClosed,
)

if TYPE_CHECKING:
    from tqdm import tqdm

# "s/s" would not tell which second is which.
_UNITS = {"s": "s of video"}


class EventDisplay:
    """Shows the events of one evidence item; use as a context manager.

    Args:
        terminal: where to.
        path: the item; its name stands in front of each bar.
    """

    def __init__(self, terminal: Terminal, path: Path) -> None:
        self._terminal = terminal
        self._path = path
        self._label = path.name
        self._bar: tqdm[NoReturn] | None = None
        self._stage = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def show(self, event: PipelineEvent) -> None:
        """Show one event."""
        match event:
            case Progress():
                self._advance(event)
            case StageStarted() | AnalysisDone():
                self._close()
            case StageWarning():
                self._terminal.note(f"{self._label}: {event.message}")
        self._terminal.record(event_record(event, self._path))

    def _advance(self, event: Progress) -> None:
        if self._bar is None or self._stage != event.stage:
            self._close()
            self._stage = event.stage
            label = f"{self._label}: {event.stage}"
            # What a first event reports as done was done by an earlier run, or too fast to tell a rate from.
            unit = _UNITS.get(event.unit, event.unit)
            self._bar = self._terminal.progress_bar(label, unit, total=event.total, done=event.done)
            return
        self._bar.total = event.total
        self._bar.update(event.done - self._bar.n)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def event_record(event: PipelineEvent, path: Path) -> dict[str, JsonValue]:
    """One event of the work on the file at `path` for machines; see docs/command-line.md."""
    match event:
        case StageStarted():
            return {"event": "stage", "stage": event.stage, "path": str(event.evidence.path)}
        case Progress():
            return {"event": "progress", **asdict(event), "path": str(path)}
        case TrackClosed():
            track = event.track
            return {
                "event": "track",
                "track_id": track.track_id,
                "first_s": float(track.detections[0].time.seconds),
                "last_s": float(track.detections[-1].time.seconds),
                "detections": len(track.detections),
                "end_reason": track.end_reason.value,
            }
        case FacesRecovered():
            frames: list[JsonValue] = [
                {"frame": frame.face.frame_index, "fake_score": frame.recovered.fake_score} for frame in event.frames
            ]
            return {"event": "recovered", "person": event.person_track_id, "frames": frames}
        case FindingReady():
            return {"event": "finding", **person_record(event.person)}
        case StageWarning():
            return {"event": "warning", "stage": event.stage, "message": event.message}
        case AnalysisDone():
            item = event.result.evidence
            return {"event": "analysed", "path": str(item.path), "sha256": item.sha256}
