"""What surrounds faces is read at enrolment, or its lack is told once and stops nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from app.assembly import build_templater, lacks_surroundings
from app.cli import run
from app.settings import DEFAULT_EMBEDDER, DEFAULT_MODEL, SHIPPED_MODELS_LIST, Folders
from core.gallery.photos import read_photo

RESOURCES = Path(__file__).parents[2] / "resources"
PHOTO = next((RESOURCES / "demo" / "gallery").rglob("photo.jpg"))


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(resources=RESOURCES, data=tmp_path, logs=tmp_path / "logs", shipped_list=SHIPPED_MODELS_LIST)


def test_photos_are_read_as_the_shipped_recovery_network_reads_faces(folders: Folders) -> None:
    templater = build_templater(folders, DEFAULT_EMBEDDER, "cpu")
    template = templater.template(read_photo(PHOTO).rgb)
    assert templater.surroundings_id.startswith("surroundings:")
    assert not lacks_surroundings(templater)
    assert template.surroundings is not None
    assert template.surroundings.model_id == templater.surroundings_id


@pytest.mark.parametrize("model", ["no-such-model", DEFAULT_EMBEDDER])
def test_a_model_that_reads_none_stops_no_enrolment(folders: Folders, model: str) -> None:
    templater = build_templater(folders, DEFAULT_EMBEDDER, "cpu", model)
    assert templater.surroundings_id == ""
    assert "without what surrounds" in lacks_surroundings(templater)
    assert templater.template(read_photo(PHOTO).rgb).surroundings is None


def test_the_command_line_tells_it_once_and_adds_surroundings_later(
    folders: Folders, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = tmp_path / "one.jpg"
    shutil.copy(PHOTO, photo)
    add = ["gallery", "add", str(photo), "--name", "Ann", "--gallery", str(tmp_path / "g.db"), "--device", "cpu"]
    assert run([*add, "--model", "no-such-model"], folders) == 0
    assert capsys.readouterr().err.count("without what surrounds") == 1
    assert run([*add, "--model", DEFAULT_MODEL], folders) == 0
    said = capsys.readouterr()
    assert "surroundings added for person 1, Ann" in said.out
    assert not said.err
    assert run(add, folders) != 0, "a photo that lacks nothing is a duplicate"
