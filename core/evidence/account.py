"""The account of the operating system that the application runs under."""

from __future__ import annotations

import getpass


def account_name() -> str:
    """Its name, for entries of logs whose actor nobody named; '' when it has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
