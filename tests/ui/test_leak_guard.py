"""The guard of `conftest.py` itself: what must fail does fail."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

LEAKS = """
import logging, threading
from PySide6.QtCore import QThread, qWarning
from PySide6.QtWidgets import QWidget
kept = []

def test_window(qapp):
    kept.append(QWidget())

def test_thread():
    gate = threading.Event()
    threading.Thread(target=gate.wait, daemon=True, name="forgotten").start()

def test_qthread(qapp):
    thread = QThread()
    thread.start()
    kept.append(thread)

def test_stop_the_thread():
    for thread in kept[1:]:
        thread.quit()
        thread.wait()

def test_qt_message():
    qWarning("odd")

def test_log():
    logging.getLogger("x").warning("odd")

def test_log_on_purpose(expected_messages):
    expected_messages.append("odd")
    logging.getLogger("x").warning("odd")

def test_clean(qtbot):
    qtbot.addWidget(QWidget())
"""


def test_leaks_fail_the_test_that_made_them(pytester: pytest.Pytester) -> None:
    conftest = Path(__file__).with_name("conftest.py").read_text(encoding="utf-8")
    pytester.makeconftest(conftest.replace("PATIENCE_S = 5.0", "PATIENCE_S = 0.1"))
    pytester.makepyfile(test_leaks=LEAKS)
    pytester.makeini(f"[pytest]\npythonpath = {Path(__file__).parents[2]}\nqt_log_level_fail = CRITICAL\n")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-q")
    result.assert_outcomes(passed=8, errors=5)
    result.stdout.fnmatch_lines_random(
        [
            "*window still alive: QWidget*",
            "*thread still running: forgotten*",
            "*QThread still running*",
            "*unexpected message: Qt: odd*",
            "*unexpected message: log: odd*",
        ]
    )
