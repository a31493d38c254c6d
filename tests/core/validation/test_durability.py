"""The slice of the campaign, and that it finds what is lost, damaged, half written or left over."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from random import Random

import pytest

from core.casefile.opening import DATABASE_NAME
from core.casefile.store import CaseFile
from core.validation.campaign import Setting
from core.validation.durability import analyze, database_writes, file_writes
from core.validation.durability.analyze import AnalyzeKiller, _Run
from core.validation.durability.campaign import CAMPAIGN
from core.validation.durability.case_work import CaseWork
from core.validation.durability.file_writes import FileWrite
from core.validation.durability.kills import Killer
from core.validation.durability.migration_work import MigrationWork, migrations

RESOURCES = Path(__file__).resolve().parents[3] / "resources"


@pytest.mark.timeout(600)
def test_nothing_committed_is_lost(tmp_path: Path) -> None:
    checks = list(CAMPAIGN.run(Setting(workspace=tmp_path, resources=RESOURCES)))
    assert len(checks) > 20
    assert [check for check in checks if check.passed is False] == []


@pytest.mark.parametrize("work", migrations(), ids=lambda work: work.name)
def test_a_file_of_every_older_version_can_be_made_and_opened(tmp_path: Path, work: MigrationWork) -> None:
    folder = tmp_path / "file"
    (attempt,) = work.attempts(folder)
    before = work.state(folder)
    attempt()
    assert work.problems(folder) == []
    assert work.state(folder) != before
    assert list(work.work(folder)) == [], "it is of today's version"


def test_a_step_that_was_reported_and_is_not_there_is_found(tmp_path: Path) -> None:
    killer = Killer(CaseWork(), tmp_path)
    killer._states = killer._states[2:]  # as if every state belonged to the step before the one before
    killer.at_boundary(40)
    assert "was said to be committed, found was step" in killer.tally.lost[0]
    (lost, *_) = killer.take_tally().checks("work", "once")
    assert lost.passed is False
    assert lost.figure.startswith("1 of 1 kills broke it; first: boundary 40")


def test_a_result_that_differs_after_resuming_is_found(tmp_path: Path) -> None:
    killer = Killer(CaseWork(), tmp_path)
    killer._states[-1] = "another result"
    killer.at_boundary(40)
    assert killer.tally.strayed == ["boundary 40: the result is another one"]


def test_an_altered_log_and_damaged_pages_are_found(tmp_path: Path) -> None:
    work = CaseWork()
    for _ in work.work(tmp_path / "case"):
        pass
    assert work.problems(tmp_path / "case") == []
    with closing(sqlite3.connect(tmp_path / "case" / DATABASE_NAME)) as conn:
        conn.execute("PRAGMA foreign_keys = OFF")
        conn.execute("DELETE FROM frames WHERE frame_index = 3")
        conn.execute("DROP TRIGGER audit_is_fixed")
        conn.execute("UPDATE audit SET entry = replace(entry, 'E. Xaminer', 'nobody') WHERE number = 2")
        conn.commit()
    found = " ".join(work.problems(tmp_path / "case"))
    assert "a row of detections lacks its frames" in found
    assert "entry 2" in found


class Careless(CaseWork):
    """Leaves a file of its own behind when the case refuses a write."""

    def attempts(self, folder: Path) -> Iterator[Callable[[], object]]:
        yield lambda: CaseFile.open(folder, create=True).close()
        with CaseFile.open(folder, create=False, busy_timeout_s=0.05) as case:
            numbers = count(1)
            yield lambda: ((folder / f"{next(numbers)}.json").touch(), case.append_audit("unswap", "second half", ""))


def test_what_a_refused_write_leaves_behind_is_found(tmp_path: Path) -> None:
    checks = list(database_writes.checks(Careless(), tmp_path))
    under_lock = checks[-1]
    assert "while another program writes" in under_lock.promise
    assert under_lock.passed is False
    assert "write 2: files were left: ['work/" in under_lock.figure


def test_a_file_written_in_place_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def in_place(folder: Path) -> None:
        (folder / "list.csv").write_bytes(b"a list of people" * 4096)

    monkeypatch.setattr(file_writes, "file_writes", lambda *_: (FileWrite(name="list", write=in_place),))
    (check, *_) = file_writes.checks(tmp_path, RESOURCES, full_set=False)
    assert check.passed is False
    assert "list: OSError" in check.figure


@pytest.mark.skipif(not hasattr(os, "fork"), reason="one process an order there")
def test_analyses_are_forked_from_one_process_and_killed_one_by_one(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "core.validation.durability.analyze_child", str(RESOURCES), str(tmp_path)]
    output = tmp_path / "output"
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as ready:
        assert ready.stdin is not None and ready.stdout is not None
        told = []
        for command, is_killed in (("doctor", True), ("--version", False)):
            ready.stdin.write(json.dumps([str(output), command]) + "\n")
            ready.stdin.flush()
            number = int(ready.stdout.readline())
            if is_killed:
                os.kill(number, signal.SIGKILL)
            told.append((number, int(ready.stdout.readline())))
        ready.stdin.close()
    assert [code for _, code in told] == [-signal.SIGKILL, 0]
    assert len({ready.pid, *(number for number, _ in told)}) == 3
    assert output.read_text(encoding="utf-8").startswith("Unswap ")


def test_kills_that_do_not_fit_into_the_time_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AnalyzeKiller, "_run", lambda *_: _Run(is_finished=True))
    monkeypatch.setattr(analyze, "_stored", lambda _: ([], ""))
    with AnalyzeKiller(RESOURCES, tmp_path) as killer:
        first, *_ = killer.checks(200, 0.0, Random(1), lambda done, total: None)
    assert "killed at 0 random moments, as many of 200 as fit into 0 minutes" in first.promise
    assert first.passed is False
