import json
from functools import partial
from pathlib import Path

import pytest

from app.commands.evaluate import named_path
from core.errors import CaseError, EvidenceNotFoundError, ModelError
from core.models.registry import ModelRegistry
from tests.builders_pairs import packed_pairs
from tests.builders_protocol import packed_faces


@pytest.fixture
def evaluate(unswap, untrained):
    """`unswap evaluate` with a network that has learnt nothing."""
    return partial(unswap, "evaluate", folders=untrained)


def test_named_paths():
    assert named_path("mat=a/b=c") == ("mat", Path("a/b=c"))


def test_a_section_is_measured_kept_and_drawn_again(evaluate, tmp_path):
    faces, out = packed_faces(tmp_path / "packed"), tmp_path / "out"
    words = ("--faces", faces, "--out", out, "--count", 8, "--section", "detection", "--json")
    for computed in (["detection"], []):
        done = evaluate(*words)
        assert done.code == 0, done.err
        last = json.loads(done.out.splitlines()[-1])
        assert (last["event"], last["sections"], last["computed"]) == ("done", ["detection"], computed)
    (out / "results.md").unlink()
    again = evaluate("--out", out, "--rebuild")
    assert again.code == 0
    assert str(out / "results.md") in again.out
    assert "## Detection" in (out / "results.md").read_text(encoding="utf-8")


def test_published_forgeries_are_measured_without_packed_faces(evaluate, untrained, tmp_path):
    models = untrained.resources / "models"
    pairs = packed_pairs(tmp_path / "megafs", ModelRegistry(models, models))
    done = evaluate("--pairs", pairs, "--out", tmp_path / "out", "--count", 6, "--json")
    assert done.code == 0, done.err
    last = json.loads(done.out.splitlines()[-1])
    assert (last["sections"], last["computed"]) == (["pairs"], ["pairs"])
    page = (tmp_path / "out" / "results.md").read_text(encoding="utf-8")
    assert "## Published forgeries" in page
    assert "**megafs: identity of the recovered target**" in page
    assert "recovery: left out; name packed faces" in done.err


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ((), 2, "--faces PACKED, --pairs PAIRS or --clips FOLDER is required"),
        (("--rebuild",), CaseError.exit_code, "no section was measured there"),
        (("--faces", "nowhere"), EvidenceNotFoundError.exit_code, "nowhere"),
        (("--faces", ".", "--swaps", "nowhere"), EvidenceNotFoundError.exit_code, "nowhere"),
        (("--faces", ".", "--rffr", "nowhere"), EvidenceNotFoundError.exit_code, "nowhere"),
        (("--pairs", "nowhere"), EvidenceNotFoundError.exit_code, "nowhere"),
        (("--pairs", "."), CaseError.exit_code, "no packed pairs there"),
        (("--faces", "."), CaseError.exit_code, "no packed faces there"),
        (("--faces", ".", "--model", "unheard-of"), ModelError.exit_code, "unheard-of"),
        (("--faces", ".", "--ablation", "no-file"), 2, "is not NAME=PATH"),
        (("--faces", ".", "--section", "nothing"), 2, "invalid choice"),
        (("--faces", ".", "--count", "1"), 2, "no whole number"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_line(evaluate, tmp_path, monkeypatch, words, code, told):
    monkeypatch.chdir(tmp_path)
    done = evaluate("--out", tmp_path / "out", *words)
    assert done.code == code
    assert told in done.err
    assert "Traceback" not in done.err
