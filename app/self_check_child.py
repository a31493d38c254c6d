"""The self-check in a process of its own: a broken library cannot take the window along, nor hold it up."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import TYPE_CHECKING, cast

from app.settings import Folders
from core.domain.cancel import CancelToken
from core.domain.installation import Check, CheckState

if TYPE_CHECKING:
    from app.self_check import Fact


def facts_of_child(folders: Folders, cancel: CancelToken) -> Iterator[Fact]:
    """`app.self_check.all_facts`, made by a child process; a child that dies makes the last check a failed one.

    Raises:
        AnalysisCancelledError: asked to stop.
    """
    from core.isolation.child import start_child

    places = (folders.resources, folders.data, folders.logs)
    child = start_child(__name__, *map(str, places), stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL)
    last = "its start"
    try:
        assert child.stdout is not None
        while True:
            try:
                fact = cast("Fact | None", pickle.load(child.stdout))
            except (EOFError, pickle.UnpicklingError):
                yield Check(
                    name="self-check",
                    state=CheckState.FAILED,
                    value=f"a library crashed after the check of {last} (status {child.wait()})",
                    next_step="install the application again; `unswap doctor` in a terminal shows more",
                )
                return
            cancel.raise_if_cancelled()
            if fact is None:
                return
            if isinstance(fact, Check):
                last = fact.name
            yield fact
    finally:
        child.kill()
        child.communicate()


def main() -> None:
    """Write the facts, then None, to what was stdout; whatever libraries print goes to stderr."""
    from app.qt_environment import keep_own_qt

    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    keep_own_qt()
    from app.self_check import all_facts

    resources, data, logs = map(Path, sys.argv[1:])
    for fact in all_facts(Folders(resources=resources, data=data, logs=logs)):
        pickle.dump(fact, answers)
        answers.flush()
    pickle.dump(None, answers)
    answers.close()


if __name__ == "__main__":
    main()
