import hashlib
import json
import os
import subprocess
import sys
from fractions import Fraction
from subprocess import DEVNULL, PIPE

import numpy as np
import pytest
from PIL import Image

from core.domain.evidence import EvidenceKind
from core.errors import (
    CaseError,
    DecoderCrashedError,
    DecoderHungError,
    EvidenceIsDirectoryError,
    EvidenceNotFoundError,
    EvidencePermissionError,
    FrameTooLargeError,
    NoFramesError,
    NotMediaError,
    NoVideoStreamError,
    TruncatedMediaError,
)
from core.isolation import call
from core.isolation.child import start_child
from core.video.facts import MediaFacts
from core.video.inspect import inspect
from core.video.probe import probe
from core.video.pyav_reader import open_reader
from tests.builders_media import ClipSpec, write_clip, write_no_pictures, write_sound, write_two_streams


def test_facts_of_a_video(tmp_path):
    path = write_clip(tmp_path / "clip.mp4", ClipSpec(with_sound=True))
    item = probe(path)
    assert item.kind is EvidenceKind.VIDEO
    assert (item.codec, item.pixel_format) == ("h264", "yuv420p")
    assert (item.width_px, item.height_px, item.rotation_deg) == (96, 64, 0)
    assert item.nominal_fps == 25
    assert item.duration_s == Fraction(30, 25)
    assert item.has_audio
    assert "Lav" in item.encoder
    assert item.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert item.size_bytes == path.stat().st_size
    assert item.path.is_absolute()


def test_file_is_untouched_by_intake_and_decoding(tmp_path):
    path = write_clip(tmp_path / "clip.mp4")
    path.chmod(0o444)
    os.utime(path, ns=(1_500_000_000_123_456_789, 1_500_000_000_123_456_789))
    before = path.read_bytes(), path.stat().st_mtime_ns
    item = probe(path)
    with open_reader(item) as reader:
        assert len(list(reader.frames())) == 30
        reader.frame_at(7)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_largest_stream_is_chosen_and_said(tmp_path):
    path = write_two_streams(tmp_path / "two.mkv", ClipSpec(), ClipSpec(width=192, height=128))
    item = probe(path)
    assert (item.stream_index, item.n_video_streams, item.width_px) == (1, 2, 192)


def test_missing_file(tmp_path):
    with pytest.raises(EvidenceNotFoundError):
        probe(tmp_path / "nothing.mp4")


