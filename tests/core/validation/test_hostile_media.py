"""The campaign `hostile-media`: its slice passes, and it notices when a protection is gone."""

import os
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from core.domain.evidence import EvidenceItem
from core.errors import DecoderCrashedError, DecoderMemoryError
from core.isolation.limits import Limits
from core.validation import hostile_media, hostile_media_case
from core.validation.campaign import Setting
from core.validation.hostile_media_case import MemoryWatch, taken_in_and_decoded
from core.validation.hostile_media_mutations import MUTATIONS
from core.video import isolated_reader, sandbox
from core.video.specimens import SPECIMENS, write_specimen

RESOURCES = Path(__file__).resolve().parents[3] / "resources"


def checks(workspace):
    return list(hostile_media.CAMPAIGN.run(Setting(workspace=workspace, resources=RESOURCES)))


def test_every_promise_is_kept(tmp_path):
    found = checks(tmp_path)
    assert [check for check in found if check.passed is False] == []
    assert len(found) == 6
    assert "decoded whole" in found[1].figure and "Truncated" in found[1].figure


def test_an_error_without_a_name_is_noticed(tmp_path, monkeypatch):
    def broken(path):
        raise ValueError("not foreseen")

    monkeypatch.setattr(hostile_media_case, "probe", broken)
    assert [check.passed for check in checks(tmp_path)][1] is False


def test_a_hang_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(hostile_media, "_HANG_S", 0.0)
    assert [check.passed for check in checks(tmp_path)][2] is False


def test_memory_that_is_kept_is_noticed(tmp_path, monkeypatch):
    kept = []

    def hoarding(path: Path) -> EvidenceItem:
        kept.append(os.urandom(40 << 20))  # more than malloc ever takes from what was freed before
        return probe(path)

    probe = hostile_media_case.probe
    monkeypatch.setattr(hostile_media_case, "probe", hoarding)
    assert [check.passed for check in checks(tmp_path)][3] is False


def test_what_is_left_behind_is_noticed(tmp_path, monkeypatch):
    left = []

    def leaving(path: Path) -> EvidenceItem:
        left.append(path.open("rb"))
        return probe(path)

    probe = hostile_media_case.probe
    monkeypatch.setattr(hostile_media_case, "probe", leaving)
    monkeypatch.setattr(hostile_media, "_SETTLE_S", 0.0)
    assert [check.passed for check in checks(tmp_path)][4] is False
    for file in left:
        file.close()


@pytest.mark.parametrize("how", MUTATIONS)
def test_a_mutation_is_the_same_each_time_and_changes_most_files(how, tmp_path):
    changed = Counter()
    for kind in SPECIMENS[:4] + SPECIMENS[-5:]:
        whole = write_specimen(kind, tmp_path / f"whole.{kind.suffix}").read_bytes()
        for seed in range(4):
            one, other = (MUTATIONS[how](whole, Random(seed)) for _ in range(2))
            assert one == other
            changed[one != whole] += 1
    assert changed[True] > changed.total() / 2, "else the campaign tries whole files"


def test_every_limit_that_a_file_meets_has_a_state_of_its_own(tmp_path, monkeypatch):
    """The states that none of the campaign's files reaches with the usual limits."""
    path = write_specimen(SPECIMENS[0], tmp_path / "clip.mp4")
    monkeypatch.setattr(isolated_reader, "limits_for", lambda item: Limits(memory_bytes=24 << 20))
    assert taken_in_and_decoded(path, MemoryWatch()).state == DecoderMemoryError.__name__
    monkeypatch.setattr(sandbox, "isolated_call", lambda *_, **__: b"{}")
    assert taken_in_and_decoded(path, MemoryWatch()).state == DecoderCrashedError.__name__
