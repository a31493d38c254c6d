"""Everything of Pillow that reading a picture may import late: a confined process cannot open it any more."""

from __future__ import annotations

import mmap

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    ExifTags,
    GifImagePlugin,
    Image,
    ImageColor,
    ImageFilter,
    ImageMath,
    ImageOps,
    ImagePalette,
    ImageSequence,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    TiffTags,
    WebPImagePlugin,
)

Image.preinit()

LOADED = (
    AvifImagePlugin,
    BmpImagePlugin,
    ExifTags,
    GifImagePlugin,
    ImageColor,
    ImageFilter,
    ImageMath,
    ImageOps,
    ImagePalette,
    ImageSequence,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    TiffTags,
    WebPImagePlugin,
    mmap,
)
