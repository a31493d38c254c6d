"""Runs Python code in this process and writes down every attempt to reach a network; each is refused.

As ``python -m core.validation.network_guard LOG CODE [ARGUMENT ...]``: CODE is run as ``python -c`` would. Works
through the interpreter's audit events (PEP 578), so on every system and for every library written in Python. What
compiled libraries and child processes try is counted by the kernel, see `core.validation.biometric_network`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

_ASKING = frozenset(
    {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo", "urllib.Request"}
)
_USING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind"})
_WITHIN = ("127.0.0.1", "::1", "localhost")


def watch(log: Path) -> None:
    """From now on, refuse and note whatever leads to a network.

    Let be are sockets within the machine (AF_UNIX), and one that is only bound to the machine itself: urllib3, which
    others bring along, finds out by that on import whether there is IPv6.
    """

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _USING:
            address = arguments[1]
            is_attempt = isinstance(address, tuple)  # addresses of other families are text or bytes
            is_attempt = is_attempt and not (event == "socket.bind" and address[0] in _WITHIN)
        else:
            is_attempt = event in _ASKING
        if is_attempt:
            with log.open("a", encoding="utf-8") as file:
                shown = [a for a in arguments if isinstance(a, str | int | tuple)]
                file.write(f"{event} {shown!r} from {_caller()}\n")
            raise PermissionError(f"no network: {event}")

    sys.addaudithook(hook)


def _caller() -> str:
    """The module that asked, outside of the standard library's own."""
    frame = sys._getframe(2)
    while frame.f_back is not None and frame.f_globals.get("__name__") in (__name__, "socket"):
        frame = frame.f_back
    return str(frame.f_globals.get("__name__"))


def main() -> None:
    """See the module."""
    log, code, *arguments = sys.argv[1:]
    watch(Path(log))
    sys.argv = ["-c", *arguments]
    exec(compile(code, "<code>", "exec"), {"__name__": "__main__"})


if __name__ == "__main__":
    main()
