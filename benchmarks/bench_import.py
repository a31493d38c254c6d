"""Import time of the command line beside the bare interpreter, and what it pulls in.

    python benchmarks/bench_import.py [--rounds 15] [--slowest 8]

Each figure is the median of whole processes, start to exit, after one uncounted run that fills the file cache. The
rows are taken in turns, so that what else runs on the machine slows all alike; compare rows of one run only.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMAND_LINE = "import app.cli"
ROWS = {
    "bare interpreter": "pass",
    "import argparse": "import argparse",
    "import numpy": "import numpy",
    "import app.cli": COMMAND_LINE,
}
HEAVY = (
    "torch", "torchvision", "timm", "cv2", "av", "scipy", "numpy", "facenet_pytorch", "insightface", "matplotlib",
    "reportlab", "sqlite_utils", "PIL", "PySide6",
)  # fmt: skip
LIMIT_S = 120


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--slowest", type=int, default=8, help="how many modules of the command line to list")
    options = parser.parse_args()
    for code in ROWS.values():
        first = python("-c", code)
        if first.returncode != 0:
            last_line = (first.stderr.strip().splitlines() or ["no message"])[-1]
            print(f"`{code}` fails, so there is nothing to measure: {last_line}", file=sys.stderr)
            return 1
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores{load}\n")
    print_table(measured(max(1, options.rounds)))
    print_modules(options.slowest)
    return 0


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=LIMIT_S
    )


def measured(rounds: int) -> dict[str, list[float]]:
    """Seconds of each round, by row."""
    times: dict[str, list[float]] = {name: [] for name in ROWS}
    for _ in range(rounds):
        for name, code in ROWS.items():
            start = time.perf_counter()
            python("-c", code)
            times[name].append(time.perf_counter() - start)
    return times


def print_table(times: dict[str, list[float]]) -> None:
    bare = statistics.median(times["bare interpreter"])
    print("| process | median ms | best ms | times the bare interpreter |")
    print("|---|---:|---:|---:|")
    for name, seconds in times.items():
        median = statistics.median(seconds)
        print(f"| {name} | {median * 1e3:.0f} | {min(seconds) * 1e3:.0f} | {median / bare:.1f} |")


def print_modules(slowest: int) -> None:
    listed = python("-c", f"{COMMAND_LINE}; import sys; print(*sys.modules)").stdout.split()
    loaded = [name for name in HEAVY if name in listed]
    print(f"\n{len(listed)} modules; heavy ones among them: {', '.join(loaded) or 'none'}")
    print("slowest, own time without what they import:")
    for microseconds, name in sorted(own_times(python("-X", "importtime", "-c", COMMAND_LINE).stderr))[-slowest:][::-1]:
        print(f"  {microseconds / 1e3:7.1f} ms  {name}")


def own_times(importtime: str) -> list[tuple[int, str]]:
    """(microseconds, module) of every line of the interpreter's import report."""
    rows = [line.removeprefix("import time:").split("|") for line in importtime.splitlines() if "|" in line]
    return [(int(own), name.strip()) for own, _, name in rows if own.strip().isdecimal()]


if __name__ == "__main__":
    sys.exit(main())
