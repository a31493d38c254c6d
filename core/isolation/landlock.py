"""Linux's Landlock: this process may from now on read one file, or none, and neither write nor connect.

Raw system calls, as the C library offers none for it; numbers and structures are those of linux/landlock.h, which are
the same on every architecture.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1 << 0
_PATH_BENEATH = 1
_READ_FILE = 1 << 2
# Number of file rights by version of the interface: REFER came with 2, TRUNCATE with 3, IOCTL_DEV with 5.
_FILE_RIGHTS = ((5, 16), (3, 15), (2, 14), (1, 13))
_TCP, _TCP_SINCE = 0b11, 4
_SCOPES, _SCOPES_SINCE = 0b11, 6


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def landlock_version() -> int:
    """Version of the interface that the running kernel offers; 0 where there is none."""
    if sys.platform != "linux":
        return 0
    return max(0, _syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION)))


def restrict_files(readable: Path | None) -> int:
    """Deny this thread, and all that it starts, every file but one, TCP, and signals to other processes.

    Args:
        readable: a file that may be opened for reading; one that does not exist is no error.

    Returns:
        The interface's version: TCP is denied from 4, signals from 6 on. 0 when nothing was denied.

    Raises:
        OSError: the kernel offers Landlock and refuses the rules.
    """
    version = landlock_version()
    if not version:
        return 0
    n_rights = next(count for since, count in _FILE_RIGHTS if version >= since)
    attributes = _Ruleset(
        fs=(1 << n_rights) - 1,
        net=_TCP if version >= _TCP_SINCE else 0,
        scoped=_SCOPES if version >= _SCOPES_SINCE else 0,
    )
    ruleset = _checked(
        _CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(ctypes.sizeof(attributes)), ctypes.c_uint32(0)
    )
    try:
        if readable is not None:
            _allow_reading(ruleset, readable)
        _checked(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    finally:
        os.close(ruleset)
    return version


def _allow_reading(ruleset: int, path: Path) -> None:
    try:
        file = os.open(path, os.O_PATH | os.O_CLOEXEC)  # type: ignore[attr-defined, unused-ignore]  # Linux only
    except OSError:
        return  # whoever opens it later is told why it cannot be had
    try:
        rule = _PathBeneath(allowed=_READ_FILE, parent=file)
        _checked(_ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(_PATH_BENEATH), ctypes.byref(rule), ctypes.c_uint32(0))
    finally:
        os.close(file)


def _checked(number: int, *arguments: object) -> int:
    result = _syscall(number, *arguments)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"Landlock call {number}: {os.strerror(code)}")
    return result


def _syscall(number: int, *arguments: object) -> int:
    library = ctypes.CDLL(None, use_errno=True)
    library.syscall.restype = ctypes.c_long
    return int(library.syscall(ctypes.c_long(number), *arguments))
