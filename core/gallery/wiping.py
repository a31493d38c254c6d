"""Removing files so that their content does not stay in the blocks they held."""

from __future__ import annotations

import os
from pathlib import Path

_BLOCK = b"\0" * 2**20


def wipe(path: Path) -> None:
    """Overwrite a file with zeros, wait for the disk, and remove it; none is no error.

    A file system that copies on writing, and a solid-state disk, may keep the former blocks all the same.

    Raises:
        OSError: it cannot be written or removed.
    """
    try:
        with path.open("r+b") as file:
            left = os.fstat(file.fileno()).st_size
            while left > 0:
                left -= file.write(_BLOCK[:left] if left < len(_BLOCK) else _BLOCK)
            file.flush()
            os.fsync(file.fileno())
    except FileNotFoundError:
        return
    path.unlink(missing_ok=True)
