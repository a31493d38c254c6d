import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from subprocess import DEVNULL, PIPE

import numpy as np
import pytest

from core.errors import DecoderCpuTimeError, DecoderCrashedError, DecoderDiedError, DecoderHungError, DecoderMemoryError
from core.evidence.hashing import pixels_sha256
from core.isolation.child import start_child
from core.isolation.limits import Limits
from core.video import decode_child
from core.video.isolated_reader import IsolatedReader
from core.video.wire import Status, header
from tests.builders_media import ClipSpec, evidence_item, numbered_picture, write_clip


@pytest.fixture
def item(tmp_path):
    return evidence_item(write_clip(tmp_path / "clip.mp4", ClipSpec(n_pictures=40, width=320, height=240)))


def test_death_of_the_decoder_is_an_error_that_tells_how_far_it_came(item):
    reader = IsolatedReader(item)
    frames = reader.frames()
    for _ in range(5):
        next(frames)
    os.kill(reader.process_id, getattr(signal, "SIGKILL", signal.SIGTERM))
    with pytest.raises(DecoderDiedError) as caught:
        # What it had sent before is still delivered.
        delivered = 5 + sum(1 for _ in frames)
        pytest.fail(f"{delivered} frames and no error")
    assert "frames had been delivered" in str(caught.value)
    reader.close()


def test_reader_starts_anew_after_a_death(item):
    with IsolatedReader(item) as reader:
        frames = reader.frames()
        next(frames)
        os.kill(reader.process_id, getattr(signal, "SIGKILL", signal.SIGTERM))
        with pytest.raises(DecoderDiedError):
            list(frames)
        assert len(list(reader.frames())) == 40


def test_decoder_that_falls_silent_is_killed(item, monkeypatch):
    def start_one_that_sleeps(*imports, inherit=()):
        return start_child("tests.sleeping_child", stdin=PIPE, stdout=PIPE, stderr=DEVNULL)

    monkeypatch.setattr(decode_child, "ready_child", start_one_that_sleeps)
    with IsolatedReader(item, silence_s=0.5) as reader, pytest.raises(DecoderHungError):
        next(reader.frames())


def test_slow_consumer_is_not_mistaken_for_a_silent_decoder(item):
    with IsolatedReader(item, silence_s=2.0) as reader:
        frames = reader.frames()
        next(frames)
        time.sleep(2.5)
        assert sum(1 for _ in frames) == 39


def test_decoder_does_not_run_far_ahead(item):
    with IsolatedReader(item) as reader:
        frames = reader.frames()
        next(frames)
        time.sleep(0.3)
        assert reader.decoded_count <= 2
        assert sum(1 for _ in frames) == 39


def test_no_process_and_no_thread_is_left(item):
    before = set(threading.enumerate())
    reader = IsolatedReader(item)
    frames = reader.frames()
    next(frames)
    process_id = reader.process_id
    reader.close()
    assert reader.process_id is None
    with pytest.raises(ProcessLookupError):
        os.kill(process_id, 0)
    assert set(threading.enumerate()) == before


def test_closing_twice_does_no_harm(item):
    reader = IsolatedReader(item)
    reader.close()
    reader.close()


