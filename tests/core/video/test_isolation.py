import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from core.errors import CaseError, DecoderDiedError, NotMediaError
from core.video import decode_child
from core.video.child import error_from_json, error_to_json, start_child
from core.video.isolated_reader import IsolatedReader
from tests.builders_media import ClipSpec, evidence_item, write_clip


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
    def start_one_that_sleeps(module, *arguments, **pipes):
        return start_child("tests.sleeping_child", **pipes)

    monkeypatch.setattr(decode_child, "start_child", start_one_that_sleeps)
    with IsolatedReader(item, silence_s=0.5) as reader, pytest.raises(DecoderDiedError):
        next(reader.frames())


def test_slow_consumer_is_not_mistaken_for_a_silent_decoder(item):
    with IsolatedReader(item, silence_s=0.4) as reader:
        frames = reader.frames()
        next(frames)
        time.sleep(1.0)
        assert sum(1 for _ in frames) == 39


def test_decoder_does_not_run_far_ahead(item):
    with IsolatedReader(item) as reader:
        frames = reader.frames()
        next(frames)
        time.sleep(0.3)
        # 225 KiB a frame: what the pipe and the short queue hold, no more.
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


@pytest.mark.parametrize("module", ["core.video.decode_worker", "core.video.sandbox_probe"])
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


def test_errors_keep_their_kind_and_words_between_processes(tmp_path):
    error = NotMediaError("it is no media", next_step="check it", path=tmp_path)
    back = error_from_json(error_to_json(error), tmp_path)
    assert (type(back), str(back)) == (NotMediaError, str(error))
    assert isinstance(back, CaseError)
