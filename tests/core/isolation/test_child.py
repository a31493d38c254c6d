"""What a child process of ours is started with: our code alone, and no secrets."""

import os
from pathlib import Path
from subprocess import DEVNULL, PIPE

import pytest

from core.isolation.child import environment, start_child

HOSTILE = "import os, pathlib; pathlib.Path(os.environ['UNSWAP_TEST_MARK']).write_text('it ran')\n"


def test_files_in_the_current_folder_are_no_code_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evidence = tmp_path / "seized"
    evidence.mkdir()
    for name in ("json", "selectors", "subprocess", "numpy", "core"):
        (evidence / f"{name}.py").write_text(HOSTILE)
    monkeypatch.chdir(evidence)
    monkeypatch.setenv("UNSWAP_TEST_MARK", str(tmp_path / "mark"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((".", "", os.environ.get("PYTHONPATH", ""))))
    with start_child("core.isolation.trial", stdin=PIPE, stdout=PIPE, stderr=DEVNULL) as child:
        answer, _ = child.communicate(b"go\n", timeout=60)
    assert child.returncode == 0 and answer.startswith(b"{")
    assert not (tmp_path / "mark").exists()


def test_passphrases_are_not_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSWAP_KEY_PASSPHRASE", "correct horse")
    monkeypatch.setenv("UNSWAP_GALLERY_PASSPHRASE", "battery staple")
    monkeypatch.setenv("UNSWAP_DATA", "/kept")
    handed = environment()
    assert handed["UNSWAP_DATA"] == "/kept"
    assert not {"correct horse", "battery staple"} & set(handed.values())
