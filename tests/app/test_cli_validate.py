"""`unswap validate` runs campaigns, keeps what they measured and tells a broken promise by its exit code."""

import json

import pytest

from app.commands import validate
from app.settings import SHIPPED_MODELS_LIST
from core.validation.campaign import Campaign, Check
from core.validation.record import commit_of


@pytest.fixture
def campaigns(monkeypatch):
    """Two campaigns in place of the real ones: each of those has its own test."""
    seen = []

    def run(setting):
        seen.append(setting)
        (setting.workspace / "file").write_text("x")
        setting.progress(1, 2)
        yield Check(promise="holds", figure=f"seed {setting.seed}", passed=True)

    def fail(setting):
        yield Check(promise="breaks", figure="1 of 1", passed=False)

    found = {
        "good": Campaign(name="good", title="Good", about="It holds.", run=run),
        "bad": Campaign(name="bad", title="Bad", about="It breaks.", run=fail),
    }
    monkeypatch.setattr(validate, "NAMES", tuple(found))
    monkeypatch.setattr(validate, "campaign", found.__getitem__)
    return seen


def test_a_campaign_is_run_and_recorded(unswap, campaigns, tmp_path):
    done = unswap("validate", "good", "--full", "--seed", 7, "--record", tmp_path)
    assert done.code == 0, done.err
    assert "kept  holds: seed 7" in done.out
    kept = json.loads((tmp_path / "validation" / "good.json").read_text(encoding="utf-8"))
    assert kept["command"] == "unswap validate good --full --seed 7"
    assert kept["models_sha256"] == SHIPPED_MODELS_LIST
    assert kept["commit"] == commit_of()
    assert "| holds | seed 7 | kept |" in (tmp_path / "validation.md").read_text(encoding="utf-8")
    assert campaigns[0].full
    assert not campaigns[0].workspace.exists()


def test_a_broken_promise_shows_in_the_exit_code_and_the_others_still_run(unswap, campaigns):
    done = unswap("validate", "bad", "good", "--json")
    assert done.code == validate.NOT_KEPT
    assert [json.loads(line)["passed"] for line in done.out.splitlines()] == [False, True]
    assert not campaigns[0].full


def test_the_page_can_be_written_again_without_running(unswap, campaigns, tmp_path):
    unswap("validate", "bad", "--record", tmp_path)
    (tmp_path / "validation.md").unlink()
    assert unswap("validate", "--record", tmp_path, "--rebuild").code == 0
    assert "**NOT KEPT**" in (tmp_path / "validation.md").read_text(encoding="utf-8")
    assert campaigns == []


@pytest.mark.parametrize(("words", "told"), [(("nothing",), "no campaign 'nothing'"), (("--rebuild",), "--record DIR")])
def test_wrong_words_are_explained(unswap, campaigns, words, told):
    done = unswap("validate", *words)
    assert done.code == 2
    assert told in done.err
