"""Kills `unswap analyze` itself, with real networks on the demonstration clip."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Timer
from types import TracebackType
from typing import Self

from core.casefile.opening import DATABASE_NAME
from core.casefile.store import CaseFile
from core.validation.campaign import Check
from core.validation.durability.workload import fingerprint

_ROOT = Path(__file__).resolve().parents[3]
_ITEM = 1
_KILLS_A_CASE = 4
_SIGNAL = getattr(signal, "SIGKILL", signal.SIGTERM)  # on Windows TerminateProcess


@dataclass(slots=True, kw_only=True)
class _Run:
    """What one run said before it ended or was killed.

    Attributes:
        n_batches: batches of frames that it reported as stored.
        scanned_s: time up to which frames were reported as stored, seconds.
        n_recovered: recovered faces reported as stored.
        is_finished: it ended by itself, and well.
    """

    n_batches: int = 0
    scanned_s: float = -1.0
    n_recovered: int = 0
    is_finished: bool = False

    def take(self, line: str) -> None:
        """One line of the command's output."""
        event = json.loads(line)
        if event["event"] == "progress" and event["stage"] == "scan":
            self.n_batches += 1
            self.scanned_s = event["done"]
        elif event["event"] == "progress" and event["unit"] == "faces":
            self.n_recovered = int(event["done"])


@dataclass(slots=True, kw_only=True)
class _Found:
    n_kills: int = 0
    lost: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    strayed: list[str] = field(default_factory=list)


