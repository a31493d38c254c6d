"""What opening a file and decoding its first picture tells of it; travels between processes as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from fractions import Fraction

from core.domain.evidence import EvidenceKind
from core.domain.foreign_text import exact_fraction, parsed_json
from core.video.limits import MAX_SIDE_PX


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
    mirrored: bool
    pixel_aspect: Fraction
    nominal_fps: Fraction | None
    is_vfr: bool | None
    time_base: Fraction
    duration_s: Fraction | None
    first_s: Fraction | None
    encoder: str

    def to_json(self) -> str:
        """One line of JSON; fractions as ``"n/d"``."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str) -> MediaFacts:
        """Inverse of `to_json`. The text is not trusted: a decoder that was taken over may have written it.

        Raises:
            ValueError, KeyError, TypeError, RecursionError: the text is not what `to_json` writes.
        """
        raw = parsed_json(text)
        for name in ("pixel_aspect", "nominal_fps", "time_base", "duration_s", "first_s"):
            raw[name] = None if raw[name] is None else exact_fraction(raw[name])
        facts = cls(**(raw | {"kind": EvidenceKind(raw["kind"])}))
        facts._check()
        return facts

    def _check(self) -> None:
        texts = (self.container, self.codec, self.pixel_format, self.encoder)
        counts = (self.stream_index, self.n_video_streams, self.rotation_deg)
        sides = (self.width_px, self.height_px)
        if not (
            all(isinstance(text, str) for text in texts)
            and all(type(count) is int and 0 <= count < 1 << 31 for count in counts)
            and all(type(side) is int and 0 < side <= MAX_SIDE_PX for side in sides)
            and isinstance(self.has_audio, bool)
            and isinstance(self.mirrored, bool)
            and isinstance(self.pixel_aspect, Fraction)
            and self.pixel_aspect > 0
            and self.is_vfr in (True, False, None)
            and isinstance(self.time_base, Fraction)
            and self.time_base > 0
        ):
            raise ValueError("facts about a file out of all bounds")
