"""Opening a media file, read-only, and choosing the stream that is analysed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from core.errors import (
    CaseError,
    EvidenceNotFoundError,
    EvidencePermissionError,
    NotMediaError,
    NoVideoStreamError,
    TruncatedMediaError,
)
from core.video.limits import MAX_SIDE_PX, too_large

_OPTIONS = {
    # A playlist or a reference inside the file must not make us open other files or the network.
    "protocol_whitelist": "none",
    # Opening may decode a first picture to learn its format: refuse to allocate absurd ones.
    "max_pixels": str(MAX_SIDE_PX * MAX_SIDE_PX),
}
# An index that leaps about makes us fill the whole of it for each packet.
_BUFFER_BYTES = 1 << 16
_NO_MOVING_PICTURE = Disposition.attached_pic | Disposition.timed_thumbnails
_TEXT_ART = frozenset({"ansi", "bintext", "xbin", "idf"})


@contextmanager
def open_container(path: Path, *, with_hidden: bool = False) -> Iterator[InputContainer]:
    """Open a media file by its content alone; its name, extension and any pattern in it play no part.

    Args:
        path: the file.
        with_hidden: also show the pictures that an edit list (MP4, QuickTime) hides.

    Raises:
        EvidenceNotFoundError, EvidencePermissionError: the file cannot be read.
        TruncatedMediaError: a known container without its index.
        NotMediaError: no demuxer recognises the file.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except FileNotFoundError as error:
        raise EvidenceNotFoundError("there is no such file", next_step="check the path", path=path) from error
    except OSError as error:
        raise EvidencePermissionError(
            f"the file cannot be read ({error.strerror})", next_step="check its permissions", path=path
        ) from error
    options = _OPTIONS | ({"ignore_editlist": "1"} if with_hidden else {})
    # A bare descriptor has no name, so that libavformat cannot guess by extension or expand a pattern.
    with os.fdopen(descriptor, "rb", buffering=0) as stream:
        try:
            container = av.open(stream, "r", options=options, buffer_size=_BUFFER_BYTES, metadata_errors="replace")
        except (av.FFmpegError, ValueError) as error:
            raise _refusal(path, getattr(error, "strerror", None) or str(error)) from error
        with container:
            yield container


def _refusal(path: Path, reason: str) -> CaseError:
    """Tell a cut-off file of a known kind from something that is no media at all."""
    with path.open("rb") as stream:
        head = stream.read(16)
    known = (
        head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
        or head[:4] in (b"\x1aE\xdf\xa3", b"OggS", b"FLV\x01", b"\x30\x26\xb2\x75", b"\xff\xd8\xff\xe0")
        or (head[:4] == b"RIFF" and (head[8:12] in (b"AVI ", b"WEBP", b"") or len(head) < 12))
        or head[:6] in (b"GIF87a", b"GIF89a")
    )
    if known:
        return TruncatedMediaError(
            "the file begins like a video but its index or its first picture is missing or damaged",
            next_step="obtain a complete copy from the source",
            path=path,
        )
    return NotMediaError(
        f"the file is neither a video nor a picture that can be decoded ({reason})",
        next_step="check that this is the right file",
        path=path,
    )


def choose_stream(container: InputContainer, path: Path) -> VideoStream:
    """The stream that is analysed: of those marked default (else of all) the one with most pixels.

    Cover art and thumbnails do not count; the lowest index wins among equals.

    Raises:
        NoVideoStreamError: there is sound, perhaps with cover art, or nothing.
        NotMediaError: the stream's codec has no decoder here.
        FrameTooLargeError: the declared picture has a side above `MAX_SIDE_PX`.
    """
    moving = [s for s in container.streams.video if not s.disposition & _NO_MOVING_PICTURE]
    if not moving:
        sound = bool(container.streams.audio)
        what = "the file holds sound but no moving picture" if sound else "the file holds no video"
        raise NoVideoStreamError(what, next_step="pass a file with a video stream", path=path)
    decodable = [s for s in moving if s.codec_context is not None and s.codec_context.name not in _TEXT_ART]
    if not decodable:
        raise NotMediaError(
            "no decoder is available for its video stream",
            next_step="convert a copy to H.264 and record that you did",
            path=path,
        )
    preferred = [s for s in decodable if s.disposition & Disposition.default] or decodable
    stream = min(preferred, key=lambda s: (-s.codec_context.width * s.codec_context.height, s.index))
    width, height = stream.codec_context.width, stream.codec_context.height
    if max(width, height) > MAX_SIDE_PX:
        raise too_large(width, height, path)
    if width <= 0 or height <= 0:
        raise TruncatedMediaError(
            "the video stream ends before it says how large its pictures are",
            next_step="obtain a complete copy from the source",
            path=path,
        )
    return stream


def nominal_rate(stream: VideoStream) -> Fraction | None:
    """Frames per second that the container claims; None when it claims nothing."""
    rate = stream.average_rate or stream.guessed_rate
    return Fraction(rate) if rate else None
