"""The list of shipped models is the one that the program vouches for, and every file is on it as it is."""

import hashlib
import shutil
from pathlib import Path

import facenet_pytorch
import pytest
import torch

from app.settings import SHIPPED_MODELS_LIST, Folders, standard_folders
from core.errors import ModelError
from core.models.registry import ModelRegistry
from core.models.weights import load_weights


def test_the_program_vouches_for_the_list_that_ships():
    listed = standard_folders().shipped_models / "allowed.sha256"
    assert hashlib.sha256(listed.read_bytes()).hexdigest() == SHIPPED_MODELS_LIST, (
        "after a change of what ships, put the new SHA-256 of resources/models/allowed.sha256 into app/settings.py"
    )


def test_every_shipped_file_is_on_the_list_as_it_is(tmp_path):
    folder = standard_folders().shipped_models
    registry = ModelRegistry(folder, tmp_path, SHIPPED_MODELS_LIST)
    assert [(s.path.name, s.detail) for s in registry.verify() if s.detail] == []
    registry.check_file("calibration.json")
    files = {path.name for path in folder.iterdir() if path.suffix in {".json", ".safetensors"}}
    listed = {line.split("  ")[1] for line in (folder / "allowed.sha256").read_text().splitlines()}
    assert files == listed


def test_another_list_makes_every_shipped_model_unusable(unswap, folders, tmp_path):
    resources = tmp_path / "resources"
    shutil.copytree(folders.resources / "models", resources / "models")
    with (resources / "models" / "allowed.sha256").open("a") as listed:
        listed.write(f"{'0' * 64}  more.safetensors\n")
    spoilt = Folders(resources=resources, data=folders.data, logs=folders.logs, shipped_list=SHIPPED_MODELS_LIST)
    assert unswap("models", "verify", folders=spoilt).code == ModelError.exit_code
    with pytest.raises(ModelError, match="altered"):
        ModelRegistry(resources / "models", tmp_path, SHIPPED_MODELS_LIST).load("mtcnn")


def test_the_face_detector_has_the_very_weights_of_its_package():
    shipped = load_weights(standard_folders().shipped_models / "mtcnn.safetensors", sha256=None)
    data = Path(facenet_pytorch.__file__).parent / "data"
    published = {
        f"{part}.{name}": tensor
        for part in ("pnet", "rnet", "onet")
        for name, tensor in torch.load(data / f"{part}.pt", weights_only=True).items()
    }
    assert shipped.keys() == published.keys()
    assert all(torch.equal(shipped[name], tensor) for name, tensor in published.items())
