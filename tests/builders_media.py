"""Small media files, written by script. Each picture carries its number as black and white blocks."""

from __future__ import annotations

import struct
import wave
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from core.domain.evidence import EvidenceItem
from core.evidence.hashing import file_sha256
from core.video.inspect import inspect

_BITS = 8
_BLOCK_PX = 12


def numbered_picture(number: int, width: int = 96, height: int = 64) -> NDArray[np.uint8]:
    """(height, width, 3) uint8: a moving gradient with `number` in binary along the upper edge."""
    y, x = np.mgrid[:height, :width]
    picture = np.stack([x * 2 + number * 3, y * 2 + number * 5, 60 + (x + y + number) % 90], -1)
    picture = (picture % 256).astype(np.uint8)
    for bit in range(_BITS):
        block = picture[:_BLOCK_PX, bit * _BLOCK_PX : (bit + 1) * _BLOCK_PX]
        block[:] = 255 if number >> bit & 1 else 0
    return picture


def number_in(rgb: NDArray[np.uint8]) -> int:
    """The number that `numbered_picture` wrote, read back from a decoded picture."""
    middle = _BLOCK_PX // 2
    samples = rgb[middle - 2 : middle + 2].mean(axis=(0, 2))
    return sum(1 << bit for bit in range(_BITS) if samples[bit * _BLOCK_PX + middle] > 127)


@dataclass(frozen=True, kw_only=True)
class ClipSpec:
    """How to write a clip.

    Attributes:
        stamps: picture times in 1/1000 s when they are not regular.
        matrix: luma and chroma matrix used and declared (FFmpeg's number).
        stored_matrix: matrix used and not declared.
        pixel_aspect: width to height of a pixel, as declared.
        pictures: (height, width, 3) uint8 each; numbered ones when not given.
    """

    codec: str = "libx264"
    pixel_format: str = "yuv420p"
    n_pictures: int = 30
    width: int = 96
    height: int = 64
    fps: int = 25
    options: Mapping[str, str] = field(default_factory=dict)
    mux_options: Mapping[str, str] = field(default_factory=dict)
    stamps: Sequence[int] | None = None
    rotation_ccw_deg: int = 0
    mirrored: bool = False
    with_sound: bool = False
    container: str | None = None
    matrix: int | None = None
    stored_matrix: int | None = None
    full_range: bool = False
    pixel_aspect: Fraction | None = None
    pictures: Sequence[NDArray[np.uint8]] | None = None


def write_clip(path: Path, spec: ClipSpec = ClipSpec()) -> Path:
    """Encode a clip and return its path."""
    with av.open(str(path), "w", format=spec.container, options=dict(spec.mux_options)) as container:
        stream = _add_video(container, spec)
        sound = container.add_stream("aac", rate=8000) if spec.with_sound else None
        _encode(container, stream, spec)
        if sound is not None:
            silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            for index in range(8):
                silence.pts, silence.sample_rate = index * 1024, 8000
                container.mux(sound.encode(silence))
            container.mux(sound.encode(None))
    return path


def write_two_streams(path: Path, small: ClipSpec, large: ClipSpec) -> Path:
    """A container with two video streams, `small` first."""
    with av.open(str(path), "w") as container:
        streams = [_add_video(container, spec) for spec in (small, large)]
        for stream, spec in zip(streams, (small, large), strict=True):
            _encode(container, stream, spec)
    return path


def _add_video(container: av.container.OutputContainer, spec: ClipSpec) -> av.VideoStream:
    stream = container.add_stream(spec.codec, rate=spec.fps, options=dict(spec.options))
    stream.width, stream.height, stream.pix_fmt = spec.width, spec.height, spec.pixel_format
    stream.thread_count = 1
    if spec.stamps is not None:
        stream.codec_context.time_base = Fraction(1, 1000)
    if spec.matrix is not None:
        stream.codec_context.colorspace = spec.matrix
    if spec.full_range:
        stream.codec_context.color_range = 2
    if spec.pixel_aspect is not None:
        stream.codec_context.sample_aspect_ratio = spec.pixel_aspect
    if spec.rotation_ccw_deg or spec.mirrored:
        stream.set_display_rotation(spec.rotation_ccw_deg, hflip=spec.mirrored)
    return stream


