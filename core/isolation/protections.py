"""Taking the limits and the confinement upon oneself, in a child process, before it touches hostile input."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from core.errors import BugError
from core.isolation import seatbelt
from core.isolation.landlock import restrict_files
from core.isolation.limits import Limits, forbid_files, limit_cpu, limit_memory
from core.isolation.seccomp import filter_calls, give_up_privileges

_TCP_SINCE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Protections:
    """By which means each promise is kept in a child process here; '' where this platform offers none.

    Attributes:
        memory: its own memory is bounded.
        cpu_time: its processor time is bounded.
        wall_time: it is ended when it does not answer.
        no_dump: a crash leaves no copy of the evidence on the disk.
        no_new_privileges: it cannot gain rights.
        no_network: it cannot reach another machine.
        one_file: it can read no file but the evidence.
        no_writing: it can change or make no file.
        no_processes: it can start no program and touch no other process.
    """

    memory: str = ""
    cpu_time: str = ""
    wall_time: str = "the parent's clock"
    no_dump: str = ""
    no_new_privileges: str = ""
    no_network: str = ""
    one_file: str = ""
    no_writing: str = ""
    no_processes: str = ""

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Protections:
        """Inverse of `to_json`.

        Raises:
            ValueError, TypeError: the text is not what `to_json` writes.
        """
        return cls(**json.loads(text))

    def missing(self) -> tuple[str, ...]:
        """Names of the promises that are not kept here."""
        return tuple(name for name, means in asdict(self).items() if not means)


def confine(limits: Limits, readable: Path | None = None) -> Protections:
    """Bound and confine this process for good. To be called once, when everything is imported.

    Args:
        limits: of memory and processor time.
        readable: the one file that may still be opened; None for none.

    Raises:
        BugError: on Linux, when the process has threads already, which would stay free.
        OSError: the system offers a protection and failed to apply it.
    """
    if sys.platform == "linux" and len(os.listdir("/proc/self/task")) != 1:  # noqa: PTH208
        raise BugError("a process that has threads already cannot be confined as a whole")
    memory, cpu, files = limit_memory(limits.memory_bytes), limit_cpu(limits.cpu_s), forbid_files()
    if sys.platform == "win32":
        return Protections(memory="job object", no_processes="job object")
    if sys.platform == "darwin":
        means = "Seatbelt" if seatbelt.enter(readable) else ""
        return Protections(
            memory=memory,
            cpu_time=cpu,
            no_dump=files,
            no_network=means,
            one_file=means,
            no_writing=means or files,
            no_processes=means,
        )
    no_gain = give_up_privileges()
    version = restrict_files(readable) if no_gain else 0
    is_filtered = no_gain and filter_calls()
    landlock, seccomp = f"Landlock {version}" if version else "", "seccomp" if is_filtered else ""
    tcp = f"{landlock} (TCP only)" if version >= _TCP_SINCE else ""
    return Protections(
        memory=memory,
        cpu_time=cpu,
        no_dump=files,
        no_new_privileges="no_new_privs" if no_gain else "",
        no_network=seccomp or tcp,
        one_file=landlock,
        no_writing=_both(landlock, seccomp) or files,
        no_processes=seccomp,
    )


def _both(*means: str) -> str:
    return ", ".join(filter(None, means))
