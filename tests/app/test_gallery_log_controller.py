"""The gallery's log in the window: what is said at opening, and what is signed and when."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from pytestqt.qtbot import QtBot

from app.controllers.gallery_log import GalleryLogController
from app.session import Session
from app.settings import Folders
from core.domain.custody import CustodyStatus
from core.domain.events import ErrorReport
from core.domain.preferences import Preferences
from core.evidence.examiner_key import ExaminerKey
from core.evidence.ledger import HeadLedger
from core.gallery.store import Gallery
from ui.views.gallery import GalleryView

PATIENCE_MS = 60_000
EMBEDDER = "dlib-resnet-v1:" + "0" * 64


class Bench:
    """A session, the real page, and what went wrong."""

    def __init__(self, folders: Folders, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.session = Session(folders, Preferences(examiner="E. Xaminer"))
        self.view = GalleryView()
        qtbot.addWidget(self.view)
        self.failures: list[ErrorReport] = []
        self.session.failed.connect(self.failures.append)
        self.controller = GalleryLogController(self.session, self.view)

    def wait(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE_MS)

    def settle(self) -> None:
        """Until the gallery's thread has answered all that was asked of it."""
        answered: list[int] = []
        self.session.gallery.ask(lambda _: 0, answered.append)
        self.wait(lambda: answered)

    def open(self, path: Path) -> None:
        with self.qtbot.waitSignal(self.session.gallery_changed, timeout=PATIENCE_MS):
            self.session.open_gallery(path)
        self.settle()

    def log_text(self) -> str:
        return self.view.head.log_text()


@pytest.fixture
def bench(folders: Folders, qtbot: QtBot) -> Iterator[Bench]:
    made = Bench(folders, qtbot)
    yield made
    made.session.shut_down()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A gallery of two people, closed."""
    with Gallery.open(tmp_path / "g.db", create=True, embedder_id=EMBEDDER) as gallery:
        for name in ("Ada", "Bea"):
            gallery.add_person(name, actor="clerk")
    return tmp_path / "g.db"


def log_of(path: Path, folders: Folders) -> CustodyStatus:
    with Gallery.open(path, create=False, embedder_id=None) as gallery:
        return gallery.check_log(ledger=HeadLedger(folders.head_ledger))


def test_a_whole_log_is_said_to_be_whole_and_that_nobody_signed_it(bench: Bench, path: Path) -> None:
    bench.open(path)
    assert ": whole, " in bench.log_text()
    assert bench.log_text().endswith("unsigned")
    assert not bench.failures


def tamper(path: Path) -> None:
    with sqlite3.connect(path) as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        db.execute("UPDATE audit SET actor = 'somebody else' WHERE id = (SELECT min(id) FROM audit)")
    db.close()


def test_an_entry_that_somebody_changed_shows_when_the_gallery_is_opened(bench: Bench, path: Path) -> None:
    tamper(path)
    bench.open(path)
    assert "whole" not in bench.log_text()
    assert [report.path for report in bench.failures] == [path]
    assert "was tampered with" in bench.failures[0].what
    bench.session.key = ExaminerKey.create("E. Xaminer")
    bench.controller.sign()
    bench.wait(lambda: len(bench.failures) == 2)
    assert "not signed" in bench.failures[1].what
    assert log_of(path, bench.session.folders).signed is None, "what was tampered with is not signed for"


def test_a_gallery_is_checked_each_time_it_is_opened(bench: Bench, path: Path, tmp_path: Path) -> None:
    bench.open(path)
    (tmp_path / "broken.db").write_bytes(b"no database")
    bench.session.open_gallery(tmp_path / "broken.db")
    bench.wait(lambda: bench.failures)
    assert bench.log_text() == ""
    tamper(path)
    bench.open(path)
    assert "tampered" in bench.failures[-1].what


def test_on_request_the_log_is_signed_and_again_before_that_gallery_closes(
    bench: Bench, path: Path, tmp_path: Path
) -> None:
    bench.open(path)
    bench.session.key = key = ExaminerKey.create("E. Xaminer")
    bench.view.head.sign_chosen.emit()
    bench.settle()
    assert "E. Xaminer" in bench.log_text()
    first = log_of(path, bench.session.folders)
    assert first.signed is not None
    assert (first.signed.fingerprint, first.signed.count) == (key.fingerprint, first.n_entries)

    work: list[int] = []
    bench.session.gallery.ask(lambda gallery: gallery.add_person("Cy", actor="clerk"), work.append)
    bench.wait(lambda: work)
    with Gallery.open(tmp_path / "other.db", create=True, embedder_id=EMBEDDER):
        pass
    bench.open(tmp_path / "other.db")
    last = log_of(path, bench.session.folders)
    assert last.is_whole
    assert last.signed is not None
    assert first.n_entries < last.signed.count == last.n_entries
    assert HeadLedger(bench.session.folders.head_ledger).heads(last.case_id) == (first.signed, last.signed)
    bench.session.shut_down()
    assert log_of(tmp_path / "other.db", bench.session.folders).signed is None, "nobody asked for that one"


def test_an_older_state_that_was_put_back_is_told_apart_from_tampering(bench: Bench, path: Path) -> None:
    older = path.read_bytes()
    with Gallery.open(path, create=False, embedder_id=None) as gallery:
        gallery.add_person("Cy", actor="clerk")
        gallery.sign_log(ExaminerKey.create("E. Xaminer"), HeadLedger(bench.session.folders.head_ledger))
    path.write_bytes(older)
    bench.open(path)
    (failure,) = bench.failures
    assert "does not go on from what was signed on this computer" in failure.what
    assert "tampered" not in failure.what


def test_without_a_key_nothing_is_signed_and_that_is_said(bench: Bench, path: Path) -> None:
    bench.open(path)
    before = log_of(path, bench.session.folders)
    bench.view.head.sign_chosen.emit()
    assert "no key" in bench.failures[0].what
    bench.session.shut_down()
    assert log_of(path, bench.session.folders) == before
    assert before.signed is None
