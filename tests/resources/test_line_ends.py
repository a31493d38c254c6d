"""Git leaves the bytes of files that are hashed as they are, also where it turns line ends around."""

from __future__ import annotations

import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[2]
HASHED = ("resources/models/*", "resources/demo/*.json", "resources/demo/gallery/*/*", "tests/golden/*")


def rules() -> list[tuple[str, str]]:
    """(pattern, attribute) of each line of .gitattributes."""
    lines = (ROOT / ".gitattributes").read_text(encoding="utf-8").splitlines()
    return [(line.split()[0], line.split()[1]) for line in lines if line.strip() and not line.startswith("#")]


def decides(pattern: str, file: str) -> bool:
    """A pattern of .gitattributes with a slash is anchored, `**` stands for folders; one without is for any name."""
    if "/" not in pattern:
        return fnmatch(Path(file).name, pattern)
    return fnmatch(file, pattern.lstrip("/").replace("**/", "*").replace("**", "*"))


def hashed_files() -> list[str]:
    found = [path for pattern in HASHED for path in ROOT.glob(pattern) if path.is_file()]
    return [path.relative_to(ROOT).as_posix() for path in found if path.suffix not in (".py", ".md")]


def test_no_rule_lets_git_convert_a_hashed_file() -> None:
    files = hashed_files()
    assert {"resources/models/allowed.sha256", "resources/models/dfrec-compact.json"} <= set(files)
    for file in files:
        last = [attribute for pattern, attribute in rules() if decides(pattern, file)][-1]
        assert last in ("-text", "binary"), file


def test_a_clone_with_line_ends_of_windows_has_the_same_bytes(tmp_path: Path) -> None:
    files = ["resources/models/allowed.sha256", "resources/models/mtcnn.json", "tests/golden/dfrec_official_keys.json"]
    git = shutil.which("git")
    if git is None:  # a copy of the sources without git has no line ends to be turned around
        return
    for file in (*files, ".gitattributes"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    for command in (
        ("init", "-q"),
        ("add", "."),
        ("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "."),
    ):
        subprocess.run((git, "-C", str(tmp_path), "-c", "core.autocrlf=true", *command), check=True)
    for file in files:
        (tmp_path / file).unlink()
    subprocess.run((git, "-C", str(tmp_path), "-c", "core.autocrlf=true", "checkout", "-q", "--", "."), check=True)
    assert [file for file in files if (tmp_path / file).read_bytes() != (ROOT / file).read_bytes()] == []
