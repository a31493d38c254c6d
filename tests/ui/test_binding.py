"""What the window needs of the installed PySide6, beyond what its documentation promises."""

import subprocess
import sys

PROBE = """
import sys
from PySide6.QtCore import QObject, Signal

class Sender(QObject):
    sent = Signal(object)

sender = Sender()
before = [sys.getrefcount(x) for x in (None, True, False)]
for _ in range(300):
    sender.sent.emit(1)
    sender.setObjectName("x")
    sender.property("none of that name")
    sender.signalsBlocked()
lost = [b - sys.getrefcount(x) for b, x in zip(before, (None, True, False))]
print(max(lost))
"""


def test_signals_and_calls_lose_no_references() -> None:
    """PySide6 6.12.0 with Python 3.11 loses one at each call; a window would abort after some hundred signals."""
    run = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) < 50
