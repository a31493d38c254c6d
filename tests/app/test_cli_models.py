import hashlib
import json
import shutil

import pytest
import torch
from safetensors.torch import save_file

from app.settings import DEFAULT_EMBEDDER, Folders
from core.errors import ModelError
from core.models.card import ModelCard, ModelKind
from tests.builders_models import own_embedder


@pytest.fixture
def own_resources(folders, tmp_path):
    """Resources of our own with one small model, to be spoilt."""
    resources = tmp_path / "resources"
    models = resources / "models"
    models.mkdir(parents=True)
    _small_model(models)
    shutil.copytree(folders.fonts, resources / "fonts")
    return Folders(resources=resources, data=folders.data, logs=folders.logs)


def _small_model(folder, name="tiny"):
    file = folder / f"{name}.safetensors"
    save_file({"weight": torch.zeros(2)}, file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    ModelCard(name=name, kind=ModelKind.RFFR, file=file.name, sha256=digest, terms="CC0-1.0").write(folder)
    return file


def test_the_shipped_embedder_is_listed_and_intact(unswap):
    assert DEFAULT_EMBEDDER in unswap("models", "list").out
    cards = {card["name"]: card for card in json.loads(unswap("models", "list", "--json").out)["models"]}
    assert cards[DEFAULT_EMBEDDER]["terms"].startswith("CC0")
    verified = unswap("models", "verify", "--json")
    states = {m["name"]: m["state"] for m in json.loads(verified.out)["models"]}
    assert set(states.values()) == {"intact"}
    assert verified.code == 0


def test_an_altered_file_is_named(unswap, own_resources):
    assert unswap("models", "verify", folders=own_resources).code == 0
    with (own_resources.shipped_models / "tiny.safetensors").open("ab") as file:
        file.write(b"x")
    done = unswap("models", "verify", folders=own_resources)
    assert done.code == ModelError.exit_code
    assert "altered" in done.out
    assert "tiny.safetensors" in done.err


def test_a_model_is_imported_with_its_card(unswap, folders, tmp_path):
    file = tmp_path / own_embedder(tmp_path).file
    done = unswap("models", "import", file)
    assert done.code == 0
    assert "terms: CC0-1.0" in done.out
    assert (folders.user_models / "mine.safetensors").read_bytes() == file.read_bytes()
    assert "mine" in unswap("models", "list").out


def test_what_is_no_model_is_refused_in_one_line(unswap, folders, tmp_path):
    bad = tmp_path / "weights.pth"
    bad.write_bytes(b"nothing of the kind")
    done = unswap("models", "import", bad)
    assert done.code == ModelError.exit_code
    assert done.err.startswith(f"unswap: {bad}: ")
    assert len(done.err.splitlines()) == 1
    assert not folders.user_models.exists()


def test_doctor_names_altered_and_missing_weights(unswap, own_resources):
    (own_resources.shipped_models / "tiny.safetensors").write_bytes(b"")
    done = unswap("doctor", "--json", folders=own_resources)
    checks = {check["name"]: check for check in json.loads(done.out)["checks"]}
    assert done.code == 3
    assert checks["weights tiny"]["state"] == "FAILED"
    assert checks[f"weights {DEFAULT_EMBEDDER}"]["value"] == "missing"
    assert checks["error rates"]["state"] == "warning"


def test_doctor_tells_what_works_and_what_to_do_about_the_rest(unswap, folders):
    done = unswap("doctor", "--json")
    report = json.loads(done.out)
    checks = {check["name"]: check for check in report["checks"]}
    assert {"Python", "torch", "compute device", "video codecs", "SQLite", "fonts", "data folder"} <= set(checks)
    assert "av1" in checks["video codecs"]["value"]
    assert checks["SQLite"]["value"].endswith("WAL works")
    assert all(check["next_step"] for check in report["checks"] if check["state"] != "ok")
    assert report["healthy"] is (done.code == 0)
    assert not folders.data.exists(), "looking must not make folders"


def test_doctor_notices_missing_fonts_and_a_data_folder_that_is_a_file(unswap, own_resources):
    shutil.rmtree(own_resources.fonts)
    own_resources.data.write_text("a file stands here")
    done = unswap("doctor", folders=own_resources)
    failed = [line.split("  ")[1].strip() for line in done.out.splitlines() if line.startswith("FAILED")]
    assert done.code == 3
    assert {"fonts", "data folder"} <= set(failed)
    assert done.err == ""
