"""Campaign: decoding in a process of its own loses no frame, and little speed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from statistics import median

from core.domain.evidence import EvidenceItem
from core.evidence.hashing import pixels_sha256
from core.validation.campaign import Campaign, Check, Setting
from core.video.isolated_reader import IsolatedReader
from core.video.probe import probe
from core.video.pyav_reader import open_reader
from core.video.specimens import SPECIMENS, write_specimen

_LEAST_SHARE = 0.85
_CODECS = ("mp4-h264", "mp4-hevc", "mkv-vp9", "avi-mjpeg")
_SIZES = {(640, 360): 1000, (1920, 1080): 250}
"""Width and height -> pictures of a clip: seconds of decoding, beside which the start of a process is small."""
_SHORT_SIZES = {(96, 64): 12}
_N_DRAWN = 25
_N_ROUNDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One pass over a clip.

    The decoder's processor seconds are those of children that were waited for, which forked ones are not: they are
    read while the process lives.

    Attributes:
        whole_s: wall seconds from the call to the last frame, the start of a process with it.
        flow_s: wall seconds from the first frame on.
        cpu_s: processor seconds of both processes.
        decoded: pictures.
    """

    whole_s: float
    flow_s: float
    cpu_s: float
    decoded: int


def timed(item: EvidenceItem, period: Fraction | None, *, isolated: bool) -> Run:
    """Read the whole item once.

    Args:
        item: a video.
        period: of sampling, seconds; None for every frame.
        isolated: in a process of its own instead of this one.
    """
    cpu = time.process_time()
    begin = first = time.perf_counter()
    with open_reader(item, isolated=isolated) as reader:
        for number, frame in enumerate(reader.frames(sample_period=period)):
            if not number:
                first = time.perf_counter()
            frame.rgb[0, 0, 0]
        end = time.perf_counter()
        decoded = reader.decoded_count
        child = _cpu_of(reader.process_id) if isinstance(reader, IsolatedReader) else 0.0
    used = time.process_time() - cpu + child
    return Run(whole_s=end - begin, flow_s=end - first, cpu_s=used, decoded=decoded)


def in_turns(item: EvidenceItem, period: Fraction | None, n_rounds: int) -> list[tuple[Run, Run]]:
    """Runs in this process and in one of its own side by side, so that a busy machine disturbs both alike.

    Args:
        item: a video.
        period: of sampling, seconds; None for every frame.
        n_rounds: how many pairs; which of the two comes first changes each time.
    """
    pairs = []
    for number in range(n_rounds):
        first = timed(item, period, isolated=number % 2 == 0)
        second = timed(item, period, isolated=number % 2 == 1)
        pairs.append((second, first) if number % 2 == 0 else (first, second))
    return pairs


def _cpu_of(process_id: int | None) -> float:
    """Processor seconds of another process (Linux), 0 elsewhere."""
    try:
        fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _run(setting: Setting) -> Iterator[Check]:
    kinds = [kind for kind in SPECIMENS if kind.name in _CODECS]
    sizes = _SIZES if setting.full else _SHORT_SIZES
    clips = [(kind, *size, n) for size, n in sizes.items() for kind in kinds]
    differing: list[str] = []
    speeds: list[Check] = []
    n_frames = 0
    for done, (kind, width, height, n_pictures) in enumerate(clips, 1):
        name = f"{kind.name}, {width} x {height}"
        path = setting.workspace / f"clip.{kind.suffix}"
        write_specimen(kind, path, n_pictures=n_pictures, width=width, height=height, n_drawn=_N_DRAWN)
        item = probe(path)
        here, there = _frames(item, isolated=False), _frames(item, isolated=True)
        n_frames += len(here)
        if here != there or len(here) != n_pictures:
            differing.append(name)
        if setting.full:
            speeds.append(_speed(name, in_turns(item, None, _N_ROUNDS)))
        path.unlink()
        setting.progress(done, len(clips))
    yield Check(
        promise="A process of its own delivers the very frames that are decoded in this one: number, time and pixels.",
        figure=f"{n_frames:,} frames of {len(clips)} clips; {len(differing)} differ {', '.join(differing)}".strip(),
        passed=not differing,
    )
    yield from speeds
    if not setting.full:
        yield Check(
            promise=_PROMISE,
            figure="not in the short slice: it takes clips of seconds, and a quiet machine",
            passed=None,
        )


def _frames(item: EvidenceItem, *, isolated: bool) -> list[tuple[int, Fraction, str]]:
    with open_reader(item, isolated=isolated) as reader:
        return [(frame.index, frame.time.seconds, pixels_sha256(frame.rgb)) for frame in reader.frames()]


def _speed(name: str, pairs: list[tuple[Run, Run]]) -> Check:
    shares = [here.whole_s / there.whole_s for here, there in pairs]
    flowing = median(here.flow_s / there.flow_s for here, there in pairs)
    rate = median(here.decoded / here.whole_s for here, _ in pairs)
    return Check(
        promise=f"{_PROMISE} ({name})",
        figure=f"{median(shares):.0%} (median of {len(pairs)} runs side by side, {min(shares):.0%} to "
        f"{max(shares):.0%}; from the first frame on {flowing:.0%}); in this process {rate:,.0f} frames a second",
        passed=median(shares) >= _LEAST_SHARE,
    )


_PROMISE = f"Frames come back through shared memory at {_LEAST_SHARE:.0%} of the speed in this process, or more"

CAMPAIGN = Campaign(
    name="decoding",
    title="Decoding in a process of its own",
    about=f"Clips of {len(_CODECS)} codecs (H.264, HEVC, VP9, Motion JPEG) are drawn by script, of 1,000 pictures of "
    "640 x 360 and 250 of 1920 x 1080, and every frame is asked for. Decoding in this process and in the confined one "
    f"take turns, {_N_ROUNDS} times each; a share is that of two runs side by side. Each run counts from the call to "
    "the last frame: the start of the process is in it, and is small beside a second or more of decoding. Other work "
    "on the machine moves single runs by several points.",
    run=_run,
)