def test_path_below_a_file(tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(EvidenceNotFoundError):
        probe(tmp_path / "file" / "video.mp4")


def test_directory(tmp_path):
    with pytest.raises(EvidenceIsDirectoryError):
        probe(tmp_path)


def test_no_permission(tmp_path):
    path = write_clip(tmp_path / "secret.mp4")
    path.chmod(0)
    if os.access(path, os.R_OK):
        # The superuser reads everything: give the rights up in a process of its own.
        if not hasattr(os, "seteuid"):
            pytest.skip("no way to give up rights here")
        tmp_path.chmod(0o711)
        for parent in tmp_path.parents[:2]:
            parent.chmod(0o711)
        code = (
            "import os, sys; from pathlib import Path; from core.errors import EvidencePermissionError\n"
            "from core.video.probe import probe; os.seteuid(65534)\n"
            "try: probe(Path(sys.argv[1]))\n"
            "except EvidencePermissionError: sys.exit(77)\n"
        )
        assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == 77
    else:
        with pytest.raises(EvidencePermissionError):
            probe(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.mp4", b""),
        ("notes.txt", b"These are notes.\nNo video at all.\n" * 50),
        ("looks_like.mp4", bytes(range(256)) * 40),
        ("playlist.m3u8", b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nother.ts\n#EXT-X-ENDLIST\n"),
    ],
)
def test_what_is_not_media(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(NotMediaError):
        probe(path)


def test_playlist_does_not_open_other_files(tmp_path):
    write_clip(tmp_path / "other.ts", ClipSpec(codec="mpeg2video"))
    path = tmp_path / "list.m3u8"
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nother.ts\n#EXT-X-ENDLIST\n")
    with pytest.raises(CaseError):
        probe(path)


def test_name_is_not_a_pattern(tmp_path):
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(tmp_path / "photo_001.png")
    path = tmp_path / "photo_%03d.png"
    Image.fromarray(np.full((8, 8, 3), 200, np.uint8)).save(path)
    (frame,) = open_reader(probe(path)).frames()
    assert frame.rgb.mean() == 200


def test_sound_only(tmp_path):
    with pytest.raises(NoVideoStreamError, match="sound"):
        probe(write_sound(tmp_path / "sound.wav"))


def test_no_pictures(tmp_path):
    with pytest.raises(NoFramesError):
        probe(write_no_pictures(tmp_path / "empty.avi"))


@pytest.mark.parametrize(("suffix", "keep"), [("mp4", 0.5), ("mp4", 0.02), ("mkv", 0.03), ("webm", 0.03)])
def test_cut_off_before_anything_can_be_shown(tmp_path, suffix, keep):
    codec = "libvpx-vp9" if suffix == "webm" else "libx264"
    path = write_clip(tmp_path / f"clip.{suffix}", ClipSpec(codec=codec))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    with pytest.raises(TruncatedMediaError):
        probe(path)


@pytest.mark.parametrize(
    ("codec", "pixel_format", "suffix"),
    [("mjpeg", "yuvj420p", "avi"), ("mjpeg", "yuvj420p", "mov"), ("libvpx-vp9", "yuv420p", "webm")],
)
def test_20000_px_wide_video_is_refused(tmp_path, codec, pixel_format, suffix):
    spec = ClipSpec(codec=codec, pixel_format=pixel_format, width=20_000, height=16, n_pictures=1)
    with pytest.raises(FrameTooLargeError, match="20000"):
        probe(write_clip(tmp_path / f"wide.{suffix}", spec))


def test_20000_px_wide_picture_is_refused(tmp_path):
    path = tmp_path / "wide.png"
    Image.new("1", (20_000, 20_000)).save(path)
    with pytest.raises(FrameTooLargeError):
        probe(path)


def test_crash_of_the_decoder_becomes_an_error(tmp_path, monkeypatch):
    path = write_clip(tmp_path / "clip.mp4")

    def start_one_that_crashes(*imports):
        return start_child("tests.crashing_child", stdin=PIPE, stdout=PIPE, stderr=DEVNULL)

    monkeypatch.setattr(call, "ready_child", start_one_that_crashes)
    with pytest.raises(DecoderCrashedError, match="crashed.*SIGSEGV" if os.name == "posix" else "crashed"):
        probe(path)


def test_decoder_that_hangs_is_stopped(tmp_path, monkeypatch):
    path = write_clip(tmp_path / "clip.mp4")

    def start_one_that_hangs(*imports):
        return start_child("tests.sleeping_child", stdin=PIPE, stdout=PIPE, stderr=DEVNULL)

    monkeypatch.setattr(call, "ready_child", start_one_that_hangs)
    with pytest.raises(DecoderHungError, match="too long"):
        probe(path, timeout_s=0.5)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("width_px", 10**9),
        ("width_px", "640"),
        ("rotation_deg", -1),
        ("mirrored", 1),
        ("pixel_aspect", "0"),
        ("pixel_aspect", None),
        ("time_base", "1e999999999"),
        ("time_base", "0"),
        ("duration_s", "1/0"),
        ("codec", 7),
        ("kind", "program"),
    ],
)
def test_facts_out_of_all_bounds_are_not_believed(tmp_path, name, value):
    facts = inspect(write_clip(tmp_path / "clip.mp4"))
    assert MediaFacts.from_json(facts.to_json()) == facts
    forged = json.loads(facts.to_json()) | {name: value}
    with pytest.raises((ValueError, TypeError)):
        MediaFacts.from_json(json.dumps(forged))
