"""Does the window open fast, and does it ever stand still?

    python -m benchmarks.bench_window start      # seconds from the call to the first picture, beside an empty Qt window
    python -m benchmarks.bench_window stalls     # longest gap between two beats of the window's thread, by kind of work
    python -m benchmarks.bench_window rounds 300 # open a case, analyse a clip, close; memory and the longest gap

Runs on the offscreen platform unless QT_QPA_PLATFORM says otherwise.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QElapsedTimer, QEvent, QEventLoop, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

ROOT = Path(__file__).resolve().parent.parent
CLIP = ROOT / "resources" / "demo" / "swap.mp4"
_BEAT_MS = 5
_PATIENCE_S = 600

_EMPTY = """
import time; t = time.perf_counter()
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([]); w = QMainWindow(); w.resize(1280, 800); w.show()
QTimer.singleShot(0, lambda: (w.grab(), print(time.perf_counter() - t), app.exit(0)))
app.exec()
"""
_OURS = """
import time; t = time.perf_counter()
import sys
from PySide6.QtCore import QTimer
from app.qt_environment import keep_own_qt, usable_platform
keep_own_qt(); usable_platform()
from PySide6.QtWidgets import QApplication
from app.desktop import Desktop
from app.settings import standard_folders
app = QApplication([]); d = Desktop(app, standard_folders()); d.window.show()
QTimer.singleShot(0, lambda: (d.window.grab(), print(time.perf_counter() - t), app.exit(0)))
app.exec(); d.shut_down()
"""


class Watchdog(QObject):
    """Beats every few ms on the window's thread and remembers the longest gaps."""

    def __init__(self) -> None:
        super().__init__()
        self.gaps: list[float] = []
        self._clock = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_BEAT_MS)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        self.gaps.clear()
        self._clock.start()
        self._timer.start()

    def longest_ms(self) -> float:
        """Of the gaps since `start`, beyond the beat itself."""
        self._timer.stop()
        return max(self.gaps, default=0.0) - _BEAT_MS

    def _beat(self) -> None:
        self.gaps.append(self._clock.nsecsElapsed() / 1e6)
        self._clock.restart()


def wait_for(is_done: Callable[[], bool]) -> None:
    """Let the window live until something is so."""
    deadline = time.monotonic() + _PATIENCE_S
    while not is_done():
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 20)
        if time.monotonic() > deadline:
            raise TimeoutError


def start() -> None:
    for name, code in (("an empty Qt window", _EMPTY), ("the window", _OURS), ("the window, again", _OURS)):
        home = tempfile.mkdtemp()
        before = time.perf_counter()
        run = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
            env={**os.environ, "UNSWAP_HOME": home},
        )
        print(f"{name:22} {float(run.stdout):5.2f} s to the picture, {time.perf_counter() - before:5.2f} s in all")


def rss_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def rounds(count: int) -> None:
    """Open, analyse, close, again and again."""
    from app.desktop import Desktop
    from app.settings import Folders
    from core.video.probe import probe
    from core.video.pyav_reader import open_reader
    from tests.builders_media import ClipSpec, write_clip

    app = QApplication([])
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with open_reader(probe(CLIP)) as reader:
            pictures = [frame.rgb for _, frame in zip(range(6), reader.frames(), strict=False)]
        clip = write_clip(folder / "clip.mp4", ClipSpec(pictures=pictures, width=320, height=240, n_pictures=6))
        desktop = Desktop(app, Folders(resources=ROOT / "resources", data=folder / "user", logs=folder / "logs"))
        session, watchdog, done = desktop.session, Watchdog(), []
        session.result_changed.connect(done.append)
        failures: list[object] = []
        session.failed.connect(failures.append)
        desktop.window.show()
        start_mib, gaps = 0.0, []
        for number in range(1, count + 1):
            watchdog.start()
            done.clear()
            session.open_case(folder / f"case{number}", create=True)
            wait_for(lambda: session.case_folder is not None)
            session.evidence.take_in([clip])
            wait_for(lambda: bool(done))
            session.close_case()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            gaps.append(watchdog.longest_ms())
            if number == min(20, count):
                start_mib = rss_mib()
            if number % 20 == 0 or number == count:
                print(
                    f"round {number:4}: {rss_mib():6.0f} MiB ({rss_mib() - start_mib:+.0f} since round 20), "
                    f"longest stall {max(gaps):.0f} ms, {len(failures)} failures",
                    flush=True,
                )
        desktop.shut_down()
    if failures:
        raise SystemExit(f"failures: {failures[:3]}")


