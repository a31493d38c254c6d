"""Hashes that name a file and a decoded picture."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

from core.domain.arrays import UInt8Array
from core.domain.cancel import CancelToken

_BLOCK_BYTES = 1 << 20


def file_sha256(path: Path, cancel: CancelToken | None = None) -> str:
    """Hex SHA-256 of a whole file, read once in blocks of constant size and opened for reading only.

    Args:
        path: the file.
        cancel: checked before each block; evidence may be as large as a disk.

    Raises:
        OSError: the file cannot be opened or read.
        AnalysisCancelledError: asked to stop.
    """
    digest, block = hashlib.sha256(), memoryview(bytearray(_BLOCK_BYTES))
    with path.open("rb", buffering=0) as stream:
        while size := stream.readinto(block):
            if cancel is not None:
                cancel.raise_if_cancelled()
            digest.update(block[:size])
    return digest.hexdigest()


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
