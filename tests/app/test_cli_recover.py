import hashlib
import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image

from app.commands.recover import unique_names
from app.commands.recover_output import UNFINISHED
from app.gallery_access import open_existing
from core.domain.calibration import Calibration
from core.domain.comparison import Comparison
from core.errors import ModelError, OutputError, PhotoRefusedError


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    """Square face images of two sizes, two of one stem; one oblong; one that is none."""
    portrait = Image.fromarray(skimage.data.astronaut()).crop((120, 20, 340, 240))
    (tmp_path / "sub").mkdir()
    portrait.resize((224, 224)).save(tmp_path / "face.png")
    portrait.resize((120, 120)).save(tmp_path / "sub" / "face.png")
    portrait.resize((300, 200)).save(tmp_path / "wide.png")
    (tmp_path / "text.png").write_text("no picture")
    return tmp_path


@pytest.fixture
def recover(unswap, untrained):
    """`unswap recover` with a network that has learnt nothing."""
    return partial(unswap, "recover", folders=untrained)


def test_every_image_gives_pictures_and_vectors(recover, faces):
    out = faces / "out"
    done = recover(faces / "face.png", faces / "sub" / "face.png", "--out", out, "--raw")
    assert done.code == 0
    names = {f"{name}.{role}.png" for name in ("face", "face-2") for role in ("source", "target", "map")}
    assert {path.name for path in out.iterdir()} == names | {"embeddings.npz", "raw.npz"}
    with np.load(out / "embeddings.npz") as vectors:
        assert list(vectors["names"]) == ["face", "face-2"]
        assert vectors["fake_score"].shape == (2,)
        for role in ("input", "source", "target"):
            assert vectors[role].shape == (2, 128)
            assert np.linalg.norm(vectors[role], axis=1) == pytest.approx([1, 1], abs=1e-4)
    with np.load(out / "raw.npz") as raw:
        assert raw["source_image"].shape == raw["target_image"].shape == (2, 3, 224, 224)
        assert raw["map"].shape == (2, 1, 224, 224)
        assert raw["map"].dtype == np.float32
        assert 0 <= raw["map"].min() <= raw["map"].max() <= 1
        picture = np.asarray(Image.open(out / "face.source.png")).transpose(2, 0, 1)
        assert np.abs(raw["source_image"][0] * 255 - picture).max() <= 0.51


def test_a_recovered_picture_says_what_it_is_and_of_what(recover, faces):
    out = faces / "out"
    recover(faces / "face.png", "--out", out)
    text = Image.open(out / "face.target.png").text
    assert text["Unswap-Content"] == "reconstruction"
    assert text["Unswap-Model"] == "dfrec-compact"
    assert len(text["Unswap-Weights-SHA256"]) == 64
    assert text["Unswap-Input-SHA256"] == hashlib.sha256((faces / "face.png").read_bytes()).hexdigest()


def test_bad_images_are_named_and_the_rest_goes_on(recover, faces):
    out = faces / "out"
    bad = [faces / "wide.png", faces / "text.png", faces / "gone.png"]
    done = recover(*bad, faces / "face.png", "--out", out)
    assert done.code == PhotoRefusedError.exit_code
    complaints = [line for line in done.err.splitlines() if line.startswith("unswap: ")]
    assert [line.split(": ")[1] for line in complaints] == [str(path) for path in bad]
    assert "300 x 200 pixels, not square" in complaints[0]
    assert (out / "face.source.png").exists()


def test_without_a_usable_image_no_folder_is_made(recover, faces):
    out = faces / "out"
    assert recover(faces / "text.png", "--out", out).code == PhotoRefusedError.exit_code
    assert not out.exists()


def test_an_interrupted_run_goes_on_after_its_last_batch(recover, faces, monkeypatch):
    """Joining fails once, as if the program had been killed there; the batch itself is not computed again."""
    out, whole = faces / "out", faces / "whole"
    assert recover(faces / "face.png", "--out", whole).code == 0

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("app.commands.recover_output.RecoveredFolder.finish", killed)
    assert recover(faces / "face.png", "--out", out).code == 130
    monkeypatch.undo()
    assert len(list((out / UNFINISHED).iterdir())) == 1
    monkeypatch.setattr("app.commands.recover_output.RecoveredFolder._compute", killed)
    assert recover(faces / "face.png", "--out", out).code == 0
    assert (out / "embeddings.npz").read_bytes() == (whole / "embeddings.npz").read_bytes()
    assert not (out / UNFINISHED).exists()


def test_recovered_vectors_can_be_searched(unswap, recover, faces):
    people = Path(__file__).resolve().parents[2] / "resources" / "demo" / "gallery"
    unswap("gallery", "import", people)
    recover(faces / "face.png", "--out", faces / "out")
    npz = faces / "out" / "embeddings.npz"
    answers = [json.loads(line) for line in unswap("gallery", "search", "--embedding", npz, "--json").out.splitlines()]
    assert [answer["query"] for answer in answers] == ["face, source", "face, target"]
    seen = json.loads(unswap("gallery", "search", "--embedding", npz, "--role", "input", "--json").out)
    assert seen["candidates"][0]["name"] == "Eileen Collins"


def test_a_recovered_target_is_searched_with_its_surroundings(unswap, recover, untrained, faces, monkeypatch):
    people = Path(__file__).resolve().parents[2] / "resources" / "demo" / "gallery"
    recover(faces / "face.png", "--out", faces / "out")
    npz = faces / "out" / "embeddings.npz"
    with np.load(npz) as vectors:
        assert np.linalg.norm(vectors["surroundings"], axis=1) == pytest.approx([1], abs=1e-4)
        assert str(vectors["surroundings_id"]).startswith("surroundings:")
        assert len(str(vectors["model_sha256"])) == 64
        assert str(vectors["detector_sha256"]) == ""
    unswap("gallery", "import", people, folders=untrained)
    with open_existing(untrained.gallery) as gallery:
        rule = replace(Calibration.none(), embedder_id=gallery.embedder_id, comparison=Comparison(knee=0.4, share=0.5))
    monkeypatch.setattr("app.gallery_access.build_calibration", lambda folders: rule)

    def compared(role):
        done = unswap("gallery", "search", "--embedding", npz, "--role", role, "--json", folders=untrained)
        return json.loads(done.out)["surroundings"]

    assert compared("target") == len(list(people.rglob("*.jpg")))
    assert compared("source") == 0


def test_a_place_that_cannot_be_written_is_named(recover, faces):
    done = recover(faces / "face.png", "--out", faces / "text.png" / "out")
    assert done.code == OutputError.exit_code
    assert len(done.err.strip().splitlines()) == 1


def test_an_embedder_does_not_recover_faces(recover, faces):
    done = recover(faces / "face.png", "--out", faces / "out", "--model", "dlib-resnet-v1")
    assert done.code == ModelError.exit_code
    assert not (faces / "out").exists()


def test_names_are_unique_whatever_the_case():
    paths = [Path(p) for p in ("a/x.png", "b/X.jpg", "x-2.png", "c/x.png")]
    assert unique_names(paths) == ["x", "X-2", "x-2-2", "x-3"]
