"""Scrubbing: milliseconds from a wish to the frame on the window's thread, decoded in a process of its own.

    python -m benchmarks.bench_scrubbing [VIDEO ...] [--jumps N] [--seconds S]

Without a video, 1080p H.264 clips of a minute are written with FFmpeg's test picture, key frames 48 and 250 apart.
Jumps go to places drawn at random, the same in every run. "dragging" is the first frame that comes while the mouse is
held (near, and named so), "released" the very frame. "played" is the share of frames shown at natural speed.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer

from app.workers.frame_server import FrameServer
from app.workers.projector import VideoExtent
from core.domain.evidence import ShownFrame
from core.video.probe import probe


def write_test_picture(path: Path, gop: int) -> Path:
    source = "testsrc2=size=1920x1080:rate=30:duration=60"
    options = ["-c:v", "libx264", "-preset", "veryfast", "-g", str(gop), "-keyint_min", str(gop), "-pix_fmt", "yuv420p"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, *options, str(path)], check=True)
    return path


class Watch:
    """Waits, with a running event loop, for what the server shows."""

    def __init__(self, server: FrameServer) -> None:
        self.server = server
        self.extent: VideoExtent | None = None
        self.shown: list[tuple[float, ShownFrame]] = []
        self._until: Callable[[], bool] = lambda: True
        self._loop = QEventLoop()
        self._limit = QTimer(singleShot=True)
        self._limit.timeout.connect(self._loop.quit)
        server.opened.connect(self._opened)
        server.shown.connect(self._came)
        server.speed_changed.connect(lambda _: self._look())

    def ms(self, wish: Callable[[], None], *, exact: int | None = None) -> float:
        """Milliseconds from a wish to the first frame, or to the very one."""
        self.shown.clear()
        begin = time.perf_counter()
        wish()
        self.wait(lambda: any(exact in (None, s.frame.index) and (s.is_exact or exact is None) for _, s in self.shown))
        return 1000 * (self.shown[-1][0] - begin)

    def dragged_ms(self, place: int) -> float:
        """Milliseconds to the first frame while dragging; then waits for the very one, so that it disturbs no other."""
        begin = time.perf_counter()
        self.ms(lambda: self.server.show_index(place, is_final=False))
        came = self.shown[0][0]
        self.wait(lambda: self.shown[-1][1].is_exact and self.shown[-1][1].frame.index == place)
        return 1000 * (came - begin)

    def wait(self, until: Callable[[], bool], limit_s: float = 60.0) -> None:
        self._until = until
        if not until():
            self._limit.start(round(1000 * limit_s))
            self._loop.exec()
            self._limit.stop()

    def _opened(self, extent: VideoExtent) -> None:
        self.extent = extent
        self._look()

    def _came(self, shown: ShownFrame) -> None:
        self.shown.append((time.perf_counter(), shown))
        self._look()

    def _look(self) -> None:
        if self._until():
            self._loop.quit()


def row(name: str, times: list[float]) -> None:
    ordered = sorted(times)
    high = ordered[int(0.95 * (len(ordered) - 1))]
    print(f"  {name:>26} {statistics.median(times):9.0f} {high:9.0f} {ordered[-1]:9.0f}")


def measure(video: Path, jumps: int, seconds: float) -> None:
    item = probe(video)
    server = FrameServer()
    watch = Watch(server)
    print(f"{video.name}: {item.codec} {item.width_px} x {item.height_px}")
    print(f"  {'':>26} {'median ms':>9} {'95 % ms':>9} {'most ms':>9}")
    try:
        first = watch.ms(lambda: server.open(item))
        watch.wait(lambda: watch.extent is not None)
        assert watch.extent is not None
        n = watch.extent.n_frames
        draw = random.Random(1)
        places = [draw.randrange(n) for _ in range(jumps)]
        row("first frame", [first])
        row("dragging", [watch.dragged_ms(p) for p in places])
        row("released", [watch.ms(lambda p=p: server.show_index(p), exact=p) for p in places])
        middle = n // 2
        watch.ms(lambda: server.show_index(middle), exact=middle)
        steps = range(1, min(jumps, n - middle - 1))
        row("one frame on", [watch.ms(lambda p=middle + k: server.show_index(p), exact=middle + k) for k in steps])
        row("one frame back", [watch.ms(lambda p=middle - k: server.show_index(p), exact=middle - k) for k in steps])
        for speed in (1, 2, -1):
            watch.ms(lambda: server.show_index(middle), exact=middle)
            watch.shown.clear()
            server.play(speed)
            watch.wait(lambda: False, seconds)
            server.play(0)
            frames = [shown.frame.index for _, shown in watch.shown]
            rate = len(frames) / seconds
            pace = (frames[-1] - middle) / (seconds * float(item.nominal_fps or 25)) if frames else 0.0
            print(f"  {f'playing at {speed}x':>26} {rate:9.1f} frames/s, {pace:.2f} times natural speed")
    finally:
        server.stop()


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("videos", type=Path, nargs="*")
    parser.add_argument("--jumps", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=4.0)
    arguments = parser.parse_args()
    application = QCoreApplication([])
    with tempfile.TemporaryDirectory() as folder:
        written = [write_test_picture(Path(folder) / f"gop{gop}.mp4", gop) for gop in (48, 250) if not arguments.videos]
        for video in arguments.videos or written:
            measure(video, arguments.jumps, arguments.seconds)
    application.quit()


if __name__ == "__main__":
    main()
