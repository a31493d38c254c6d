"""Codecs of evidence items, frame records and what a person enters about the case."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from core.casefile.codec import fraction_text, moment_text, time_from_json, time_json, to_json
from core.domain.evidence import ContentCredentials, CredentialState, EvidenceItem, EvidenceKind, FrameRecord
from core.domain.foreign_text import exact_fraction, parsed_json
from core.domain.report import CaseInfo

_PLAIN = (
    "sha256",
    "size_bytes",
    "container",
    "codec",
    "pixel_format",
    "stream_index",
    "n_video_streams",
    "has_audio",
    "width_px",
    "height_px",
    "rotation_deg",
    "is_vfr",
    "encoder",
)


def item_json(item: EvidenceItem) -> str:
    """One evidence item as JSON text."""
    return to_json(
        {name: getattr(item, name) for name in _PLAIN}
        | {
            "path": str(item.path),
            "modified_at": moment_text(item.modified_at),
            "ingested_at": moment_text(item.ingested_at),
            "kind": str(item.kind),
            "mirrored": item.mirrored,
            "pixel_aspect": fraction_text(item.pixel_aspect),
            "first_s": None if item.first_s is None else fraction_text(item.first_s),
            "nominal_fps": None if item.nominal_fps is None else fraction_text(item.nominal_fps),
            "time_base": fraction_text(item.time_base),
            "duration_s": None if item.duration_s is None else fraction_text(item.duration_s),
            "credentials": [str(item.credentials.state), list(item.credentials.codes), item.credentials.detail],
        }
    )


def item_from_json(text: str) -> EvidenceItem:
    """Back from `item_json`."""
    values = parsed_json(text)
    return EvidenceItem(
        **{name: values[name] for name in _PLAIN},
        path=Path(values["path"]),
        modified_at=datetime.fromisoformat(values["modified_at"]),
        ingested_at=datetime.fromisoformat(values["ingested_at"]),
        kind=EvidenceKind(values["kind"]),
        nominal_fps=None if values["nominal_fps"] is None else exact_fraction(values["nominal_fps"]),
        time_base=exact_fraction(values["time_base"]),
        duration_s=None if values["duration_s"] is None else exact_fraction(values["duration_s"]),
        # Items of earlier versions do not say.
        mirrored=values.get("mirrored", False),
        pixel_aspect=exact_fraction(values.get("pixel_aspect", "1")),
        first_s=None if values.get("first_s") is None else exact_fraction(values["first_s"]),
        credentials=_credentials(values.get("credentials")),
    )


def _credentials(values: Any) -> ContentCredentials:
    """Items of earlier versions have none: they were not examined."""
    if values is None:
        return ContentCredentials()
    state, codes, detail = values
    return ContentCredentials(state=CredentialState(state), codes=tuple(codes), detail=detail)


def frame_json(frame: FrameRecord) -> list[Any]:
    """One frame record as a JSON list."""
    return [frame.index, *time_json(frame.time), frame.sha256, frame.is_corrupt, frame.is_duplicate, frame.is_cut]


def frame_from_json(values: Any) -> FrameRecord:
    """Back from `frame_json`, or from the columns of the same names."""
    index, pts, time_base, sha256, is_corrupt, is_duplicate, is_cut = values
    return FrameRecord(
        index=index,
        time=time_from_json((pts, time_base)),
        sha256=sha256,
        is_corrupt=bool(is_corrupt),
        is_duplicate=bool(is_duplicate),
        is_cut=bool(is_cut),
    )


def case_info_json(info: CaseInfo) -> str:
    """What a person entered, as JSON text."""
    return to_json(
        {
            "case_number": info.case_number,
            "title": info.title,
            "examiner": info.examiner,
            "organisation": info.organisation,
            "request": info.request,
            "questions": list(info.questions),
            "observations": info.observations,
        }
    )


def case_info_from_json(text: str) -> CaseInfo:
    """Back from `case_info_json`."""
    values = parsed_json(text)
    return CaseInfo(**{**values, "questions": tuple(values["questions"])})
