"""The entry point: which of the two faces of the program is wanted."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the program on the process's arguments and return its exit code.

    Without arguments it would open the window; as long as there is none, it says so and shows the help.
    """
    from app.cli import build_parser, run

    arguments = sys.argv[1:]
    if arguments:
        return run(arguments)
    build_parser().print_help()
    print("\nUnswap has no window yet: give one of the commands above, for example `doctor`.")
    return 0
