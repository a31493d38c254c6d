"""An analysis killed again and again loses no committed batch and ends like one that was left alone."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

from casefile_builders import batch, begun, everything, frame, recover_all

from core.casefile.store import CaseFile

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
SCAN_BATCHES, BATCH, RECOVERY_BATCH = 40, 3, 4
N_KILLS = 14

# What an analysis does: go on from what is stored, batch by batch, and say so after each commit.
ANALYST = """
import sys
from pathlib import Path
from test_casefile_kill import analyse
analyse(Path(sys.argv[1]))
"""

CREATOR = """
import sys
from pathlib import Path
from core.casefile.store import CaseFile
print("ready", flush=True)
for n in range(1000):
    CaseFile.open(Path(sys.argv[1]) / str(n), create=True).close()
    print(n, flush=True)
"""


def analyse(folder: Path) -> None:
    case, number = begun(folder)
    with case:
        done = len(case.scanned(number).frames)
        for first in range(done, SCAN_BATCHES * BATCH, BATCH):
            # Each batch drops a crop of the batch before, as a better one of the same span would.
            case.commit_batch(number, batch(range(first, first + BATCH), drop=[(first - 1, 0)]))
            print("frames", first + BATCH, flush=True)
        case.finish_scan(number, ["a warning"])
        stored = set(case.recovered(number))
        wanted = [k.frame_index // 6 for k in case.crops(number) if (k.frame_index, k.face_number) not in stored]
        for first in range(0, len(wanted), RECOVERY_BATCH):
            recover_all(case, number, wanted[first : first + RECOVERY_BATCH])
            print("recovered", len(stored) + min(len(wanted), first + RECOVERY_BATCH), flush=True)
    print("ended", 0, flush=True)


def start(script: str, folder: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(HERE)])}
    return subprocess.Popen(
        [sys.executable, "-c", script, str(folder)], env=environment, stdout=subprocess.PIPE, text=True
    )


def run_and_kill(script: str, folder: Path, *, after_lines: int, pause_s: float) -> list[str]:
    """All lines that the child wrote before SIGKILL (TerminateProcess on Windows) struck it."""
    with start(script, folder) as child:
        assert child.stdout is not None
        lines = [line for _, line in zip(range(after_lines), child.stdout, strict=False)]
        time.sleep(pause_s)
        child.kill()
        lines += child.stdout.readlines()
    return [line.strip() for line in lines if line.endswith("\n")]


def check_stored(folder: Path, lines: list[str]) -> None:
    """All that was said to be committed is there, and whole batches only."""
    said = {name: int(count) for name, count in (line.split() for line in lines)}
    with CaseFile.open(folder, create=False) as case:
        assert case.problems() == []
        state = case.scanned(1)
        n = len(state.frames)
        assert n >= said.get("frames", 0)
        assert n % BATCH == 0
        assert state.frames == tuple(frame(i) for i in range(n))
        assert [len(faces) for faces in state.detections] == [2] * n
        assert state.finder_state == (f'{{"after":{n - 1}}}' if n else None)
        assert state.n_decoded == 6 * n
        dropped = set(range(BATCH - 1, n - BATCH, BATCH))
        assert [k.frame_index for k in case.crops(1)] == [6 * i for i in range(n) if i not in dropped]
        n_recovered = len(case.recovered(1))
        assert n_recovered >= said.get("recovered", 0)
        assert n_recovered % RECOVERY_BATCH == 0 or n_recovered == len(case.crops(1))


def test_killed_at_random_moments_and_resumed(tmp_path: Path) -> None:
    chance = random.Random(20)
    folder = tmp_path / "case"
    n_struck_at_work = 0
    for _ in range(N_KILLS):
        pause_s = chance.uniform(0, 0.01)
        lines = run_and_kill(ANALYST, folder, after_lines=chance.randint(1, 6), pause_s=pause_s)
        check_stored(folder, lines)
        n_struck_at_work += "ended 0" not in lines
    assert n_struck_at_work >= 3, "the children ended before they could be killed"
    analyse(folder)
    analyse(tmp_path / "left alone")
    with CaseFile.open(folder, create=False) as killed, CaseFile.open(tmp_path / "left alone", create=False) as whole:
        assert everything(killed, 1) == everything(whole, 1)
        assert killed.problems() == []


def test_killed_while_making_cases(tmp_path: Path) -> None:
    chance = random.Random(21)
    for attempt in range(5):
        cases = tmp_path / str(attempt)
        cases.mkdir()
        lines = run_and_kill(CREATOR, cases, after_lines=1, pause_s=chance.uniform(0.01, 0.1))
        made = sorted(int(p.name) for p in cases.iterdir() if p.name.isdigit())
        assert len(made) >= len(lines) - 1
        for number in made:
            with CaseFile.open(cases / str(number), create=False) as case:
                assert case.problems() == []
                assert case.evidence() == []
