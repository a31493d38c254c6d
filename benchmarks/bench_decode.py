"""Decoding speed: in this process beside the isolated process, every frame and sampled.

    python -m benchmarks.bench_decode [VIDEO] [--repeats N] [--pictures N]

Without a video H.264 clips of 640x360, 1280x720, 1920x1080 and 3840x2160 are written by script. Both readers take
turns, so that a busy machine disturbs them alike. Prints frames per second (decoded, not only yielded) of the best
run of each, the isolated reader's share of the other's speed by the best runs and by the median of the runs side by
side, and the processor seconds of both processes. "Whole" counts from the call to the last frame, as in a job;
"flow" from the first frame on.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from fractions import Fraction
from pathlib import Path
from statistics import median

import av
import numpy as np

from core.domain.evidence import EvidenceItem
from core.validation.decoding import Run, in_turns
from core.video.probe import probe

PERIODS = {"every frame": None, "5 a second": Fraction(1, 5)}


SIZES = {(640, 360): 1000, (1280, 720): 500, (1920, 1080): 250, (3840, 2160): 60}


def write_clip(path: Path, width: int, height: int, n_pictures: int) -> Path:
    """A drifting, noisy clip with B-frames, so that decoding costs what camera footage costs."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 40, (height + 120, width + 180, 3), np.uint8)
    y, x = np.mgrid[: height + 120, : width + 180]
    scene = (np.stack([x / 9, y / 6, (x + y) / 16], -1) % 200).astype(np.uint8) + noise
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"preset": "fast", "crf": "23"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(n_pictures):
            shift = number % 100
            picture = np.ascontiguousarray(scene[shift : shift + height, shift : shift + width])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(stream.encode(None))
    return path


def compare(item: EvidenceItem, repeats: int) -> None:
    """Print the rows of one clip."""
    size = f"{item.width_px}x{item.height_px}"
    for name, period in PERIODS.items():
        here, there = zip(*in_turns(item, period, repeats), strict=True)
        runs: dict[bool, tuple[Run, ...]] = {False: here, True: there}
        for what in ("whole", "flow"):
            seconds = {apart: [getattr(run, f"{what}_s") for run in done] for apart, done in runs.items()}
            best = {apart: min(values) for apart, values in seconds.items()}
            paired = median(one / other for one, other in zip(seconds[False], seconds[True], strict=True))
            speeds = [runs[apart][0].decoded / best[apart] for apart in (False, True)]
            cpu = [min(run.cpu_s for run in runs[apart]) for apart in (False, True)]
            print(
                f"{size:>10} {name:>11} {what:>6} {speeds[0]:9.1f} {speeds[1]:9.1f} {best[False] / best[True]:7.0%} "
                f"{paired:7.0%} {cpu[0]:7.2f} {cpu[1]:7.2f}",
                flush=True,
            )


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("video", type=Path, nargs="?")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--pictures", type=int, help="of each clip; by default 60 (4K) to 1000 (640x360)")
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"{'':>10} {'':>11} {'':>6} {'frames a second':>19} {'share':>15} {'CPU seconds':>15}")
    heads = f"{'here':>9} {'isolated':>9} {'best':>7} {'median':>7} {'here':>7} {'isol.':>7}"
    print(f"{'size':>10} {'sampling':>11} {'':>6} {heads}")
    with tempfile.TemporaryDirectory() as folder:
        if arguments.video:
            compare(probe(arguments.video), arguments.repeats)
            return
        for (width, height), count in SIZES.items():
            path = write_clip(Path(folder) / f"{width}.mp4", width, height, arguments.pictures or count)
            compare(probe(path), arguments.repeats)


if __name__ == "__main__":
    main()
