"""What a validation campaign is given, and what it answers."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One promise, and what was measured of it.

    Attributes:
        promise: what has to hold, as a sentence a reader without the source understands.
        figure: what was measured, with its unit: "0 of 2,000 files killed the program".
        passed: whether the figure keeps the promise; None where it could not be measured here (`figure` says why).
    """

    promise: str
    figure: str
    passed: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a campaign works with.

    Attributes:
        workspace: an empty folder of the campaign's own, removed afterwards.
        resources: the application's resources (models, fonts, demo).
        full: all of it, as in docs/validation.md; False for the short slice that the tests run.
        seed: of every random choice.
        progress: told (done, total) now and then.
    """

    workspace: Path
    resources: Path
    full: bool = False
    seed: int = 20
    progress: Callable[[int, int], None] = field(default=lambda done, total: None)

    def random(self) -> random.Random:
        """A generator that begins at the seed."""
        return random.Random(self.seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A series of checks under one name.

    Attributes:
        name: of its command line argument and of its record, such as ``hostile-media``.
        title: its heading in docs/validation.md.
        about: what is done, to how much, and how figures are to be read; one paragraph.
        run: yields each check when it is known.
    """

    name: str
    title: str
    about: str
    run: Callable[[Setting], Iterator[Check]]
