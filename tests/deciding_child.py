"""A program with an open case in which somebody decides without end; says each decision that the window showed as made.

Run as ``python -m tests.deciding_child CASE_FOLDER USER_FOLDER``; it is killed from outside.
"""

import sys
from pathlib import Path

from PySide6.QtWidgets import QApplication

from app.session import Session
from app.settings import Folders
from core.domain.preferences import Preferences
from core.domain.review import WriteNote


def main() -> None:
    case_folder, user = Path(sys.argv[1]), Path(sys.argv[2])
    app = QApplication([])
    session = Session(Folders(resources=Path("resources"), data=user, logs=user), Preferences())

    def decide() -> None:
        session.decide(WriteNote(text=f"note {len(session.entries)}"))

    def say() -> None:
        print(f"note {len(session.entries) - 1}", flush=True)
        decide()

    session.case_opened.connect(decide)
    session.review_changed.connect(say)
    session.open_case(case_folder, create=True)
    app.exec()


if __name__ == "__main__":
    main()
