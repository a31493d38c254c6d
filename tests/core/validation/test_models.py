"""Campaign ``models``: the short slice holds, and its checks notice a protection that is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.models import allowlist, registry
from core.models.card import read_card
from core.validation.campaign import Setting
from core.validation.models import campaign
from core.validation.models.sources import search

ROOT = Path(__file__).parents[3]


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    return Setting(workspace=tmp_path, resources=ROOT / "resources")


def test_the_short_slice_keeps_every_promise(setting: Setting) -> None:
    checks = list(campaign.run(setting))
    assert [c.figure for c in checks if c.passed is not True] == []
    assert len(checks) == 7


def test_tampering_shows_when_the_list_is_not_asked(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "allowed_card", lambda path, allowed: read_card(path))
    (check,) = campaign._tampering(setting, campaign.WAYS[3:4])
    assert check.passed is False
    assert "shipped weights and card" in check.figure


def test_a_shipped_list_of_somebody_else_is_refused_by_its_hash_alone(setting: Setting, tmp_path: Path) -> None:
    shipped, user, _ = campaign.folders(tmp_path / "x", setting.resources)
    (way,) = [w for w in campaign.WAYS if w.name == "shipped weights, card and list"]
    way.do(shipped, user)
    assert allowlist.read_list(shipped).sha256
    assert registry.ModelRegistry(shipped, user, None).find("dlib-resnet-v1"), "without the hash it would be taken"


def test_a_careless_reader_in_the_source_is_found(tmp_path: Path) -> None:
    (tmp_path / "core").mkdir()
    careless = "import torch, pickle\ntorch.load('x')\ntorch.load('x', weights_only=False)\npickle.load(open('x'))\n"
    (tmp_path / "core" / "a.py").write_text(careless + "torch.load('x', weights_only=True)\n")
    found = search(tmp_path)
    assert found.unsafe == ("core/a.py:2", "core/a.py:3", "core/a.py:4")
    assert found.n_careful == 1
