"""A single picture as evidence of one frame, decoded by Pillow."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from PIL import Image, UnidentifiedImageError

from core.domain.arrays import UInt8Array
from core.domain.evidence import EvidenceItem, Frame
from core.domain.time import TimePoint, TimeRange
from core.errors import FrameTooLargeError, NoFramesError, NotMediaError, TruncatedMediaError
from core.video.limits import MAX_SIDE_PX, too_large
from core.video.orientation import Orientation, from_exif, upright
from core.video.picture_index import PictureIndex, Side

STILL_TIME_BASE = Fraction(1)
_EXIF_ORIENTATION = 0x0112
_EXIF_SOFTWARE = 0x0131
_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StillPicture:
    """A decoded still: upright (H, W, 3) uint8 RGB, and what the file says of itself."""

    rgb: UInt8Array
    orientation: Orientation
    format: str
    mode: str
    software: str
    n_pictures: int


def read_still(path: Path) -> StillPicture:
    """Decode a JPEG, PNG, WebP, TIFF or BMP picture and turn it as its EXIF orientation asks.

    The first picture of the file is taken; transparency and colour profile are dropped, 16 bit grey is
    cut to its upper 8 bits.

    Raises:
        NotMediaError: not one of these formats.
        FrameTooLargeError: declared larger than `MAX_SIDE_PX` on a side; nothing was decoded.
        TruncatedMediaError: the picture's data end early or are damaged.
    """
    try:
        with warnings.catch_warnings(), path.open("rb") as stream:
            # Pillow's own size alarm; ours below is stricter on sides and comes before decoding, too.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(stream, formats=_FORMATS) as image:
                if max(image.size) > MAX_SIDE_PX:
                    raise too_large(*image.size, path)
                orientation = from_exif(image.getexif().get(_EXIF_ORIENTATION))
                image.load()
                rgb = _to_rgb(image)
                # Pillow turns a TIFF by itself while loading, and then removes the tag.
                if from_exif(image.getexif().get(_EXIF_ORIENTATION)) == orientation:
                    rgb = upright(rgb, orientation)
                return StillPicture(
                    rgb=rgb,
                    orientation=orientation,
                    format=image.format or "",
                    mode=image.mode,
                    n_pictures=getattr(image, "n_frames", 1),
                    software=str(image.getexif().get(_EXIF_SOFTWARE, "")),
                )
    except Image.DecompressionBombError as error:
        raise FrameTooLargeError(
            "the picture has more pixels than are decoded safely",
            next_step="scale a copy down and record that you did",
            path=path,
        ) from error
    except UnidentifiedImageError as error:
        raise NotMediaError(
            f"the picture cannot be decoded ({error})", next_step="convert a copy to PNG", path=path
        ) from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise TruncatedMediaError(
            f"the picture is cut off or damaged ({error})", next_step="obtain a complete copy", path=path
        ) from error


def _to_rgb(image: Image.Image) -> UInt8Array:
    if image.mode.startswith("I;16") or image.mode == "I":
        grey = (np.asarray(image).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    # Without a copy more: a picture of the largest size allowed takes half a gigabyte.
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB"), np.uint8)


class StillReader:
    """`FrameReader` of a single picture: one frame, index 0, time 0."""

    def __init__(self, item: EvidenceItem) -> None:
        self._item = item
        self._decoded = 0
        self._n_pictures = 1

    @property
    def decoded_count(self) -> int:
        """See `FrameReader.decoded_count`."""
        return self._decoded

    @property
    def corrupt_count(self) -> int:
        """Always 0: a damaged still is refused as a whole."""
        return 0

    @property
    def frame_count(self) -> int | None:
        """Always 1."""
        return 1

    @property
    def warnings(self) -> tuple[str, ...]:
        """Says so when the file holds more pictures than the one that is read."""
        if self._n_pictures == 1:
            return ()
        return (f"only the first of {self._n_pictures} pictures in the file was read",)

    def frames(
        self,
        range: TimeRange = TimeRange(),  # noqa: B008
        sample_period: Fraction | None = None,
        *,
        skip_until: TimePoint | None = None,
    ) -> Iterator[Frame]:
        """See `FrameReader.frames`."""
        self._decoded = 0
        if range.start or skip_until is not None:
            return
        picture = read_still(self._item.path)
        self._decoded = 1
        self._n_pictures = picture.n_pictures
        yield Frame(
            index=0,
            time=TimePoint(pts=0, time_base=STILL_TIME_BASE),
            rgb=picture.rgb,
            rotation_deg=picture.orientation.rotation_deg,
            is_corrupt=False,
        )

    def frame_at(self, where: int | TimePoint) -> Frame:
        """See `FrameReader.frame_at`."""
        if (where.pts if isinstance(where, TimePoint) else where) != 0:
            raise NoFramesError("a single picture has frame 0 only", next_step="ask for frame 0", path=self._item.path)
        decoded = self._decoded
        try:
            return next(self.frames())
        finally:
            self._decoded = decoded

    def first_frame(self) -> Frame:
        """See `BrowsableReader.first_frame`."""
        return self.frame_at(0)

    def picture_index(self) -> PictureIndex:
        """See `BrowsableReader.picture_index`: one picture, at time 0."""
        zero = np.zeros(1, np.int64)
        return PictureIndex(pts=zero, keys=zero, time_base=STILL_TIME_BASE)

    def picture(self, index: int, side: Side = Side.BEFORE) -> Frame:
        """See `BrowsableReader.picture`: always the one there is."""
        return self.frame_at(0)

    def close(self) -> None:
        """Nothing is held open."""

    def __enter__(self) -> Self:
        """Return the reader."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the reader."""
        self.close()
