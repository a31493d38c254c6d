"""An evidence item that campaigns put into cases and reports; no file need stand behind it."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from pathlib import Path

from core.domain.evidence import EvidenceItem, EvidenceKind


def sample_item(path: Path, sha256: str, at: datetime, *, size_bytes: int = 1000) -> EvidenceItem:
    """Two seconds of video, taken in at `at`.

    Args:
        path: where the item is said to lie.
        sha256: what its hash is said to be.
        at: UTC, of its last change and of its intake.
        size_bytes: what its size is said to be.
    """
    return EvidenceItem(
        path=path,
        sha256=sha256,
        size_bytes=size_bytes,
        modified_at=at,
        ingested_at=at,
        kind=EvidenceKind.VIDEO,
        container="mov",
        codec="h264",
        pixel_format="yuv420p",
        stream_index=0,
        n_video_streams=1,
        has_audio=False,
        width_px=640,
        height_px=480,
        rotation_deg=0,
        nominal_fps=Fraction(25),
        is_vfr=False,
        time_base=Fraction(1, 12800),
        duration_s=Fraction(2),
    )
