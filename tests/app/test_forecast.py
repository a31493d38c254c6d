"""Time left counts every step that is to come, and nothing is promised before each was seen."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from app.controllers.case_rows import Queue
from app.controllers.forecast import Forecast
from app.workers.jobs import JobState, JobStatus
from core.domain.events import Progress
from core.domain.evidence import EvidenceState, StoredEvidence
from core.evidence.hashing import MEGABYTE, TOLD_FROM_BYTES
from tests.builders_report import item

CLIP = replace(item(), duration_s=Fraction(30), size_bytes=4 * MEGABYTE)
ITEMS = tuple(StoredEvidence(id=n, item=CLIP, state=EvidenceState.QUEUED) for n in (1, 2, 3))
WAITING = tuple(JobStatus(job_id=n, label=f"clip {n}", evidence_id=n) for n in (2, 3))


def running(unit: str, done: float, total: float, rate: float | None, job_id: int = 1) -> JobStatus:
    stage = {"s": "scan", "faces": "recover", "MB": "hash"}[unit]
    return JobStatus(
        job_id=job_id,
        label="clip",
        evidence_id=1,
        state=JobState.RUNNING,
        progress=Progress(stage=stage, done=done, total=total, unit=unit),
        rate=rate,
        seconds_left=(total - done) / rate if rate else None,
    )


def queue(first: JobStatus) -> Queue:
    return Queue(statuses=(first, *WAITING), waiting_ids=(2, 3))


def test_no_total_is_told_while_a_step_to_come_is_unknown() -> None:
    forecast = Forecast()
    scanning = running("s", 29, 30, 11.5)
    forecast.hear([scanning])
    assert forecast.left(scanning, CLIP) is None
    assert forecast.left_in_all(ITEMS, queue(scanning)) is None


def test_recovery_of_all_items_is_added_once_it_was_seen() -> None:
    forecast = Forecast()
    forecast.hear([running("s", 15, 30, 10.0)])
    recovering = running("faces", 16, 32, 4.0)
    forecast.hear([recovering])
    assert forecast.left(recovering, CLIP) == 4.0
    assert forecast.left_in_all(ITEMS, queue(recovering)) == 4.0 + 2 * (3.0 + 8.0)


def test_the_time_left_does_not_start_again_with_the_next_step() -> None:
    forecast = Forecast()
    forecast.hear([running("s", 15, 30, 10.0)])
    forecast.hear([running("faces", 16, 32, 4.0)])
    left = [
        forecast.left(running("s", 0, 30, 10.0, job_id=2), CLIP),
        forecast.left(running("s", 29, 30, 10.0, job_id=2), CLIP),
        forecast.left(running("faces", 0, 32, 4.0, job_id=2), CLIP),
        forecast.left(running("faces", 32, 32, 4.0, job_id=2), CLIP),
    ]
    assert left == [11.0, pytest.approx(8.1), 8.0, 0.0]


def test_both_hashings_of_a_large_file_count() -> None:
    large = replace(CLIP, size_bytes=TOLD_FROM_BYTES)
    megabytes = TOLD_FROM_BYTES / MEGABYTE
    forecast = Forecast()
    forecast.hear([running("s", 15, 30, 10.0)])
    forecast.hear([running("faces", 0, 0, None)])
    assert forecast.left(WAITING[0], large) is None
    forecast.hear([running("MB", 1, megabytes, 100.0, job_id=7)])
    assert forecast.left(WAITING[0], large) == pytest.approx(3.0 + 2 * megabytes / 100)


def test_another_case_keeps_the_computer_and_forgets_the_people() -> None:
    forecast = Forecast()
    forecast.hear([running("s", 15, 30, 10.0)])
    forecast.hear([running("faces", 16, 32, 4.0)])
    forecast.forget_jobs()
    assert forecast.left(WAITING[0], CLIP) is None
