"""What opening a file and decoding its first picture tells of it; travels between processes as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from fractions import Fraction

from core.domain.evidence import EvidenceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFacts:
    """The fields of `EvidenceItem` that need a decoder; see there."""

    kind: EvidenceKind
    container: str
    codec: str
    pixel_format: str
    stream_index: int
    n_video_streams: int
    has_audio: bool
    width_px: int
    height_px: int
    rotation_deg: int
    nominal_fps: Fraction | None
    is_vfr: bool | None
    time_base: Fraction
    duration_s: Fraction | None
    encoder: str

    def to_json(self) -> str:
        """One line of JSON; fractions as ``"n/d"``."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str) -> MediaFacts:
        """Inverse of `to_json`.

        Raises:
            ValueError, KeyError, TypeError: the text is not what `to_json` writes.
        """
        raw = json.loads(text)
        for name in ("nominal_fps", "time_base", "duration_s"):
            raw[name] = None if raw[name] is None else Fraction(raw[name])
        return cls(**(raw | {"kind": EvidenceKind(raw["kind"])}))
