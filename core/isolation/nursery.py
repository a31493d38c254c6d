"""Children that are ready at once: forked from a process that has everything imported, where the system can do that."""

from __future__ import annotations

import atexit
import json
import os
import socket
import sys
from collections.abc import Sequence
from functools import cache
from subprocess import DEVNULL, PIPE, Popen, TimeoutExpired
from threading import Lock

from core.isolation.child import start_child
from core.isolation.forked import ChildProcess, ForkedChild

_PATIENCE_S = 25.0  # it may have to import first
_END_S = 5.0


def ready_child(*imports: str, inherit: Sequence[int] = ()) -> ChildProcess:
    """A process that runs ``main()`` of a module of ours, with pipes to its standard input and output.

    On Linux it is forked from a `core.isolation.zygote`, elsewhere a fresh interpreter. To be used for modules only
    that start no thread when they are imported.

    Args:
        imports: the module, and whatever else it will import.
        inherit: descriptors that it has, too, under the same numbers.
    """
    child = _nursery().start(imports, inherit) if sys.platform == "linux" and hasattr(os, "pidfd_open") else None
    return child or start_child(imports[0], stdin=PIPE, stdout=PIPE, stderr=DEVNULL, inherit=inherit)


class Nursery:
    """Keeps the zygote, and starts it anew when it has gone. Thread-safe.

    Args:
        patience_s: how long to wait for a forked child; others wait meanwhile.
    """

    def __init__(self, patience_s: float = _PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._lock = Lock()
        self._zygote: Popen[bytes] | None = None
        self._channel: socket.socket | None = None

    def start(self, imports: Sequence[str], inherit: Sequence[int]) -> ForkedChild | None:
        """A forked child; None when the zygote does not work here."""
        order = json.dumps({"imports": list(imports), "inherit": list(inherit)}).encode()
        with self._lock:
            for _ in range(2):
                try:
                    return _forked(self._opened(), order, inherit, self._patience_s)
                except TimeoutError:  # it is stuck, and may be again: a fresh interpreter serves
                    self._close()
                    return None
                except (OSError, ValueError):
                    self._close()
        return None

    def close(self) -> None:
        """End the zygote and what it forked."""
        with self._lock:
            self._close()

    def _opened(self) -> socket.socket:
        if self._channel is None:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            number = theirs.fileno()
            with theirs:
                self._zygote = start_child(
                    "core.isolation.zygote",
                    str(number),
                    stdin=DEVNULL,
                    stdout=DEVNULL,
                    stderr=DEVNULL,
                    inherit=[number],
                )
            self._channel = ours
        return self._channel

    def _close(self) -> None:
        if self._channel is not None:
            self._channel.close()
        if self._zygote is not None:
            try:
                self._zygote.wait(_END_S)
            except TimeoutExpired:
                self._zygote.kill()
                self._zygote.wait()
        self._channel = self._zygote = None


def _forked(channel: socket.socket, order: bytes, inherit: Sequence[int], patience_s: float) -> ForkedChild:
    status, its_status = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    its_input, our_input = os.pipe()
    our_output, its_output = os.pipe()
    stdin, stdout = os.fdopen(our_input, "wb"), os.fdopen(our_output, "rb")
    try:
        channel.settimeout(patience_s)
        status.settimeout(patience_s)
        with its_status:
            socket.send_fds(channel, [order], [its_status.fileno(), its_input, its_output, *inherit])
        text, handles, _, _ = socket.recv_fds(status, 16, 1)
        status.settimeout(None)
        return ForkedChild(int(text), handles[0], status, stdin, stdout)
    except BaseException:
        stdin.close()
        stdout.close()
        status.close()
        raise
    finally:
        os.close(its_input)
        os.close(its_output)


@cache
def _nursery() -> Nursery:
    """The one of this process: a zygote for each caller would cost what it saves."""
    nursery = Nursery()
    atexit.register(nursery.close)
    return nursery
