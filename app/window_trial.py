"""Opens the window on its demo case and closes it: for the validation record, as ``python -m app.window_trial``."""

from __future__ import annotations

import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from app.settings import Folders

PATIENCE_S = 540


def main(resources: str, data: str, *, with_analysis: bool) -> int:
    """Open the window without a screen; 0 when all that was asked for came about.

    Args:
        resources: of the application.
        data: an empty folder that plays the user's.
        with_analysis: also open the demo case: its people are enrolled, its clip is taken in and analysed.
    """
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from app.desktop import Desktop
    from core.domain.events import ErrorReport
    from ui.main_window import Page
    from ui.views.start import StartView

    app = QApplication([])
    desktop = Desktop(app, Folders(resources=Path(resources), data=Path(data), logs=Path(data, "logs")))
    session, failures = desktop.session, list[ErrorReport]()
    session.failed.connect(failures.append)
    desktop.window.show()
    for page in Page:
        desktop.window.show_page(page)
        app.processEvents()
    start = desktop.window.page(Page.START)
    assert isinstance(start, StartView)
    if with_analysis:
        session.set_preferences(replace(session.preferences, frames_per_person=2, sample_period_s=Fraction(1)))
        session.result_changed.connect(lambda _: app.exit(0))
        QTimer.singleShot(PATIENCE_S * 1000, lambda: app.exit(3))
        start.demo_asked.emit()
    else:
        QTimer.singleShot(1500, lambda: app.exit(0))
    code = app.exec()
    desktop.shut_down()
    for failure in failures:
        print(failure.what, failure.detail, file=sys.stderr)
    return code or int(bool(failures))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3], with_analysis=sys.argv[3:] == ["analyse"]))
