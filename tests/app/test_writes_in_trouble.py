"""What `app` writes for keeps, where no file may grow: an error in words, the old file intact, nothing left over.

What `core` writes is tried by the campaign `durability`; tests/architecture/test_file_writes.py finds new writes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import skimage.data
from PIL import Image

from app.commands.validate import _write
from app.demo import prepare_demo
from app.preferences import load_preferences, save_preferences
from app.settings import Folders
from core.domain.preferences import Preferences
from core.errors import OutputError
from core.validation.durability.trouble import no_growth


def content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def written(write: Callable[[], object], folder: Path) -> OutputError:
    """The refusal of a write where no file may grow; afterwards it works."""
    before = content(folder)
    with no_growth() as is_imposed:
        if not is_imposed:
            pytest.skip("needs a limit on the size of files")
        with pytest.raises(OutputError) as refusal:
            write()
    assert content(folder) == before
    write()
    assert content(folder) != before
    assert refusal.value.next_step
    return refusal.value


def test_preferences(folders: Folders) -> None:
    save_preferences(folders, Preferences())
    wanted = replace(Preferences(), candidates=7)
    refusal = written(lambda: save_preferences(folders, wanted), folders.data)
    assert refusal.path == folders.preferences
    assert load_preferences(folders) == wanted


def test_the_clip_of_the_demo(folders: Folders) -> None:
    folders.data.mkdir(parents=True)
    refusal = written(lambda: prepare_demo(folders), folders.data)
    assert refusal.path == folders.data / "demo"


def test_a_record_of_a_validation(tmp_path: Path) -> None:
    path = tmp_path / "docs" / "validation.md"
    path.parent.mkdir()
    path.write_text("old")
    assert written(lambda: _write(path, "new"), tmp_path).path == path


def test_recovered_faces(unswap, untrained: Folders, tmp_path: Path) -> None:
    portrait = Image.fromarray(skimage.data.astronaut()).crop((120, 20, 340, 240))
    portrait.resize((224, 224)).save(tmp_path / "face.png")
    out = tmp_path / "out"
    recover = partial(unswap, "recover", tmp_path / "face.png", "--out", out, folders=untrained)
    assert recover().code == 0
    before = content(out)
    with no_growth() as is_imposed:
        if not is_imposed:
            pytest.skip("needs a limit on the size of files")
        done = recover("--seed", 2)
    assert done.code == OutputError.exit_code
    assert str(out) in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert content(out) == before
