"""Whatever decoding needs it finds in a confined process: the same pictures come out as in this one."""

import numpy as np
import pytest
from PIL import Image

from core.evidence.hashing import pixels_sha256
from core.video.probe import probe
from core.video.pyav_reader import open_reader
from core.video.specimens import SPECIMENS, write_specimen
from tests.builders_media import ClipSpec, write_clip


def same_both_ways(path) -> int:
    """How many frames, once they are found equal."""
    item = probe(path)
    with open_reader(item) as here, open_reader(item, isolated=True) as there:
        ours = [(f.index, f.time, f.rotation_deg, pixels_sha256(f.rgb)) for f in here.frames()]
        theirs = [(f.index, f.time, f.rotation_deg, pixels_sha256(f.rgb)) for f in there.frames()]
        assert theirs == ours
        assert there.warnings == here.warnings
    return len(ours)


@pytest.mark.parametrize("kind", SPECIMENS, ids=lambda kind: kind.name)
def test_every_kind_of_file(kind, tmp_path):
    assert same_both_ways(write_specimen(kind, tmp_path / f"file.{kind.suffix}")) == (1 if not kind.format else 20)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_turned_video(turn, tmp_path):
    assert same_both_ways(write_clip(tmp_path / "turned.mp4", ClipSpec(n_pictures=5, rotation_ccw_deg=turn))) == 5


def test_mirrored_video(tmp_path):
    assert same_both_ways(write_clip(tmp_path / "mirrored.mp4", ClipSpec(n_pictures=5, mirrored=True))) == 5


def test_interlaced_video(tmp_path):
    spec = ClipSpec(n_pictures=6, options={"flags": "+ildct+ilme", "x264-params": "tff=1"})
    assert same_both_ways(write_clip(tmp_path / "fields.mp4", spec)) == 6


@pytest.mark.parametrize("tag", [1, 2, 5, 6, 8])
def test_turned_photograph(tag, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = tag
    picture = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    Image.fromarray(picture).save(tmp_path / "photo.jpg", exif=exif)
    assert same_both_ways(tmp_path / "photo.jpg") == 1


@pytest.mark.parametrize(
    ("name", "mode", "options"),
    [
        ("grey16.png", "I;16", {}),
        ("palette.png", "P", {}),
        ("alpha.png", "RGBA", {}),
        ("print.jpg", "CMYK", {}),
        ("lzw.tif", "RGB", {"compression": "tiff_lzw"}),
        ("jpeg.tif", "RGB", {"compression": "jpeg"}),
        ("deflate.tif", "RGB", {"compression": "tiff_adobe_deflate"}),
        ("lossless.webp", "RGBA", {"lossless": True}),
        ("bits.bmp", "1", {}),
    ],
)
def test_picture_of_every_mode(name, mode, options, tmp_path):
    grey = Image.fromarray(np.arange(64 * 48, dtype=np.uint16).reshape(48, 64))
    picture = grey if mode == "I;16" else Image.radial_gradient("L").resize((64, 48)).convert("RGB").convert(mode)
    picture.save(tmp_path / name, **options)
    assert same_both_ways(tmp_path / name) == 1
