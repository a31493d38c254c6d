"""Taking in a large file tells how far its hash is, and can be stopped in the middle of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.analysis_run import AnalysisOrder, AnalysisRun
from app.case_jobs import HASH_STAGE, STOPPED, IntakeJob, Refused
from app.settings import Folders
from app.terminal import Terminal
from app.workers.engine_room import EngineRoom
from core.casefile.store import CaseFile
from core.config import AnalysisSettings
from core.domain.cancel import CancelToken
from core.domain.events import Progress
from core.domain.time import TimeRange
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
    assert len(told) == 101, "each whole per cent once, and the text file is none of them"
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


def test_a_file_that_is_taken_away_while_it_is_hashed_is_refused_and_the_others_are_tried(
    tmp_path: Path, large: Path, folders: Folders
) -> None:
    CaseFile.open(tmp_path / "case", create=True).close()
    (tmp_path / "notes.txt").write_text("no video")
    job = IntakeJob(case_folder=tmp_path / "case", inputs=(large, tmp_path / "notes.txt"))
    for event in job.run(EngineRoom(folders), CancelToken()):
        if isinstance(event, Progress) and event.stage == HASH_STAGE:
            large.unlink(missing_ok=True)
    with CaseFile.open(job.case_folder, create=False) as case:
        assert [path for path, _ in case.refused()] == [str(large), str(tmp_path / "notes.txt")]


class AfterSome(CancelToken):
    """Somebody asks to stop at the tenth check."""

    def __init__(self) -> None:
        super().__init__()
        self.checks = 0

    def raise_if_cancelled(self) -> None:
        self.checks += 1
        if self.checks == 10:
            self.cancel()
        super().raise_if_cancelled()


def test_a_command_that_is_stopped_while_it_hashes_ends_there_and_refuses_nothing(
    tmp_path: Path, large: Path, folders: Folders, capsys: pytest.CaptureFixture[str]
) -> None:
    order = AnalysisOrder(
        inputs=(large,),
        case_folder=tmp_path / "case",
        gallery=None,
        report=tmp_path / "case" / "report.pdf",
        time_range=TimeRange(),
        settings=AnalysisSettings(),
        entered=lambda info: info,
        command=("unswap", "analyze"),
    )
    cancel = AfterSome()
    with pytest.raises(AnalysisCancelledError):
        AnalysisRun(order, folders, Terminal(as_json=False, verbose=False), cancel).run()
    assert cancel.checks == 10
    assert not (tmp_path / "case").exists()
    assert "None" not in "".join(capsys.readouterr())
