"""What every `FrameReader` promises, checked on each of them."""

from fractions import Fraction

import pytest

from core.domain.time import TimePoint, TimeRange
from core.errors import EvidenceNotFoundError, NoFramesError
from core.evidence.hashing import pixels_sha256
from core.video.pyav_reader import open_reader
from tests.builders_media import (
    ClipSpec,
    blank_jpegs,
    damage_packets,
    evidence_item,
    number_in,
    repeat_in_index,
    shorten_edit_list,
    write_clip,
)

OPEN_GOP = "open-gop=1:keyint=10:min-keyint=10:bframes=3:b-adapt=0:scenecut=0"
N = 60
CLIPS = {
    "open-gop.mp4": ClipSpec(n_pictures=N, options={"x264-params": OPEN_GOP}),
    "open-gop.mkv": ClipSpec(n_pictures=N, options={"x264-params": OPEN_GOP}),
    "open-gop.ts": ClipSpec(n_pictures=N, options={"x264-params": OPEN_GOP}),
    "open-gop-hevc.mp4": ClipSpec(n_pictures=N, codec="libx265", options={"x265-params": OPEN_GOP + ":log-level=none"}),
    "open-gop-mpeg2.mpg": ClipSpec(n_pictures=N, codec="mpeg2video", options={"bf": "2", "g": "10"}),
    "long-gop.mp4": ClipSpec(n_pictures=N, options={"x264-params": "keyint=1000:scenecut=0:bframes=3"}),
    "vp9.webm": ClipSpec(
        n_pictures=N, codec="libvpx-vp9", options={"deadline": "realtime", "cpu-used": "8", "g": "15"}
    ),
    "av1.mkv": ClipSpec(n_pictures=N, codec="libsvtav1", options={"preset": "12", "g": "15"}),
    "mpeg4.mp4": ClipSpec(n_pictures=N, codec="mpeg4", options={"bf": "2", "g": "12"}),
    "h264.avi": ClipSpec(n_pictures=N, options={"bf": "2", "g": "12"}),
    "mjpeg.avi": ClipSpec(n_pictures=N, codec="mjpeg", pixel_format="yuvj420p"),
    "odd.mp4": ClipSpec(n_pictures=N, width=101, height=65, pixel_format="yuv444p", options={"g": "12"}),
    "vfr.mkv": ClipSpec(n_pictures=N, stamps=[k * 40 + 15 * (k % 3) for k in range(N)], options={"g": "12"}),
    "late.mp4": ClipSpec(n_pictures=N, stamps=[1700 + k * 40 for k in range(N)], options={"g": "12"}),
}


