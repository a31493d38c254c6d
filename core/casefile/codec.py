"""Lossless codecs of scalars, arrays and pictures; the domain's own types are in the `codec_*` modules.

Decoders raise ValueError, KeyError or TypeError on anything their encoder did not write.
"""

from __future__ import annotations

import base64
import io
import json
import zlib
from datetime import datetime
from fractions import Fraction
from typing import Any

import numpy as np
from PIL import Image

from core.domain.arrays import FloatArray, UInt8Array
from core.domain.comparison import Surroundings
from core.domain.foreign_text import exact_fraction
from core.domain.time import TimePoint, TimeRange

_PNG_LEVEL = 1  # higher levels take longer and save one percent
_MAP_LEVEL = 1


def to_json(value: Any) -> str:
    """Compact JSON, pure ASCII so that undecodable bytes of paths survive; floats come back exactly."""
    return json.dumps(value, separators=(",", ":"))


def printable(text: str) -> str:
    """`text` with lone surrogates (bytes of a path that no encoding explains) spelled out as ``\\udcXX``."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def text_blob(text: str) -> bytes:
    """Bytes of any `str`, lone surrogates included."""
    return text.encode("utf-8", "surrogatepass")


def blob_text(blob: bytes) -> str:
    """Back from `text_blob`."""
    return blob.decode("utf-8", "surrogatepass")


def fraction_text(value: Fraction) -> str:
    """``"numerator/denominator"`` or ``"numerator"``."""
    return str(value)


def moment_text(value: datetime) -> str:
    """ISO 8601 with microseconds and the offset from UTC."""
    return value.isoformat(timespec="microseconds")


def range_json(value: TimeRange) -> list[str | None]:
    """``[start, end]``, seconds as fractions."""
    return [None if bound is None else fraction_text(bound) for bound in (value.start, value.end)]


def range_from_json(value: Any) -> TimeRange:
    """Back from `range_json`."""
    start, end = (None if bound is None else exact_fraction(bound) for bound in value)
    return TimeRange(start=start, end=end)


def time_json(value: TimePoint) -> list[Any]:
    """``[pts, time base]``."""
    return [value.pts, fraction_text(value.time_base)]


def time_from_json(value: Any) -> TimePoint:
    """Back from `time_json`, or from the columns ``pts, time_base``."""
    pts, time_base = value
    return TimePoint(pts=pts, time_base=exact_fraction(time_base))


def floats_blob(array: FloatArray) -> bytes:
    """Raw little-endian float32, row by row."""
    return array.astype("<f4", copy=False).tobytes()


def blob_floats(blob: bytes, shape: tuple[int, ...] = (-1,)) -> FloatArray:
    """float32 of `shape`, writable, back from `floats_blob`."""
    return np.frombuffer(blob, "<f4").reshape(shape).astype(np.float32)


def surroundings_json(surroundings: Surroundings) -> list[str]:
    """``[model id, base64 of the vector's bytes]``."""
    return [surroundings.model_id, base64.b64encode(floats_blob(surroundings.embedding)).decode("ascii")]


def surroundings_from_json(value: Any) -> Surroundings:
    """Back from `surroundings_json`."""
    model_id, vector = value
    return Surroundings(embedding=blob_floats(base64.b64decode(vector, validate=True)), model_id=model_id)


def packed_floats(array: FloatArray) -> bytes:
    """zlib of `floats_blob` with equal bytes of all numbers side by side, which smooth maps compress better in."""
    raw = np.frombuffer(floats_blob(array), np.uint8).reshape(-1, 4)
    return zlib.compress(raw.T.tobytes(), _MAP_LEVEL)


def unpacked_floats(blob: bytes, shape: tuple[int, ...]) -> FloatArray:
    """float32 of `shape`, back from `packed_floats`."""
    try:
        planes = np.frombuffer(zlib.decompress(blob), np.uint8).reshape(4, -1)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    return blob_floats(planes.T.tobytes(), shape)


def png_blob(rgb: UInt8Array) -> bytes:
    """PNG of a (H, W, 3) uint8 RGB picture."""
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(rgb)).save(out, "PNG", compress_level=_PNG_LEVEL)
    return out.getvalue()


def blob_png(blob: bytes) -> UInt8Array:
    """(H, W, 3) uint8 RGB, back from `png_blob`."""
    try:
        with Image.open(io.BytesIO(blob), formats=["PNG"]) as picture:
            if picture.mode != "RGB":
                raise ValueError(f"a picture of mode {picture.mode}")
            return np.array(picture, dtype=np.uint8)
    except (OSError, SyntaxError) as error:
        raise ValueError(str(error)) from error
