from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from scripted_faces import portraits, scripted_clip

from core.tracking.cuts import CutDetector, CutState


def cuts_in(pictures: list[np.ndarray]) -> list[int]:
    detector = CutDetector()
    return [i for i, picture in enumerate(pictures) if detector.is_cut(picture)]


def test_the_scripted_cut_is_found_and_nothing_else():
    clip = scripted_clip()
    assert cuts_in([s.frame.rgb for s in clip]) == [i for i, s in enumerate(clip) if s.is_cut]


def test_a_cut_between_two_portraits():
    pictures = list(portraits().values())[:2]
    assert cuts_in([pictures[0]] * 4 + [pictures[1]] * 4) == [4]


def test_first_frame_is_no_cut():
    assert cuts_in([portraits()["collins"]]) == []


def test_light_and_flashes_are_no_cuts():
    picture = portraits()["collins"].astype(np.float64)
    gains = [1.0, 0.8, 0.6, 0.8, 1.0, 1.8, 1.0, 1.0]
    assert cuts_in([np.clip(picture * gain, 0, 255).astype(np.uint8) for gain in gains]) == []


def test_a_fade_is_no_cut():
    picture = portraits()["hopper"].astype(np.float64)
    gains = [*np.linspace(1, 0.15, 8), *np.linspace(0.15, 1, 8)]
    assert cuts_in([(picture * gain).astype(np.uint8) for gain in gains]) == []


def test_a_quick_pan_is_no_cut():
    wide = cv2.resize(portraits()["collins"], (1400, 700))
    assert cuts_in([wide[:, x : x + 900] for x in range(0, 500, 80)]) == []


def test_noise_on_an_even_picture_is_no_cut():
    rng = np.random.default_rng(0)
    assert cuts_in([rng.integers(20, 26, (90, 160, 3)).astype(np.uint8) for _ in range(8)]) == []


def test_pictures_of_any_size():
    assert cuts_in([np.zeros((1, 1, 3), np.uint8), np.zeros((2000, 3, 3), np.uint8)]) == []


def test_a_detector_goes_on_from_a_stored_state():
    pictures = [s.frame.rgb for s in scripted_clip()][40:70]
    whole = cuts_in(pictures)
    for stop in range(1, len(pictures), 4):
        first = CutDetector()
        found = [i for i in range(stop) if first.is_cut(pictures[i])]
        stored = json.loads(json.dumps(first.state.to_mapping()))
        second = CutDetector(state=CutState.from_mapping(stored))
        assert found + [i for i in range(stop, len(pictures)) if second.is_cut(pictures[i])] == whole


@pytest.mark.parametrize("broken", [{}, {"thumbnail": "", "recent": 3}])
def test_a_broken_state_is_refused(broken):
    with pytest.raises((KeyError, TypeError)):
        CutState.from_mapping(broken)
