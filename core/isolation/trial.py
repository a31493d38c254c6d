"""What holds in a child process on this machine: the forbidden things are tried from within one."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from subprocess import DEVNULL, PIPE

from core.isolation.call import job_for
from core.isolation.child import start_child
from core.isolation.ending import ChildEndedError, Ending, ended
from core.isolation.limits import Limits
from core.isolation.protections import Protections, confine

_DENIALS = (errno.EPERM, errno.EACCES, errno.EFBIG)
_JOB_IS_FULL = 1816  # ERROR_NOT_ENOUGH_QUOTA: how Windows refuses a job of one process a second one
_WAIT_S = 25.0


def protections_here() -> Protections:
    """The protections that a child process took upon itself, less those that did not hold when they were tried.

    Raises:
        ChildEndedError: no child can be confined here at all.
    """
    with start_child(__name__, stdin=PIPE, stdout=PIPE, stderr=DEVNULL) as child:
        job = job_for(child, Limits())
        try:
            answer, _ = child.communicate(b"go\n", timeout=_WAIT_S)
        except subprocess.TimeoutExpired:
            child.kill()
            raise ChildEndedError(Ending.WALL_TIME) from None
        finally:
            if job is not None:
                job.close()
    if child.returncode:
        raise ended(child.returncode)
    try:
        return Protections.from_json(answer.decode())
    except (ValueError, TypeError) as error:
        raise ChildEndedError(Ending.GARBLED) from error


def main() -> None:
    """Confine this process, try everything, print what held."""
    sys.stdin.buffer.readline()
    allowed = Path(__file__)
    place = Path(tempfile.gettempdir()) / f"unswap-trial-{os.getpid()}"
    promised = confine(Limits(), allowed)
    allowed.read_bytes()
    trials: list[tuple[str, Callable[[], object]]] = [
        ("no_network", _network),
        ("one_file", lambda: Path(sys.executable).open("rb").close()),
        ("no_writing", lambda: _writing(place)),
        ("no_processes", _process),
    ]
    if sys.platform == "linux":
        trials.append(("no_processes", _limits_of_parent))
    broken = {name: "" for name, trial in trials if getattr(promised, name) and not _is_denied(trial)}
    print(replace(promised, **broken).to_json())


def _is_denied(trial: Callable[[], object]) -> bool:
    try:
        trial()
    except OSError as error:
        return error.errno in _DENIALS or getattr(error, "winerror", None) == _JOB_IS_FULL
    return False


def _network() -> None:
    # Nobody listens there; a refusal by that nobody would show that the call went through.
    socket.create_connection(("127.0.0.1", 9), timeout=1.0).close()


def _writing(place: Path) -> None:
    try:
        with place.open("wb") as file:
            file.write(b"x")
    finally:
        with suppress(OSError):
            place.unlink()


def _process() -> None:
    if hasattr(os, "fork") and os.fork() == 0:
        os._exit(0)
    if sys.platform == "win32":
        subprocess.run([sys.executable, "-c", ""], check=False)


def _limits_of_parent() -> None:
    import resource

    resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE)


if __name__ == "__main__":
    main()
