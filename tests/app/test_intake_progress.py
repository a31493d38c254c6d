"""Taking in a large file tells how far its hash is, and can be stopped in the middle of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.case_jobs import HASH_STAGE, STOPPED, IntakeJob, Refused
from app.settings import Folders
from app.workers.engine_room import EngineRoom
from core.casefile.store import CaseFile
from core.domain.cancel import CancelToken
from core.domain.events import Progress
from core.errors import AnalysisCancelledError
from core.evidence.hashing import TOLD_FROM_BYTES


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A file of nothing but zeros, which take no room on most disks."""
    path = tmp_path / "disk image.mp4"
    with path.open("wb") as file:
        file.truncate(TOLD_FROM_BYTES)
    return path


@pytest.fixture
def job(tmp_path: Path, large: Path) -> IntakeJob:
    CaseFile.open(tmp_path / "case", create=True).close()
    (tmp_path / "notes.txt").write_text("no video")
    return IntakeJob(case_folder=tmp_path / "case", inputs=(tmp_path / "notes.txt", large))


def test_the_hash_of_a_large_file_is_followed_to_its_end_and_that_of_a_small_one_is_not(
    job: IntakeJob, large: Path, folders: Folders
) -> None:
    events = list(job.run(EngineRoom(folders), CancelToken()))
    told = [event for event in events if isinstance(event, Progress) and event.stage == HASH_STAGE]
    assert {event.unit for event in told} == {"MB"}
    assert [event.done for event in told] == sorted({event.done for event in told})
    assert told[-1].done == told[-1].total == large.stat().st_size / 1e6
    assert len(told) == TOLD_FROM_BYTES >> 20, "the text file is none of them"
    assert [event.error.path for event in events if isinstance(event, Refused)] == list(job.inputs)


def test_a_hash_that_is_stopped_leaves_the_file_on_the_list_of_refused_ones(
    job: IntakeJob, large: Path, folders: Folders
) -> None:
    cancel = CancelToken()
    with pytest.raises(AnalysisCancelledError):
        for event in job.run(EngineRoom(folders), cancel):
            if isinstance(event, Progress) and event.stage == HASH_STAGE:
                assert event.total is not None and event.done < event.total / 10
                cancel.cancel()
    with CaseFile.open(job.case_folder, create=False) as case:
        assert dict(case.refused())[str(large)] == STOPPED
        assert case.evidence() == []
