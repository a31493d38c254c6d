"""What a person wants to see, left in a mailbox that holds the latest wish only."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from core.domain.evidence import EvidenceItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Show another item, or, with None, none. `generation` comes back with every answer."""

    item: EvidenceItem | None
    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """Show a frame.

    Attributes:
        index: of the frame; None to go by time.
        seconds: on the stream's clock, when there is no index.
        goes_on: for a frame that cannot be decoded, take the next one and not the one before.
        is_final: False while a person is still dragging: something near, at once, is better than the very frame.
    """

    index: int | None = None
    seconds: Fraction = Fraction(0)
    goes_on: bool = False
    is_final: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """Play at a multiple of the natural speed, backwards when negative; 0 stands still.

    Attributes:
        speed: the multiple.
        start: index of the frame to begin with; None begins with the one on show.
    """

    speed: int
    start: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """The thread is to end."""


Wish = Show | Play
Letter = Open | Wish | Stop


class Mailbox:
    """Between the window's thread and the worker's. A newer wish replaces the one that waits.

    Args:
        interrupt: ends what the worker reads at the moment; called while the worker cannot take the next letter, so
            that it never hits the work on the letter that caused it.
    """

    def __init__(self, interrupt: Callable[[], None]) -> None:
        self._interrupt = interrupt
        self._condition = threading.Condition()
        self._opening: Open | None = None
        self._wish: Wish | None = None
        self._is_stopped = False
        self._gives_way = False

    def post(self, letter: Letter) -> None:
        """Leave a letter. An `Open` takes the wishes for the former item with it."""
        with self._condition:
            if isinstance(letter, Stop):
                self._is_stopped = True
            elif isinstance(letter, Open):
                self._opening, self._wish = letter, None
            else:
                self._wish = letter
            if self._gives_way or not isinstance(letter, Wish):
                self._interrupt()
            self._condition.notify()

    def take(self, timeout_s: float | None) -> Letter | None:
        """The next letter; None when none came in time. None as time waits for ever."""
        with self._condition:
            self._gives_way = False
            self._condition.wait_for(self._has_letter, timeout_s)
            if self._is_stopped:
                return Stop()
            if self._opening is not None:
                opening, self._opening = self._opening, None
                return opening
            wish, self._wish = self._wish, None
            return wish

    def give_way(self) -> bool:
        """From now on a new wish interrupts what is being read, until the next `take`; False: one is here already."""
        with self._condition:
            self._gives_way = True
            return not self._has_letter()

    def stand_firm(self) -> None:
        """From now on only `Open` and `Stop` interrupt."""
        with self._condition:
            self._gives_way = False

    def is_empty(self) -> bool:
        """Whether nothing waits."""
        with self._condition:
            return not self._has_letter()

    def _has_letter(self) -> bool:
        return self._is_stopped or self._opening is not None or self._wish is not None
