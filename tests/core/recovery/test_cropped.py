import numpy as np
import pytest
import skimage.data

from core.recovery.align import CANONICAL_LANDMARKS, crop_face_rgb
from core.recovery.cropped import landmarks_of_crops
from tests.builders_detector import mtcnn

# Eileen Collins in skimage's picture, MTCNN order, px.
COLLINS = np.array([[204, 101], [247, 103], [225, 128], [201, 139], [246, 142]], np.float32)


@pytest.fixture(scope="module")
def detector():
    return mtcnn()


def test_landmarks_lie_on_the_face_of_the_crop(detector):
    photo = skimage.data.astronaut()
    upright = crop_face_rgb(photo, COLLINS)
    found = landmarks_of_crops(detector, upright[None])
    assert found.shape == (1, 5, 2)
    assert found.dtype == np.float32
    assert np.abs(found[0] - CANONICAL_LANDMARKS).max() < 15, "the framing puts them near its usual places"


def test_another_framing_is_found_by_searching(detector):
    photo = skimage.data.astronaut()
    loose = np.ascontiguousarray(photo[20:244, 110:334])
    found = landmarks_of_crops(detector, loose[None])[0]
    assert np.abs(found - (COLLINS - [110, 20])).max() < 8


def test_without_a_face_the_usual_places_stand_in(detector):
    crops = np.full((2, 224, 224, 3), 127, np.uint8)
    assert np.array_equal(landmarks_of_crops(detector, crops), np.stack([CANONICAL_LANDMARKS] * 2))


def test_no_crops_give_no_landmarks(detector):
    assert landmarks_of_crops(detector, np.empty((0, 224, 224, 3), np.uint8)).shape == (0, 5, 2)


def test_other_shapes_are_refused(detector):
    with pytest.raises(ValueError, match="expected crops"):
        landmarks_of_crops(detector, np.zeros((1, 200, 224, 3), np.uint8))
