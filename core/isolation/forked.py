"""A child process that a `core.isolation.zygote` forked, handled like a `subprocess.Popen`."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
from threading import Lock
from types import TracebackType
from typing import IO, Protocol, Self


class ChildProcess(Protocol):
    """What this package needs of a child, whichever way it was started."""

    @property
    def pid(self) -> int:
        """Its process id."""
        ...

    @property
    def stdin(self) -> IO[bytes] | None:
        """What it reads."""
        ...

    @property
    def stdout(self) -> IO[bytes] | None:
        """What it writes."""
        ...

    @property
    def returncode(self) -> int:
        """Its exit status once it has ended: negative for the signal that ended it."""
        ...

    def kill(self) -> None:
        """End it at once."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; raises `subprocess.TimeoutExpired`."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class ForkedChild:
    """See `ChildProcess`.

    Args:
        pid: its process id.
        handle: a pidfd, so that a signal never hits another process that got the same id.
        status: socket on which its parent, the zygote, tells its exit status.
        stdin, stdout: our ends of its pipes.
    """

    def __init__(self, pid: int, handle: int, status: socket.socket, stdin: IO[bytes], stdout: IO[bytes]) -> None:
        self.pid = pid
        self.stdin = stdin
        self.stdout = stdout
        self._status = status
        self._handle = handle
        self._lock = Lock()
        self._returncode: int | None = None

    @property
    def returncode(self) -> int:
        """See `ChildProcess.returncode`; waits for its end."""
        return self.wait()

    def kill(self) -> None:
        """See `ChildProcess.kill`; does nothing to one that has ended."""
        with self._lock:
            if self._returncode is None:
                try:
                    signal.pidfd_send_signal(self._handle, signal.SIGKILL)  # type: ignore[attr-defined, unused-ignore]
                except ProcessLookupError:
                    return

    def wait(self, timeout: float | None = None) -> int:
        """See `ChildProcess.wait`."""
        if self._returncode is None:
            poll = select.poll()
            poll.register(self._handle, select.POLLIN)
            if not poll.poll(None if timeout is None else timeout * 1000):
                raise subprocess.TimeoutExpired(f"child {self.pid}", timeout or 0.0)
            with self._lock:
                if self._returncode is None:
                    text = self._status.recv(16)
                    # No word of it: the zygote itself was ended, and took its children along.
                    self._returncode = int(text) if text else -signal.SIGKILL
                    self._status.close()
                    os.close(self._handle)
        return self._returncode

    def __enter__(self) -> Self:
        """Return the child."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the pipes and wait for its end."""
        self.stdout.close()
        try:
            self.stdin.close()
        finally:
            self.wait()
