"""A block of memory that a parent and one child see, which leaves nothing behind when either is killed.

It never has a name in the file system: on Linux it is an anonymous file whose descriptor the child inherits, on other
POSIX systems a temporary file removed before use, on Windows a section backed by the page file.
"""

from __future__ import annotations

import mmap
import os
import secrets
import sys
import tempfile
from types import TracebackType
from typing import Self


class SharedBlock:
    """The parent's end.

    Attributes:
        memory: of the block, zeros at first; taken from the system page by page when touched.
        address: what the child gives to `attach`.
        inherit: descriptors that the child must inherit.

    Args:
        n_bytes: its size, > 0.

    Raises:
        OSError: the system refused.
    """

    def __init__(self, n_bytes: int) -> None:
        self.inherit: tuple[int, ...] = ()
        if sys.platform == "win32":
            tag = f"unswap-{secrets.token_hex(16)}"
            self.memory = mmap.mmap(-1, n_bytes, tagname=tag)
            self.address = f"{tag} {n_bytes}"
            return
        descriptor = _nameless_file()
        try:
            os.ftruncate(descriptor, n_bytes)
            self.memory = mmap.mmap(descriptor, n_bytes)
        except BaseException:
            os.close(descriptor)
            raise
        self.inherit = (descriptor,)
        self.address = f"{descriptor} {n_bytes}"

    def given(self) -> None:
        """To be called when the child has started: the descriptor has done its work."""
        for descriptor in self.inherit:
            os.close(descriptor)
        self.inherit = ()

    def close(self) -> None:
        """Give the memory back; no array over it may be left."""
        self.given()
        self.memory.close()

    def __enter__(self) -> Self:
        """Return the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the block."""
        self.close()


def attach(address: str) -> mmap.mmap:
    """The child's end of the block with this address.

    Raises:
        OSError: there is none.
    """
    name, _, size = address.rpartition(" ")
    if sys.platform == "win32":
        return mmap.mmap(-1, int(size), tagname=name)
    memory = mmap.mmap(int(name), int(size))
    os.close(int(name))
    return memory


def _nameless_file() -> int:
    if sys.platform == "linux":
        return os.memfd_create("unswap frames", os.MFD_CLOEXEC)
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
