"""What a person is told when a decoding process ended without an answer."""

from __future__ import annotations

from pathlib import Path

from core.errors import (
    DecoderCpuTimeError,
    DecoderCrashedError,
    DecoderDiedError,
    DecoderHungError,
    DecoderMemoryError,
)
from core.isolation.ending import ChildEndedError, Ending

_KINDS: dict[Ending, tuple[type[DecoderDiedError], str]] = {
    Ending.CRASHED: (DecoderCrashedError, "the decoder crashed on this file"),
    Ending.GARBLED: (DecoderCrashedError, "the decoder answered nonsense and was stopped"),
    Ending.OUT_OF_MEMORY: (DecoderMemoryError, "decoding the file needs more memory than is allowed"),
    Ending.CPU_TIME: (DecoderCpuTimeError, "decoding the file used up the processor time that is allowed"),
    Ending.HUNG: (DecoderHungError, "the decoder hung on this file and was stopped"),
    Ending.WALL_TIME: (DecoderHungError, "decoding the file took too long and was stopped"),
}


def decoder_error(end: ChildEndedError, path: Path, *, delivered: int | None = None) -> DecoderDiedError:
    """The error for the end of a decoding process.

    Args:
        end: how it ended.
        path: of the file that it read.
        delivered: frames that it gave before; None for one that was only to look at the file.
    """
    kind, what = _KINDS[end.ending]
    if end.detail:
        what += f" ({end.detail})"
    if delivered is None:
        return kind(what, next_step="obtain a complete, undamaged copy, or a repaired one, and record that", path=path)
    return kind(
        f"{what} after {delivered} frames had been delivered",
        next_step="analyse the range before that frame, or a repaired copy of the file",
        path=path,
    )
