"""How a child process came to its end, other than by answering."""

from __future__ import annotations

import signal
from enum import StrEnum

EXIT_MEMORY = 71
EXIT_ORPHAN = 72


class Ending(StrEnum):
    """Why there is no answer."""

    CRASHED = "crashed"
    OUT_OF_MEMORY = "out of memory"
    CPU_TIME = "processor time used up"
    HUNG = "hung"
    WALL_TIME = "time used up"
    GARBLED = "answered nonsense"


class ChildEndedError(Exception):
    """A child process ended without an answer; callers turn it into the error that a person sees.

    Attributes:
        ending: which way.
        detail: for example ``"signal SIGSEGV"``; '' when there is nothing to add.
    """

    def __init__(self, ending: Ending, detail: str = "") -> None:
        self.ending = ending
        self.detail = detail
        super().__init__(f"{ending}{f' ({detail})' if detail else ''}")


def ended(status: int, stopped: Ending | None = None, detail: str = "") -> ChildEndedError:
    """The end of a child by its exit status.

    Args:
        status: as `subprocess.Popen.returncode` gives it: a signal's number, negative, where one ended it.
        stopped: why the parent ended it, when it did.
        detail: what it said before, if anything.
    """
    if stopped is not None:
        return ChildEndedError(stopped, detail)
    if status == EXIT_MEMORY:
        return ChildEndedError(Ending.OUT_OF_MEMORY, detail)
    if status < 0:
        try:
            name = signal.Signals(-status).name
        except ValueError:
            name = str(-status)
        if name == "SIGXCPU":
            return ChildEndedError(Ending.CPU_TIME, detail)
        outside = ", from outside: the system may have run out of memory" if name == "SIGKILL" else ""
        return ChildEndedError(Ending.CRASHED, f"signal {name}{outside}")
    return ChildEndedError(Ending.CRASHED, detail or f"status {status}")
