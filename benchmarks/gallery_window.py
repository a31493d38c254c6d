"""Does the gallery page ever stand still with ten thousand people?

    python -m benchmarks.gallery_window [--people 10000]

A real gallery file with faces, the real page and its controller. For each thing that a person does, the longest gap
between two beats of the window's thread. Runs on the offscreen platform unless QT_QPA_PLATFORM says otherwise.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.controllers.gallery import GalleryController
from app.session import Session
from app.settings import Folders
from benchmarks.bench_window import Watchdog, wait_for
from core.domain.preferences import Preferences
from core.gallery.photos import read_photo, thumbnail_png
from core.gallery.store import Gallery
from ui.theme import ThemeMode, apply_theme
from ui.views.gallery import GalleryView
from ui.widgets.message_bar import MessageBar

ROOT = Path(__file__).resolve().parent.parent
EMBEDDER = "benchmark:0"
N_FACES = 64
SYLLABLES = ["ka", "ri", "to", "mo", "na", "se", "li", "vo", "ber", "gen", "José", "Ma", "王", "秀", "da", "ne"]
LEAST_WAIT_MS = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=10_000)
    options = parser.parse_args()
    app = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        fill(home / "gallery.db", options.people)
        session = Session(Folders(resources=ROOT / "resources", data=home, logs=home), Preferences())
        apply_theme(app, ThemeMode.DARK)
        view, messages = GalleryView(), MessageBar()
        controller = GalleryController(session, view, messages)
        view.resize(1280, 800)
        view.show()
        pause(LEAST_WAIT_MS)
        print(f"{options.people:,} people, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
        print(f"{'':44} {'longest gap':>12} {'whole':>9}")
        watchdog = Watchdog()
        for name, act in Person(session, view, controller, home / "gallery.db").scenes():
            act_watched(name, act, watchdog)
        session.shut_down()
        view.close()
    del app


def pause(ms: int) -> None:
    """Let the window live; unlike `QTest.qWait`, lets the other threads live too."""
    end = time.monotonic() + ms / 1000
    wait_for(lambda: time.monotonic() >= end)


def act_watched(name: str, act: Callable[[], None], watchdog: Watchdog) -> None:
    watchdog.start()
    start = time.perf_counter()
    act()
    whole_s = time.perf_counter() - start
    pause(LEAST_WAIT_MS)  # what follows by itself
    print(f"{name:44} {watchdog.longest_ms():9.0f} ms {whole_s:7.2f} s", flush=True)


class Person:
    """Somebody in front of the page.

    Args:
        session, view, controller: the page and what is behind it.
        path: of the gallery.
    """

    def __init__(self, session: Session, view: GalleryView, controller: GalleryController, path: Path) -> None:
        self._session, self._view, self._controller, self._path = session, view, controller, path
        self._browser = view.browser

    def scenes(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """What a person does, one after another."""
        browser = self._browser
        yield "open the gallery", self.open
        yield "scroll from top to bottom, 300 steps", partial(self.scroll, 300)
        yield "scroll by dragging, 40 steps", partial(self.scroll, 40)
        yield "type a filter, 8 letters", partial(self.type, "mo na be")
        yield "clear the filter", browser.clear_filter
        yield "type a filter that nobody fits", partial(self.type, "xyzzy")
        yield "show everybody", browser.clear_filter
        yield "another order", lambda: browser._order.setCurrentIndex(1)
        yield "rows instead of cards", lambda: browser.set_grid(False)
        yield "scroll the rows, 300 steps", partial(self.scroll, 300)
        yield "cards again", lambda: browser.set_grid(True)
        yield "walk through 40 people with the arrow keys", self.walk
        yield "read everybody anew, nothing changed", self.reload
        yield "rename somebody", self.rename
        yield "open the dialog to merge", self.merge
        yield "resize the window", self.resize

    def open(self) -> None:
        self._session.open_gallery(self._path)
        wait_for(lambda: self._browser.model.n_people > 0)
        self._answered()

    def scroll(self, steps: int) -> None:
        bar = self._browser.list.verticalScrollBar()
        for step in range(steps + 1):
            bar.setValue(bar.maximum() * step // steps)
            pause(16)
        self._answered()

    def type(self, text: str) -> None:
        self._browser.focus_filter()
        for end in range(1, len(text) + 1):
            self._browser.set_filter_text(text[:end])
            pause(90)
        self._answered()

    def walk(self) -> None:
        people = self._browser.list
        people.setFocus()
        for _ in range(40):
            QTest.keyClick(people, Qt.Key.Key_Right)
            pause(30)
        self._answered()

    def reload(self) -> None:
        self._controller.reload()
        self._answered(twice=True)

    def rename(self) -> None:
        person = self._browser.model.person_at(self._browser.model.rowCount() // 2)
        self._view.rename_asked.emit(person.id, "Zz " + person.name)
        self._answered(twice=True)

    def merge(self) -> None:
        self._view.person.merge_asked.emit()
        pause(LEAST_WAIT_MS)
        self._view._questions.close_all()

    def resize(self) -> None:
        for width in range(1100, 1500, 40):
            self._view.resize(width, 800)
            pause(16)

    def _answered(self, *, twice: bool = False) -> None:
        """Until the gallery's thread has done all that was asked of it."""
        for _ in range(1 + twice):
            done: list[int] = []
            self._session.gallery.ask(lambda _: 0, done.append)
            wait_for(lambda done=done: bool(done))


def fill(path: Path, n_people: int) -> None:
    """People with one photo each, written at once."""
    rng = np.random.default_rng(0)
    picture = read_photo(ROOT / "resources" / "demo" / "gallery" / "Grace Hopper" / "photo.jpg").rgb
    faces = [thumbnail_png(np.roll(picture, 8 * n, axis=1)[100:400, 100:400]) for n in range(N_FACES)]
    with Gallery.open(path, create=True, embedder_id=EMBEDDER) as gallery, gallery.transaction():
        for number in range(n_people):
            name = " ".join("".join(rng.choice(SYLLABLES, 3)).title() for _ in range(2))
            person = gallery.add_person(name, note=f"file {number}", basis=f"order {number % 90}", actor="benchmark")
            vector = rng.standard_normal(128)
            gallery.add_template(
                person,
                (vector / np.linalg.norm(vector)).astype(np.float32),
                embedder_id=EMBEDDER,
                photo_sha256=f"{number:064x}",
                photo_name=f"{number}.jpg",
                thumbnail_png=faces[number % N_FACES],
                quality=0.5,
                actor="benchmark",
            )


if __name__ == "__main__":
    main()
