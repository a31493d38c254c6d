"""``python -m core.training``: what a person types, and what is said when it cannot work."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.errors import CaseError
from core.models.weights import load_weights
from core.training.__main__ import main
from core.training.corpus import load
from core.training.export import export
from tests.builders_training import EMBEDDER, packed_corpus


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    torch.set_num_threads(1)
    monkeypatch.setattr(sys, "argv", ["core.training", *map(str, arguments)])
    return main()


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed_corpus(tmp_path_factory.mktemp("faces") / "packed")


def test_a_stage_is_trained_and_trained_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], faces: Path, tmp_path: Path
) -> None:
    common = ["--faces", faces, "--embedder", EMBEDDER, "--run", tmp_path, "--batch", "2", "--device", "cpu"]
    assert run(monkeypatch, "train", "attributes", "--steps", "1", *common) == 0
    assert "age" in capsys.readouterr().out
    assert run(monkeypatch, "train", "attributes", "--steps", "2", *common) == 0
    assert torch.load(tmp_path / "attributes.pt", weights_only=True)["step"] == 2
    with Image.open(tmp_path / "curve.png") as picture:
        picture.verify()


def test_an_ablation_is_trained_and_handed_to_the_protocol(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], faces: Path, tmp_path: Path
) -> None:
    common = ["--faces", faces, "--embedder", EMBEDDER, "--batch", "2", "--device", "cpu"]
    for name, *options in (("all",), ("less", "--without-loss", "fake", "--leave-out", "self-blend")):
        assert run(monkeypatch, "train", "map", "--run", tmp_path / name, *common, "--steps", "1", *options) == 0
    with_all, without = capsys.readouterr().out.splitlines()
    assert "fake 0 " in without
    assert "fake 0 " not in with_all
    assert run(monkeypatch, "train", "map", "--run", tmp_path / "less", *common, "--steps", "2") == CaseError.exit_code
    assert "begun with no forgeries of self-blend; no loss fake, not with everything" in capsys.readouterr().err
    card = export(tmp_path / "less", tmp_path / "models", "less", "")
    assert "for an ablation: no forgeries of self-blend; no loss fake." in card.schedule
    out = tmp_path / "less.safetensors"
    assert run(monkeypatch, "weights", "--run", tmp_path / "less", "--network", "dfrec", out) == 0
    assert "ism.segment.weight" in load_weights(out, sha256=capsys.readouterr().out.strip())


@pytest.mark.parametrize(
    ("stage", "options", "words"),
    [
        ("identity", ("--leave-out", "blend", "--pairs", "."), "no family of ours"),
        ("context", ("--without-loss", "fake"), "has none of these losses"),
    ],
)
def test_what_cannot_be_left_out_is_said(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    faces: Path,
    tmp_path: Path,
    stage: str,
    options: tuple[str, ...],
    words: str,
) -> None:
    common = ["--faces", faces, "--embedder", EMBEDDER, "--run", tmp_path, "--steps", "1", "--device", "cpu"]
    assert run(monkeypatch, "train", stage, *common, *options) == CaseError.exit_code
    assert words in capsys.readouterr().err


def test_a_missing_earlier_stage_ends_with_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], faces: Path, tmp_path: Path
) -> None:
    common = ["--faces", faces, "--embedder", EMBEDDER, "--run", tmp_path, "--batch", "2", "--device", "cpu"]
    assert run(monkeypatch, "train", "whole", "--steps", "1", *common) == CaseError.exit_code
    assert "attributes" in capsys.readouterr().err


def test_a_published_set_is_packed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    root, out = tmp_path / "set", tmp_path / "out"
    for name, person in (("CelebA-HQ-img/1", "Eileen Collins"), ("CelebA-HQ-img/2", "Grace Hopper")):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        with Image.open(Path("resources/demo/gallery") / person / "photo.jpg") as picture:
            picture.convert("RGB").resize((224, 224)).save(root / f"{name}.jpg")
    (root / "FTM").mkdir()
    (root / "FTM" / "1_2.jpg").write_bytes((root / "CelebA-HQ-img" / "1.jpg").read_bytes())
    assert run(monkeypatch, "pack-list", "megafs", root, out, "--embedder", EMBEDDER, "--device", "cpu") == 0
    assert "3 faces packed" in capsys.readouterr().out
    assert run(monkeypatch, "pack-list", "celeb-df", root, out, "--embedder", EMBEDDER) == CaseError.exit_code
    assert "Celeb-real" in capsys.readouterr().err


def test_a_packed_corpus_is_opened_as_it_was(faces: Path, tmp_path: Path) -> None:
    corpus = load(faces)
    assert corpus.images.shape == (48, 256, 256, 3) and corpus.images.dtype == np.uint8
    assert 0 < corpus.is_validation.sum() < 48
    with pytest.raises(CaseError, match="Pack the face shards"):
        load(tmp_path)


def test_a_picture_on_both_sides_of_the_division_is_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = packed_corpus(tmp_path / "faces")
    corpus = load(folder)
    assert float(corpus.nearest_in_training().max()) < 0.95
    held_out, training = np.flatnonzero(corpus.is_validation), np.flatnonzero(~corpus.is_validation)
    with np.load(folder / "index.npz") as index:
        arrays = {name: index[name] for name in index.files}
    arrays["embedding"][held_out[0]] = arrays["embedding"][training[0]]
    np.savez(folder / "index.npz", **arrays)
    assert run(monkeypatch, "overlap", folder) == 0
    assert f"0.95  1 of {len(held_out)}" in capsys.readouterr().out
