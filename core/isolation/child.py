"""Starting a Python process of our own that meets hostile input, and how errors travel back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from subprocess import Popen
from threading import Thread

import core
from core import errors
from core.errors import BugError, CaseError
from core.isolation.ending import EXIT_ORPHAN

_PARENT_LOOK_S = 0.5


def start_child(
    module: str, *arguments: str, stdin: int, stdout: int, stderr: int, inherit: Sequence[int] = ()
) -> Popen[bytes]:
    """Run ``python -m module arguments`` with this program's packages on its path.

    A fresh interpreter instead of a fork: nothing of this process's memory is shared, and the same code
    works on every operating system. The current folder, which may hold a suspect's files, is not on its path, and
    passphrases in this process's environment are not handed on.

    Args:
        module: to run.
        arguments: of it.
        stdin, stdout, stderr: as of `subprocess.Popen`.
        inherit: descriptors that stay open in the child under their numbers (POSIX only).
    """
    executable = sys.executable
    launcher: dict[str, str] = {}
    if sys.platform == "win32" and sys.prefix != sys.base_prefix:
        # The python.exe of a virtual environment only starts the true one, which a job of one process would forbid.
        executable, launcher = sys._base_executable, {"__PYVENV_LAUNCHER__": sys.executable}
    return Popen(  # closed by the callers
        [executable, "-P", "-m", module, *arguments],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env={**environment(), **launcher},
        pass_fds=tuple(inherit),
        # Ctrl-C in a terminal reaches the whole process group: the parent alone shall decide what stops.
        process_group=0 if os.name == "posix" else None,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )


def environment() -> dict[str, str]:
    """This process's environment for a child: without passphrases, and with no place that depends on where one is."""
    root = str(Path(next(iter(core.__path__))).parent)
    theirs = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if Path(entry).is_absolute()]
    kept = {name: value for name, value in os.environ.items() if not _is_secret(name)}
    # Libraries of linear algebra start threads while they are imported, which a confinement would not reach.
    few_threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return kept | few_threads | {"PYTHONPATH": os.pathsep.join((root, *theirs))}


def _is_secret(variable: str) -> bool:
    return variable.upper().startswith("UNSWAP_") and "PASSPHRASE" in variable.upper()


def end_with_parent() -> None:
    """End this process soon after its parent; on Windows the job object sees to it.

    A parent that has gone before this call shows by the end of its pipes.
    """
    if os.name == "posix":
        Thread(target=_watch_parent, args=(os.getppid(),), name="parent watch", daemon=True).start()


def _watch_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_PARENT_LOOK_S)
    os._exit(EXIT_ORPHAN)


def error_to_json(error: CaseError) -> str:
    """One line of JSON that `error_from_json` turns into an equal error."""
    return json.dumps({"error": type(error).__name__, "what": error.what, "next_step": error.next_step})


def error_from_json(text: str, path: Path | None) -> CaseError:
    """The error that a child process met, to be raised here.

    Raises:
        BugError: the text is none, or the name is none of `core.errors`.
    """
    try:
        raw = json.loads(text)
        name, what, next_step = str(raw["error"]), str(raw["what"]), str(raw["next_step"])
    except (ValueError, TypeError, KeyError) as error:
        raise BugError("a child process reported an error in no form we know") from error
    kind = getattr(errors, name, None)
    if not (isinstance(kind, type) and issubclass(kind, CaseError)):
        raise BugError(f"unknown error {name!r} from a child process")
    return kind(what, next_step=next_step, path=path)
