"""The entry point: which of the two faces of the program is wanted."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line on the process's arguments, or without any open the window; return the exit code."""
    if sys.argv[1:]:
        from app.cli import run

        return run(sys.argv[1:])
    return _open_window()


def _open_window() -> int:
    from app.qt_environment import keep_own_qt, usable_platform
    from app.settings import standard_folders
    from core.errors import CaseError

    keep_own_qt()
    try:
        usable_platform()
    except CaseError as error:
        print(f"unswap: {error}", file=sys.stderr)
        return error.exit_code
    from app.desktop import run_window

    return run_window(standard_folders())
