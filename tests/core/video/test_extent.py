"""What a cut-off file lacks by its container's own account."""

import av
import pytest
from builders_media import ClipSpec, evidence_item, write_clip

from core.video.extent import missing_bytes
from core.video.pyav_reader import open_reader


def cut(path, n_bytes):
    data = path.read_bytes()
    path.write_bytes(data[:-n_bytes])
    return len(data)


def live_recording(path):
    """A recording whose segment has no size, as a recorder leaves it that was killed or that streams."""
    source = write_clip(path.with_name("source.mkv"), ClipSpec(n_pictures=50, options={"g": "10"}))
    options = {"live": "1", "cluster_time_limit": "200"}
    with av.open(str(source)) as read, av.open(str(path), "w", format="matroska", options=options) as written:
        stream = written.add_stream_from_template(read.streams.video[0])
        for packet in read.demux(video=0):
            if packet.size:
                packet.stream = stream
                written.mux(packet)
    return path


@pytest.mark.parametrize(("name", "codec"), [("clip.mkv", "libx264"), ("clip.webm", "libvpx")])
@pytest.mark.parametrize("n_bytes", [1, 40, 3000])
def test_what_is_cut_off_matroska_is_counted_to_the_byte(tmp_path, name, codec, n_bytes):
    path = write_clip(tmp_path / name, ClipSpec(codec=codec))
    assert missing_bytes(path) == 0
    cut(path, n_bytes)
    assert missing_bytes(path) == n_bytes


def test_a_live_recording_is_whole_until_its_last_cluster_is_cut(tmp_path):
    path = live_recording(tmp_path / "live.mkv")
    assert b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff" in path.read_bytes(), "a segment of unknown size"
    assert missing_bytes(path) == 0
    cut(path, 100)
    assert missing_bytes(path) == 100


@pytest.mark.parametrize("name", ["clip.mp4", "clip.avi"])
def test_other_containers_announce_nothing_here(tmp_path, name):
    path = write_clip(tmp_path / name, ClipSpec(codec="mpeg4"))
    cut(path, 10)
    assert missing_bytes(path) == 0


@pytest.mark.parametrize("tail", [b"", b"\xa3", b"\x00\x00\x00\x00", b"\x9f\x42\x86", b"\xff" * 40])
def test_what_cannot_be_followed_is_no_failure(tmp_path, tail):
    path = tmp_path / "odd.mkv"
    path.write_bytes(b"\x1a\x45\xdf\xa3" + tail)
    assert missing_bytes(path) == 0


def test_the_reader_says_that_a_file_ends_early_though_little_is_lost(tmp_path):
    path = write_clip(tmp_path / "cut.mkv", ClipSpec(n_pictures=100))
    cut(path, 400)
    with open_reader(evidence_item(path)) as reader:
        assert 90 < len(list(reader.frames())) < 100
        assert [w for w in reader.warnings if "400 more bytes" in w]
