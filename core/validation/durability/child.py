"""The process that is killed: ``python -m core.validation.durability.child WORK FOLDER KILL_AT``.

Writes ``ready``, then the number of each step when it is committed, then ``ended`` and how many boundaries it passed.
"""

from __future__ import annotations

import sys
from pathlib import Path

from core.validation.durability.killer import Boundaries
from core.validation.durability.works import work


def main() -> None:
    """Do the work that the arguments name."""
    chosen, folder, kill_at = work(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    boundaries = Boundaries(kill_at)
    if kill_at >= 0:  # without, a kill from outside strikes a process that runs as always
        boundaries.install()
    print("ready", flush=True)
    for number in chosen.work(folder):
        print(number, flush=True)
    print("ended", boundaries.passed, flush=True)


if __name__ == "__main__":
    main()
