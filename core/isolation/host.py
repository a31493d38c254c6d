"""Child process of `core.isolation.call`: imports a function, confines itself, calls the function, answers."""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from pathlib import Path

from core.errors import CaseError
from core.isolation.call import ANSWER, FAILURE, HEAD, REFUSAL
from core.isolation.child import end_with_parent, error_to_json
from core.isolation.ending import EXIT_MEMORY
from core.isolation.limits import Limits
from core.isolation.protections import confine


def main() -> None:
    """Read the order from standard input, write the answer to what was standard output."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(0, os.O_BINARY)
        msvcrt.setmode(1, os.O_BINARY)
    replies = os.dup(1)
    # A library that prints must not write into the replies.
    os.dup2(2, 1)
    with os.fdopen(0, "rb", closefd=False) as requests:
        order = json.loads(requests.readline())
        module, _, name = order["function"].partition(":")
        function = getattr(import_module(module), name)
        path = None if order["path"] is None else Path(order["path"])
        confine(Limits(**order["limits"]), path)
        end_with_parent()
        data = requests.read(order["data"])
    try:
        kind, answer = ANSWER, function(path, order["argument"], data)
    except CaseError as error:
        kind, answer = REFUSAL, error_to_json(error).encode()
    except MemoryError:
        os._exit(EXIT_MEMORY)
    except Exception as error:  # whatever it is, the parent has to hear of it
        kind, answer = FAILURE, f"{type(error).__name__}: {error}"[:500].encode(errors="replace")
    _write(replies, HEAD.pack(kind, len(answer)))
    _write(replies, answer)
    # Nothing of a library that has read hostile input shall run any more, such as what it does at its end.
    os._exit(0)


def _write(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left[: 1 << 20]) :]


if __name__ == "__main__":
    main()
