"""Kills work at random moments and at every transaction boundary, and looks at what is left."""

from __future__ import annotations

import multiprocessing
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from core.validation.campaign import Check
from core.validation.durability.child import ENDED, FROM_OUTSIDE, NOWHERE, READY, do
from core.validation.durability.workload import Workload

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext, SpawnContext

_PRELOADED = ["core.validation.durability.case_work", "core.validation.durability.gallery_work"]


@dataclass(slots=True, kw_only=True)
class Tally:
    """What was found after all kills of one series.

    Attributes:
        n_kills: children that were killed while they worked.
        n_idle: children that had ended before they could be killed, or were killed before they began.
        lost: after which kill a committed step was missing, or one was stored in part.
        damaged: after which kill SQLite's checks or the chain of the log complained, or erased data were found.
        strayed: after which kill the resumed work ended otherwise than work that was left alone.
    """

    n_kills: int = 0
    n_idle: int = 0
    lost: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    strayed: list[str] = field(default_factory=list)

    def checks(self, title: str, moments: str) -> Iterator[Check]:
        """The promises, with these figures."""
        among = f"{moments}, {title}"
        for promise, found in (
            (f"No committed step is lost, none is stored in part ({among})", self.lost),
            (f"integrity_check, foreign_key_check and the chain of the log are clean ({among})", self.damaged),
            (
                f"Resumed work repeats no more than the killed step and ends as if left alone ({among})",
                self.strayed,
            ),
        ):
            figure = f"{len(found)} of {self.n_kills} kills broke it"
            first = f"; first: {found[0]}" if found else ""
            yield Check(promise=promise, figure=figure + first, passed=not found and self.n_kills > 0)


class Killer:
    """Kills one kind of work.

    Args:
        work: what is killed.
        workspace: folder for the work's folders; each is removed when it was looked at.
    """

    def __init__(self, work: Workload, workspace: Path) -> None:
        self._work = work
        self._workspace = workspace / work.name
        self._workspace.mkdir(parents=True, exist_ok=True)
        self._states = self._left_alone()
        self.tally = Tally()

    def take_tally(self) -> Tally:
        """What was found since it was taken last."""
        taken, self.tally = self.tally, Tally()
        return taken

    def count_boundaries(self) -> int:
        """How many transaction boundaries the work passes."""
        folder = self._workspace / "counted"
        with self._child(folder, NOWHERE) as (_, told):
            said = _all_of(told)
        shutil.rmtree(folder)
        return said[-1][1]

    def at_boundary(self, number: int) -> None:
        """Let the work kill itself at this boundary."""
        folder = self._workspace / f"boundary {number}"
        with self._child(folder, number) as (_, told):
            said = _all_of(told)
        self._look(folder, said, f"boundary {number}")

    def duration_s(self) -> float:
        """How long the work takes when it is left alone, seconds."""
        folder = self._workspace / "timed"
        with self._child(folder, FROM_OUTSIDE) as (_, told):
            told.recv()
            begun = time.monotonic()
            _all_of(told)
        shutil.rmtree(folder)
        return time.monotonic() - begun

    def at_random(self, chance: Random, number: int, longest_s: float) -> None:
        """Kill the work from outside at a moment drawn from its whole duration."""
        folder = self._workspace / f"random {number}"
        wait_s = chance.uniform(0, longest_s)
        with self._child(folder, FROM_OUTSIDE) as (process, told):
            told.recv()
            time.sleep(wait_s)
            process.kill()
            said = _all_of(told)
        self._look(folder, said, f"random kill {number} after {wait_s:.3f} s")

    def _left_alone(self) -> list[str]:
        """State before the work and after each of its steps."""
        folder = self._workspace / "left alone"
        self._work.prepare(folder)
        states = [self._work.state(folder)]
        states += [self._work.state(folder) for _ in self._work.work(folder)]
        shutil.rmtree(folder)
        return states

    def _look(self, folder: Path, told: list[tuple[int, int]], when: str) -> None:
        if told and told[-1][0] == ENDED:
            self.tally.n_idle += 1
            shutil.rmtree(folder)
            return
        self.tally.n_kills += 1
        said = max((number for number, _ in told if number != READY), default=0)
        _noted(self.tally.damaged, when, lambda: "; ".join(self._work.problems(folder)))
        _noted(self.tally.lost, when, lambda: self._not_stored(folder, said))
        _noted(self.tally.strayed, when, lambda: self._resumed(folder, said))
        shutil.rmtree(folder, ignore_errors=True)

    def _not_stored(self, folder: Path, said: int) -> str:
        found = self._work.state(folder)
        expected = self._states[said : said + 2]
        if found in expected:
            return ""
        at = self._states.index(found) if found in self._states else None
        return f"step {said} was said to be committed, found was {'a mixture' if at is None else f'step {at}'}"

    def _resumed(self, folder: Path, said: int) -> str:
        first = next(iter(self._work.work(folder)), None)
        if first is not None and first < said:
            return f"step {first} was done again, though step {said} was committed"
        for _ in self._work.work(folder):
            pass
        if self._work.state(folder) != self._states[-1]:
            return "the result is another one"
        return "; ".join(self._work.problems(folder))

    @contextmanager
    def _child(self, folder: Path, kill_at: int) -> Iterator[tuple[BaseProcess, Connection]]:
        """A process of its own, forked from a server that has only imported, where the system can fork."""
        self._work.prepare(folder)
        context = _context()
        told, telling = context.Pipe(duplex=False)
        process = context.Process(target=do, args=(self._work.name, folder, kill_at, telling), daemon=True)
        process.start()
        telling.close()  # so that reading ends when the child does
        try:
            yield process, told
        finally:
            process.join()
            process.close()
            told.close()


def _context() -> ForkServerContext | SpawnContext:
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


def _all_of(told: Connection) -> list[tuple[int, int]]:
    """Everything that the child says until it ends; what it could not finish saying does not count."""
    said: list[tuple[int, int]] = []
    try:
        while True:
            said.append(told.recv())
    except (EOFError, OSError):
        return said


def _noted(found: list[str], when: str, look: Callable[[], str]) -> None:
    """Keep what a look finds; an error, whatever it is, is a finding too: nothing may end a campaign unseen."""
    try:
        problem = look()
    except Exception as error:  # a campaign reports what breaks, it does not break
        problem = f"{type(error).__name__}: {error}"
    if problem:
        found.append(f"{when}: {problem}")
