"""Decoding photographs, in a process of its own (see `core.gallery.photos`): damaged files have crashed decoders."""

from __future__ import annotations

import io
import struct
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from core.domain.arrays import UInt8Array
from core.errors import PhotoRefusedError
from core.isolation import pillow_parts  # noqa: F401  (for what it loads)

MAX_PHOTO_PIXELS = 120_000_000
# Only formats in which photographs are stored: Pillow's others include programs (EPS).
# JPEG covers multi-picture files (MPO) as well.
PHOTO_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "JPEG2000")
SIDES = struct.Struct("<II")
_AGAIN = "save it anew as JPEG or PNG, or leave it out"
# What Pillow's decoders raise on files that are damaged on purpose or by accident.
_DECODER_ERRORS = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, struct.error)


def decoded_bytes(path: Path | None, argument: str, data: bytes) -> bytes:
    """For `core.isolation.call.isolated_call`: height and width (`SIDES`), then the pixels of a photo file's content.

    Raises:
        PhotoRefusedError: not a photo, damaged, or of more than 120 megapixels.
    """
    rgb = _decoded(data)
    return SIDES.pack(*rgb.shape[:2]) + rgb.tobytes()


def _decoded(data: bytes) -> UInt8Array:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's bomb warning and EXIF complaints; the size is checked below
            with Image.open(io.BytesIO(data), formats=PHOTO_FORMATS) as image:
                if image.width * image.height > MAX_PHOTO_PIXELS:
                    raise PhotoRefusedError(
                        f"the photo has {image.width} x {image.height} pixels, too many to decode safely",
                        next_step="save it smaller",
                    )
                return np.asarray(_upright_rgb(image))
    except Image.DecompressionBombError as error:
        raise PhotoRefusedError(
            "the photo declares too many pixels to decode safely", next_step="save it smaller"
        ) from error
    except UnidentifiedImageError as error:
        raise PhotoRefusedError("the file is not a photo", next_step=_AGAIN) from error
    except _DECODER_ERRORS as error:
        raise PhotoRefusedError(f"the photo is damaged ({error})", next_step=_AGAIN) from error


def _upright_rgb(image: Image.Image) -> Image.Image:
    image.load()
    upright = ImageOps.exif_transpose(image)
    if upright.mode == "F" or upright.mode.startswith("I"):
        grey = np.nan_to_num(np.asarray(upright, dtype=np.float64))
        span = 65535.0 if grey.max(initial=0.0) > 255.0 else 255.0
        return Image.fromarray((grey * (255.0 / span)).clip(0, 255).round().astype(np.uint8)).convert("RGB")
    if upright.has_transparency_data:
        rgba = upright.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    return upright.convert("RGB")
