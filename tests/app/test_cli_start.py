"""Starting the command line: what it loads, what it says, how it ends."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import cli
from app.settings import Folders
from core.errors import CaseError, GalleryError, NotMediaError

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("torch", "torchvision", "cv2", "av", "PIL", "PySide6", "reportlab", "sqlite_utils", "sqlite3", "tqdm", "scipy")


def python(*arguments, **variables):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_importing_the_command_line_loads_nothing_heavy():
    code = f"import sys, app.cli; app.cli.build_parser(); print(*(m for m in {HEAVY} if m in sys.modules))"
    assert python("-c", code).stdout.split() == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there always is a display")
def test_without_arguments_and_without_a_display_it_says_what_to_do(tmp_path):
    gone = dict.fromkeys(("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE"), "")
    done = python("main.py", UNSWAP_HOME=str(tmp_path), **gone)
    assert done.returncode == CaseError.exit_code
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("unswap: ") and len(done.stderr.splitlines()) == 1
    assert not any(tmp_path.iterdir()), "nothing was begun"


def test_without_arguments_the_window_opens_and_is_closed_like_any_window(tmp_path):
    """The program itself, up to the window's first beat, then the way out that a person takes."""
    code = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
import app.bootstrap

def leave():
    (window,) = [w for w in QApplication.topLevelWidgets() if w.isVisible() and w.windowTitle() == "Unswap"]
    window.close()

real = QApplication.exec
def run(self):
    QTimer.singleShot(500, leave)
    return real()
QApplication.exec = run
sys.argv = ["main.py"]
sys.exit(app.bootstrap.main())
"""
    done = python("-c", code, UNSWAP_HOME=str(tmp_path), QT_QPA_PLATFORM="offscreen")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert (tmp_path / "layout.ini").exists(), "where the window stood is kept"


def test_main_is_a_short_file():
    assert len((ROOT / "main.py").read_text(encoding="utf-8").splitlines()) <= 20


def test_version(unswap):
    done = unswap("--version")
    assert done.code == 0
    assert done.out.startswith("Unswap ")


@pytest.mark.parametrize(
    "words", [["frobnicate"], ["gallery"], ["analyze", "a.mp4"], ["--nonsense", "doctor"], ["--ver"]]
)
def test_wrong_usage_has_exit_code_2(unswap, words):
    assert unswap(*words).code == 2


@pytest.mark.parametrize(
    "command",
    [["analyze"], ["recover"], ["report"], ["doctor"], ["models", "list"], ["models", "import"], ["models", "verify"]]
    + [["gallery", a] for a in ("add", "import", "list", "search", "merge", "rename", "erase", "audit")],
)
def test_every_command_shows_examples(unswap, command):
    done = unswap(*command, "--help")
    assert done.code == 0
    assert f"unswap {' '.join(command)}" in done.out.partition("examples:")[2]


def test_common_options_may_stand_before_or_after_the_command(unswap):
    for words in (["--json", "gallery", "list"], ["gallery", "--json", "list"], ["gallery", "list", "--json"]):
        assert json.loads(unswap(*words).out)["error"] == "GalleryError"


def test_a_fault_of_the_input_is_one_line_and_a_record(unswap, folders):
    done = unswap("gallery", "list", "--json")
    assert done.code == GalleryError.exit_code
    assert done.err.startswith("unswap: ")
    assert len(done.err.splitlines()) == 1
    record = json.loads(done.out)
    assert record["exit_code"] == GalleryError.exit_code
    assert record["path"] == str(folders.gallery)
    assert record["next_step"]


class SurpriseError(Exception):
    pass


def _broken_list(*_):
    raise SurpriseError("the inner workings")


@pytest.fixture
def broken(monkeypatch):
    """A fault of the program itself in `models list`."""
    monkeypatch.setattr("app.commands.models.list_models", _broken_list)


def test_a_bug_goes_to_the_log_and_not_onto_the_screen(unswap, folders, broken):
    done = unswap("models", "list", "--json")
    assert done.code == 70
    assert "Traceback" not in done.err
    assert str(folders.log_file) in done.err
    assert json.loads(done.out)["log_file"] == str(folders.log_file)
    log = folders.log_file.read_text(encoding="utf-8")
    assert "Traceback" in log
    assert "the inner workings" in log


def test_the_log_of_a_bug_names_nobody(unswap, folders, monkeypatch):
    """No erasure and no encryption reaches the log: it says what was asked for, not of whom."""
    monkeypatch.setattr("app.commands.gallery.add", _broken_list)
    typed = [
        "add",
        "--name",
        "Jane Erasewell",
        "--basis=court order 12",
        "--note",
        "nota bene",
        "--json",
        "--",
        "jane.jpg",
    ]
    assert unswap("gallery", *typed).code == 70
    head = folders.log_file.read_text(encoding="utf-8").splitlines()[0]
    assert head.endswith(": gallery add --name --basis --note --json")


def test_verbose_shows_the_details_of_a_bug(unswap, broken):
    assert "Traceback" in unswap("models", "list", "--verbose").err


def test_a_bug_is_logged_elsewhere_when_the_log_folder_cannot_be_written(unswap, tmp_path, broken, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "taken").write_text("a file, no folder")
    folders = Folders(resources=ROOT / "resources", data=tmp_path / "user", logs=tmp_path / "taken")
    assert unswap("models", "list", folders=folders).code == 70
    assert "the inner workings" in (tmp_path / "unswap.log").read_text(encoding="utf-8")


def test_a_full_log_makes_room(unswap, folders, broken):
    folders.logs.mkdir()
    folders.log_file.write_text("x" * 2**21)
    unswap("models", "list")
    assert folders.log_file.stat().st_size < 2**20
    assert folders.log_file.with_suffix(".old.log").stat().st_size == 2**21


def test_ctrl_c_ends_with_130(unswap, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("app.commands.models.list_models", interrupted)
    done = unswap("models", "list")
    assert done.code == cli.INTERRUPTED
    assert "running the same command again" in done.err


@pytest.mark.skipif(os.name != "posix", reason="head is a tool of POSIX systems")
def test_a_reader_that_goes_away_is_no_error():
    command = f"{sys.executable} main.py doctor | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("Unswap ")
    assert done.returncode == cli.BROKEN_PIPE
    assert done.stderr == ""


def test_names_that_the_terminal_cannot_show_do_not_stop_it(tmp_path):
    code = (
        "from app.cli import run; import sys; sys.exit(run(['gallery', 'erase', '--name', 'Zoë 李', '--reason', 'x']))"
    )
    done = python("-c", code, PYTHONIOENCODING="ascii", UNSWAP_HOME=str(tmp_path))
    assert done.returncode == GalleryError.exit_code
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["-clip.mp4", "--clip.mp4"])
def test_a_file_that_looks_like_an_option_is_explained(unswap, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path(name).touch()
    done = unswap("analyze", name, "--case", "case")
    assert done.code == 2
    assert f"write ./{name}" in done.err.splitlines()[-1]
    assert unswap("analyze", f"./{name}", "--case", "case").code == NotMediaError.exit_code, (
        "it is empty, and was tried"
    )
