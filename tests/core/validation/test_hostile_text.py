"""The campaign on foreign text, and that its checks can fail."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from core.gallery import export
from core.report import paragraphs
from core.validation import hostile_text
from core.validation.campaign import Setting
from core.validation.hostile_strings import hostile_strings
from core.validation.hostile_text import CAMPAIGN, _is_shown

RESOURCES = Path(__file__).parents[3] / "resources"


def test_there_are_five_hundred_strings_of_every_kind() -> None:
    texts = hostile_strings(random.Random(20), 500)
    assert len(set(texts)) == 500
    assert texts == hostile_strings(random.Random(20), 500)
    for kind in ("<b>", "\u202e", "\x00", "\udcff", "../", "DROP TABLE", "=cmd", "\x1b[", "🚀", "محمد", "</script>"):
        assert any(kind in text for text in texts), kind
    assert max(map(len, texts)) > 500


def test_the_slice_keeps_every_promise(tmp_path: Path) -> None:
    checks = list(CAMPAIGN.run(Setting(workspace=tmp_path, resources=RESOURCES)))
    assert len(checks) == 10
    assert [check.figure for check in checks if check.passed is not True] == []


def test_markup_that_is_obeyed_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paragraphs, "escape", lambda text: text)
    monkeypatch.setattr(hostile_text, "_SHORT", 1)
    first = next(iter(CAMPAIGN.run(Setting(workspace=tmp_path, resources=RESOURCES))))
    assert first.passed is False
    assert "<b>bold</b>" in first.figure


def test_a_list_without_its_guard_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "guarded", lambda text: text)
    *_, listed = hostile_text._gallery(["=cmd|' /C calc'!A0"], tmp_path)
    assert listed.passed is False
    assert "a formula" in listed.figure


def test_a_window_that_a_text_ends_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hostile_text, "_WINDOW", "tests.crashing_child")
    setting = Setting(workspace=tmp_path, resources=RESOURCES)
    shown, *_ = hostile_text._window(["<b>one</b>", "two"], setting)
    assert shown.passed is False
    assert "the window ended (status" in shown.figure


@pytest.mark.parametrize(
    ("text", "shown", "expected"),
    [
        ("Q01q <b>x</b>", "headQ01q<b>x</b>tail", True),
        ("Q01q <b>x</b>", "headQ01qxtail", False),
        ("Q01q a\u202eb", "Q01qa‹U+202E›b", True),
        ("Q01q a\u202eb", "Q01qa\u202eb", False),
        ("Q01q \ue000", "Q01q‹U+E000›", True),
        ("Q01q " + "W" * 90, "Q01qWWWW…(cut;90", True),
    ],
)
def test_what_counts_as_shown(text: str, shown: str, expected: bool) -> None:
    assert _is_shown(text, shown) is expected
