"""Campaign: media files broken on purpose cannot hurt the program that decodes them."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

from core.isolation.trial import protections_here
from core.validation.campaign import Campaign, Check, Setting
from core.validation.hostile_media_case import Ended, Leavings, MemoryWatch, read_as_photograph, taken_in_and_decoded
from core.validation.hostile_media_mutations import MUTATIONS
from core.video.specimens import FAST_START, SPECIMENS, write_specimen

_N_MUTATIONS, _N_IN_SLICE = 2000, 14
_CUT_STEP, _CUT_REACH = 64, 64 << 10
_CUTS_IN_SLICE = (0, 64, 1024, 2048, 4096, 40_000)
_HANG_S = 30.0
_GROWTH_MIB = 200.0
_SETTLE_S = 5.0
_PHOTO_SUFFIXES = frozenset({".png", ".jpg", ".webp", ".tif", ".gif"})


@dataclass(slots=True, kw_only=True)
class _Tally:
    """What was seen so far."""

    states: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    unnamed: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")
    leavings: list[str] = field(default_factory=list)

    def add(self, name: str, kind: str, ended: Ended) -> None:
        """Count a case."""
        self.states[f"{ended.state} ({ended.stage})" if ended.is_error else ended.state] += 1
        self.kinds[kind] += 1
        self.slowest = max(self.slowest, (ended.seconds, name))


def _cases(setting: Setting) -> Iterator[tuple[str, str, bytes, str]]:
    """Name, kind of damage, content and suffix of each file."""
    random = setting.random()
    files = {
        kind.name: write_specimen(kind, setting.workspace / f"whole.{kind.suffix}").read_bytes() for kind in SPECIMENS
    }
    pairs = ((specimen, how) for how, specimen in zip(cycle(MUTATIONS), cycle(SPECIMENS), strict=False))
    for number, (specimen, how) in enumerate(islice(pairs, _N_MUTATIONS if setting.full else _N_IN_SLICE)):
        data = MUTATIONS[how](files[specimen.name], random)
        yield f"{specimen.name}, {how}, number {number}", how, data, specimen.suffix
    path = setting.workspace / "whole.mp4"
    long = write_specimen(FAST_START, path, n_pictures=40, width=80, height=60).read_bytes()
    if len(long) < _CUT_REACH:
        raise AssertionError(f"the clip to be cut has only {len(long)} bytes")
    for length in range(0, _CUT_REACH, _CUT_STEP) if setting.full else _CUTS_IN_SLICE:
        yield f"mp4 cut off after {length} bytes", "cut at every 64 bytes", long[:length], "mp4"


def _run(setting: Setting) -> Iterator[Check]:
    tally, memory = _Tally(), None
    n_cases = _N_MUTATIONS + _CUT_REACH // _CUT_STEP if setting.full else _N_IN_SLICE + len(_CUTS_IN_SLICE)
    before: Leavings | None = None
    for number, (name, kind, data, suffix) in enumerate(_cases(setting)):
        path = setting.workspace / f"hostile.{suffix}"
        path.write_bytes(data)
        if memory is None:
            # The first file brings in what every later one finds there: libraries, the process that forks.
            _attempt(path, name, kind, _Tally(), MemoryWatch())
            memory, before = MemoryWatch(), Leavings.now()
        _attempt(path, name, kind, tally, memory)
        memory.look()
        setting.progress(number + 1, n_cases)
    assert memory is not None and before is not None
    yield from _verdicts(tally, memory, before, n_cases)


def _attempt(path: Path, name: str, kind: str, tally: _Tally, memory: MemoryWatch) -> None:
    try:
        tally.add(name, kind, taken_in_and_decoded(path, memory))
        if path.suffix in _PHOTO_SUFFIXES:
            tally.add(f"{name}, as a photograph", "read as photographs, too", read_as_photograph(path, memory))
    except Exception as error:
        tally.unnamed.append(f"{name}: {type(error).__name__}: {error}")


def _verdicts(tally: _Tally, memory: MemoryWatch, before: Leavings, n_cases: int) -> Iterator[Check]:
    n_ended = tally.states.total() + len(tally.unnamed)
    yield Check(
        promise="No broken file ends the program that has it decoded.",
        figure=f"0 of {n_ended:,} attempts did (this very program counts them): "
        + ", ".join(f"{count:,} {kind}" for kind, count in tally.kinds.most_common()),
        passed=n_ended >= n_cases,
    )
    table = "; ".join(f"{state}: {count:,}" for state, count in tally.states.most_common())
    failures = f"; without a name: {len(tally.unnamed)}, first {tally.unnamed[0]}" if tally.unnamed else ""
    yield Check(promise="Each file ends in a state that has a name.", figure=table + failures, passed=not tally.unnamed)
    seconds, slowest = tally.slowest
    yield Check(
        promise=f"No file holds the program up for more than {_HANG_S:g} s.",
        figure=f"longest {seconds:.1f} s ({slowest})",
        passed=seconds < _HANG_S,
    )
    yield Check(
        promise=f"The program's own memory grows by less than {_GROWTH_MIB:g} MiB beyond the picture in hand.",
        figure=f"at most {memory.kept_mib:.0f} MiB more than before the first file once its pictures were given back, "
        f"{memory.beyond_mib:.0f} MiB more beside a picture in hand; the largest picture took "
        f"{memory.largest_picture / (1 << 20):.0f} MiB",
        passed=None if sys.platform == "win32" else max(memory.kept_mib, memory.beyond_mib) < _GROWTH_MIB,
    )
    after = _settled(before)
    yield Check(
        promise="No process, shared memory, descriptor or thread is left behind.",
        figure=f"before {before}, after {after}",
        passed=after.processes <= before.processes
        and after.shared <= before.shared
        and after.descriptors <= before.descriptors
        and after.threads <= before.threads,
    )
    here = protections_here()
    missing = here.missing()
    yield Check(
        promise="The decoding process is bounded (memory, processor time, wall time) and confined (no network, no "
        "other file, no writing, no other process).",
        figure=str(here) if not missing else f"not on this platform: {', '.join(missing)}; {here}",
        passed=None if missing and sys.platform != "linux" else not missing,
    )


def _settled(before: Leavings) -> Leavings:
    """What is left once the system has had a moment to take away what was ended."""
    deadline = time.monotonic() + _SETTLE_S
    after = Leavings.now()
    while after != before and time.monotonic() < deadline:
        time.sleep(0.1)
        after = Leavings.now()
    return after


CAMPAIGN = Campaign(
    name="hostile-media",
    title="Hostile media",
    about=f"{_N_MUTATIONS:,} files, made by seeded mutation (truncation, bit flips, element sizes, codec swaps, giant "
    f"dimensions, endless streams, nothing at all) of {len(SPECIMENS)} kinds of container and codec, and an MP4 cut "
    f"off at every {_CUT_STEP} bytes of its first {_CUT_REACH >> 10} KiB. Each is taken in and decoded as evidence is, "
    "in child processes, up to its hundredth picture; still pictures also as the gallery reads photographs. The "
    "figures are those of the parent.",
    run=_run,
)