@pytest.fixture(scope="module")
def items(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    return {name: evidence_item(write_clip(folder / name, spec)) for name, spec in CLIPS.items()}


@pytest.fixture(params=[False, True], ids=["in-process", "isolated"])
def isolated(request):
    return request.param


# The isolated reader runs the same decoder in another process: four kinds of stream cover the way there.
READERS = [(name, False) for name in sorted(CLIPS)]
READERS += [(name, True) for name in ("h264.avi", "odd.mp4", "open-gop.mp4", "vfr.mkv")]


@pytest.fixture(params=READERS, ids=[f"{name}-{'isolated' if apart else 'in'}" for name, apart in READERS])
def reader(request, items):
    name, apart = request.param
    with open_reader(items[name], isolated=apart) as reader:
        yield reader


@pytest.fixture
def clip(items):
    return items["open-gop.mp4"]


def named(frames):
    """(index, pts, pixel hash) of each frame."""
    return [(frame.index, frame.time.pts, pixels_sha256(frame.rgb)) for frame in frames]


def test_frames_come_in_order_each_once(reader):
    frames = list(reader.frames())
    assert [number_in(frame.rgb) for frame in frames] == list(range(N))
    assert [frame.index for frame in frames] == list(range(N))
    assert reader.decoded_count == reader.frame_count == N
    assert reader.corrupt_count == 0
    assert not any(frame.is_corrupt for frame in frames)


def test_part_of_the_stream_equals_that_part_of_the_whole(reader):
    whole = list(reader.frames())
    zero = whole[0].time.seconds
    for start, end in ((3, 7), (10, 11), (9, 30), (19, 41), (23, 60), (59, 60)):
        part = TimeRange(
            start=whole[start].time.seconds - zero,
            end=whole[end].time.seconds - zero if end < N else None,
        )
        assert named(reader.frames(part)) == named(whole[start:end])
        assert reader.decoded_count == end - start
        assert reader.corrupt_count == 0


def test_single_frames_equal_those_of_the_whole(reader):
    whole = list(reader.frames())
    for index in (0, 1, 9, 10, 11, 29, 37, 59):
        assert named([reader.frame_at(index)]) == named([whole[index]])
        assert named([reader.frame_at(whole[index].time)]) == named([whole[index]])


def test_resumed_iteration_equals_an_unbroken_one(reader):
    for period in (None, Fraction(1, 7)):
        whole = list(reader.frames(sample_period=period))
        for done in (0, 1, len(whole) // 2, len(whole) - 2):
            rest = reader.frames(sample_period=period, skip_until=whole[done].time)
            assert named(rest) == named(whole[done + 1 :])


def test_counts_of_a_resumed_iteration_add_up(reader):
    first = []
    for frame in reader.frames():
        first.append(frame)
        if frame.index == 24:
            break
    counted = reader.decoded_count
    assert len(list(reader.frames(skip_until=first[-1].time))) == N - 25
    assert counted + reader.decoded_count == N


def test_sampling_takes_the_first_frame_at_or_after_each_multiple(reader):
    period = Fraction(1, 4)
    whole = list(reader.frames())
    zero = whole[0].time.seconds
    expected = []
    for multiple in range(100):
        at = next((f.index for f in whole if f.time.seconds - zero >= multiple * period), None)
        if at is not None and at not in expected:
            expected.append(at)
    assert [frame.index for frame in reader.frames(sample_period=period)] == expected
    assert reader.decoded_count == N


def test_sampling_a_range_keeps_the_grid_and_adds_the_first_frame(clip, isolated):
    with open_reader(clip, isolated=isolated) as reader:
        part = TimeRange(start=Fraction(11, 25), end=Fraction(40, 25))
        frames = reader.frames(part, Fraction(10, 25))
        assert [frame.index for frame in frames] == [11, 20, 30]


def test_range_behind_the_end_is_empty(clip, isolated):
    with open_reader(clip, isolated=isolated) as reader:
        assert list(reader.frames(TimeRange(start=Fraction(100)))) == []
        assert reader.decoded_count == 0


@pytest.mark.parametrize("where", [N, -1, 10**9, TimePoint(pts=7, time_base=Fraction(1, 12800))])
def test_frame_that_does_not_exist(clip, isolated, where):
    with open_reader(clip, isolated=isolated) as reader, pytest.raises(NoFramesError):
        reader.frame_at(where)


def test_reader_is_usable_after_an_error_and_an_abandoned_iteration(clip, isolated):
    with open_reader(clip, isolated=isolated) as reader:
        with pytest.raises(NoFramesError):
            reader.frame_at(N)
        for frame in reader.frames():
            if frame.index == 3:
                break
        assert reader.frame_at(5).index == 5
        assert len(list(reader.frames())) == N


def test_pixels_are_read_only(clip, isolated):
    with open_reader(clip, isolated=isolated) as reader:
        frame = reader.frame_at(0)
    with pytest.raises(ValueError, match="read-only"):
        frame.rgb[0, 0, 0] = 1


def test_frames_stay_valid_when_later_ones_arrive(clip, isolated):
    with open_reader(clip, isolated=isolated) as reader:
        frames = list(reader.frames())
        assert len({pixels_sha256(frame.rgb) for frame in frames}) == N


def test_file_that_vanished(clip, isolated, tmp_path):
    path = write_clip(tmp_path / "gone.mp4", ClipSpec(n_pictures=3))
    gone = evidence_item(path)
    path.unlink()
    with open_reader(gone, isolated=isolated) as reader, pytest.raises(EvidenceNotFoundError):
        list(reader.frames())


@pytest.mark.parametrize(
    ("name", "codec", "options", "damaged"),
    [
        ("b.mp4", "libx264", {"g": "10", "bf": "0"}, [13, 14, 33]),
        ("b.mkv", "libx264", {"g": "10", "bf": "2"}, [15, 34, 35]),
        ("b.mp4", "mpeg4", {"g": "10"}, [13, 33]),
        ("b.mp4", "libsvtav1", {"preset": "12", "g": "10"}, [25]),
        ("b.webm", "libvpx-vp9", {"deadline": "realtime", "cpu-used": "8", "g": "10"}, [25]),
    ],
)
def test_decoding_goes_on_behind_corrupt_pictures(tmp_path, isolated, name, codec, options, damaged):
    path = write_clip(tmp_path / name, ClipSpec(n_pictures=N, codec=codec, options=options))
    damage_packets(path, damaged)
    with open_reader(evidence_item(path), isolated=isolated) as reader:
        frames = list(reader.frames())
        assert 1 <= reader.corrupt_count <= 25
        assert reader.decoded_count == len(frames)
        sound = [frame for frame in frames if frame.index >= 50]
    assert [number_in(frame.rgb) for frame in sound] == list(range(50, N)), "indices survive lost pictures"


def test_lost_pictures_are_counted_even_at_the_very_end(tmp_path, isolated):
    path = write_clip(tmp_path / "end.avi", ClipSpec(n_pictures=N, codec="mjpeg", pixel_format="yuvj420p"))
    blank_jpegs(path, (20, 57))
    with open_reader(evidence_item(path), isolated=isolated) as reader:
        frames = list(reader.frames())
        assert [frame.index for frame in frames if not frame.is_corrupt] == [
            index for index in range(N) if index not in (20, 57)
        ]
        assert reader.corrupt_count == 2


def test_file_cut_off_in_the_middle_is_read_to_the_cut(tmp_path, isolated):
    spec = ClipSpec(n_pictures=N, codec="mjpeg", pixel_format="yuvj420p")
    path = write_clip(tmp_path / "cut.avi", spec)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with open_reader(evidence_item(path), isolated=isolated) as reader:
        frames = list(reader.frames())
        assert 20 <= len(frames) < 40
        assert any("ends early" in warning for warning in reader.warnings)
    assert [number_in(frame.rgb) for frame in frames[:20]] == list(range(20))


def test_matroska_cut_off_in_the_middle_is_said_to_be(tmp_path, isolated):
    path = write_clip(tmp_path / "cut.mkv", ClipSpec(n_pictures=N, options={"g": "10"}))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 4 // 10])
    with open_reader(evidence_item(path), isolated=isolated) as reader:
        assert 10 <= len(list(reader.frames())) < 30
        assert any("ends early" in warning for warning in reader.warnings)


def test_pictures_that_an_edit_list_hides_are_said_to_be_hidden_not_missing(tmp_path, isolated):
    path = shorten_edit_list(write_clip(tmp_path / "trimmed.mp4", ClipSpec(n_pictures=N)), parts=4)
    with open_reader(evidence_item(path), isolated=isolated) as reader:
        shown = len(list(reader.frames()))
        assert 10 <= shown <= 20
        (warning,) = reader.warnings
    assert f"an edit list hides {N - shown} of {N} pictures" in warning


def test_a_trimmed_file_that_also_lacks_pictures_ends_early(tmp_path, isolated):
    spec = ClipSpec(n_pictures=N, mux_options={"movflags": "faststart"})
    path = shorten_edit_list(write_clip(tmp_path / "both.mp4", spec), parts=4)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    with open_reader(evidence_item(path), isolated=isolated) as reader:
        list(reader.frames())
        assert any(f"ends early: its header promises {N} pictures" in warning for warning in reader.warnings)


ALL_KEY = ClipSpec(n_pictures=3, options={"x264-params": "keyint=1"})


def test_an_index_that_names_the_same_bytes_endlessly_costs_no_more_than_its_file_is_worth(tmp_path, isolated):
    promised = 60_000
    path = repeat_in_index(write_clip(tmp_path / "endless.mp4", ALL_KEY), promised)
    with open_reader(evidence_item(path), isolated=isolated) as reader:
        assert next(reader.frames()).index == 0
        counted = reader.frame_count
        assert 5_000 < counted < 40_000, "the rest was not read"
        assert reader.warnings == (
            f"the file's index names the same bytes over and over: of the {promised} pictures that it promises, only "
            f"the first {counted} can be looked at",
        )
        for start in (Fraction(0), Fraction(counted - 3, 25)):
            rest = [frame.index for frame in reader.frames(TimeRange(start=start), Fraction(1, 25) if start else 60)]
            assert rest[-1] == (counted - 1 if start else (counted - 1) // 1500 * 1500)
            assert reader.corrupt_count == 0


def test_an_index_that_names_some_bytes_again_is_read_to_its_end(tmp_path, isolated):
    path = repeat_in_index(write_clip(tmp_path / "again.mp4", ALL_KEY), 3000)
    with open_reader(evidence_item(path), isolated=isolated) as reader:
        assert reader.frame_count == sum(1 for _ in reader.frames()) == 3000
        assert reader.warnings == ()


@pytest.mark.parametrize(
    ("name", "options"),
    [("gaps.mp4", {"g": "10", "bf": "0"}), ("errors.avi", {"g": "1", "bf": "0"})],
)
def test_pictures_lost_before_an_interruption_are_counted(tmp_path, isolated, name, options):
    clip = write_clip(tmp_path / name, ClipSpec(n_pictures=N, options=options))
    path = damage_packets(clip, [20, 21, 22], kept=0)
    with open_reader(evidence_item(path), isolated=isolated) as reader:
        assert list(reader.frames())
        lost = reader.corrupt_count
        for frame in reader.frames():
            if frame.index >= 45:
                break
        assert reader.corrupt_count == lost > 0
