"""macOS' Seatbelt: no network, no program, no writing, and of people's files one.

`sandbox_init` is marked deprecated since 10.7 and still what browsers and system services use; there is no other way
for a process to restrict itself. Not tested on this project's own machines: where it fails, `enter` answers so.
"""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

# The interpreter and its libraries are loaded before; what the system loads late lies in these places.
_SYSTEM = ("/System", "/usr/lib", "/usr/share", "/private/var/db/timezone", "/Library/Apple")


def enter(readable: Path | None) -> bool:
    """Restrict this process for good; whether the system agreed.

    Args:
        readable: the one file outside the system's own that may be read; None for none.
    """
    if sys.platform != "darwin":
        return False
    try:
        library = ctypes.CDLL("/usr/lib/libSystem.dylib")
        enter_sandbox = library.sandbox_init
    except (OSError, AttributeError):
        return False
    enter_sandbox.argtypes = (ctypes.c_char_p, ctypes.c_uint64, ctypes.POINTER(ctypes.c_char_p))
    enter_sandbox.restype = ctypes.c_int
    message = ctypes.c_char_p()
    return bool(enter_sandbox(profile(readable).encode(), 0, ctypes.byref(message)) == 0)


def profile(readable: Path | None) -> str:
    """The rules in Seatbelt's own language; the last one that matches counts."""
    allowed = [f"(subpath {_quoted(place)})" for place in _SYSTEM]
    if readable is not None:
        # Rules are held against the real path; /tmp and /var are links.
        allowed.append(f"(literal {_quoted(str(readable.resolve()))})")
    return "\n".join(
        (
            "(version 1)",
            "(allow default)",
            "(deny network*)",
            "(deny process-exec*)",
            "(deny process-fork)",
            "(deny file-write*)",
            "(deny file-read-data)",
            f"(allow file-read-data {' '.join(allowed)})",
        )
    )


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
