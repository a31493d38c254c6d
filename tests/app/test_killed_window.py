"""Killing the program at any moment loses no decision that the window showed as made."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.casefile.store import CaseFile


@pytest.mark.parametrize("after", [1, 2, 7, 23])
def test_every_decision_shown_as_made_outlives_a_kill(tmp_path: Path, after: int) -> None:
    command = [sys.executable, "-m", "tests.deciding_child", str(tmp_path / "case"), str(tmp_path / "user")]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as child:
        assert child.stdout is not None
        seen = [child.stdout.readline().strip() for _ in range(after)]
        child.kill() if os.name == "nt" else child.send_signal(signal.SIGKILL)
        seen += [line.strip() for line in child.stdout if line.endswith("\n")]
    assert seen[:after] == [f"note {i}" for i in range(after)]
    with CaseFile.open(tmp_path / "case", create=False) as case:
        kept = [entry.action.text for entry in case.decisions()]
        assert kept[: len(seen)] == seen
        assert len(kept) <= len(seen) + 1, "at most the one that was being written is there unannounced"
        assert case.problems() == [] and case.verify_audit() == []
        assert [e.action for e in case.audit()].count("decision") == len(kept)
