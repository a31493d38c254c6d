"""The processes that run `unswap analyze` for the campaign, each forked from one that has only imported.

Orders come as lines of JSON on standard input: the file that takes the command's output, and the command's words. For
each the process's number and, once it has ended, its exit code are printed. Where the system cannot fork, one order is
carried out, by this very process.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

_COMMANDS, _ENGINE = "app.cli", "app.analysis_run"  # by name: core does not know app


def main() -> None:
    """Carry out orders until there are no more; arguments: the folder of resources, and one for the user's data."""
    resources, data = map(Path, sys.argv[1:])
    import_module(_ENGINE)
    folders = import_module("app.settings").Folders(resources=resources, data=data, logs=data)
    run = import_module(_COMMANDS).run
    for line in sys.stdin:
        output, *words = json.loads(line)
        if not hasattr(os, "fork"):
            print(os.getpid(), flush=True)
            sys.exit(_carried_out(run, output, words, folders))
        child = os.fork()
        if not child:
            os._exit(_carried_out(run, output, words, folders))
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _carried_out(run: Callable[[list[str], object], int], output: str, words: list[str], folders: object) -> int:
    for number, path, flags in (
        (0, os.devnull, os.O_RDONLY),
        (1, output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
        (2, os.devnull, os.O_WRONLY),
    ):
        os.dup2(os.open(path, flags), number)
    try:
        return run(words, folders)
    finally:
        sys.stdout.flush()


if __name__ == "__main__":
    main()
