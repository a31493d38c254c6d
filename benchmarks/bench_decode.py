"""Decoding speed: in this process beside the isolated process, every frame and sampled.

    python -m benchmarks.bench_decode [VIDEO] [--repeats N]

Without a video a 1080p H.264 clip of ten seconds is written by script. Both readers take turns, so that a
busy machine disturbs them alike; the best run of each counts. Prints frames per second (decoded, not
only yielded), processor seconds of both processes, and the isolated reader's share of the other's speed.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from core.domain.evidence import EvidenceItem
from core.video.probe import probe
from core.video.pyav_reader import open_reader

PERIODS = {"every frame": None, "5 a second": Fraction(1, 5)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One pass: wall and processor seconds (children included), pictures decoded."""

    wall_s: float
    cpu_s: float
    decoded: int


def write_1080p(path: Path, n_pictures: int = 250) -> Path:
    """A drifting, noisy 1080p clip with B-frames, so that decoding costs what camera footage costs."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 40, (1200, 2100, 3), np.uint8)
    y, x = np.mgrid[:1200, :2100]
    scene = (np.stack([x / 9, y / 6, (x + y) / 16], -1) % 200).astype(np.uint8) + noise
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"preset": "fast", "crf": "23"})
        stream.width, stream.height, stream.pix_fmt = 1920, 1080, "yuv420p"
        for number in range(n_pictures):
            shift = number % 100
            picture = np.ascontiguousarray(scene[shift : shift + 1080, shift : shift + 1920])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(stream.encode(None))
    return path


def timed(item: EvidenceItem, period: Fraction | None, *, isolated: bool) -> Run:
    """Read the whole item once; the start of the process counts, as it does in a job."""
    cpu = os.times()
    begin = time.perf_counter()
    with open_reader(item, isolated=isolated) as reader:
        for frame in reader.frames(sample_period=period):
            frame.rgb[0, 0, 0]
        decoded = reader.decoded_count
    wall = time.perf_counter() - begin
    used = os.times()
    return Run(wall_s=wall, cpu_s=sum(used[:4]) - sum(cpu[:4]), decoded=decoded)


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("video", type=Path, nargs="?")
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        item = probe(arguments.video or write_1080p(Path(folder) / "clip.mp4"))
        print(f"{item.codec} {item.width_px} x {item.height_px}, {os.cpu_count()} cores")
        print(f"{'sampling':>12} {'reader':>11} {'frames/s':>9} {'CPU s':>7} {'share':>7}")
        for name, period in PERIODS.items():
            runs: dict[bool, list[Run]] = {False: [], True: []}
            for _ in range(arguments.repeats):
                for isolated, done in runs.items():
                    done.append(timed(item, period, isolated=isolated))
            best = {isolated: min(done, key=lambda run: run.wall_s) for isolated, done in runs.items()}
            for isolated, run in best.items():
                share = best[False].wall_s / run.wall_s
                label = "isolated" if isolated else "in process"
                cpu = min(done.cpu_s for done in runs[isolated])
                print(f"{name:>12} {label:>11} {run.decoded / run.wall_s:9.1f} {cpu:7.2f} {share:7.0%}")


if __name__ == "__main__":
    main()
