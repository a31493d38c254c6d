"""The engine's queue: one job at a time, paused and stopped between two steps, one ending each."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.settings import Folders
from app.workers.job_queue import JobQueue
from app.workers.jobs import Job, JobState
from core.domain.events import Progress
from core.errors import ModelError


@pytest.fixture
def queue(qtbot: QtBot, tmp_path: Path) -> Iterator[JobQueue]:
    made = JobQueue(Folders(resources=Path("resources"), data=tmp_path, logs=tmp_path))
    yield made
    made.stop()


def endings(queue: JobQueue) -> list[tuple[str, int, object]]:
    told: list[tuple[str, int, object]] = []
    queue.succeeded.connect(lambda i, result: told.append(("succeeded", i, result)))
    queue.cancelled.connect(lambda i: told.append(("cancelled", i, None)))
    queue.failed.connect(lambda i, error: told.append(("failed", i, error.what)))
    queue.finished.connect(lambda i: told.append(("finished", i, None)))
    return told


def counting(steps: int, log: list[object]) -> Job:
    def run(room, cancel):
        log.append(threading.get_ident())
        for step in range(steps):
            log.append(step)
            yield Progress(stage="count", done=step + 1, total=steps, unit="steps")
        return "counted"

    return Job(label="Count", run=run)


def test_jobs_run_one_after_another_on_one_other_thread(queue, qtbot):
    told, log = endings(queue), []
    ids = [queue.add(counting(3, log)) for _ in range(3)]
    qtbot.waitUntil(lambda: not queue.is_busy)
    assert told == [entry for i in ids for entry in (("succeeded", i, "counted"), ("finished", i, None))]
    threads = log[::4]
    assert len(set(threads)) == 1 and threads[0] != threading.get_ident()
    assert [s.state for s in queue.statuses()] == [JobState.DONE] * 3
    assert all(s.progress is not None and s.progress.done == 3 for s in queue.statuses()), "the last progress is shown"


def test_a_job_that_fails_says_why_and_the_next_one_runs(queue, qtbot, caplog):
    told = endings(queue)

    def refused(room, cancel):
        yield Progress(stage="load", done=0, total=None, unit="networks")
        raise ModelError("the weights are altered", next_step="install again")

    def broken(room, cancel):
        raise ZeroDivisionError("ours")
        yield

    queue.add(Job(label="Refused", run=refused))
    queue.add(Job(label="Broken", run=broken))
    queue.add(counting(1, []))
    qtbot.waitUntil(lambda: not queue.is_busy)
    assert [t for t in told if t[0] != "finished"] == [
        ("failed", 1, "the weights are altered"),
        ("failed", 2, "an internal fault stopped this step (ZeroDivisionError)"),
        ("succeeded", 3, "counted"),
    ]
    assert "ours" in caplog.text, "the log has the trace"
    assert [s.error is not None for s in queue.statuses()] == [True, True, False]


def test_a_waiting_job_is_taken_out_and_a_running_one_stops_at_its_next_step(queue, qtbot):
    told, log = endings(queue), []
    go_on = threading.Event()

    def patient(room, cancel):
        try:
            for step in range(1000):
                log.append(step)
                yield Progress(stage="wait", done=step, total=None, unit="steps")
                go_on.wait(10)
        finally:
            log.append("cleaned up")

    running, waiting = queue.add(Job(label="Patient", run=patient)), queue.add(counting(1, []))
    qtbot.waitUntil(lambda: bool(log))
    queue.cancel(waiting)
    queue.cancel(running)
    go_on.set()
    qtbot.waitUntil(lambda: not queue.is_busy)
    assert [t[:2] for t in told if t[0] != "finished"] == [("cancelled", waiting), ("cancelled", running)]
    assert log[-1] == "cleaned up" and len(log) < 10


def test_a_paused_queue_stands_still_and_goes_on_where_it_was(queue, qtbot):
    told, log = endings(queue), []
    queue.pause()
    job = queue.add(counting(5, log))
    qtbot.wait(100)
    assert log == [] and queue.is_paused and queue.is_busy
    queue.resume()
    qtbot.waitUntil(lambda: not queue.is_busy)
    assert told[0] == ("succeeded", job, "counted") and log[1:] == [0, 1, 2, 3, 4]


def test_a_paused_running_job_can_be_cancelled_and_the_queue_stays_paused(queue, qtbot):
    told, log = endings(queue), []
    first, second = queue.add(counting(10**6, log)), queue.add(counting(1, []))
    qtbot.waitUntil(lambda: bool(log))
    queue.pause()
    queue.cancel(first)
    qtbot.waitUntil(lambda: ("finished", first, None) in told)
    qtbot.wait(50)
    assert queue.is_paused and queue.waiting_ids() == (second,)
    queue.resume()
    qtbot.waitUntil(lambda: not queue.is_busy)
    assert ("succeeded", second, "counted") in told


def test_a_job_moved_to_the_front_runs_next(queue, qtbot):
    told = endings(queue)
    queue.pause()
    ids = [queue.add(counting(1, [])) for _ in range(3)]
    queue.move_to_front(ids[2])
    queue.resume()
    qtbot.waitUntil(lambda: not queue.is_busy)
    assert [i for kind, i, _ in told if kind == "finished"] == [ids[2], ids[0], ids[1]]


def test_stopping_the_queue_waits_for_the_step_and_ends_the_thread(queue, qtbot):
    log = []
    queue.add(counting(10**6, log))
    qtbot.waitUntil(lambda: bool(log))
    queue.stop()
    seen = len(log)
    qtbot.wait(50)
    assert len(log) == seen
