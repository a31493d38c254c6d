"""Hashes that name a file and a decoded picture."""

from __future__ import annotations

import errno
import hashlib
import stat
import struct
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import TypeVar

from core.domain.arrays import UInt8Array
from core.domain.cancel import CancelToken
from core.domain.events import Progress

S = TypeVar("S")
T = TypeVar("T")
MEGABYTE = 1_000_000
"""Unit in which people are told how far a hash is."""
TOLD_FROM_BYTES = 256 << 20
"""Smaller files are hashed in a moment: telling how far it is would only flicker."""
_BLOCK_BYTES = 1 << 20


def file_sha256(path: Path, cancel: CancelToken | None = None) -> str:
    """Hex SHA-256 of a whole file, read once in blocks of constant size and opened for reading only.

    Args:
        path: the file.
        cancel: checked after each block; evidence may be as large as a disk.

    Raises:
        OSError: the file cannot be opened or read, or is none: a pipe or a device has no end.
        AnalysisCancelledError: asked to stop.
    """
    return finished(file_sha256_steps(path), cancel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hashed:
    """How far the hash of a file is: `done` of `total` bytes."""

    done: int
    total: int


def finished(
    steps: Generator[S, None, T], cancel: CancelToken | None = None, tell: Callable[[S], None] | None = None
) -> T:
    """What steps return at their end; `tell` hears of each, `cancel` is checked after it. Raises what they raise."""
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            value: T = end.value
            return value
        if tell is not None:
            tell(step)
        if cancel is not None:
            cancel.raise_if_cancelled()


def told(
    steps: Generator[Hashed, None, T], *, stage: str, cancel: CancelToken, from_bytes: int = 0
) -> Generator[Progress, None, T]:
    """The same for work that tells how far it is, at each whole per cent; `cancel` is checked before each step.

    Args:
        steps: of a hash.
        stage: of the progress.
        cancel: asked to stop.
        from_bytes: of smaller files nothing is told.

    Raises:
        AnalysisCancelledError: asked to stop; and what the steps raise.
    """
    percent = -1
    while True:
        cancel.raise_if_cancelled()
        try:
            hashed = next(steps)
        except StopIteration as end:
            value: T = end.value
            return value
        if hashed.total >= from_bytes and (now := 100 * hashed.done // max(1, hashed.total)) > percent:
            percent = now
            yield Progress(stage=stage, done=hashed.done / MEGABYTE, total=hashed.total / MEGABYTE, unit="MB")


def file_sha256_steps(path: Path) -> Generator[Hashed, None, str]:
    """The same for who wants to tell how far it is, or to stop; returns the digest.

    Raises:
        OSError: the file cannot be opened or read, or is none: a pipe or a device has no end.
    """
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    digest, block, done = hashlib.sha256(), memoryview(bytearray(_BLOCK_BYTES)), 0
    with path.open("rb", buffering=0) as stream:
        while size := stream.readinto(block):
            digest.update(block[:size])
            done += size
            yield Hashed(done=done, total=found.st_size)
    return digest.hexdigest()


def is_of_another_machine(path: Path) -> bool:
    """Whether looking there would make Windows connect to the machine that the path names (``\\\\machine\\share``)."""
    return PureWindowsPath(path).drive.startswith("\\\\")


def stated_file_sha256(path: Path) -> str:
    """`file_sha256` of a path that a document names, which may be anybody's.

    A path of another machine is not opened: that alone would connect to it, and tell it who asks.

    Raises:
        OSError: the same, or the path leads to another machine.
    """
    if is_of_another_machine(path):
        raise OSError(errno.EINVAL, "it lies on another machine; --evidence names a copy", str(path))
    return file_sha256(path)


def pixels_sha256(rgb: UInt8Array) -> str:
    """Hex SHA-256 that names a decoded picture.

    What is hashed, in this order: the height and the width, each as an unsigned 32-bit big-endian
    integer (so that a picture and its transpose differ), then the H * W * 3 samples row by row from the
    top, in each row pixel by pixel from the left, in each pixel R, G, B, one byte each.

    Args:
        rgb: (H, W, 3) uint8, RGB, upright; any memory layout.

    Raises:
        ValueError: the shape or the dtype differs.
    """
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != "uint8":
        raise ValueError(f"expected (H, W, 3) uint8, got {rgb.shape} {rgb.dtype}")
    digest = hashlib.sha256(struct.pack(">II", rgb.shape[0], rgb.shape[1]))
    digest.update(rgb.data if rgb.flags.c_contiguous else rgb.tobytes())
    return digest.hexdigest()
