import numpy as np
import pytest
from builders_media import number_in, numbered_picture

from core.video.recompress import recompress_h264


def pictures(count, width=96, height=64):
    return np.stack([numbered_picture(i + 1, width, height) for i in range(count)])


def loss(a, b):
    return float(np.abs(a.astype(int) - b).mean())


@pytest.mark.parametrize("is_clip", [False, True])
@pytest.mark.parametrize("size", [(96, 64), (97, 65)])
def test_every_picture_comes_back_in_its_place(is_clip, size):
    given = pictures(9, *size)
    back = recompress_h264(given, 23, is_clip=is_clip)
    assert back.shape == given.shape
    assert back.dtype == np.uint8
    assert [number_in(picture) for picture in back] == list(range(1, 10))


def test_a_higher_factor_loses_more_and_the_lowest_keeps_grey_values():
    given = pictures(3)
    losses = [loss(given, recompress_h264(given, crf)) for crf in (0, 23, 35, 48)]
    assert losses == sorted(losses)
    assert losses[3] > 1.5 * losses[1]
    grey = np.repeat(given.mean(3, keepdims=True).astype(np.uint8), 3, axis=3)
    assert loss(grey, recompress_h264(grey, 0)) < 1


def test_the_same_pictures_give_the_same_pixels():
    given = pictures(5)
    assert np.array_equal(recompress_h264(given, 30), recompress_h264(given, 30))


def test_unrelated_pictures_do_not_depend_on_their_neighbours():
    given = pictures(4)
    alone = recompress_h264(given[2:3], 35)
    assert np.array_equal(recompress_h264(given, 35)[2:3], alone)
    assert not np.array_equal(recompress_h264(given, 35, is_clip=True)[2:3], alone)


def test_nothing_gives_nothing():
    assert recompress_h264(np.zeros((0, 32, 32, 3), np.uint8), 23).shape == (0, 32, 32, 3)


@pytest.mark.parametrize(
    ("frames", "crf"),
    [
        (np.zeros((2, 32, 32), np.uint8), 23),
        (np.zeros((2, 32, 32, 3), np.float32), 23),
        (np.zeros((2, 8, 32, 3), np.uint8), 23),
        (np.zeros((2, 32, 32, 3), np.uint8), 52),
    ],
)
def test_what_cannot_be_encoded_is_refused(frames, crf):
    with pytest.raises(ValueError, match=r"expected|too small|within"):
        recompress_h264(frames, crf)
