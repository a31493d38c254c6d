"""The adapter on a tiny ONNX graph with SCRFD's nine outputs: a face wherever the picture is red."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from onnxruntime import InferenceSession

from core.detection.scrfd import ScrfdDetector, detector_file
from core.domain.evidence import Frame
from core.domain.geometry import BBox
from core.domain.time import TimePoint
from core.errors import ModelError
from tests.builders_models import SIDE, scrfd_network


def frame(colour: tuple[int, int, int], side: int = SIDE) -> Frame:
    rgb = np.full((side, side, 3), colour, np.uint8)
    time = TimePoint(pts=3, time_base=Fraction(1, 25))
    return Frame(index=7, time=time, rgb=rgb, rotation_deg=0, is_corrupt=False)


RED, BLUE = (255, 0, 0), (0, 0, 255)


def opened(path: Path) -> ScrfdDetector:
    return ScrfdDetector(InferenceSession(path.read_bytes()), name=path.stem)


@pytest.fixture(scope="module")
def detector(tmp_path_factory) -> ScrfdDetector:
    pack = tmp_path_factory.mktemp("pack")
    scrfd_network(pack / "det_tiny.onnx")
    (pack / "w600k_r50.onnx").write_bytes(b"a recogniser, not to be opened")
    return opened(detector_file(pack))


def test_the_detector_of_a_pack_is_found_by_name(detector):
    assert detector.name == "scrfd:det_tiny"


def test_outputs_are_decoded_in_pixels_of_the_frame(detector):
    (face,) = detector.detect([frame(RED, 2 * SIDE)])[0]
    assert (face.bbox.x1, face.bbox.y1, face.bbox.x2, face.bbox.y2) == pytest.approx((64, 32, 128, 128), abs=1e-3)
    assert face.landmarks_px[0] == pytest.approx((80, 64), abs=1e-3)
    assert face.landmarks_px[4] == pytest.approx((112, 96), abs=1e-3)
    assert face.score == pytest.approx(0.95, abs=0.01)
    assert (face.frame_index, face.time.pts, face.is_refined) == (7, 3, False)


def test_channels_reach_the_network_as_rgb(detector):
    assert [len(faces) for faces in detector.detect([frame(RED), frame(BLUE)])] == [1, 0]


def test_refinement_looks_around_the_predicted_box(detector):
    # The crop is twice the box, so the fixed answer at (32..64, 16..64) of 128 px lies within it.
    box = BBox(x1=100, y1=100, x2=164, y2=164)
    (face, nothing), (blue,) = detector.refine(
        [frame(RED, 400), frame(BLUE, 400)], [[box, BBox(x1=300, y1=300, x2=310, y2=900)], [box]]
    )
    assert face is not None
    assert (face.bbox.x1, face.bbox.y1, face.bbox.x2, face.bbox.y2) == pytest.approx((100, 84, 132, 132), abs=0.01)
    assert face.is_refined
    assert nothing is None
    assert blue is None


def test_a_missing_file_says_what_to_do(tmp_path):
    with pytest.raises(ModelError, match=r"no such model file.*mtcnn") as caught:
        detector_file(tmp_path / "det_10g.onnx")
    assert caught.value.path == tmp_path / "det_10g.onnx"


def test_a_folder_without_a_detector(tmp_path):
    (tmp_path / "w600k_r50.onnx").write_bytes(b"")
    with pytest.raises(ModelError, match="holds no face detector"):
        detector_file(tmp_path)


def test_a_detector_without_landmarks(tmp_path):
    with pytest.raises(ModelError, match="five landmarks"):
        opened(scrfd_network(tmp_path / "det_boxes.onnx", with_landmarks=False))
