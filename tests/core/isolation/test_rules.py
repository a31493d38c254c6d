"""What the rules of systems say that the tests do not run on: read as the system would read them."""

import errno
import os
import struct
from pathlib import Path

import pytest

from core.isolation.ending import Ending, ended
from core.isolation.seatbelt import profile
from core.isolation.seccomp import _DENIED, _MACHINES, _program

ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
CLONE_THREAD = 0x00010000


def decided(machine: str, number: int, *arguments: int, architecture: int | None = None) -> int:
    """What the filter answers: a classic BPF machine of the five instructions that it uses."""
    audit = _MACHINES[machine].audit if architecture is None else architecture
    data = struct.pack("=IIQ6Q", number, audit, 0, *arguments, *[0] * (6 - len(arguments)))
    code = list(struct.iter_unpack("=HBBI", _program(_MACHINES[machine])))
    place = value = 0
    while True:
        what, if_true, if_false, k = code[place]
        place += 1
        match what:
            case 0x20:
                (value,) = struct.unpack_from("=I", data, k)
            case 0x15 | 0x35 | 0x45:
                holds = {0x15: value == k, 0x35: value >= k, 0x45: bool(value & k)}[what]
                place += if_true if holds else if_false
            case 0x06:
                return k


@pytest.fixture(params=["x86_64", "aarch64"])
def machine(request):
    return request.param


def test_every_call_on_the_list_is_refused(machine):
    numbers = [pair[_MACHINES[machine].column] for pair in _DENIED.values()]
    assert {decided(machine, number) for number in numbers if number is not None} == {REFUSE | errno.EPERM}


def test_threads_may_be_started_and_processes_may_not(machine):
    kind = _MACHINES[machine]
    assert decided(machine, kind.clone, CLONE_THREAD | 0x100) == ALLOW
    assert decided(machine, kind.clone, 17) == REFUSE | errno.EPERM
    assert decided(machine, kind.clone3) == REFUSE | errno.ENOSYS


def test_limits_and_signals_reach_this_process_alone(machine):
    kind = _MACHINES[machine]
    assert decided(machine, kind.prlimit, 0, 7) == ALLOW
    assert decided(machine, kind.prlimit, os.getppid(), 7) == REFUSE | errno.EPERM
    assert decided(machine, kind.tgkill, os.getpid(), os.getpid(), 6) == ALLOW
    assert decided(machine, kind.tgkill, os.getppid(), os.getppid(), 9) == REFUSE | errno.EPERM


@pytest.mark.parametrize(
    ("flags", "may"),
    [
        (os.O_RDONLY, True),
        (os.O_RDONLY | os.O_CLOEXEC, True),
        (os.O_WRONLY, False),
        (os.O_RDWR, False),
        (os.O_RDONLY | os.O_CREAT, False),
        (os.O_RDONLY | os.O_TRUNC, False),
    ],
)
def test_files_may_be_opened_for_reading_only(machine, flags, may):
    kind = _MACHINES[machine]
    wanted = ALLOW if may else REFUSE | errno.EPERM
    assert decided(machine, kind.openat, 0, 0, flags) == wanted
    if kind.open is not None:
        assert decided(machine, kind.open, 0, flags) == wanted
    assert decided(machine, kind.openat2) == REFUSE | errno.ENOSYS


def test_what_decoding_needs_is_allowed(machine):
    # read, write, mmap, brk, futex, exit_group
    needed = {"x86_64": (0, 1, 9, 12, 202, 231), "aarch64": (63, 64, 222, 214, 98, 94)}[machine]
    assert {decided(machine, number) for number in needed} == {ALLOW}


def test_calls_of_another_architecture_end_the_process(machine):
    assert decided(machine, 0, architecture=0x40000003) == KILL


def test_the_second_numbering_of_x86_is_refused():
    assert decided("x86_64", 0x40000000 | 41) == REFUSE | errno.EPERM


def test_a_path_cannot_break_out_of_a_seatbelt_rule(tmp_path):
    path = tmp_path / 'a") (allow network*) (literal "\\b'
    lines = profile(path).splitlines()
    quoted = str(Path(path).resolve()).replace("\\", "\\\\").replace('"', '\\"')
    assert lines[-1].endswith(f'(literal "{quoted}"))')
    assert "(deny network*)" in lines
    assert "literal" not in profile(None)


@pytest.mark.parametrize(
    ("status", "stopped", "ending"),
    [
        (-11, None, Ending.CRASHED),
        (-24, None, Ending.CPU_TIME),
        (71, None, Ending.OUT_OF_MEMORY),
        (1, None, Ending.CRASHED),
        (-9, Ending.HUNG, Ending.HUNG),
        (-9, None, Ending.CRASHED),
    ],
)
def test_an_ending_is_read_from_the_status(status, stopped, ending):
    assert ended(status, stopped).ending is ending
