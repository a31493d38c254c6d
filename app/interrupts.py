"""Ctrl-C: the first asks the work to stop cleanly, the second stops at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from core.domain.cancel import CancelToken

_STDERR = 2
_STOPPING = b"\nunswap: stopping after the batch at hand; press Ctrl-C again to stop at once\n"


@contextmanager
def cancel_on_interrupt() -> Iterator[CancelToken]:
    """A token that Ctrl-C (or the operating system's polite request to end) cancels while the block runs."""
    token = CancelToken()

    def ask(number: int, _: FrameType | None) -> None:
        if token.is_cancelled:
            raise KeyboardInterrupt
        token.cancel()
        # Unbuffered: a signal may come in the middle of another write to the stream.
        os.write(_STDERR, _STOPPING)

    asked_by = [signal.SIGINT, signal.SIGTERM]
    former = {number: signal.signal(number, ask) for number in asked_by}
    try:
        yield token
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
