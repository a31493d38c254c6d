"""The campaign of erasure, and that it finds what a weaker erasure would leave."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from core.gallery import copy_erasure, erasure, store
from core.validation import biometric_erasure
from core.validation.campaign import Check, Setting

ROOT = Path(__file__).resolve().parents[3]


def setting(tmp_path: Path) -> Setting:
    return Setting(workspace=tmp_path, resources=ROOT / "resources")


def test_the_slice_passes(tmp_path: Path) -> None:
    checks = list(biometric_erasure.run(setting(tmp_path)))
    assert [check.figure for check in checks if check.passed is False] == []
    assert len(checks) == 14


def many(tmp_path: Path, kind: str) -> list[Check]:
    made = setting(tmp_path)
    place = biometric_erasure._place(made, kind, "many")
    return list(biometric_erasure._erase_many(place, 4, made.random(), made))


@pytest.mark.parametrize("kind", ["plain", "encrypted"])
def test_deleting_rows_alone_is_found_out(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasure, "scrub", lambda db, path: ())
    gone, others = many(tmp_path, kind)
    assert gone.passed is False
    assert "such as" in gone.figure
    assert others.passed


@pytest.mark.parametrize("taken_away", [lambda m: m.setattr(store, "pay", lambda db, key, names: ())])
def test_forgotten_copies_are_found_out(
    tmp_path: Path, taken_away: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert store.pay is copy_erasure.pay
    taken_away(monkeypatch)
    gone, _ = many(tmp_path, "plain")
    assert gone.passed is False
    assert "copies/" in gone.figure


def test_a_hold_that_holds_nothing_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = setting(tmp_path)
    place = biometric_erasure._place(made, "plain", "held")
    monkeypatch.setattr(store.Gallery, "set_legal_hold", lambda *_, **__: None)
    check = biometric_erasure._hold(place, made.random())
    assert check.passed is False
    assert check.figure.startswith("0 of 3")