def _encode(container: av.container.OutputContainer, stream: av.VideoStream, spec: ClipSpec) -> None:
    pictures = spec.pictures or [numbered_picture(number, spec.width, spec.height) for number in range(spec.n_pictures)]
    for number, picture in enumerate(pictures):
        frame = VideoFrame.from_ndarray(picture, "rgb24").reformat(
            format=spec.pixel_format,
            dst_colorspace=spec.matrix or spec.stored_matrix,
            dst_color_range=2 if spec.full_range else None,
        )
        if spec.stored_matrix is not None:
            frame.colorspace = 2
        frame.time_base = Fraction(1, 1000) if spec.stamps is not None else Fraction(1, spec.fps)
        frame.pts = spec.stamps[number] if spec.stamps is not None else number
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def write_sound(path: Path) -> Path:
    """A second of silence as a WAV file."""
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(16_000))
    return path


def write_no_pictures(path: Path) -> Path:
    """A container whose video stream holds no picture."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        container.start_encoding()
    return path


def damage_packets(path: Path, numbers: Sequence[int], *, kept: int = 5) -> Path:
    """Overwrite the packets with these numbers (decoding order) of the first video stream, but for their first bytes.

    With none kept most decoders refuse the packet, instead of making something of it.
    """
    with av.open(str(path)) as container:
        places = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    data = bytearray(path.read_bytes())
    noise = np.random.default_rng(5).integers(0, 256, 1 << 16, np.uint8).tobytes()
    for number in numbers:
        begin, size = places[number]
        if begin is None or begin < 0:
            raise ValueError("the container does not tell where its packets lie")
        data[begin + kept : begin + size] = noise[: size - kept]
    path.write_bytes(data)
    return path


def blank_jpegs(path: Path, numbers: Sequence[int]) -> Path:
    """Overwrite the heads of the pictures with these numbers in a file of Motion JPEG, so that none can be decoded."""
    data = bytearray(path.read_bytes())
    place = data.find(b"\xff\xd8\xff")
    number = 0
    while place >= 0:
        if number in numbers:
            data[place : place + 400] = bytes(400)
        number += 1
        place = data.find(b"\xff\xd8\xff", place + 3)
    path.write_bytes(data)
    return path


def shorten_edit_list(path: Path, *, parts: int) -> Path:
    """Let the edit list of an MP4 file of one track show only the first of so many equal parts."""
    data = bytearray(path.read_bytes())
    duration_at = data.index(b"elst") + 12
    duration = int.from_bytes(data[duration_at : duration_at + 4], "big")
    data[duration_at : duration_at + 4] = (duration // parts).to_bytes(4, "big")
    path.write_bytes(data)
    return path


def repeat_in_index(path: Path, n_samples: int) -> Path:
    """Let the index of an MP4 file of one track, without B-frames, name its first picture that many times."""
    path.write_bytes(b"".join(_repeating(name, body, n_samples) for name, body in _boxes(path.read_bytes())))
    return path


def _repeating(name: bytes, body: bytes, n_samples: int) -> bytes:
    if name in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
        kept = [(inner, part) for inner, part in _boxes(body) if inner not in (b"edts", b"stss")]
        body = b"".join(_repeating(inner, part, n_samples) for inner, part in kept)
    elif name == b"stts":
        body = struct.pack(">IIII", 0, 1, n_samples, int.from_bytes(body[12:16], "big"))
    elif name == b"stsc":
        body = struct.pack(">IIIII", 0, 1, 1, 1, 1)
    elif name == b"stsz":
        body = struct.pack(">III", 0, 0, n_samples) + body[12:16] * n_samples
    elif name == b"stco":
        body = struct.pack(">II", 0, n_samples) + body[8:12] * n_samples
    return struct.pack(">I4s", 8 + len(body), name) + body


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each box, one behind the other."""
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], data[at + 8 : at + size]
        at += size


def evidence_item(path: Path) -> EvidenceItem:
    """What `probe` returns, without its child process: for tests of what comes after it."""
    facts = inspect(path)
    found = path.stat()
    return EvidenceItem(
        path=path,
        sha256=file_sha256(path),
        size_bytes=found.st_size,
        modified_at=datetime.fromtimestamp(found.st_mtime, UTC),
        ingested_at=datetime.now(UTC),
        **{name: getattr(facts, name) for name in type(facts).__slots__},
    )