@pytest.mark.parametrize("module", ["core.video.decode_worker", "core.video.inspect"])
def test_child_processes_load_no_heavy_library(module):
    code = (
        f"import sys, {module}\n"
        "print([n for n in ('torch', 'cv2', 'PySide6', 'matplotlib', 'sqlite3') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_parent_does_not_load_the_decoder():
    code = "import sys, core.video.isolated_reader, core.video.probe\nprint('av' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_picture_that_needs_more_memory_than_allowed_is_named_so(tmp_path):
    black = np.zeros((4000, 4000, 3), np.uint8)
    spec = ClipSpec(codec="mjpeg", pixel_format="yuvj420p", width=4000, height=4000, pictures=[black])
    item = evidence_item(write_clip(tmp_path / "large.avi", spec))
    with IsolatedReader(item, limits=Limits(memory_bytes=96 << 20)) as reader, pytest.raises(DecoderMemoryError):
        list(reader.frames())
    with IsolatedReader(item, limits=Limits(memory_bytes=512 << 20)) as reader:
        assert len(list(reader.frames())) == 1


def test_process_that_cannot_even_start_for_lack_of_memory_is_named_so(item):
    with IsolatedReader(item, limits=Limits(memory_bytes=16 << 20)) as reader, pytest.raises(DecoderMemoryError):
        list(reader.frames())


def test_waiting_is_bounded_even_when_the_decoder_shows_signs_of_life(item):
    limits = Limits(wall_s=0.0)
    with (
        IsolatedReader(item, limits=limits, silence_s=2.0) as reader,
        pytest.raises(DecoderHungError, match="too long"),
    ):
        while True:
            list(reader.frames())


@pytest.mark.skipif(os.name != "posix", reason="processor time is not bounded there")
def test_processor_time_is_that_of_a_request(tmp_path):
    pictures = [numbered_picture(7, 1280, 720)] * 1500
    spec = ClipSpec(codec="mjpeg", pixel_format="yuvj420p", width=1280, height=720, pictures=pictures)
    path = write_clip(tmp_path / "long.avi", spec)
    with IsolatedReader(evidence_item(path), limits=Limits(cpu_s=0.1)) as reader:
        with pytest.raises(DecoderCpuTimeError, match=r"processor time.*frames had been delivered"):
            list(reader.frames())
        assert reader.first_frame().index == 0, "another request has time of its own"


def test_frames_larger_than_announced_come_too(item):
    """A stream may change its size: what fits into no slot goes through the pipe."""
    small = replace(item, width_px=16, height_px=16)
    with IsolatedReader(item) as one, IsolatedReader(small) as other:
        assert [frame.rgb.tobytes() for frame in one.frames()] == [frame.rgb.tobytes() for frame in other.frames()]


def test_frame_in_hand_does_not_change_while_slots_are_used_again(item):
    with IsolatedReader(item) as reader:
        frames = list(reader.frames())
    with IsolatedReader(item) as reader:
        assert [pixels_sha256(frame.rgb) for frame in reader.frames()] == [pixels_sha256(f.rgb) for f in frames]


@pytest.mark.skipif(sys.platform != "linux", reason="shared memory is looked for in /proc and /dev/shm")
@pytest.mark.parametrize("victim", ["child", "parent"])
def test_shared_memory_goes_with_whoever_is_killed(item, victim):
    before = set(Path("/dev/shm").iterdir())
    code = (
        "import pickle, sys, time\n"
        "from core.video.isolated_reader import IsolatedReader\n"
        "reader = IsolatedReader(pickle.load(sys.stdin.buffer))\n"
        "frames = reader.frames()\n"
        "next(frames)\n"
        "print(reader.process_id, flush=True)\n"
        "time.sleep(60)\n"
    )
    user = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with user:
        user.stdin.write(pickle.dumps(item))
        user.stdin.close()
        child = int(user.stdout.readline())
        assert maps_frames(child), "else this test looks for the wrong thing"
        os.kill(child if victim == "child" else user.pid, signal.SIGKILL)
        if victim == "parent":
            user.wait()
        deadline = time.monotonic() + 10
        while Path(f"/proc/{child}").exists() and time.monotonic() < deadline and state_of(child) != "Z":
            time.sleep(0.05)
        assert not maps_frames(child)
        user.kill()
    assert set(Path("/dev/shm").iterdir()) == before


def maps_frames(process_id):
    try:
        return "unswap frames" in Path(f"/proc/{process_id}/maps").read_text()
    except OSError:
        return False


def state_of(process_id):
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


@pytest.mark.parametrize(
    "written",
    [
        b"\xff\xff\xff\xff",
        b"\x04\x00\x00\x00null",
        b"\x05\x00\x00\x00[[[[[",
        header(Status(kind="frame", frame=(0, 0, 1, 25, 0, False, 1 << 20, 1 << 20, None))),
        header(Status(kind="frame", frame=(0, 0, 1, 0, 0, False, 8, 8, None))),
        header(Status(kind="frame", frame=(0, 0, 1, 25, 0, False, 8, 8, 3))),
        header(Status(kind="frame", frame=(0, 0, 1, 25, 0, False, 4000, 4000, 0))),
        header(Status(kind="index", index=(1 << 40, 0, 1, 25))),
        header(Status(kind="frame")),
        header(Status(kind="error", error='{"error": "SystemExit", "what": "", "next_step": ""}')),
    ],
)
def test_decoder_that_was_taken_over_cannot_make_us_believe_anything(item, written, monkeypatch, tmp_path):
    (tmp_path / "said").write_bytes(written)

    def start_one_that_lies(*imports, inherit=()):
        return start_child("tests.lying_child", str(tmp_path / "said"), stdin=PIPE, stdout=PIPE, stderr=DEVNULL)

    monkeypatch.setattr(decode_child, "ready_child", start_one_that_lies)
    with IsolatedReader(item) as reader, pytest.raises(DecoderCrashedError, match="nonsense"):
        list(reader.frames())
