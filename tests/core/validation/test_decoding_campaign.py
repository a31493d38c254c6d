"""The campaign `decoding`: its slice compares frames, and a share of the speed that is too small is told."""

from fractions import Fraction
from pathlib import Path

import pytest

from core.evidence.hashing import pixels_sha256
from core.validation import decoding
from core.validation.campaign import Setting
from core.validation.decoding import Run, _speed, in_turns
from core.video.probe import probe
from core.video.pyav_reader import open_reader
from core.video.specimens import SPECIMENS, write_specimen

RESOURCES = Path(__file__).resolve().parents[3] / "resources"


def test_the_slice_compares_frames_and_asserts_no_time(tmp_path):
    same, speed = decoding.CAMPAIGN.run(Setting(workspace=tmp_path, resources=RESOURCES))
    assert same.passed is True
    assert same.figure.startswith("48 frames of 4 clips; 0 differ")
    assert speed.passed is None


def test_frames_that_differ_are_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(decoding, "open_reader", lambda item, *, isolated: open_reader(item, isolated=False))
    numbers = iter(range(1000))
    monkeypatch.setattr(decoding, "pixels_sha256", lambda rgb: pixels_sha256(rgb) + str(next(numbers)))
    same, _ = decoding.CAMPAIGN.run(Setting(workspace=tmp_path, resources=RESOURCES))
    assert same.passed is False
    assert "4 differ mp4-h264, 96 x 64" in same.figure


def test_both_ways_take_turns_and_see_the_same_pictures(tmp_path):
    path = write_specimen(SPECIMENS[0], tmp_path / "clip.mp4", n_pictures=30, n_drawn=4)
    pairs = in_turns(probe(path), Fraction(1, 5), 2)
    assert [(here.decoded, there.decoded) for here, there in pairs] == [(30, 30)] * 2


def test_the_median_share_decides():
    def pair(share: float) -> tuple[Run, Run]:
        here = Run(whole_s=1.0, flow_s=1.0, cpu_s=1.0, decoded=500)
        return here, Run(whole_s=1 / share, flow_s=1 / share, cpu_s=1.0, decoded=500)

    kept = _speed("clip", [pair(0.5), pair(0.86), pair(0.99)])
    assert kept.passed is True
    assert kept.figure.startswith("86% (median of 3 runs side by side, 50% to 99%")
    assert _speed("clip", [pair(0.5), pair(0.84), pair(0.99)]).passed is False


@pytest.mark.parametrize("n_drawn", [None, 20])
def test_a_clip_of_pictures_that_come_again_has_as_many(tmp_path, n_drawn):
    path = write_specimen(SPECIMENS[0], tmp_path / "clip.mp4", n_pictures=20, n_drawn=n_drawn)
    again = write_specimen(SPECIMENS[0], tmp_path / "plain.mp4")
    assert path.read_bytes() == again.read_bytes()
