import hashlib
import os
from pathlib import Path

import numpy as np
import pytest

from core.evidence.hashing import file_sha256, pixels_sha256, stated_file_sha256


def test_file_hash_is_that_of_all_bytes(tmp_path):
    path = tmp_path / "file.bin"
    path.write_bytes(bytes(range(256)) * 5000)
    assert file_sha256(path) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_pixel_hash_covers_shape_then_rows():
    rgb = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    expected = hashlib.sha256(bytes([0, 0, 0, 2, 0, 0, 0, 3]) + rgb.tobytes()).hexdigest()
    assert pixels_sha256(rgb) == expected


def test_same_bytes_in_another_shape_hash_differently():
    rgb = np.zeros((2, 3, 3), np.uint8)
    assert pixels_sha256(rgb) != pixels_sha256(rgb.reshape(3, 2, 3))


def test_memory_layout_does_not_matter():
    rgb = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    assert pixels_sha256(np.asfortranarray(rgb)) == pixels_sha256(rgb)


def test_read_only_pictures_can_be_hashed():
    rgb = np.zeros((2, 2, 3), np.uint8)
    rgb.flags.writeable = False
    assert len(pixels_sha256(rgb)) == 64


@pytest.mark.parametrize("bad", [np.zeros((2, 3), np.uint8), np.zeros((2, 3, 3), np.float32)])
def test_other_arrays_are_refused(bad):
    with pytest.raises(ValueError, match="expected"):
        pixels_sha256(bad)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name are Unix's")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="no regular file"):
        file_sha256(tmp_path / "pipe")


def test_a_path_of_another_machine_in_a_document_is_not_opened(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    share = Path("\\\\machine\\share\\a.mp4")  # a name like any other where Windows is not
    if os.name != "nt":
        share.write_bytes(b"a")
        assert file_sha256(share) == hashlib.sha256(b"a").hexdigest()
    with pytest.raises(OSError, match="another machine"):
        stated_file_sha256(share)
