"""Windows open with Qt's own plugins whatever OpenCV does, and where none can open the reason is said."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.qt_environment import keep_own_qt, usable_platform
from core.errors import CaseError

ROOT = Path(__file__).resolve().parents[2]
NOT_HANDED_ON = ("DISPLAY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE", "LD_LIBRARY_PATH")  # OpenCV alters the last
LINUX = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only there plugins need libraries of the system"
)
OPEN_A_WINDOW = """
from PySide6.QtCore import QLibraryInfo
from PySide6.QtWidgets import QApplication, QWidget
application = QApplication([])
window = QWidget()
window.show()
application.processEvents()
import os, subprocess, sys
seen = [v for k, v in os.environ.items() if k.startswith("QT_QPA_PL") or k == "QT_QPA_FONTDIR" if "cv2" in v]
inherited = subprocess.run([sys.executable, "-c", "import os; print('cv2' in str(os.environ))"], capture_output=True)
plugins = [line.split()[-1] for line in open("/proc/self/maps") if "/libq" in line] if os.path.exists("/proc") else []
foreign = [path for path in plugins if "cv2" in path]
print(application.platformName(), window.isVisible(), seen, foreign, inherited.stdout.decode().strip())
"""
FIRST_CV2 = f"import cv2\nfrom app.qt_environment import keep_own_qt\nkeep_own_qt()\n{OPEN_A_WINDOW}"
LATER_CV2 = (
    f"from app.qt_environment import keep_own_qt\nkeep_own_qt()\nimport cv2\nassert cv2.__version__\n{OPEN_A_WINDOW}"
)


def run_python(code: str, *before: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith("QT_") and name not in NOT_HANDED_ON
    }
    return subprocess.run(
        [*before, sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=kept | variables,
        check=False,
    )


def linux_without_a_display(**variables: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], **variables}


def needs_xcb() -> None:
    if shutil.which("xvfb-run") is None:
        pytest.skip("no virtual display is installed")
    trial = run_python("from app.qt_environment import usable_platform; usable_platform()", DISPLAY=":none")
    if "libraries of the system" in trial.stderr:
        pytest.skip(trial.stderr.strip().splitlines()[-1])


def test_a_window_opens_offscreen_although_opencv_was_imported_first():
    done = run_python(FIRST_CV2, QT_QPA_PLATFORM="offscreen")
    assert done.stdout.split()[:4] == ["offscreen", "True", "[]", "[]"], done.stderr


def test_a_later_import_of_opencv_leaves_nothing_behind_for_this_process_or_its_children():
    done = run_python(LATER_CV2, QT_QPA_PLATFORM="offscreen")
    assert done.stdout.split() == ["offscreen", "True", "[]", "[]", "False"], done.stderr


@LINUX
@pytest.mark.parametrize("code", [FIRST_CV2, LATER_CV2], ids=["opencv first", "opencv later"])
def test_a_window_opens_on_an_x_display(code):
    needs_xcb()
    done = run_python(code, "xvfb-run", "-a")
    assert done.stdout.split()[:4] == ["xcb", "True", "[]", "[]"], done.stderr


@LINUX
def test_the_check_and_qt_agree_on_an_x_display():
    needs_xcb()
    check = "from app.qt_environment import usable_platform; print(usable_platform())"
    done = run_python(f"{check}\n{OPEN_A_WINDOW}", "xvfb-run", "-a")
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["xcb", "xcb"], done.stderr


def test_what_a_person_set_is_left_alone(monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM_PLUGIN_PATH", "/opt/qt/plugins")
    monkeypatch.setenv("QT_QPA_FONTDIR", "/anywhere/site-packages/cv2/qt/fonts")
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    keep_own_qt()
    guards = len(sys.meta_path)
    keep_own_qt()
    assert len(sys.meta_path) == guards
    assert os.environ["QT_QPA_PLATFORM_PLUGIN_PATH"] == "/opt/qt/plugins"
    assert "QT_QPA_FONTDIR" not in os.environ


@LINUX
def test_no_display_is_said_with_a_way_out():
    needs_xcb()
    with pytest.raises(CaseError, match="no display") as caught:
        usable_platform(linux_without_a_display())
    assert "command line" in caught.value.next_step


@LINUX
def test_a_display_that_does_not_answer_is_said():
    needs_xcb()
    with pytest.raises(CaseError, match="does not answer"):
        usable_platform(linux_without_a_display(DISPLAY=":4711"))


@LINUX
def test_an_unknown_platform_is_said():
    with pytest.raises(CaseError, match="'holodeck'"):
        usable_platform(linux_without_a_display(QT_QPA_PLATFORM="holodeck"))


@LINUX
def test_the_first_platform_that_works_is_taken():
    assert usable_platform(linux_without_a_display(QT_QPA_PLATFORM="holodeck;offscreen:size=1x1")) == "offscreen"


@LINUX
def test_missing_libraries_are_named_with_their_packages(monkeypatch):
    def not_there(name: str) -> None:
        if "libxcb-cursor" in name or "libqxcb" in name:
            raise OSError("libxcb-cursor.so.0: cannot open shared object file: No such file or directory")

    monkeypatch.setattr("ctypes.CDLL", not_there)
    with pytest.raises(CaseError, match=r"missing \(libxcb-cursor.so.0\)") as caught:
        usable_platform(linux_without_a_display(DISPLAY=":0"))
    assert caught.value.next_step.endswith("apt install libxcb-cursor0")
