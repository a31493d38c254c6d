"""Starts Unswap: the window when called without arguments, the command line otherwise."""

from __future__ import annotations

import sys

from app.bootstrap import main

if __name__ == "__main__":
    sys.exit(main())
