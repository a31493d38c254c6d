"""Ways to break a media file on purpose, each a function of the file's bytes and a random generator."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from random import Random
from typing import Literal

MOST_BYTES = 4 << 20
_WRONG_SIZES = (0, 1, 7, 8, 0x7F, 0xFFFF, 0x00FFFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_WRONG_SIDES = (
    (0, 0),
    (1, 65_535),
    (4096, 3072),
    (8192, 8192),
    (16_384, 16_384),
    (16_385, 48),
    (20_000, 20_000),
    (32_767, 32_767),
    (65_535, 65_535),
)
_ISO_CONTAINERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"dinf", b"udta", b"stsd", b"meta"})
_ISO_CODECS = (
    b"avc1",
    b"hvc1",
    b"hev1",
    b"av01",
    b"vp09",
    b"mp4v",
    b"apch",
    b"jpeg",
    b"png ",
    b"raw ",
    b"mjp2",
    b"H263",
)
_RIFF_CODECS = (b"MJPG", b"FMP4", b"H264", b"XVID", b"VP80", b"HFYU", b"DIB ", b"MPG2", b"WMV2", b"AV01")
_MATROSKA_CODECS = (
    b"V_VP8",
    b"V_VP9",
    b"V_AV1",
    b"V_THEORA",
    b"V_FFV1",
    b"V_MPEG4/ISO/AVC",
    b"V_MPEGH/ISO/HEVC",
    b"V_MJPEG",
)
_STREAM_TYPES = (0x01, 0x02, 0x10, 0x1B, 0x24, 0x33, 0x42, 0xD1, 0xEA)
_STAMPED = (b"mvhd", b"tkhd", b"mdhd", b"elst", b"stts", b"stsz", b"stsc", b"stco", b"ctts", b"stss")


def cut(data: bytes, random: Random) -> bytes:
    """The beginning only, sometimes with zeros or noise where the rest was."""
    kept = data[: random.randrange(len(data) + 1)]
    filling = random.choice(("nothing", "nothing", "zeros", "noise"))
    if filling == "zeros":
        return kept + bytes(len(data) - len(kept))
    return kept + random.randbytes(len(data) - len(kept)) if filling == "noise" else kept


def flip(data: bytes, random: Random) -> bytes:
    """Single bits anywhere, or only in the first bytes, where the structure is."""
    broken = bytearray(data)
    reach = random.choice((256, 2048, len(data)))
    for _ in range(random.choice((1, 4, 16, 64, 512))):
        broken[random.randrange(min(reach, len(broken)))] ^= 1 << random.randrange(8)
    return bytes(broken)


def resize_elements(data: bytes, random: Random) -> bytes:
    """Sizes that containers declare for their parts: too small, too large, negative, nothing."""
    broken = bytearray(data)
    places = list(_size_fields(data)) or list(range(0, max(1, len(data) - 4), 4))
    order: Literal["little", "big"] = "little" if data[:4] == b"RIFF" else "big"
    for _ in range(random.choice((1, 1, 3))):
        place = random.choice(places)
        size = random.choice((*_WRONG_SIZES, len(data), len(data) + 1, random.getrandbits(32)))
        broken[place : place + 4] = size.to_bytes(4, order)
    return bytes(broken)


def swap_codec(data: bytes, random: Random) -> bytes:
    """Another codec's name on the same stream."""
    for names in (_ISO_CODECS, _RIFF_CODECS, _MATROSKA_CODECS):
        found = [name for name in names if name in data]
        if found:
            old = random.choice(found)
            new = random.choice([name for name in names if name != old])
            return data.replace(old, new[: len(old)].ljust(len(old), b"\0"))
    broken = bytearray(data)
    if data[:1] == b"G" and len(data) % 188 == 0:
        # A transport stream's program map: table 2, behind the payload unit's pointer.
        for start in range(0, len(data), 188):
            if data[start + 5] == 2 or data[start + 4 : start + 6] == b"\0\x02":
                broken[start + 17 : start + 18] = bytes([random.choice(_STREAM_TYPES)])
        return bytes(broken)
    # No names in this container: its head on another stream, and the other way round.
    middle = random.randrange(len(data))
    return data[middle:] + data[:middle] if random.random() < 0.5 else _head_of_another(data, random)


