"""One conversion of a gallery at a time, and nobody opens the gallery meanwhile.

A conversion holds the system's lock on an empty file ``NAME.converting.lock``. The lock vanishes with its process; the
file is removed by whoever finds it without a holder. Otherwise an opening could take the verified copy for a leftover,
or write into the file that is about to be overwritten.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.errors import GalleryError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_PAUSE_S = 0.02


def lock_path(gallery: Path) -> Path:
    """The file that is locked while a gallery is converted."""
    return gallery.with_name(gallery.name + ".converting.lock")


@contextmanager
def converting(gallery: Path, timeout_s: float) -> Iterator[None]:
    """Keep everybody else from opening or converting a gallery.

    Args:
        gallery: the database file.
        timeout_s: how long to wait for others who convert it, seconds.

    Raises:
        GalleryError: another program converts it.
        OSError: the lock cannot be made beside it.
    """
    handle = _held(gallery, timeout_s, makes=True)
    try:
        yield
    finally:
        _let_go(gallery, handle)


def wait_for_conversion(gallery: Path, timeout_s: float) -> None:
    """Return once nobody converts a gallery; removes what a killed conversion left of its lock.

    Raises:
        GalleryError: another program still converts it after `timeout_s` seconds.
    """
    try:
        handle = _held(gallery, timeout_s, makes=False)
    except OSError:  # there is none, or it is somebody's whose gallery cannot be opened either
        return
    _let_go(gallery, handle)


def _held(gallery: Path, timeout_s: float, *, makes: bool) -> int:
    """The lock, which one holds at a time, so that whoever removes its file removes their own; `makes` that file."""
    lock, give_up_at = lock_path(gallery), time.monotonic() + timeout_s
    while True:
        handle = os.open(lock, os.O_RDWR | (os.O_CREAT if makes else 0), 0o600)
        try:
            if _is_locked(handle) and _is_there(lock, handle):
                return handle
        except BaseException:  # of a file system that knows no locks, for example
            os.close(handle)
            if makes:
                with suppress(OSError):
                    lock.unlink()
            raise
        os.close(handle)
        if time.monotonic() > give_up_at:
            raise GalleryError(
                "another program encrypts or decrypts the gallery just now",
                next_step="wait until it is done, then try again",
                path=gallery,
            )
        time.sleep(_PAUSE_S)


def _is_locked(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # the latter on Windows
        return False
    return True


def _is_there(lock: Path, handle: int) -> bool:
    """Whether the file locked is still the one of that name: whoever held it before has removed it."""
    try:
        return os.path.samestat(lock.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _let_go(gallery: Path, handle: int) -> None:
    if sys.platform != "win32":
        with suppress(OSError):
            lock_path(gallery).unlink()
    os.close(handle)
    if sys.platform == "win32":  # an open file has no other name there, and cannot be removed
        with suppress(OSError):
            lock_path(gallery).unlink()
