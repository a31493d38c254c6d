"""Each limit and each denial acts: what hostile input might do is done in a child, and has a name afterwards."""

import os
import socket
import sys
import threading
from pathlib import Path

import pytest

from core.errors import NotMediaError
from core.isolation.call import isolated_call
from core.isolation.child import error_from_json, error_to_json
from core.isolation.ending import ChildEndedError, Ending
from core.isolation.limits import Limits
from core.isolation.protections import Protections, confine
from core.isolation.trial import protections_here

HERE = "tests.core.isolation.hostile_functions"
MIB = 1 << 20


@pytest.fixture(scope="module")
def here() -> Protections:
    return protections_here()


@pytest.fixture
def own(tmp_path) -> Path:
    path = tmp_path / "evidence.bin"
    path.write_bytes(b"evidence")
    return path


@pytest.fixture
def other(tmp_path) -> Path:
    path = tmp_path / "secret.bin"
    path.write_bytes(b"secret")
    return path


def called(name: str, path: Path | None = None, **more) -> bytes:
    return isolated_call(f"{HERE}:{name}", path, **more)


def ending_of(name: str, path: Path | None = None, **more) -> Ending:
    with pytest.raises(ChildEndedError) as caught:
        called(name, path, **more)
    return caught.value.ending


def denied(here: Protections, promise: str, name: str, path: Path | None = None, **more) -> None:
    """The call fails with an error of the operating system, not by luck."""
    if not getattr(here, promise):
        pytest.skip(f"this platform does not offer it: {promise}")
    with pytest.raises(ChildEndedError, match=r"PermissionError|File too large"):
        called(name, path, **more)


def test_answer_and_input_pass_unchanged(own):
    data = os.urandom(3 * MIB)
    assert called("echo", own, argument="head", data=data) == b"head" + data
    assert called("read_own", own) == b"evidence"


def test_error_of_the_function_is_raised_here(own):
    with pytest.raises(NotMediaError, match=r"evidence\.bin: it is no media"):
        called("refuse", own)


def test_unforeseen_error_is_a_named_crash():
    with pytest.raises(ChildEndedError, match="ZeroDivisionError: one over nothing") as caught:
        called("fail")
    assert caught.value.ending is Ending.CRASHED


def test_file_that_is_not_there_is_reported_as_such(tmp_path):
    with pytest.raises(ChildEndedError, match="FileNotFoundError"):
        called("read_own", tmp_path / "gone.bin")


# --- limits


def test_memory_is_bounded():
    limits = Limits(memory_bytes=256 * MIB)
    assert ending_of("allocate", argument=str(512 * MIB), limits=limits) is Ending.OUT_OF_MEMORY
    assert called("allocate", argument=str(32 * MIB), limits=limits) == b"\0"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the process is ended instead")
def test_memory_of_libraries_is_bounded_too():
    limits = Limits(memory_bytes=256 * MIB)
    assert called("allocate_in_a_library", argument=str(512 * MIB), limits=limits) == b"refused"
    assert called("allocate_in_a_library", argument=str(32 * MIB), limits=limits) == b"granted"


@pytest.mark.skipif(sys.platform == "win32", reason="processor time is not bounded there")
def test_processor_time_is_bounded():
    assert ending_of("spin", limits=Limits(cpu_s=1)) is Ending.CPU_TIME


def test_child_that_does_not_answer_is_ended():
    assert ending_of("sleep", limits=Limits(wall_s=1)) is Ending.WALL_TIME


def test_crash_has_the_name_of_its_signal():
    with pytest.raises(ChildEndedError, match="SIGSEGV" if os.name == "posix" else "status") as caught:
        called("crash")
    assert caught.value.ending is Ending.CRASHED


def test_too_long_an_answer_is_not_taken():
    limits = Limits(answer_bytes=1000)
    assert ending_of("answer_too_much", argument="1001", limits=limits) is Ending.GARBLED
    assert len(called("answer_too_much", argument="1000", limits=limits)) == 1000


def test_answer_in_no_known_form_is_not_taken():
    assert ending_of("speak_nonsense") is Ending.GARBLED


# --- denials


def test_other_files_cannot_be_read(here, own, other):
    denied(here, "one_file", "read_other", own, argument=str(other))


def test_the_rule_follows_the_file_and_not_its_folder(here, own, other):
    denied(here, "one_file", "list_folder", own, argument=str(own.parent))


def test_thread_that_starts_later_is_confined_too(here, own, other):
    if not here.one_file:
        pytest.skip("this platform does not offer it")
    assert called("use_threads", own, argument=str(other)) == b"denied"


@pytest.mark.parametrize("name", ["append_to_own", "remove_own"])
def test_evidence_cannot_be_changed(here, own, name):
    denied(here, "no_writing", name, own)
    assert own.read_bytes() == b"evidence"


def test_no_file_can_be_made(here, own, tmp_path):
    denied(here, "no_writing", "write_other", own, argument=str(tmp_path / "new.bin"))
    assert not (tmp_path / "new.bin").exists()


def test_nobody_can_be_called(here):
    with socket.create_server(("127.0.0.1", 0)) as server:
        denied(here, "no_network", "connect", argument=str(server.getsockname()[1]))


def test_nothing_can_be_sent(here):
    if "TCP only" in here.no_network:
        pytest.skip("datagrams are not denied here")
    denied(here, "no_network", "datagram", argument="9")


@pytest.mark.parametrize("name", ["run_program", "fork", "signal_parent"])
def test_no_process_can_be_started_or_touched(here, name):
    denied(here, "no_processes", name)


@pytest.mark.skipif(sys.platform != "linux", reason="made for Linux")
def test_linux_keeps_every_promise(here):
    assert here.missing() == ()


# --- what is left


@pytest.mark.skipif(sys.platform != "linux", reason="counts children in /proc")
def test_no_process_and_no_thread_is_left():
    threads = set(threading.enumerate())
    for name, limits in (("sleep", Limits(wall_s=0.3)), ("crash", Limits()), ("echo", Limits())):
        try:
            called(name, limits=limits)
        except ChildEndedError:
            continue
    children = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text().split()
    assert [c for c in children if b"core.isolation.host" in Path(f"/proc/{c}/cmdline").read_bytes()] == []
    assert set(threading.enumerate()) == threads


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted on Linux")
def test_process_with_threads_is_not_confined_by_halves():
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        with pytest.raises(Exception, match="threads already"):
            confine(Limits())
    finally:
        stop.set()
        thread.join()


def test_errors_keep_their_kind_and_words_between_processes(tmp_path):
    error = NotMediaError("it is no media", next_step="check it", path=tmp_path)
    back = error_from_json(error_to_json(error), tmp_path)
    assert (type(back), str(back)) == (NotMediaError, str(error))
