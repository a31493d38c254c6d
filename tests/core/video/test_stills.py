import numpy as np
import pytest
from PIL import Image

from core.domain.evidence import EvidenceKind
from core.domain.time import TimeRange
from core.errors import NoFramesError, NotMediaError, TruncatedMediaError
from core.video.pyav_reader import open_reader
from tests.builders_media import evidence_item, numbered_picture


def saved(path, picture=None, **options):
    Image.fromarray(numbered_picture(5) if picture is None else picture).save(path, **options)
    return path


@pytest.mark.parametrize(
    ("suffix", "options", "tolerance"),
    [
        ("png", {}, 0),
        ("bmp", {}, 0),
        ("tiff", {}, 0),
        ("webp", {"lossless": True}, 0),
        ("webp", {"quality": 90}, 12),
        ("jpg", {"quality": 95, "subsampling": 0}, 12),
    ],
)
def test_picture_is_evidence_of_one_frame(tmp_path, suffix, options, tolerance):
    item = evidence_item(saved(tmp_path / f"photo.{suffix}", **options))
    assert item.kind is EvidenceKind.IMAGE
    with open_reader(item) as reader:
        (frame,) = reader.frames()
        assert (reader.decoded_count, reader.corrupt_count, reader.frame_count) == (1, 0, 1)
    assert (frame.index, frame.time.seconds) == (0, 0)
    difference = np.abs(frame.rgb.astype(int) - numbered_picture(5).astype(int))
    assert difference.mean() <= tolerance


@pytest.mark.parametrize(
    ("tag", "undo"),
    [
        (1, lambda a: a),
        (2, lambda a: a[:, ::-1]),
        (3, lambda a: a[::-1, ::-1]),
        (4, lambda a: a[::-1]),
        (5, lambda a: a.transpose(1, 0, 2)),
        (6, lambda a: np.rot90(a, -1)),
        (7, lambda a: np.rot90(a, 2).transpose(1, 0, 2)),
        (8, lambda a: np.rot90(a, 1)),
    ],
)
@pytest.mark.parametrize("suffix", ["png", "webp", "tiff"])
def test_exif_orientation(tmp_path, suffix, tag, undo):
    exif = Image.Exif()
    exif[0x0112] = tag
    options = {"exif": exif} | ({"lossless": True} if suffix == "webp" else {})
    item = evidence_item(saved(tmp_path / f"photo.{suffix}", **options))
    (frame,) = open_reader(item).frames()
    np.testing.assert_array_equal(frame.rgb, undo(numbered_picture(5)))
    assert (item.height_px, item.width_px) == frame.rgb.shape[:2]


def test_exif_orientation_of_a_jpeg(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    item = evidence_item(saved(tmp_path / "photo.jpg", exif=exif))
    assert (item.rotation_deg, item.width_px, item.height_px) == (90, 64, 96)


@pytest.mark.parametrize("tag", [1, 2, 3, 4, 5, 6, 7, 8])
def test_mirroring_by_exif_is_noted(tmp_path, tag):
    exif = Image.Exif()
    exif[0x0112] = tag
    assert evidence_item(saved(tmp_path / "photo.jpg", exif=exif)).mirrored == (tag in (2, 4, 5, 7))


def test_transparency_is_dropped_and_stored_colours_are_kept(tmp_path):
    rgba = np.dstack([numbered_picture(5), np.zeros((64, 96), np.uint8)])
    (frame,) = open_reader(evidence_item(saved(tmp_path / "clear.png", rgba))).frames()
    np.testing.assert_array_equal(frame.rgb, numbered_picture(5))


def test_16_bit_grey_keeps_its_upper_bits(tmp_path):
    grey = (np.arange(64 * 96).reshape(64, 96) * 10).astype(np.uint16)
    (frame,) = open_reader(evidence_item(saved(tmp_path / "grey.png", grey))).frames()
    np.testing.assert_array_equal(frame.rgb[:, :, 0], (grey >> 8).astype(np.uint8))


def test_range_behind_the_picture_is_empty(tmp_path):
    with open_reader(evidence_item(saved(tmp_path / "photo.png"))) as reader:
        assert list(reader.frames(TimeRange(start=1))) == []
        with pytest.raises(NoFramesError):
            reader.frame_at(1)
        assert reader.frame_at(0).index == 0


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "bmp"])
def test_cut_off_picture(tmp_path, suffix):
    noise = np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)
    path = saved(tmp_path / f"photo.{suffix}", noise)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises((TruncatedMediaError, NotMediaError)):
        evidence_item(path)


def test_cut_off_jpeg_is_said_to_be_cut_off(tmp_path):
    path = saved(tmp_path / "photo.jpg", np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(TruncatedMediaError):
        evidence_item(path)
