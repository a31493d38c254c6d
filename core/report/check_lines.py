"""One line for each thing that a check looked at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What came of it."""

    OK = "ok"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """A line.

    Attributes:
        subject: what was looked at, for example ``"signature"``.
        state: what came of it.
        words: what was found, or why nothing could be looked at; a clause.
    """

    subject: str
    state: State
    words: str


def ok(subject: str, words: str) -> CheckLine:
    """It is as it should be."""
    return CheckLine(subject=subject, state=State.OK, words=words)


def failed(subject: str, words: str) -> CheckLine:
    """It is not, and this is what differs."""
    return CheckLine(subject=subject, state=State.FAILED, words=words)


def unchecked(subject: str, words: str) -> CheckLine:
    """Nothing can be said, for this reason."""
    return CheckLine(subject=subject, state=State.NOT_CHECKED, words=words)


def worst(lines: Iterable[CheckLine]) -> State:
    """FAILED when one failed, else NOT_CHECKED when one was not checked."""
    states = {line.state for line in lines}
    return next((state for state in (State.FAILED, State.NOT_CHECKED) if state in states), State.OK)