def stalls() -> None:
    """The longest gap of each kind of work, one after another in one window."""
    from app.desktop import Desktop
    from app.settings import Folders
    from ui.main_window import Page
    from ui.views.analysis import AnalysisView

    app = QApplication([])
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        sharp = _encoded(folder / "1080p.mp4", "size=1920x1080:rate=25", 60, "48")
        long = _encoded(folder / "two-hours.mp4", "size=160x90:rate=25", 7200, "250")
        desktop = Desktop(app, Folders(resources=ROOT / "resources", data=folder / "user", logs=folder / "logs"))
        session, window, watchdog, done = desktop.session, desktop.window, Watchdog(), []
        session.result_changed.connect(done.append)
        (view,) = window.findChildren(AnalysisView)
        desktop.show()

        def work(name: str, begin: Callable[[], object], is_done: Callable[[], bool]) -> None:
            watchdog.start()
            started = time.perf_counter()
            begin()
            wait_for(is_done)
            print(
                f"{name:44} {time.perf_counter() - started:6.2f} s, longest gap {watchdog.longest_ms():4.0f} ms",
                flush=True,
            )

        def show(number: int) -> None:
            view.item_chosen.emit(session.items[number].id)

        work("open a case", lambda: session.open_case(folder / "case", create=True), lambda: bool(session.case_folder))
        work(
            "first analysis: import, load, scan, recover",
            lambda: session.evidence.take_in([CLIP]),
            lambda: bool(done) and not session.jobs.is_busy,
        )
        work("analysis page", lambda: window.show_page(Page.ANALYSIS), lambda: view.canvas.shown is not None)
        take_in = session.evidence.take_in
        for name, clip, count in (("1080p", sharp, 2), ("two hours", long, 3)):
            work(
                f"take in: {name}",
                lambda clip=clip: take_in([clip], analyse=False),
                lambda n=count: len(session.items) == n,
            )
        for number, name in ((1, "1080p"), (2, "two hours")):
            before = view.canvas.shown
            work(f"first frame: {name}", lambda n=number: show(n), lambda b=before: view.canvas.shown not in (None, b))
            waits = []
            for step in range(40):
                asked, shown = time.perf_counter(), view.canvas.shown
                length = session.items[number].item.duration_s or 1
                view.time_chosen.emit(length * ((step * 17) % 40) / 40, False)
                wait_for(lambda shown=shown: view.canvas.shown is not shown)
                waits.append(time.perf_counter() - asked)
            print(
                f"  scrubbing, 40 places: median {sorted(waits)[20] * 1000:.0f} ms, longest {max(waits) * 1000:.0f} ms"
            )
        watchdog.start()
        for step in range(60):
            view.time_chosen.emit(session.items[1].item.duration_s * step / 60, step % 10 == 9)
            end = time.monotonic() + 0.05
            wait_for(lambda end=end: time.monotonic() > end)
        print(f"{'dragging through 1080p for 3 s':44}         longest gap {watchdog.longest_ms():4.0f} ms")
        for page in (Page.REPORT, Page.CASE, Page.GALLERY, Page.MODELS, Page.START):
            watchdog.start()
            window.show_page(page)
            end = time.monotonic() + 3
            wait_for(lambda end=end: time.monotonic() > end)
            print(f"{'page ' + page.value:44}         longest gap {watchdog.longest_ms():4.0f} ms")
        desktop.shut_down()


def _encoded(path: Path, source: str, seconds: int, gop: str) -> Path:
    picture = ["-f", "lavfi", "-i", f"testsrc2={source}", "-t", str(seconds), "-pix_fmt", "yuv420p"]
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-g", gop]
    subprocess.run(["ffmpeg", "-v", "error", *picture, *coding, str(path)], check=True)
    return path


def main() -> None:
    what = sys.argv[1] if len(sys.argv) > 1 else "start"
    if what == "start":
        start()
    elif what == "rounds":
        rounds(int(sys.argv[2]) if len(sys.argv) > 2 else 300)
    elif what == "stalls":
        stalls()
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
