"""How long a file should be by its container's own framing: the exact sign of a file that was cut off."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_EBML_HEADER = 0x1A45DFA3
_SEGMENT = 0x18538067
_ID_MAX_BYTES = 4
_SIZE_MAX_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Element:
    """An EBML element (RFC 8794).

    Attributes:
        id: with its length marker.
        content: offset of its first byte of content.
        end: offset behind it; None when it has no known size.
    """

    id: int
    content: int
    end: int | None


def missing_bytes(path: Path) -> int:
    """How many bytes the file lacks of what its outermost element announces; 0 also where that is not announced.

    Reads a few bytes of Matroska and WebM files, and of a live recording, whose segment has no size, the head of each
    of its clusters. Other containers say it in other ways, or not at all.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as stream:
        if stream.read(4) != _EBML_HEADER.to_bytes(4, "big"):
            return 0
        size = stream.seek(0, os.SEEK_END)
        for element in _elements(stream, 0, size):
            if element.id == _SEGMENT:
                end = element.end if element.end is not None else _end_of_children(stream, element.content, size)
                return max(0, end - size)
    return 0


def _end_of_children(stream: BinaryIO, start: int, size: int) -> int:
    end = start
    for child in _elements(stream, start, size):
        if child.end is None:
            return size
        end = child.end
    return end


def _elements(stream: BinaryIO, start: int, size: int) -> Iterator[_Element]:
    """Elements one behind the other, up to the end of the file or to one of unknown size, which is the last."""
    position: int | None = start
    while position is not None and position < size:
        stream.seek(position)
        head = stream.read(_ID_MAX_BYTES + _SIZE_MAX_BYTES)
        id_length = _length(head[:1], _ID_MAX_BYTES)
        size_length = _length(head[id_length : id_length + 1], _SIZE_MAX_BYTES) if id_length else 0
        raw = head[id_length : id_length + size_length]
        if not size_length or len(raw) < size_length:
            return
        value_bits = 7 * size_length
        value = int.from_bytes(raw, "big") & ((1 << value_bits) - 1)
        content = position + id_length + size_length
        # All bits set means "not known".
        position = None if value == (1 << value_bits) - 1 else content + value
        yield _Element(id=int.from_bytes(head[:id_length], "big"), content=content, end=position)


def _length(first: bytes, longest: int) -> int:
    """Length in bytes of a variable-size integer by its first byte; 0 when that is none."""
    if not first or not first[0]:
        return 0
    length = 9 - first[0].bit_length()
    return length if length <= longest else 0
