"""Frames for the eye: what is wished for last is shown, truthfully named, and a decoder that dies is survived."""

from __future__ import annotations

import os
import signal
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from app.workers.frame_cache import FrameCache
from app.workers.frame_server import FrameServer
from app.workers.frame_wishes import Mailbox, Open, Play, Show, Stop
from app.workers.play_clock import FAST_BACK, MOST_DECODED, PlayClock
from core.domain.evidence import Frame, ShownFrame
from core.domain.time import TimePoint
from core.evidence.hashing import pixels_sha256
from core.video.picture_index import PictureIndex
from core.video.pyav_reader import PyAvReader
from tests.builders_media import ClipSpec, evidence_item, number_in, write_clip

N = 120
TIMEOUT_MS = 20_000


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    spec = ClipSpec(n_pictures=N, width=160, height=96, options={"x264-params": "keyint=30:min-keyint=30:scenecut=0"})
    return evidence_item(write_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", spec))


class Viewer:
    """What a window would have heard."""

    def __init__(self, server: FrameServer, qtbot: QtBot) -> None:
        self.server, self.qtbot = server, qtbot
        self.frames: list[ShownFrame] = []
        self.extents, self.speeds, self.errors = [], [], []
        server.shown.connect(self.frames.append)
        server.opened.connect(self.extents.append)
        server.speed_changed.connect(self.speeds.append)
        server.failed.connect(self.errors.append)

    def opens(self, item) -> None:
        self.server.open(item)
        self.sees(0)

    def sees(self, index: int) -> ShownFrame:
        """Wait for the very frame."""

        def is_there() -> bool:
            return bool(self.frames) and self.frames[-1].is_exact and self.frames[-1].frame.index == index

        self.qtbot.waitUntil(is_there, timeout=TIMEOUT_MS)
        return self.frames[-1]


@pytest.fixture
def viewer(qtbot):
    server = FrameServer()
    yield Viewer(server, qtbot)
    server.stop()
    assert not server.findChildren(QThread)


def decoder_of(viewer: Viewer) -> int:
    return viewer.server._reader.process_id


def test_opening_tells_the_extent_and_shows_the_first_frame(viewer, clip):
    viewer.opens(clip)
    (extent,) = viewer.extents
    assert (extent.n_frames, extent.first.seconds, extent.last.seconds) == (N, 0, Fraction(N - 1, 25))
    assert number_in(viewer.frames[0].frame.rgb) == 0, "also the one shown before the others are counted"


def test_a_frame_wears_the_hash_of_the_analysis(viewer, clip):
    viewer.opens(clip)
    viewer.server.show_index(77)
    shown = viewer.sees(77)
    with PyAvReader(clip) as reader:
        analysed = reader.frame_at(77)
    assert shown.sha256 == pixels_sha256(analysed.rgb) == pixels_sha256(shown.frame.rgb)
    assert shown.frame.time == analysed.time


def test_a_time_shows_the_frame_on_show_at_it(viewer, clip):
    viewer.opens(clip)
    viewer.server.show_time(Fraction(50, 25) + Fraction(1, 1000))
    viewer.sees(50)
    viewer.server.show_time(Fraction(10**6))
    viewer.sees(N - 1)


def test_dragging_shows_something_near_under_its_own_name_and_then_the_very_frame(viewer, clip):
    viewer.opens(clip)
    viewer.server.show_time(Fraction(85, 25), is_final=False)
    viewer.sees(85)
    near = [shown for shown in viewer.frames if not shown.is_exact and shown.frame.index]
    assert [(shown.frame.index, number_in(shown.frame.rgb)) for shown in near] == [(60, 60)]


def test_the_latest_of_many_wishes_is_fulfilled(viewer, clip):
    viewer.opens(clip)
    viewer.frames.clear()
    for index in range(1, 100):
        viewer.server.show_index(index)
    viewer.sees(99)
    assert len(viewer.frames) < 99
    assert [shown.frame.index for shown in viewer.frames] == sorted(shown.frame.index for shown in viewer.frames)


def test_steps_back_come_from_memory(viewer, clip):
    viewer.opens(clip)
    viewer.server.show_index(100)
    viewer.sees(100)
    viewer.server.show_index(99)
    viewer.sees(99)
    os.kill(decoder_of(viewer), getattr(signal, "SIGKILL", signal.SIGTERM))
    for index in range(98, 92, -1):
        viewer.server.show_index(index)
        assert number_in(viewer.sees(index).frame.rgb) == index
    assert viewer.errors == []


def test_a_decoder_that_dies_is_reported_and_the_next_wish_starts_another(viewer, clip, qtbot):
    viewer.opens(clip)
    former = decoder_of(viewer)
    os.kill(former, getattr(signal, "SIGKILL", signal.SIGTERM))
    time.sleep(0.05)
    viewer.server.show_index(70)
    qtbot.waitUntil(lambda: bool(viewer.errors), timeout=TIMEOUT_MS)
    assert "decoder crashed" in viewer.errors[0].what and viewer.errors[0].next_step
    viewer.server.show_index(70)
    viewer.sees(70)
    assert decoder_of(viewer) != former


def test_another_item_takes_the_place_and_late_answers_are_dropped(viewer, clip, tmp_path, qtbot):
    other = evidence_item(write_clip(tmp_path / "other.mp4", ClipSpec(n_pictures=5, width=96, height=64)))
    viewer.opens(clip)
    viewer.server.show_index(90)
    viewer.server.open(other)
    viewer.frames.clear()
    viewer.sees(0)
    assert {shown.frame.rgb.shape for shown in viewer.frames} == {(64, 96, 3)}
    viewer.server.close_item()
    viewer.frames.clear()
    viewer.server.show_index(1)
    qtbot.wait(100)
    assert viewer.frames == [] and viewer.errors == []


def test_a_file_that_is_gone_is_named_with_a_next_step(viewer, tmp_path, qtbot):
    path = write_clip(tmp_path / "gone.mp4", ClipSpec(n_pictures=3))
    item = evidence_item(path)
    path.unlink()
    viewer.server.open(item)
    qtbot.waitUntil(lambda: bool(viewer.errors), timeout=TIMEOUT_MS)
    assert viewer.errors[0].path == path and not viewer.errors[0].is_bug


def test_a_still_picture_is_one_frame(viewer, tmp_path):
    path = tmp_path / "still.png"
    Image.new("RGB", (40, 30), (1, 2, 3)).save(path)
    viewer.opens(evidence_item(path))
    assert viewer.extents[0].n_frames == 1
    assert viewer.frames[-1].frame.rgb.shape == (30, 40, 3)


def test_playing_shows_frames_in_order_to_the_end_and_stops(viewer, clip, qtbot):
    viewer.opens(clip)
    viewer.server.show_index(100)
    viewer.sees(100)
    viewer.frames.clear()
    viewer.server.play(1)
    viewer.sees(N - 1)
    qtbot.waitUntil(lambda: viewer.speeds == [1, 0], timeout=TIMEOUT_MS)
    indices = [shown.frame.index for shown in viewer.frames]
    assert indices == sorted(set(indices))
    assert [number_in(shown.frame.rgb) for shown in viewer.frames] == indices


def test_playing_backwards_reaches_the_start(viewer, clip, qtbot):
    viewer.opens(clip)
    viewer.server.show_index(40)
    viewer.sees(40)
    viewer.frames.clear()
    viewer.server.play(-2)
    viewer.sees(0)
    qtbot.waitUntil(lambda: viewer.speeds == [-2, 0], timeout=TIMEOUT_MS)
    indices = [shown.frame.index for shown in viewer.frames]
    assert indices == sorted(set(indices), reverse=True)


def test_any_other_wish_ends_playing(viewer, clip, qtbot):
    viewer.opens(clip)
    viewer.server.play(1)
    qtbot.waitUntil(lambda: viewer.speeds == [1], timeout=TIMEOUT_MS)
    viewer.server.show_index(3)
    qtbot.waitUntil(lambda: viewer.speeds == [1, 0], timeout=TIMEOUT_MS)
    viewer.sees(3)


def test_stopping_twice_and_without_an_item_does_no_harm(qtbot):
    server = FrameServer()
    server.play(1)
    server.stop()
    server.stop()


# --- parts


def shown(index: int, size: int = 10) -> ShownFrame:
    time_point = TimePoint(pts=index, time_base=Fraction(1, 25))
    rgb = np.zeros((1, size, 3), np.uint8)
    frame = Frame(index=index, time=time_point, rgb=rgb, rotation_deg=0, is_corrupt=False)
    return ShownFrame(frame=frame, sha256="", is_exact=True)


def test_cache_keeps_what_was_asked_for_last_within_its_budget():
    cache = FrameCache(budget_bytes=90)
    for index in range(3):
        cache.put(shown(index))
    cache.get(0)
    cache.put(shown(3))
    assert [index in cache for index in range(4)] == [True, False, True, True]
    cache.put(shown(4, size=1000))
    assert len(cache) == 0, "a frame above the budget is not kept"


def evenly(n: int, keys: list[int]) -> PictureIndex:
    return PictureIndex(pts=np.arange(n), keys=np.array(keys, np.int64), time_base=Fraction(1, 10))


def test_clock_leaves_out_late_frames_and_jumps_to_key_frames_past_a_limit():
    clock = PlayClock(evenly(1000, [0, 500]), 0, 1, now=100.0)
    assert clock.next_one(0, 100.05) == 0
    assert clock.next_one(0, 100.11) == 1
    assert clock.next_one(0, 100.5) == 5
    assert clock.next_one(0, 110.0) == MOST_DECODED, "no key frame on the way: slower, but moving"
    assert clock.is_late(MOST_DECODED, 110.0)
    assert clock.next_one(0, 151.5) == 500
    assert clock.wait_s(0, 100.04) == pytest.approx(0.06)
    assert PlayClock(evenly(10, [0]), 9, 1, now=0.0).is_over(9)


def test_clock_goes_back_by_key_frames_when_fast():
    index = evenly(100, [0, 30, 60, 90])
    assert PlayClock(index, 80, -1, now=0.0).next_one(80, 0.35) == 76
    assert PlayClock(index, 80, FAST_BACK, now=0.0).next_one(80, 0.3) == 60
    assert PlayClock(index, 0, -1, now=0.0).is_over(0)


def test_mailbox_holds_the_latest_wish_and_an_item_takes_old_wishes_along():
    interrupted = []
    mailbox = Mailbox(lambda: interrupted.append(1))
    mailbox.post(Show(index=1))
    mailbox.post(Play(speed=2))
    assert mailbox.take(0) == Play(speed=2)
    assert mailbox.take(0) is None
    mailbox.post(Show(index=1))
    mailbox.post(Open(item=None, generation=1))
    assert mailbox.take(0) == Open(item=None, generation=1)
    assert mailbox.take(0) is None
    assert len(interrupted) == 1, "wishes do not interrupt work that does not give way"
    assert mailbox.give_way()
    mailbox.post(Show(index=1))
    assert len(interrupted) == 2 and not mailbox.give_way()
    mailbox.post(Stop())
    assert mailbox.take(0) == Stop()


def test_no_decoder_is_loaded_into_the_window_s_process():
    import subprocess
    import sys

    code = (
        "import sys, app.workers.frame_server, app.workers.projector\n"
        "print([n for n in ('av', 'torch', 'cv2', 'sqlite3') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert done.stdout.strip() == "[]"
