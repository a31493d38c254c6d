"""What a process that handles hostile input may use, and how it takes these limits upon itself."""

from __future__ import annotations

import math
import os
import sys
import time
from dataclasses import dataclass, field
from threading import Thread

from core.isolation.ending import EXIT_MEMORY

GIB = 1 << 30
_MOST_BYTES = 8 * GIB
"""A picture of 16,384 pixels a side takes 0.8 GiB as RGB; decoders hold several (docs/decisions/0010-isolation.md)."""
_OPEN_FILES = 64
_LOOK_S = 0.2


def memory_allowance() -> int:
    """Bytes a decoding process may have: 8 GiB, or three quarters of the machine's memory where that is less."""
    try:
        physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return _MOST_BYTES
    return min(_MOST_BYTES, physical * 3 // 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a child process may use.

    Attributes:
        memory_bytes: private memory; shared memory that the parent made does not count.
        cpu_s: processor seconds, over all threads.
        wall_s: seconds until the parent ends it, for a child that answers once.
        answer_bytes: longest answer that the parent accepts.
    """

    memory_bytes: int = field(default_factory=memory_allowance)
    cpu_s: float = 120.0
    wall_s: float = 25.0
    answer_bytes: int = GIB


def limit_memory(n_bytes: int) -> str:
    """Bound this process's own memory; returns by which means, '' where there is none.

    Beyond it an allocation fails. Where the system keeps to no such limit (macOS), a thread ends the process.
    """
    if sys.platform == "win32":
        return ""  # the parent put this process into a job object, before it read the first byte
    import resource

    if sys.platform == "linux":
        # Not RLIMIT_AS: address space that is reserved and never touched (malloc's arenas, libraries) is no danger.
        resource.setrlimit(resource.RLIMIT_DATA, (n_bytes, n_bytes))
        return "RLIMIT_DATA"
    Thread(target=_watch_memory, args=(n_bytes,), name="memory watch", daemon=True).start()
    return "watched by a thread"


def limit_cpu(seconds: float) -> str:
    """Allow this process that many processor seconds from now on; returns by which means.

    May be called again: the seconds count from the last call. The system ends the process with SIGXCPU.
    """
    if sys.platform == "win32":
        return ""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    until = max(1, math.ceil(time.process_time() + seconds))
    resource.setrlimit(resource.RLIMIT_CPU, (until if hard == resource.RLIM_INFINITY else min(until, hard), hard))
    return "RLIMIT_CPU"


def forbid_files() -> str:
    """No core dump, no byte into a file, few descriptors; returns by which means."""
    if sys.platform == "win32":
        return ""
    import resource

    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
    ):
        _, hard = resource.getrlimit(kind)
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (value, value))
    return "RLIMIT_CORE, RLIMIT_FSIZE"


def _watch_memory(n_bytes: int) -> None:
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    while resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit < n_bytes:
        time.sleep(_LOOK_S)
    os._exit(EXIT_MEMORY)
