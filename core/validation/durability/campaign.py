"""The campaign `durability`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from core.validation.campaign import Campaign, Check, Setting
from core.validation.durability import database_writes, file_writes, versions, works
from core.validation.durability.analyze import AnalyzeKiller
from core.validation.durability.kills import Killer
from core.validation.durability.migration_work import migrations
from core.validation.durability.workload import Workload

_RANDOM_KILLS = {"case": 200, "gallery": 60, "encrypted-gallery": 20}
_ANALYZE_KILLS, _ANALYZE_MOST_S = 200, 1200.0
# Of the slice: few, and only some kinds of work.
_SHORT_RANDOM = {"case": 2, "gallery": 1}
_SHORT_BOUNDARIES = {"case": 2, "gallery": 1, "encrypted-gallery": 1, "case-of-schema-1": 1, "gallery-of-schema-1": 1}
_SHORT_EVERY = 7  # writes of which one is tried


def run(setting: Setting) -> Iterator[Check]:
    """All checks; what is quick comes first."""
    yield from versions.checks(setting.workspace / "versions")
    yield from _writes(setting)
    killed: list[Workload] = [*(works.work(name) for name in works.names()), *migrations()]
    for work in killed if setting.full else [work for work in killed if work.name in _SHORT_BOUNDARIES]:
        yield from _killed(work, setting)
        shutil.rmtree(setting.workspace / work.name, ignore_errors=True)
    if setting.full:
        with AnalyzeKiller(setting.resources, setting.workspace / "analyze") as analyses:
            yield from analyses.checks(_ANALYZE_KILLS, _ANALYZE_MOST_S, setting.random(), setting.progress)


def _writes(setting: Setting) -> Iterator[Check]:
    every = 1 if setting.full else _SHORT_EVERY
    for name in ("case", "gallery"):
        yield from database_writes.checks(works.work(name), setting.workspace, every=every)
        yield database_writes.read_only_check(works.work(name), setting.workspace)
    conversions: list[Workload] = [works.work(name) for name in works.names() if name == "conversion"]
    for work in [*conversions, *migrations()] if setting.full else []:
        yield from database_writes.checks(work, setting.workspace)
    yield from file_writes.checks(setting.workspace, setting.resources, full_set=setting.full)


def _killed(work: Workload, setting: Setting) -> Iterator[Check]:
    chance = setting.random()
    n_kills = (_RANDOM_KILLS if setting.full else _SHORT_RANDOM).get(work.name, 0)
    killer = Killer(work, setting.workspace)
    if n_kills:
        longest_s, number = killer.duration_s(), 0
        while killer.tally.n_kills < n_kills and number < 3 * n_kills + 20:
            number += 1
            killer.at_random(chance, number, longest_s)
            setting.progress(killer.tally.n_kills, n_kills)
        yield from killer.take_tally().checks(work.title, f"kill -9 at {n_kills} random moments")
    n_boundaries = killer.count_boundaries()
    chosen = list(range(1, n_boundaries + 1))
    if not setting.full:
        chosen = sorted(chance.sample(chosen, _SHORT_BOUNDARIES[work.name]))
    for n, boundary in enumerate(chosen, 1):
        killer.at_boundary(boundary)
        setting.progress(n, len(chosen))
    moments = f"killed at {len(chosen)} of {n_boundaries} transaction boundaries"
    yield from killer.take_tally().checks(work.title, moments)


CAMPAIGN = Campaign(
    name="durability",
    title="Nothing committed is lost",
    about=(
        "Child processes work on a case, a gallery and an encrypted gallery with every kind of write there is, "
        "open files of older schema versions, and run `analyze` on the demonstration clip (20 frames, 2 faces, "
        "in a process forked from one that has imported everything, so that moments fall into the work). "
        "They are killed (SIGKILL, on Windows TerminateProcess) at random moments and, by themselves, just before and "
        "just after "
        "every BEGIN, COMMIT, ROLLBACK, SAVEPOINT, VACUUM, checkpoint and renaming of a file. A step counts as "
        "committed when the child has written a line about it, after the call that did it returned. What is "
        "stored then is compared bit by bit, times and random numbers left out, with what uninterrupted work had "
        "stored after the same step or the next; the work is resumed and compared again. A killed process leaves "
        "what it wrote to the operating system: losing power is not tested, SQLite's synchronous = FULL and fsync "
        "stand against that. Every write is also tried on a full disk (a small tmpfs, filled), with a limit on "
        "the size of files, on a read-only disk and under another program's lock."
    ),
    run=run,
)
