"""Every test of the window runs in the dark theme and must leave nothing behind."""

import gc
import logging
import os
import threading
from collections.abc import Iterator

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent, QThread, QThreadPool, QtMsgType
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import getCppPointer

from ui.theme import ThemeMode, apply_theme

PLATFORM_CHATTER = ("This plugin does not support", "propagateSizeHints")
"""What the offscreen platform says of itself."""

QT_TOOLTIP = "QTipLabel"
"""Qt keeps its tooltip window for later."""

PATIENCE_S = 5.0


@pytest.fixture
def expected_messages() -> list[str]:
    """Parts of log or Qt messages that the test provokes on purpose; append to it."""
    return []


@pytest.fixture(autouse=True)
def dark(qapp: QApplication) -> None:
    """Start from the dark theme, whatever the test before chose."""
    apply_theme(qapp, ThemeMode.DARK)


@pytest.fixture(autouse=True)
def nothing_is_left(
    request: pytest.FixtureRequest,
    qapp: QApplication,
    qtlog: object,
    caplog: pytest.LogCaptureFixture,
    expected_messages: list[str],
) -> Iterator[None]:
    """Fail on windows still alive, threads still running, and messages nobody expected."""
    del qapp
    threads_before = set(threading.enumerate())
    windows_before = set(_windows())
    yield
    if getattr(request.node, "has_failed", False):
        return  # the traceback holds on to everything
    faults = _unexpected(qtlog, caplog, expected_messages)
    faults += _running(threads_before)
    _let_go()
    faults += [f"window still alive: {name}" for name in sorted(set(_windows()) - windows_before)]
    assert not faults, "\n".join(faults)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Tell the fixtures whether the test failed."""
    outcome = yield
    if call.when != "teardown":
        item.has_failed = outcome.get_result().failed


def _let_go() -> None:
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _windows() -> list[str]:
    """Name every top-level widget; the address tells namesakes apart."""
    found: list[QWidget] = QApplication.topLevelWidgets()
    return [
        f"{type(w).__name__} {w.windowTitle()!r} {getCppPointer(w)[0]:#x}"
        for w in found
        if w.metaObject().className() != QT_TOOLTIP
    ]


def _unexpected(qtlog, caplog: pytest.LogCaptureFixture, expected: list[str]) -> list[str]:
    grave = (QtMsgType.QtWarningMsg, QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg)
    said = [f"Qt: {r.message}" for r in qtlog.records if r.type in grave]
    said += [f"log: {r.getMessage()}" for r in caplog.get_records("call") if r.levelno >= logging.WARNING]
    known = (*PLATFORM_CHATTER, *expected)
    return [f"unexpected message: {text}" for text in said if not any(part in text for part in known)]


def _running(before: set[threading.Thread]) -> list[str]:
    QThreadPool.globalInstance().waitForDone(int(PATIENCE_S * 1000))
    faults = []
    for thread in set(threading.enumerate()) - before:
        if isinstance(thread, threading._DummyThread):  # Qt's own; looked at below
            continue
        thread.join(PATIENCE_S)
        if thread.is_alive():
            faults.append(f"thread still running: {thread.name}")
    for each in gc.get_objects():
        if issubclass(type(each), QThread) and _runs(each):
            faults.append(f"QThread still running: {each.objectName() or type(each).__name__}")
    return faults


def _runs(thread: QThread) -> bool:
    try:
        return thread.isRunning() and not thread.wait(int(PATIENCE_S * 1000))
    except RuntimeError:  # its C++ side is gone
        return False
