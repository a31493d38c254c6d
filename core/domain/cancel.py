"""Cooperative cancellation, safe to signal from any thread."""

from __future__ import annotations

import threading

from core.errors import AnalysisCancelledError


class CancelToken:
    """A flag that long work checks at each event and batch."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask the work to stop at its next check."""
        self._event.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody asked to stop."""
        return self._event.is_set()

    def raise_if_cancelled(self) -> None:
        """Raise AnalysisCancelledError when somebody asked to stop."""
        if self._event.is_set():
            raise AnalysisCancelledError(
                "the analysis was stopped on request",
                next_step="run the same command again to go on from where it stopped",
            )
