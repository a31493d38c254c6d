from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from subprocess import DEVNULL, PIPE

import numpy as np
import pytest
from gallery_builders import write_photo
from PIL import Image

from core.errors import PhotoRefusedError
from core.gallery.photos import decode_photo, read_photo, thumbnail_png
from core.isolation import call
from core.isolation.child import start_child


def png_declaring(width: int, height: int) -> bytes:
    """A PNG whose header promises a picture that is not there."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def test_a_camera_turned_on_its_side_gives_an_upright_picture(tmp_path: Path) -> None:
    upright = Image.new("RGB", (60, 40), (0, 0, 255))
    upright.paste((255, 0, 0), (0, 0, 60, 20))  # red above, blue below
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn clockwise by 90 degrees to see it upright"
    path = tmp_path / "turned.jpg"
    upright.rotate(90, expand=True).save(path, exif=exif, quality=95)
    rgb = read_photo(path).rgb
    assert rgb.shape == (40, 60, 3)
    assert rgb[5, 30, 0] > 200
    assert rgb[35, 30, 0] < 100


@pytest.mark.parametrize(
    ("image", "kind", "expected"),
    [
        (Image.new("L", (8, 8), 100), "PNG", (100, 100, 100)),
        (Image.new("RGBA", (8, 8), (0, 0, 0, 0)), "PNG", (255, 255, 255)),
        (Image.new("CMYK", (8, 8), (0, 0, 0, 0)), "TIFF", (255, 255, 255)),
        (Image.fromarray(np.full((8, 8), 51400, np.uint16)), "PNG", (200, 200, 200)),
        (Image.new("P", (8, 8), 0), "GIF", (0, 0, 0)),
        (Image.new("1", (8, 8), 1), "BMP", (255, 255, 255)),
        (Image.new("RGB", (8, 8), (10, 20, 30)), "WEBP", (10, 20, 30)),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_every_way_to_store_colour_becomes_rgb(image: Image.Image, kind: str, expected: tuple[int, ...]) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    rgb = decode_photo(encoded(image, kind, **options), Path("x"))
    assert rgb.dtype == np.uint8
    assert rgb.shape == (8, 8, 3)
    assert tuple(int(c) for c in rgb[4, 4]) == expected


JPEG = encoded(Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)), "JPEG")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"hello, I am a photo", "not a photo"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a photo"),
        (JPEG[: len(JPEG) // 2], "damaged"),
        (png_declaring(11_000, 11_000), "too many"),
        (png_declaring(60_000, 60_000), "too many"),
        (png_declaring(64, 64), "damaged"),
        (JPEG[:3], "not a photo"),
    ],
    ids=["empty", "text", "postscript", "half", "121 megapixels", "bomb", "no pixels", "3 bytes"],
)
def test_bad_photos_are_refused_with_their_reason(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.jpg"
    path.write_bytes(content)
    with pytest.raises(PhotoRefusedError, match=message) as refusal:
        read_photo(path)
    assert refusal.value.path == path
    assert refusal.value.next_step


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for path, message in ((tmp_path, "folder"), (tmp_path / "x.jpg", "no such file"), (Path("a\0b"), "read")):
        with pytest.raises(PhotoRefusedError, match=message):
            read_photo(path)


def test_the_hash_is_that_of_the_file(tmp_path: Path) -> None:
    import hashlib

    path = write_photo(tmp_path / "a.png", 1)
    assert read_photo(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("shape", [(500, 300, 3), (20, 10, 3), (1, 1000, 3)])
def test_thumbnails_are_small_and_never_enlarged(shape: tuple[int, int, int]) -> None:
    with Image.open(io.BytesIO(thumbnail_png(np.full(shape, 90, np.uint8)))) as thumbnail:
        assert thumbnail.format == "PNG"
        assert max(thumbnail.size) == min(96, max(shape[:2]))
        assert thumbnail.convert("RGB").getpixel((0, 0)) == (90, 90, 90)


def test_photo_that_crashes_the_decoder_is_refused_and_nothing_else_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = encoded(Image.new("RGB", (8, 8)), "PNG")
    with monkeypatch.context() as patch:
        patch.setattr(
            call,
            "ready_child",
            lambda *imports: start_child("tests.crashing_child", stdin=PIPE, stdout=PIPE, stderr=DEVNULL),
        )
        with pytest.raises(PhotoRefusedError, match="the decoder crashed"):
            decode_photo(data, tmp_path / "photo.png")
    assert decode_photo(data, tmp_path / "photo.png").shape == (8, 8, 3)
