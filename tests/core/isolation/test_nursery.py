"""Children forked from a process that is ready behave as fresh ones do, and leave as little behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.isolation.nursery import Nursery
from core.isolation.shared import SharedBlock, attach

CHILD = ("tests.core.isolation.small_children",)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="children are forked on Linux only")


@pytest.fixture
def nursery():
    nursery = Nursery(patience_s=600)  # a busy machine takes long to import
    yield nursery
    nursery.close()


def told(child, line: str) -> bytes:
    child.stdin.write(line.encode() + b"\n")
    child.stdin.close()
    return child.stdout.read()


def test_child_has_nothing_open_but_what_it_was_given(nursery):
    with SharedBlock(4096) as block, nursery.start(CHILD, ()) as other:
        with nursery.start(CHILD, block.inherit) as child:
            given = {0, 1, 2, *block.inherit}
            # One more is that of the listing itself.
            assert len(set(map(int, told(child, "descriptors").split())) - given) == 1
        told(other, "exit 0")


def test_each_child_is_another_process(nursery):
    ids = []
    for _ in range(3):
        with nursery.start(CHILD, ()) as child:
            ids.append(int(told(child, "id")))
            assert ids[-1] == child.pid
    assert len(set(ids)) == 3


@pytest.mark.parametrize(("line", "status"), [("exit 0", 0), ("exit 71", 71), ("fail", 1)])
def test_exit_status_is_told(nursery, line, status):
    with nursery.start(CHILD, ()) as child:
        told(child, line)
        assert child.wait(10) == child.returncode == status


def test_child_can_be_killed_once_and_again(nursery):
    with nursery.start(CHILD, ()) as child:
        child.stdin.write(b"sleep\n")
        child.stdin.flush()
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(0.05)
        child.kill()
        assert child.wait(10) == -signal.SIGKILL
        child.kill()


def test_children_go_with_the_process_that_forked_them_and_others_can_be_had(nursery):
    with nursery.start(CHILD, ()) as child:
        child.stdin.write(b"sleep\n")
        child.stdin.flush()
        nursery.close()
        assert child.wait(10) == -signal.SIGKILL
    with nursery.start(CHILD, ()) as child:
        assert told(child, "exit 0") == b""


def test_process_that_forks_may_be_killed(nursery):
    with nursery.start(CHILD, ()) as child:
        told(child, "exit 0")
    (zygote,) = (
        int(pid)
        for task in Path("/proc/self/task").iterdir()
        for pid in (task / "children").read_text().split()
        if b"core.isolation.zygote" in Path(f"/proc/{pid}/cmdline").read_bytes() and int(pid) == nursery._zygote.pid
    )
    os.kill(zygote, signal.SIGKILL)
    with nursery.start(CHILD, ()) as child:
        assert int(told(child, "id")) == child.pid


def test_module_with_threads_is_not_forked(nursery):
    assert nursery.start(("tests.core.isolation.threaded_children",), ()) is None


def test_block_is_seen_by_both_and_has_no_name():
    before = set(Path("/dev/shm").iterdir())
    with SharedBlock(8192) as block:
        number, _, size = block.address.partition(" ")
        other = attach(f"{os.dup(int(number))} {size}")
        block.memory[5000] = 7
        assert other[5000] == 7
        assert set(Path("/dev/shm").iterdir()) == before
        other.close()


def test_process_that_forks_goes_with_the_program():
    code = (
        "import time\nfrom core.isolation.nursery import Nursery\nn = Nursery()\n"
        f"with n.start({CHILD!r}, ()) as child: child.stdin.close()\n"
        "print(n._zygote.pid, flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as program:
        zygote = int(program.stdout.readline())
        assert Path(f"/proc/{zygote}").exists()
        program.kill()
        program.wait()
        deadline = time.monotonic() + 10
        while "zygote" in cmdline(zygote) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert "zygote" not in cmdline(zygote)


def cmdline(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode()
    except OSError:
        return ""


def test_a_stuck_process_is_ended_and_waited_for_no_longer():
    nursery = Nursery(patience_s=600)
    try:
        with nursery.start(CHILD, ()) as child:
            told(child, "id")
        stuck = nursery._zygote
        os.kill(stuck.pid, signal.SIGSTOP)
        nursery._patience_s = 0.5
        assert nursery.start(CHILD, ()) is None
        assert stuck.returncode == -signal.SIGKILL
    finally:
        nursery.close()
