"""What every `BrowsableReader` promises to somebody who looks around in a video."""

import random
import threading
import time
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from core.domain.time import TimePoint
from core.errors import AnalysisCancelledError, DecoderDiedError, NoFramesError
from core.evidence.hashing import pixels_sha256
from core.video.isolated_reader import IsolatedReader
from core.video.picture_index import PictureIndex, Side
from core.video.pyav_reader import PyAvReader, open_reader
from tests.builders_media import ClipSpec, damage_packets, evidence_item, number_in, write_clip
from tests.core.video.test_reader_contract import CLIPS, READERS, N

KEYS = {"open-gop.mp4": [0, 10, 20, 30, 40, 50], "long-gop.mp4": [0], "h264.avi": []}


@pytest.fixture(scope="module")
def items(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    return {name: evidence_item(write_clip(folder / name, spec)) for name, spec in CLIPS.items()}


@pytest.fixture(params=READERS, ids=[f"{name}-{'isolated' if apart else 'in'}" for name, apart in READERS])
def reader(request, items):
    name, apart = request.param
    with open_reader(items[name], isolated=apart) as reader:
        yield reader


@pytest.fixture
def clip(items):
    return items["open-gop.mp4"]


def named(frame):
    return frame.index, frame.time, pixels_sha256(frame.rgb)


def test_pictures_in_any_order_equal_those_of_the_whole(reader):
    whole = [named(frame) for frame in reader.frames()]
    draw = random.Random(3)
    places = [0, 1, 2, 2, 1, 30, 29, 31, 32, 40, 59, 0] + [draw.randrange(N) for _ in range(15)]
    for place in places:
        assert named(reader.picture(place)) == whole[place]
        if place + 1 < N:
            assert named(reader.picture(place + 1, Side.AFTER)) == whole[place + 1]


def test_index_tells_the_time_of_every_picture(reader):
    whole = list(reader.frames())
    index = reader.picture_index()
    assert [index.time_of(place) for place in range(len(index))] == [frame.time for frame in whole]


def test_places_outside_the_stream_give_its_ends(reader):
    assert reader.picture(-5).index == 0
    assert reader.picture(10**9).index == N - 1
    assert reader.picture(10**9, Side.AFTER).index == N - 1


def test_first_frame_needs_no_index(reader):
    first = reader.first_frame()
    assert number_in(first.rgb) == 0
    assert named(first)[2] == named(reader.picture(0))[2]


@pytest.mark.parametrize(("name", "keys"), KEYS.items())
def test_index_knows_where_decoding_can_begin(items, name, keys):
    with PyAvReader(items[name]) as reader:
        assert reader.picture_index().keys.tolist() == keys


def test_a_key_picture_is_decoded_alone(items):
    decoded = []
    with PyAvReader(items["open-gop.mp4"], on_picture=lambda: decoded.append(1)) as reader:
        reader.picture_index()
        decoded.clear()
        reader.picture(30)
        assert len(decoded) == 1
        reader.picture(33)
        assert len(decoded) == 4, "goes on from where it stands"


def test_times_between_pictures_belong_to_the_one_on_show():
    index = PictureIndex(pts=np.array([10, 20, 40]), keys=np.array([0, 2]), time_base=Fraction(1, 10))
    asked = [Fraction(0), Fraction(1), Fraction(199, 100), Fraction(2), Fraction(39, 10), Fraction(9)]
    assert [index.index_at(seconds) for seconds in asked] == [0, 0, 0, 1, 1, 2]
    assert [index.key_before(place) for place in (0, 1, 2, 9)] == [0, 0, 2, 2]
    assert index.time_of(99) == TimePoint(pts=40, time_base=Fraction(1, 10))


@pytest.mark.parametrize("isolated", [False, True])
def test_lost_pictures_are_stood_in_for_by_their_neighbours(tmp_path, isolated):
    path = write_clip(tmp_path / "b.avi", ClipSpec(n_pictures=N, codec="mjpeg", pixel_format="yuvj420p"))
    data = bytearray(path.read_bytes())
    starts = [place for place in range(len(data) - 3) if data[place : place + 3] == b"\xff\xd8\xff"]
    for number in (0, 20, 21, N - 1):
        data[starts[number] : starts[number] + 400] = bytes(400)
    path.write_bytes(data)
    with open_reader(evidence_item(path), isolated=isolated) as reader:
        sound = {frame.index for frame in reader.frames()}
        assert sound == set(range(1, N - 1)) - {20, 21}
        asked = [(20, Side.BEFORE), (21, Side.BEFORE), (20, Side.AFTER), (0, Side.BEFORE), (N - 1, Side.AFTER)]
        assert [reader.picture(*each).index for each in asked] == [19, 19, 22, 1, N - 2]


def test_pictures_behind_damage_equal_those_of_the_whole(tmp_path):
    path = write_clip(tmp_path / "b.mkv", ClipSpec(n_pictures=N, options={"g": "10", "bf": "0"}))
    damage_packets(path, [13, 14, 33])
    with PyAvReader(evidence_item(path)) as reader:
        whole = {frame.index: named(frame) for frame in reader.frames()}
        for place in (40, 9, 25, 20, 59, 51, 50):
            assert named(reader.picture(place)) == whole[place]


def test_stream_without_a_decodable_picture(tmp_path):
    path = write_clip(tmp_path / "none.mp4", ClipSpec(n_pictures=3, codec="mjpeg", pixel_format="yuvj420p"))
    item = evidence_item(path)
    damage_packets(path, [0, 1, 2])
    data = path.read_bytes().replace(b"\xff\xd8\xff", b"\x00\x00\x00")
    path.write_bytes(data)
    with PyAvReader(item) as reader:
        for ask in (lambda: reader.picture(1), reader.first_frame):
            with pytest.raises(NoFramesError):
                ask()


@pytest.mark.parametrize("isolated", [False, True])
def test_a_still_picture_is_a_stream_of_one(tmp_path, isolated):
    path = tmp_path / "still.png"
    Image.new("RGB", (40, 30), (1, 2, 3)).save(path)
    with open_reader(evidence_item(path), isolated=isolated) as reader:
        index = reader.picture_index()
        assert len(index) == 1
        assert {named(reader.picture(place)) for place in (-1, 0, 7)} == {named(reader.first_frame())}


def test_a_request_can_be_called_off_and_the_next_is_answered(tmp_path):
    path = write_clip(tmp_path / "long.mp4", ClipSpec(n_pictures=250, width=1280, height=720, options={"g": "250"}))
    with IsolatedReader(evidence_item(path)) as reader:
        reader.picture_index()
        child = reader.process_id
        outcome = []

        def ask():
            try:
                outcome.append(reader.picture(249).index)
            except AnalysisCancelledError:
                outcome.append("called off")

        asking = threading.Thread(target=ask)
        asking.start()
        while asking.is_alive():
            reader.interrupt()
            time.sleep(0.001)
        assert outcome == ["called off"]
        assert reader.picture(3).index == 3
        assert reader.process_id == child, "the same process goes on"


def test_calling_off_nothing_does_nothing(clip):
    with IsolatedReader(clip) as reader:
        reader.interrupt()
        reader.picture(3)
        reader.interrupt()
        assert reader.picture(4).index == 4
    reader.interrupt()
    reader.abort()


def test_a_decoder_can_be_ended_from_another_thread_and_the_next_request_starts_another(clip):
    with IsolatedReader(clip) as reader:
        frames = reader.frames()
        next(frames)
        reader.abort()
        with pytest.raises(DecoderDiedError):
            list(frames)
        assert reader.picture(7).index == 7


def test_a_request_to_a_decoder_that_died_meanwhile_is_an_error_and_the_next_starts_another(clip):
    with IsolatedReader(clip) as reader:
        reader.picture(3)
        reader.abort()
        time.sleep(0.05)
        with pytest.raises(DecoderDiedError):
            reader.picture(4)
        assert reader.picture(4).index == 4
