"""A process that has the libraries of decoding in memory and forks a child whenever one is asked for (Linux).

It reads nothing but what our own program tells it, so that each child begins clean; each child confines itself before
it reads hostile input, and never serves twice. It saves the third of a second that importing takes.
"""

from __future__ import annotations

import fcntl
import json
import os
import selectors
import signal
import socket
import sys
from dataclasses import dataclass
from importlib import import_module
from typing import NoReturn

from core.errors import BugError

_REQUEST_BYTES = 1 << 16
_MOST_DESCRIPTORS = 16
_IDLE_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ward:
    """A child: its process id, its pidfd, and where its exit status is told."""

    pid: int
    handle: int
    status: socket.socket


class Zygote:
    """Serves one channel until it is closed, or until nobody has asked for two minutes."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._selector = selectors.DefaultSelector()
        self._selector.register(channel, selectors.EVENT_READ)
        self._wards: dict[int, _Ward] = {}

    def serve(self) -> None:
        """Fork children, tell of their ends; ends all that are left when the channel is closed."""
        while True:
            events = self._selector.select(_IDLE_S)
            if not events and not self._wards:
                return
            for key, _ in events:
                if key.fileobj is not self._channel:
                    self._bury(self._wards[key.fd])
                elif not self._answer():
                    for ward in self._wards.values():
                        os.kill(ward.pid, signal.SIGKILL)
                    return

    def _answer(self) -> bool:
        data, descriptors, _, _ = socket.recv_fds(self._channel, _REQUEST_BYTES, _MOST_DESCRIPTORS)
        if not data:
            return False
        order = json.loads(data)
        for name in order["imports"]:
            import_module(name)
        if len(os.listdir("/proc/self/task")) != 1:  # noqa: PTH208
            raise BugError("a module that starts threads when it is imported is not for forking")
        pid = os.fork()
        if pid == 0:
            self._become(order["imports"][0], descriptors, order["inherit"])
        handle = os.pidfd_open(pid)  # type: ignore[attr-defined, unused-ignore]  # Linux only
        status = socket.socket(fileno=descriptors[0])
        socket.send_fds(status, [str(pid).encode()], [handle])
        for descriptor in descriptors[1:]:
            os.close(descriptor)
        self._wards[handle] = _Ward(pid=pid, handle=handle, status=status)
        self._selector.register(handle, selectors.EVENT_READ)
        return True

    def _bury(self, ward: _Ward) -> None:
        _, code = os.waitpid(ward.pid, 0)
        self._selector.unregister(ward.handle)
        del self._wards[ward.handle]
        try:
            ward.status.send(str(os.waitstatus_to_exitcode(code)).encode())
        except OSError:
            return  # nobody wants to know any more
        finally:
            ward.status.close()
            os.close(ward.handle)

    def _become(self, module: str, descriptors: list[int], inherit: list[int]) -> NoReturn:
        """In the child: keep what it was given, under the numbers it expects, and run the module."""
        code = 1
        try:
            wanted = [0, 1, *inherit]
            safe = max(2, *wanted) + 1  # standard error stays
            given = [fcntl.fcntl(number, fcntl.F_DUPFD, safe) for number in descriptors[1:]]
            os.closerange(3, safe)
            for number, place in zip(given, wanted, strict=True):
                os.dup2(number, place)
            os.closerange(safe, os.sysconf("SC_OPEN_MAX"))
            import_module(module).main()
            code = 0
        finally:
            os._exit(code)


def main() -> None:
    """Serve the channel whose descriptor is named on the command line."""
    with socket.socket(fileno=int(sys.argv[1])) as channel:
        Zygote(channel).serve()


if __name__ == "__main__":
    main()
