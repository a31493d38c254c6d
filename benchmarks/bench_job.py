"""The whole job on a 1080p clip with two faces: seconds of work a second of video, and peak memory by length.

Usage: python benchmarks/bench_job.py [--seconds 20] [--lengths 60 600] [--no-memory]

The clip shows Eileen Collins and Grace Hopper (public domain; shipped in scikit-image and matplotlib) moving over a
noisy ground, h264, 25 frames a second. Each analysis runs in a process of its own; its peak memory is read at the end.
`--lengths` are the clip lengths, in seconds, whose peaks are compared (at 640 px, to keep the run short).
"""

from __future__ import annotations

import argparse
import math
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import av
import cv2
import matplotlib.cbook
import numpy as np
import skimage.data
from PIL import Image

FPS = 25


def write_clip(path: Path, width: int, height: int, seconds: int) -> None:
    with Image.open(matplotlib.cbook.get_sample_data("grace_hopper.jpg")) as photo:
        hopper = np.asarray(photo.convert("RGB"))[20:420, 120:440]
    heads = [
        cv2.resize(portrait, (height * 2 // 5, height // 2))
        for portrait in (skimage.data.astronaut()[10:230, 130:306], hopper)
    ]
    ground = np.random.default_rng(0).integers(40, 120, (height // 8, width // 8, 3)).astype(np.uint8)
    ground = cv2.resize(ground, (width, height), interpolation=cv2.INTER_LINEAR)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"crf": "23", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for i in range(seconds * FPS):
            picture = ground.copy()
            for k, head in enumerate(heads):
                x = round((k + 0.5) * width / 2 - head.shape[1] / 2 + width * 0.03 * math.sin(i / 20 + k))
                y = round(height / 4 + height * 0.03 * math.cos(i / 27 + k))
                picture[y : y + head.shape[0], x : x + head.shape[1]] = head
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


def analyse(clip: Path, case: Path) -> None:
    """Run as a child: the command line's own path, then the peak memory on the last line."""
    from app.cli import run

    code = run(["analyze", str(clip), "--case", str(case), "--device", "cpu"])
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
    sys.exit(code)


def measured(clip: Path, case: Path) -> tuple[float, int]:
    """(seconds, peak MiB) of one analysis."""
    begun = time.perf_counter()
    run = subprocess.run(
        [sys.executable, __file__, "--child", str(clip), str(case)], stdout=subprocess.PIPE, text=True, check=True
    )
    return time.perf_counter() - begun, int(run.stdout.split()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--lengths", type=int, nargs="*", default=[60, 600])
    parser.add_argument("--no-memory", action="store_true")
    parser.add_argument("--child", nargs=2, type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        analyse(*args.child)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_clip(root / "hd.mp4", 1920, 1080, args.seconds)
        seconds, peak = measured(root / "hd.mp4", root / "hd")
        share = seconds / args.seconds
        print(f"1080p, two faces, {args.seconds} s of video: {seconds:.1f} s, {share:.2f} x its length, {peak} MiB")
        for length in [] if args.no_memory else args.lengths:
            clip = root / f"{length}.mp4"
            write_clip(clip, 640, 360, length)
            seconds, peak = measured(clip, root / str(length))
            print(f"360p, two faces, {length:5d} s of video: {seconds:6.1f} s, peak memory {peak} MiB")


if __name__ == "__main__":
    main()