class AnalyzeKiller:
    """Kills analyses of the demonstration clip.

    Args:
        resources: the application's.
        workspace: folder for the cases.
    """

    def __init__(self, resources: Path, workspace: Path) -> None:
        self._resources = resources
        self._workspace = workspace
        workspace.mkdir(parents=True, exist_ok=True)
        self._ready: subprocess.Popen[str] | None = None
        self._run(workspace / "first", None)  # brings the files into memory, as every later one finds them
        begun = time.monotonic()
        self._whole = self._run(workspace / "left alone", None)
        self._longest_s = time.monotonic() - begun
        self._frames, self._content = _stored(workspace / "left alone")
        self._found = _Found()

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process that analyses are forked from."""
        if self._ready is not None:
            with self._ready as process:
                process.kill()

    def checks(
        self, n_kills: int, most_s: float, chance: Random, progress: Callable[[int, int], None]
    ) -> Iterator[Check]:
        """Kill that often, or as often as there is time, and say what was found; several times the same case.

        Args:
            n_kills: how often.
            most_s: seconds after which no other case is begun.
            chance: moments are drawn from.
            progress: told (kills, all).
        """
        number, found, until = 0, self._found, time.monotonic() + most_s
        while found.n_kills < n_kills and number < n_kills and time.monotonic() < until:
            number += 1
            folder = self._workspace / f"case {number}"
            self._one_case(folder, min(_KILLS_A_CASE, n_kills - found.n_kills), chance)
            shutil.rmtree(folder)
            progress(found.n_kills, n_kills)
        short = f", as many of {n_kills} as fit into {most_s / 60:.0f} minutes" if found.n_kills < n_kills else ""
        among = f"`analyze` killed at {found.n_kills} random moments{short}"
        for promise, broken in (
            (f"Every frame and face that was reported as stored is there ({among})", found.lost),
            (f"integrity_check, foreign_key_check and the chain of the log are clean ({among})", found.damaged),
            (f"Each kill costs one batch at most ({among})", found.repeated),
            (f"The resumed analysis ends with the result of one left alone, bit by bit ({among})", found.strayed),
        ):
            first = f"; first: {broken[0]}" if broken else ""
            figure = f"{len(broken)} of {found.n_kills} kills broke it{first}"
            yield Check(promise=promise, figure=figure, passed=not broken and found.n_kills > 0)

    def _one_case(self, folder: Path, n_kills: int, chance: Random) -> None:
        runs: list[_Run] = []
        for _ in range(n_kills):
            runs.append(self._run(folder, chance.uniform(0, self._longest_s)))
            if runs[-1].is_finished:
                break
            self._found.n_kills += 1
            self._look(folder, runs[-1])
        if not runs[-1].is_finished:
            runs.append(self._run(folder, None))
        when = f"{folder.name}, {len(runs) - 1} kills"
        n_batches, n_killed = sum(run.n_batches for run in runs), len(runs) - 1
        # A batch may be stored and its report cut off: then it is neither reported nor done again.
        if not self._whole.n_batches - n_killed <= n_batches <= self._whole.n_batches:
            self._found.repeated.append(f"{when}: {n_batches} batches instead of {self._whole.n_batches}")
        _, content = _stored(folder)
        leftovers = [p.name for p in folder.iterdir() if p.name.endswith((".part", ".new"))]
        if content != self._content or not runs[-1].is_finished or leftovers:
            self._found.strayed.append(f"{when}: the result is another one {leftovers or ''}")

    def _look(self, folder: Path, run: _Run) -> None:
        when = f"{folder.name}, kill {self._found.n_kills}"
        if not (folder / DATABASE_NAME).exists():
            if run.n_batches:
                self._found.lost.append(f"{when}: there is no case")
            return
        with CaseFile.open(folder, create=False) as case:
            self._found.damaged += [f"{when}: {what}" for what in (*case.problems(), *case.verify_audit())]
            if case.run(_ITEM) is None:
                n_frames = n_recovered = 0
            else:
                n_frames, n_recovered = len(case.scanned(_ITEM).frames), len(case.recovered(_ITEM))
        n_expected = sum(seconds <= run.scanned_s for seconds in self._frames)
        if n_frames < n_expected or n_recovered < run.n_recovered:
            self._found.lost.append(
                f"{when}: {n_frames} of {n_expected} frames, {n_recovered} of {run.n_recovered} faces"
            )

    def _run(self, folder: Path, kill_after_s: float | None) -> _Run:
        clip = self._resources / "demo" / "swap.mp4"
        brief = ("--to", "0:00.8", "--sample-period", "0.04", "--frames", "2")
        words = ("analyze", clip, "--case", folder, "--no-gallery", *brief, "--json")
        output = self._workspace / "output"
        output.write_bytes(b"")
        process = self._started()
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps([str(output), *map(str, words)]) + "\n")
        process.stdin.flush()
        number = int(process.stdout.readline())
        killing = Timer(kill_after_s or 0, _kill, (number,))
        if kill_after_s is not None:
            killing.start()
        code = process.stdout.readline()  # '' from a process that was killed itself, because it could not fork
        killing.cancel()
        run = _Run()
        for line in output.read_text(encoding="utf-8").splitlines(keepends=True):
            if line.endswith("\n"):
                run.take(line)
        run.is_finished = (int(code) if code else process.wait()) == 0
        return run

    def _started(self) -> subprocess.Popen[str]:
        """The process that analyses are forked from; one for each where the system cannot fork."""
        if self._ready is None or self._ready.poll() is not None:
            places = (self._resources, self._workspace / "user")
            self._ready = subprocess.Popen(
                [sys.executable, "-m", "core.validation.durability.analyze_child", *map(str, places)],
                cwd=_ROOT,
                env=dict(os.environ),  # as many threads as here: sums depend on how they are divided
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        return self._ready


def _kill(process_id: int) -> None:
    with suppress(ProcessLookupError):  # it has just ended
        os.kill(process_id, _SIGNAL)


def _stored(folder: Path) -> tuple[list[float], str]:
    """Times of the analysed frames, and the fingerprint of the result without times of day."""
    with CaseFile.open(folder, create=False) as case:
        result = case.result(_ITEM)
        if result is None:
            return [], ""
        start = float(result.frames[0].time.seconds)
        facts = (result.sha256_before, result.sha256_after, result.frames, result.persons, result.warnings)
        return [float(f.time.seconds) - start for f in result.frames], fingerprint((facts, case.tracks(_ITEM)))
