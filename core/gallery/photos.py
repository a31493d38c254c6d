"""Photographs as people hand them in: read once, hashed, upright, RGB, or refused with a reason."""

from __future__ import annotations

import hashlib
import io
import stat
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from core.domain.arrays import UInt8Array, frozen_array
from core.errors import PhotoRefusedError
from core.gallery.photo_decoding import MAX_PHOTO_PIXELS, SIDES
from core.gallery.templates import THUMBNAIL_MAX_PX
from core.isolation.call import isolated_call
from core.isolation.ending import ChildEndedError, Ending
from core.isolation.limits import Limits

MAX_PHOTO_BYTES = 256 * 2**20
PHOTO_SUFFIXES = frozenset(
    ".jpg .jpeg .jpe .jfif .mpo .png .webp .tif .tiff .bmp .gif .avif .jp2 .j2k".split()  # noqa: SIM905
)
_AGAIN = "save it anew as JPEG or PNG, or leave it out"
_ENDINGS = {
    Ending.CRASHED: "the decoder crashed",
    Ending.OUT_OF_MEMORY: "it needs more memory than is allowed",
    Ending.CPU_TIME: "it used up the processor time that is allowed",
    Ending.HUNG: "the decoder hung",
    Ending.WALL_TIME: "it took too long",
    Ending.GARBLED: "the decoder answered nonsense",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Photo:
    """A decoded photograph.

    Attributes:
        rgb: (H, W, 3) uint8 RGB, read-only, upright: the EXIF orientation is applied.
        sha256: hex digest of the file.
    """

    rgb: UInt8Array
    sha256: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "rgb", frozen_array(self.rgb, "Photo.rgb", (None, None, 3), np.uint8))


def read_photo_bytes(path: Path) -> tuple[bytes, str]:
    """A photo file's content and its SHA-256, hex.

    Raises:
        PhotoRefusedError: missing, a folder, unreadable, empty, or larger than 256 MiB.
    """
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
            raise PhotoRefusedError("this is no regular file", next_step="copy the photo to a file first", path=path)
        if found.st_size > MAX_PHOTO_BYTES:
            raise _too_large(path, f"has {found.st_size / 2**20:.0f} MiB, more")
        with path.open("rb") as file:
            data = file.read(MAX_PHOTO_BYTES + 1)  # files of the system, and those being written, tell no true size
        if len(data) > MAX_PHOTO_BYTES:
            raise _too_large(path, "has more")
    except FileNotFoundError:
        raise PhotoRefusedError("there is no such file", next_step="check the path", path=path) from None
    except IsADirectoryError:
        raise PhotoRefusedError(
            "this is a folder, not a photo", next_step="import folders as such", path=path
        ) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise PhotoRefusedError(
            f"the file cannot be read ({reason})", next_step="check the path and its permissions", path=path
        ) from error
    if not data:
        raise PhotoRefusedError("the file is empty", next_step="copy the photo again", path=path)
    return data, hashlib.sha256(data).hexdigest()


def _too_large(path: Path, how: str) -> PhotoRefusedError:
    return PhotoRefusedError(
        f"the file {how} than {MAX_PHOTO_BYTES // 2**20} MiB", next_step="save the photo smaller", path=path
    )


def decode_photo(data: bytes, path: Path) -> UInt8Array:
    """Decode a photo file's content to upright RGB, (H, W, 3) uint8, in a process of its own.

    Transparent parts become white; 16-bit and floating-point greys are scaled to 8 bit.

    Args:
        data: the file's content.
        path: for messages.

    Raises:
        PhotoRefusedError: not a photo, damaged, of more than 120 megapixels, or one that the decoder crashed on, hung
            on, or went over a limit with.
    """
    limits = Limits(answer_bytes=SIDES.size + 3 * MAX_PHOTO_PIXELS)
    try:
        answer = isolated_call("core.gallery.photo_decoding:decoded_bytes", data=data, limits=limits, is_light=True)
    except PhotoRefusedError as error:
        raise PhotoRefusedError(error.what, next_step=error.next_step, path=path) from error
    except ChildEndedError as end:
        raise PhotoRefusedError(
            f"the photo could not be decoded: {_ENDINGS[end.ending]}", next_step=_AGAIN, path=path
        ) from end
    height, width = SIDES.unpack_from(answer)
    if len(answer) != SIDES.size + height * width * 3:
        raise PhotoRefusedError(
            f"the photo could not be decoded: {_ENDINGS[Ending.GARBLED]}", next_step=_AGAIN, path=path
        )
    return np.frombuffer(answer, np.uint8, offset=SIDES.size).reshape(height, width, 3)


def read_photo(path: Path) -> Photo:
    """Read, hash and decode one photo; raises as `read_photo_bytes` and `decode_photo` do."""
    data, sha256 = read_photo_bytes(path)
    return Photo(rgb=decode_photo(data, path), sha256=sha256)


def thumbnail_png(rgb: UInt8Array) -> bytes:
    """A PNG of at most 96 px a side of a picture (H, W, 3) uint8 RGB, without any metadata."""
    picture = Image.fromarray(np.ascontiguousarray(rgb))
    picture.thumbnail((THUMBNAIL_MAX_PX, THUMBNAIL_MAX_PX), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
