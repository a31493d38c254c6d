"""What is too large to decode."""

from __future__ import annotations

from pathlib import Path

from core.errors import FrameTooLargeError

MAX_SIDE_PX = 16_384


def too_large(width: int, height: int, path: Path) -> FrameTooLargeError:
    """The error for a picture with a side above `MAX_SIDE_PX`."""
    return FrameTooLargeError(
        f"the picture is declared as {width} x {height} pixels; at most {MAX_SIDE_PX} on a side are decoded",
        next_step="scale a copy down and record that you did",
        path=path,
    )
