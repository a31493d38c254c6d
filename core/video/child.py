"""Starting a Python process of our own that decodes hostile input, and how errors travel back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from subprocess import Popen

import core
from core import errors
from core.errors import BugError, CaseError


def start_child(module: str, *arguments: str, stdin: int, stdout: int, stderr: int) -> Popen[bytes]:
    """Run ``python -m module arguments`` with this program's packages on its path.

    A fresh interpreter instead of a fork: nothing of this process's memory is shared, and the same code
    works on every operating system.
    """
    root = str(Path(next(iter(core.__path__))).parent)
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", ""))))
    return Popen(  # closed by the callers
        [sys.executable, "-m", module, *arguments],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env={**os.environ, "PYTHONPATH": path},
        # Ctrl-C in a terminal reaches the whole process group: the parent alone shall decide what stops.
        process_group=0 if os.name == "posix" else None,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )


def error_to_json(error: CaseError) -> str:
    """One line of JSON that `error_from_json` turns into an equal error."""
    return json.dumps({"error": type(error).__name__, "what": error.what, "next_step": error.next_step})


def error_from_json(text: str, path: Path) -> CaseError:
    """The error that a child process met, to be raised here.

    Raises:
        BugError: the name is none of `core.errors`.
    """
    raw = json.loads(text)
    kind = getattr(errors, raw["error"], None)
    if not (isinstance(kind, type) and issubclass(kind, CaseError)):
        raise BugError(f"unknown error {raw['error']!r} from a child process")
    return kind(raw["what"], next_step=raw["next_step"], path=path)
