"""Codec of a person's decisions: a JSON object that names its kind."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from core.casefile.codec import printable, time_from_json, time_json, to_json
from core.domain.foreign_text import parsed_json
from core.domain.geometry import BBox
from core.domain.identity import Role
from core.domain.review import (
    AddFace,
    BookmarkFrame,
    CutTrack,
    IgnoreTracks,
    JoinTracks,
    JudgeCandidate,
    PartTracks,
    Retract,
    ReviewAction,
    Verdict,
    WriteNote,
    WriteObservation,
)

_KINDS: dict[str, type[ReviewAction]] = {
    "join": JoinTracks,
    "part": PartTracks,
    "cut": CutTrack,
    "add face": AddFace,
    "ignore": IgnoreTracks,
    "judge": JudgeCandidate,
    "note": WriteNote,
    "observe": WriteObservation,
    "bookmark": BookmarkFrame,
    "retract": Retract,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def action_json(action: ReviewAction) -> str:
    """The action as JSON; text with lone surrogates is spelled out."""
    values = {name: printable(value) if isinstance(value, str) else value for name, value in asdict(action).items()}
    if isinstance(action, AddFace | BookmarkFrame):
        values["time"] = time_json(action.time)
    return to_json({"kind": _NAMES[type(action)], **values})


def action_from_json(text: str) -> ReviewAction:
    """Back from `action_json`."""
    values: dict[str, Any] = parsed_json(text)
    kind = _KINDS[values.pop("kind")]
    if "track_ids" in values:
        values["track_ids"] = tuple(int(track) for track in values["track_ids"])
    if "time" in values:
        values["time"] = time_from_json(values["time"])
    if "bbox" in values:
        values["bbox"] = BBox(**values["bbox"])
    if kind is JudgeCandidate:
        values["role"], values["verdict"] = Role(values["role"]), Verdict(values["verdict"])
    return kind(**values)
