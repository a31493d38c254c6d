"""Every write of a case and of a gallery, tried on a full disk, beyond a limit and under a lock, then done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from core.validation.campaign import Check
from core.validation.durability.trouble import DONE, empty_wal, full, locked, no_growth, read_only, small_disk, tried
from core.validation.durability.workload import Workload

_TITLES = {"full": "on a full disk", "limit": "where no file may grow", "lock": "while another program writes"}


@dataclass(slots=True, kw_only=True)
class _Found:
    n_tried: Counter[str] = field(default_factory=Counter)
    n_spared: Counter[str] = field(default_factory=Counter)
    broken: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in _TITLES})


def checks(work: Workload, workspace: Path, *, every: int = 1) -> Iterator[Check]:
    """Try each `every`-th write of the work under each condition.

    Args:
        work: see `Workload.attempts`.
        workspace: an existing folder, on which a small disk is mounted where that is allowed.
        every: 1 tries all.
    """
    disk = workspace / f"disk of {work.name}"
    with small_disk(disk) as is_small:
        found = _try_all(work, disk, is_small=is_small, every=every)
    for name, title in _TITLES.items():
        promise = f"{work.title}: a write {title} says so, leaves all as it was, and works afterwards"
        n, broken = found.n_tried[name], found.broken[name]
        if not n:
            yield Check(promise=promise, figure="this condition cannot be made here", passed=None)
            continue
        spared = f", {found.n_spared[name]} more needed no room or lock" if found.n_spared[name] else ""
        first = f"; first: {broken[0]}" if broken else ""
        yield Check(promise=promise, figure=f"{len(broken)} of {n} writes broke it{spared}{first}", passed=not broken)


def read_only_check(work: Workload, workspace: Path) -> Check:
    """On a read-only disk no single write is tried: each needs the file to be opened, and every opening is refused."""
    disk = workspace / f"read-only disk of {work.name}"
    promise = f"{work.title}: on a read-only disk opening and making are refused with advice, and work afterwards"
    with small_disk(disk) as is_small:
        if not is_small:
            return Check(promise=promise, figure="this condition cannot be made here", passed=None)
        old, new = disk / "old", disk / "new"
        new.mkdir()
        for attempt in work.attempts(old):
            attempt()
        before = work.state(old)
        making = next(iter(work.attempts(new)))
        with read_only(disk) as is_imposed:
            found = [tried(lambda: list(work.work(old))), tried(making)] if is_imposed else ["it was not made"]
        if work.state(old) != before:
            found.append("something was changed")
        making()
    broken = [problem for problem in found if problem]
    figure = f"{len(broken)} of 2 broke it" + (f"; first: {broken[0]}" if broken else "")
    return Check(promise=promise, figure=figure, passed=not broken)


def _try_all(work: Workload, disk: Path, *, is_small: bool, every: int) -> _Found:
    found, folder = _Found(), disk / "work"
    database = folder / work.database
    conditions: dict[str, Callable[[], AbstractContextManager[bool]]] = {
        "limit": no_growth,
        "lock": lambda: locked(database),
    }
    if is_small:
        conditions["full"] = lambda: full(disk)
    for number, attempt in enumerate(work.attempts(folder), 1):
        if number % every == 0:
            for name, condition in conditions.items():
                before = work.state(folder), _names(disk)
                empty_wal(database)
                with condition() as is_imposed:
                    problem = tried(attempt) if is_imposed else None
                if problem is None:
                    continue
                after = work.state(folder), _names(disk)
                if problem == DONE:  # it needed neither room nor lock; doing it again would be another write
                    found.n_spared[name] += 1
                    break
                found.n_tried[name] += 1
                if before[0] != after[0]:
                    problem = problem or "something was changed"
                if before[1] != after[1]:
                    problem = problem or f"files were left: {sorted(after[1] - before[1])}"
                if problem:
                    found.broken[name].append(f"write {number}: {problem}")
            else:
                attempt()
        else:
            attempt()
    found.broken["lock"] += [f"at the end: {problem}" for problem in work.problems(folder)]
    return found


def _names(disk: Path) -> set[str]:
    """All files but those that SQLite and the claim keep while a database is open, and empty databases.

    A database that could not be made may stay behind empty, which is no obstacle to making it again: whoever removed it
    might pull it from under another process that is making it just now.
    """
    kept = ("-wal", "-shm", "-journal", ".lock")
    found = [p for p in disk.rglob("*") if not p.name.endswith(kept)]
    return {str(p.relative_to(disk)) for p in found if p.suffix != ".db" or p.stat().st_size}
