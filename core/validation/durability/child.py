"""The process that is killed. It tells through a pipe what it has committed."""

from __future__ import annotations

from multiprocessing.connection import Connection
from pathlib import Path

from core.validation.durability.killer import Boundaries
from core.validation.durability.works import work

READY, ENDED = -1, -2
FROM_OUTSIDE, NOWHERE = -1, 0
"""In place of the number of a boundary: do not count boundaries at all; count them, and be killed at none."""


def do(name: str, folder: Path, kill_at: int, told: Connection) -> None:
    """Do the work of that name.

    Args:
        name: see `core.validation.durability.works.work`.
        folder: where.
        kill_at: number of the boundary to be killed at, or one of the constants.
        told: gets (`READY`, 0), then (number, 0) of each step when it is committed, then (`ENDED`, boundaries passed).
    """
    boundaries, chosen = Boundaries(kill_at), work(name)
    if kill_at != FROM_OUTSIDE:  # a kill from outside strikes a process that runs as always
        boundaries.install()
    told.send((READY, 0))
    for number in chosen.work(folder):
        told.send((number, 0))
    told.send((ENDED, boundaries.passed))
