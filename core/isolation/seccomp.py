"""A filter of system calls for Linux: no network, no program, no process, no writing, no look into other processes.

What decoding needs stays: memory, threads, reading open descriptors, pipes. A classic BPF program, as seccomp(2)
describes it; numbers of the calls from asm/unistd_64.h and asm-generic/unistd.h.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from dataclasses import dataclass

_SET_MODE_FILTER, _TSYNC = 1, 1
_PR_SET_NO_NEW_PRIVS, _PR_SET_DUMPABLE = 38, 4
_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_LOAD, _JUMP_EQUAL, _JUMP_GREATER, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16
_CLONE_THREAD = 0x00010000
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

# Name of the call -> number on x86-64 and on 64-bit ARM; None where there is no such call.
_DENIED: dict[str, tuple[int | None, int | None]] = {
    # network, and sockets of any kind
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202),
    "accept4": (288, 242),
    "sendto": (44, 206),
    "sendmsg": (46, 211),
    "sendmmsg": (307, 269),
    # programs and processes
    "execve": (59, 221),
    "execveat": (322, 281),
    "fork": (57, None),
    "vfork": (58, None),
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "kcmp": (312, 272),
    "kill": (62, 129),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    # ways around this filter, and wide doors into the kernel
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "unshare": (272, 97),
    "setns": (308, 268),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "fsopen": (430, 430),
    "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "personality": (135, 92),
    "quotactl": (179, 60),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    # changes to files and folders
    "creat": (85, None),
    "mknod": (133, None),
    "mknodat": (259, 33),
    "mkdir": (83, None),
    "mkdirat": (258, 34),
    "rmdir": (84, None),
    "unlink": (87, None),
    "unlinkat": (263, 35),
    "rename": (82, None),
    "renameat": (264, 38),
    "renameat2": (316, 276),
    "link": (86, None),
    "linkat": (265, 37),
    "symlink": (88, None),
    "symlinkat": (266, 36),
    "truncate": (76, 45),
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "lchown": (94, None),
    "fchown": (93, 55),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "utimensat": (280, 88),
    "futimesat": (261, None),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    # memory and queues that outlive the process
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Machine:
    """An architecture: its audit number, column of `_DENIED`, and the calls of which arguments are looked at."""

    audit: int
    column: int
    seccomp: int
    prlimit: int
    tgkill: int
    clone: int
    clone3: int
    open: int | None
    openat: int
    openat2: int


_MACHINES = {
    "x86_64": _Machine(
        audit=0xC000003E,
        column=0,
        seccomp=317,
        prlimit=302,
        tgkill=234,
        clone=56,
        clone3=435,
        open=2,
        openat=257,
        openat2=437,
    ),
    "aarch64": _Machine(
        audit=0xC00000B7,
        column=1,
        seccomp=277,
        prlimit=261,
        tgkill=131,
        clone=220,
        clone3=435,
        open=None,
        openat=56,
        openat2=437,
    ),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def give_up_privileges() -> bool:
    """Never gain rights again (no set-user-id program), and leave no memory dump behind; whether it took effect."""
    if sys.platform != "linux":
        return False
    library = ctypes.CDLL(None, use_errno=True)
    library.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    return bool(library.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)


def filter_calls() -> bool:
    """Deny the calls above to every thread of this process; they fail with EPERM.

    `give_up_privileges` must have been called.

    Returns:
        False on an architecture without a table here, or where the kernel has no seccomp.
    """
    machine = _MACHINES.get(platform.machine()) if sys.platform == "linux" and sys.maxsize > 2**32 else None
    if machine is None:
        return False
    code = _program(machine)
    memory = ctypes.create_string_buffer(code, len(code))
    program = _Program(length=len(code) // 8, filter=ctypes.cast(memory, ctypes.c_void_p))
    library = ctypes.CDLL(None, use_errno=True)
    library.syscall.restype = ctypes.c_long
    done = library.syscall(
        ctypes.c_long(machine.seccomp),
        ctypes.c_uint(_SET_MODE_FILTER),
        ctypes.c_uint(_TSYNC),
        ctypes.byref(program),
    )
    return bool(done == 0)


def _program(machine: _Machine) -> bytes:
    """The filter as machine code: the numbers in brackets of a jump are instructions to pass over."""
    refuse = _step(_RETURN, _ERRNO | errno.EPERM)
    code = [
        _step(_LOAD, _ARCHITECTURE_AT),
        _step(_JUMP_EQUAL, machine.audit, 1, 0),
        _step(_RETURN, _KILL_PROCESS),
        _step(_LOAD, _NUMBER_AT),
    ]
    if machine.column == 0:
        # The x32 interface has the same calls under other numbers.
        code += [_step(_JUMP_GREATER, 0x40000000, 0, 1), refuse]
    for numbers in _DENIED.values():
        number = numbers[machine.column]
        if number is not None:
            code += [_step(_JUMP_EQUAL, number, 0, 1), refuse]
    # The C library falls back to clone and openat, whose arguments can be looked at, where these do not exist.
    for number in (machine.clone3, machine.openat2):
        code += [_step(_JUMP_EQUAL, number, 0, 1), _step(_RETURN, _ERRNO | errno.ENOSYS)]
    # Limits and signals for this process alone: those of its parent would cripple or end the program.
    code += _only(machine.prlimit, argument=0, value=0)
    code += _only(machine.tgkill, argument=0, value=os.getpid())
    code += _unless(machine.clone, argument=0, bits=_CLONE_THREAD, wanted=True)
    code += _unless(machine.openat, argument=2, bits=_WRITING, wanted=False)
    if machine.open is not None:
        code += _unless(machine.open, argument=1, bits=_WRITING, wanted=False)
    return b"".join([*code, _step(_RETURN, _ALLOW)])


def _only(number: int, *, argument: int, value: int) -> list[bytes]:
    """Refuse a call unless an argument has this value."""
    return _judged(number, argument, _step(_JUMP_EQUAL, value, 1, 0))


def _unless(number: int, *, argument: int, bits: int, wanted: bool) -> list[bytes]:
    """Refuse a call unless one of these bits of an argument is set, or none is."""
    return _judged(number, argument, _step(_JUMP_ANY_BIT, bits, *((1, 0) if wanted else (0, 1))))


def _judged(number: int, argument: int, passes_over: bytes) -> list[bytes]:
    """Refuse a call unless the jump that tests its argument passes over that. The number is loaded anew after it."""
    return [
        _step(_JUMP_EQUAL, number, 0, 4),
        _step(_LOAD, _ARGUMENTS_AT + 8 * argument),
        passes_over,
        _step(_RETURN, _ERRNO | errno.EPERM),
        _step(_LOAD, _NUMBER_AT),
    ]


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
