"""The campaign `durability`."""

from __future__ import annotations

from collections.abc import Iterator

from core.validation.campaign import Campaign, Check, Setting
from core.validation.durability import works
from core.validation.durability.kills import Killer

_RANDOM_KILLS = {"case": 200, "gallery": 60, "encrypted-gallery": 30}
_SHORT = 3  # kills of each series in the slice


def run(setting: Setting) -> Iterator[Check]:
    """All checks."""
    chance = setting.random()
    for name in works.NAMES:
        work = works.work(name)
        killer = Killer(work, setting.workspace)
        n_kills = _RANDOM_KILLS[work.name] if setting.full else _SHORT
        longest_s = killer.duration_s()
        number = 0
        while killer.tally.n_kills < n_kills and number < 2 * n_kills:
            number += 1
            killer.at_random(chance, number, longest_s)
            setting.progress(number, n_kills)
        yield from killer.tally.checks(work.title, f"kill -9 at {killer.tally.n_kills} random moments")

        killer = Killer(work, setting.workspace)
        n_boundaries = killer.count_boundaries()
        at = range(1, n_boundaries + 1)
        chosen = list(at) if setting.full else sorted(chance.sample(at, _SHORT))
        for n, boundary in enumerate(chosen, 1):
            killer.at_boundary(boundary)
            setting.progress(n, len(chosen))
        moments = f"killed at {len(chosen)} of {n_boundaries} transaction boundaries"
        yield from killer.tally.checks(work.title, moments)


CAMPAIGN = Campaign(
    name="durability",
    title="Nothing committed is lost",
    about="",
    run=run,
)