def enlarge(data: bytes, random: Random, width: int = 64, height: int = 48) -> bytes:
    """Declared sides of the picture: nothing, enormous, beyond what is allowed."""
    sides = random.choice(_WRONG_SIDES)
    broken = data
    orders: tuple[Literal["little", "big"], ...] = ("big", "little")
    for n_bytes, order, gap in product((2, 4), orders, (b"", b"\0\0")):
        old = [side.to_bytes(n_bytes, order) for side in (width, height)]
        new = [side.to_bytes(n_bytes, order) for side in sides]
        broken = broken.replace(old[0] + gap + old[1], new[0] + gap + new[1])
        broken = broken.replace(old[1] + gap + old[0], new[1] + gap + new[0])
    # Matroska's PixelWidth and PixelHeight, one byte each; the size byte grows with them, the parent's does not.
    for element, old_side, side in ((0xB0, width, sides[0]), (0xBA, height, sides[1])):
        broken = broken.replace(bytes((element, 0x81, old_side)), bytes((element, 0x82)) + side.to_bytes(2, "big"), 1)
    return _with_checksum(broken) if broken[:4] == b"\x89PNG" else broken


def endless(data: bytes, random: Random) -> bytes:
    """Far more than there is: times and counts without bounds, the file or a part of it over and over."""
    how = random.choice(("whole", "part", "counts", "unknown"))
    if how == "whole":
        return (data * (MOST_BYTES // len(data) + 1))[: random.choice((1 << 18, 1 << 20, MOST_BYTES))]
    if how == "part":
        start = random.randrange(len(data))
        part = data[start : start + random.choice((32, 188, 1024, len(data)))]
        return data[:start] + part * min(5000, (1 << 20) // len(part)) + data[start:]
    broken = bytearray(data)
    if how == "unknown" and data[:4] == b"\x1aE\xdf\xa3":
        # The segment, or a cluster, without an end.
        for name in (b"\x18\x53\x80\x67", b"\x1f\x43\xb6\x75"):
            place = data.find(name)
            if place >= 0:
                broken[place + 4 : place + 12] = b"\x01" + b"\xff" * 7
        return bytes(broken) * 8
    for name in _STAMPED:
        place = data.find(name)
        if place >= 0 and random.random() < 0.6:
            field = place + 8 + 4 * random.randrange(5)
            broken[field : field + 4] = random.choice((b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff", b"\0\xff\xff\xff"))
    return bytes(broken) if broken != data else data + data


def empty(data: bytes, random: Random) -> bytes:
    """Nothing, or nothing but zeros, or a few bytes."""
    kept = data[: random.choice((0, 0, 1, 4, 8, 12, 32))]
    return kept + bytes(random.choice((0, 0, 1, 512, 65_536))) if random.random() < 0.7 else bytes(len(data))


MUTATIONS: Mapping[str, Callable[[bytes, Random], bytes]] = {
    "truncation": cut,
    "bit flips": flip,
    "element sizes": resize_elements,
    "codec swap": swap_codec,
    "giant dimensions": enlarge,
    "endless stream": endless,
    "nothing": empty,
}


def _size_fields(data: bytes) -> Iterator[int]:
    """Where sizes are declared: ISO boxes, RIFF chunks, PNG chunks, Matroska's elements with a one-byte size."""
    if data[4:8] == b"ftyp":
        yield from _iso_boxes(data, 0, len(data))
    elif data[:4] == b"RIFF":
        yield from (place + 4 for place in range(0, len(data) - 8) if data[place : place + 4] in _RIFF_PARTS)
    elif data[:4] == b"\x89PNG":
        place = 8
        while place + 8 <= len(data):
            yield place
            place += 12 + int.from_bytes(data[place : place + 4], "big")
    elif data[:4] == b"\x1aE\xdf\xa3":
        for name in _MATROSKA_PARTS:
            place = data.find(name)
            if place >= 0:
                yield place + len(name)


_RIFF_PARTS = (b"RIFF", b"LIST", b"avih", b"strh", b"strf", b"idx1", b"00dc", b"VP8 ", b"VP8X", b"JUNK")
_MATROSKA_PARTS = tuple(
    map(bytes.fromhex, ("18538067", "114d9b74", "1549a966", "1654ae6b", "1f43b675", "1c53bb6b", "ae", "e0", "a3", "86"))
)


def _iso_boxes(data: bytes, start: int, end: int) -> Iterator[int]:
    while start + 8 <= end:
        yield start
        size = int.from_bytes(data[start : start + 4], "big")
        if size < 8:
            return
        name = data[start + 4 : start + 8]
        if name in _ISO_CONTAINERS:
            yield from _iso_boxes(data, start + (16 if name == b"stsd" else 8), min(end, start + size))
        start += size


def _head_of_another(data: bytes, random: Random) -> bytes:
    head = random.choice(
        (
            b"\xff\xd8\xff\xe0",
            b"GIF89a",
            b"\x89PNG\r\n\x1a\n",
            b"RIFF\xff\xff\xff\x7fWEBP",
            b"\x1aE\xdf\xa3",
            b"FLV\x01\x05",
        )
    )
    return head + data[len(head) :]


def _with_checksum(data: bytes) -> bytes:
    """A PNG whose first chunk's checksum is right again: else decoders stop there."""
    return data[:29] + zlib.crc32(data[12:29]).to_bytes(4, "big") + data[33:]
