"""The demo clip: decodes, is what its builder makes today, and holds one face that the shipped detector finds."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from core.domain.evidence import Frame
from core.domain.time import TimePoint
from resources.demo import build
from tests.builders_detector import mtcnn

DEMO = Path(build.__file__).resolve().parent


@pytest.fixture(scope="module")
def decoded() -> list[NDArray[np.uint8]]:
    with av.open(str(DEMO / "swap.mp4")) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


@pytest.fixture(scope="module")
def truth() -> dict[str, object]:
    return json.loads((DEMO / "truth.json").read_text())


def test_clip_is_small_h264_with_a_notice_in_its_metadata() -> None:
    assert (DEMO / "swap.mp4").stat().st_size < 2_000_000
    with av.open(str(DEMO / "swap.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert stream.average_rate == Fraction(25)
        assert container.metadata["comment"] == build.NOTICE


def test_truth_covers_every_frame_of_the_clip(decoded: list[NDArray[np.uint8]], truth: dict) -> None:
    segments = truth["segments"]
    assert [s["from_s"] for s in segments] == [0.0, *(s["to_s"] for s in segments[:-1])]
    assert len(decoded) == round(segments[-1]["to_s"] * truth["fps"])
    assert decoded[0].shape == (truth["height_px"], truth["width_px"], 3)
    assert [s["swapped"] for s in segments] == [s["source"] != s["target"] for s in segments] == [True, False]


def test_truth_names_only_people_of_the_gallery(truth: dict) -> None:
    people = {folder.name for folder in (DEMO / "gallery").iterdir()}
    assert {s[role] for s in truth["segments"] for role in ("source", "target")} <= people


def test_truth_file_is_what_the_builder_writes(tmp_path: Path) -> None:
    build.write_truth(tmp_path / "truth.json")
    assert (tmp_path / "truth.json").read_text() == (DEMO / "truth.json").read_text()


def test_committed_clip_shows_what_the_builder_makes(decoded: list[NDArray[np.uint8]]) -> None:
    step = 40
    wanted = [s.first_frame + i for s in build.SEGMENTS for i in range(0, s.n_frames, step)]
    for index, picture in zip(wanted, build.pictures(step=step), strict=True):
        assert cv2.PSNR(decoded[index], picture) > 30, f"frame {index} of the clip is not what the builder makes"


def test_builder_repeats_itself_exactly() -> None:
    first, again = (list(islice(build.pictures(), 2)) for _ in range(2))
    assert np.array_equal(first, again)


def test_swap_changes_the_inner_face_and_nothing_else() -> None:
    swap = build.DemoSwap()
    swapped = swap.portrait_with(blink=0.0, smile=0.0, brows=0.0)
    change = np.abs(swapped - build.photo_of(build.TARGET)).max(axis=2)
    assert change[190:300, 205:320].mean() > 15, "eyes, nose and mouth are the other person's"
    assert change[:130].max() == 0, "hat and flag are the target's own"
    assert change[345:].max() == 0, "neck and uniform are the target's own"


def test_detector_finds_exactly_one_face_in_nine_of_ten_frames(decoded: list[NDArray[np.uint8]]) -> None:
    sampled = range(0, len(decoded), 10)
    frames = [
        Frame(
            index=i,
            time=TimePoint(pts=i, time_base=Fraction(1, 25)),
            rgb=decoded[i],
            rotation_deg=0,
            is_corrupt=False,
        )
        for i in sampled
    ]
    found = [len(faces) for faces in mtcnn().detect(frames)]
    assert found.count(1) >= 0.9 * len(found), f"faces per sampled frame: {found}"
