"""The report page's controller on a real case of the demo clip; only the page itself is a stand-in."""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pypdfium2
import pytest
from builders_views import stand_in
from pytestqt.qtbot import QtBot

from app import report_work
from app.cli import run
from app.controllers.report import ReportController
from app.report_work import EXPORTED
from app.session import Session
from app.settings import Folders
from core.casefile.store import CaseFile
from core.domain.cancel import CancelToken
from core.domain.evidence import EvidenceState
from core.domain.preferences import Preferences
from core.domain.report import EvidenceResult
from core.domain.review import BookmarkFrame, IgnoreTracks, JudgeCandidate, Retract, Verdict, WriteNote
from core.errors import AnalysisCancelledError, CaseFileError
from core.report import writing
from ui.views.report import ReportView
from ui.widgets.report_summary import WarningKind, Work

CLIP = Path("resources/demo/swap.mp4").absolute()
PEOPLE = Path("resources/demo/gallery").absolute()
PATIENCE_MS = 120_000


@dataclass(frozen=True)
class Analysed:
    """A case whose one item was analysed, never opened by a test: each works on a copy."""

    folder: Path
    clip: Path
    result: EvidenceResult


@pytest.fixture(scope="module")
def analysed(untrained_resources: Path, tmp_path_factory: pytest.TempPathFactory) -> Analysed:
    home = tmp_path_factory.mktemp("report")
    clip = Path(shutil.copy(CLIP, home / "swap.mp4"))
    folders = Folders(resources=untrained_resources, data=home / "user", logs=home / "logs")
    people = ["gallery", "import", str(PEOPLE), "--basis", "public domain", "--device", "cpu"]
    assert run(people, folders) == 0
    part = ["--from", "1", "--to", "2", "--frames", "2", "--device", "cpu"]
    named = ["--case-number", "2026-17", "--examiner", "M. Weber"]
    assert run(["analyze", str(clip), "--case", str(home / "case"), *part, *named], folders) == 0
    for name in ("report.pdf", "report.json"):
        (home / "case" / name).unlink()
    with CaseFile.open(home / "case", create=False) as case:
        result = case.outline(case.evidence()[0].id)
    assert result is not None and result.persons[0].findings[0].search is not None
    return Analysed(folder=home / "case", clip=clip, result=result)


class Bench:
    """A session with a case open, the controller, and what the page was told."""

    def __init__(self, folders: Folders, case: Path) -> None:
        self.session = Session(folders, Preferences(device="cpu"))
        self.case = case
        self.view = stand_in(ReportView)
        self.view.is_shown.return_value = True
        self.failures: list = []
        self.session.failed.connect(self.failures.append)
        self.shown_folders: list[Path] = []
        self.controller = ReportController(self.session, self.view, self.shown_folders.append)

    def told(self, method: str) -> list:
        """What the page was told by `method`, oldest first."""
        return [call.args[0] if call.args else None for call in getattr(self.view, method).call_args_list]

    def summary(self):
        return self.told("show_summary")[-1]

    def work(self) -> Work:
        return self.told("show_work")[-1]

    def audit(self) -> list:
        with CaseFile.open(self.case, create=False) as case:
            return list(case.audit())


@pytest.fixture
def bench(untrained: Folders, analysed: Analysed, qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(untrained, Path(shutil.copytree(analysed.folder, tmp_path / "case")))
    with qtbot.waitSignal(made.session.case_opened, timeout=PATIENCE_MS):
        made.session.open_case(made.case)
    yield made
    made.controller.close()
    made.session.shut_down()


def wait(qtbot: QtBot, condition) -> None:
    qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE_MS)


def previewed(bench: Bench, qtbot: QtBot) -> str:
    """Wait for one more preview and return its words."""
    n = len(bench.told("show_preview"))
    bench.view.preview_asked.emit()
    wait(qtbot, lambda: len(bench.told("show_preview")) > n or bench.failures)
    assert bench.failures == []
    document = pypdfium2.PdfDocument(bench.told("show_preview")[-1].pdf)
    return " ".join(" ".join(document[i].get_textpage().get_text_range() for i in range(len(document))).split())


def exported(bench: Bench, qtbot: QtBot, pdf: Path):
    n = len(bench.told("show_exported"))
    bench.view.export_asked.emit(pdf)
    wait(qtbot, lambda: len(bench.told("show_exported")) > n or bench.failures)
    return bench.told("show_exported")[-1] if len(bench.told("show_exported")) > n else None


def decide(bench: Bench, qtbot: QtBot, action) -> None:
    with qtbot.waitSignal(bench.session.review_changed, timeout=PATIENCE_MS):
        bench.session.decide(action)


def verdict(analysed: Analysed, finding: int) -> JudgeCandidate:
    person = analysed.result.persons[0]
    best = person.findings[finding].search.candidates[0]
    return JudgeCandidate(
        evidence_id=1,
        track_id=person.track_ids[0],
        role=person.findings[finding].role,
        person_id=best.person_id,
        name=best.name,
        verdict=Verdict.REJECTED,
    )


def test_the_summary_follows_decisions(bench: Bench, analysed: Analysed, qtbot: QtBot) -> None:
    wait(qtbot, lambda: bench.told("show_summary") and bench.summary().items[0].persons)
    found = bench.summary()
    assert found.has_report and found.warnings == ()
    assert found.suggested_path == bench.case / "report.pdf"
    n_open = found.n_to_review
    assert n_open == len(analysed.result.persons)
    for finding in (0, 1):
        decide(bench, qtbot, verdict(analysed, finding))
    wait(qtbot, lambda: bench.summary().n_to_review == n_open - 1)
    frame = analysed.result.frames[0]
    decide(
        bench,
        qtbot,
        BookmarkFrame(
            evidence_id=1, frame_index=frame.index, time=frame.time, frame_sha256=frame.sha256, caption="The ear"
        ),
    )
    wait(qtbot, lambda: [b.caption for b in bench.summary().bookmarks] == ["The ear"])
    assert bench.summary().decisions.verdicts == 2
    assert bench.failures == []


def test_the_first_look_makes_the_preview_and_later_changes_are_told(bench: Bench, qtbot: QtBot) -> None:
    bench.view.page_shown.emit()
    wait(qtbot, lambda: bench.told("show_preview"))
    assert bench.work() is Work.NONE
    bench.view.show_stale.assert_not_called()
    bench.view.page_shown.emit()
    decide(bench, qtbot, WriteNote(text="A note on the case."))
    bench.view.show_stale.assert_called()
    assert len(bench.told("show_preview")) == 1, "nobody asked for another"
    assert "A note on the case." in previewed(bench, qtbot)


def test_decisions_and_bookmarks_are_on_the_pages_and_undone_ones_are_not(
    bench: Bench, analysed: Analysed, qtbot: QtBot
) -> None:
    frame = analysed.result.frames[2]
    mark = BookmarkFrame(
        evidence_id=1, frame_index=frame.index, time=frame.time, frame_sha256=frame.sha256, caption="Look at the ear"
    )
    decide(bench, qtbot, mark)
    decide(bench, qtbot, verdict(analysed, 0))
    decide(bench, qtbot, WriteNote(evidence_id=1, text="To be undone"))
    decide(bench, qtbot, WriteNote(evidence_id=1, text="To be taken back"))
    decide(bench, qtbot, Retract(action_id=4))
    text = previewed(bench, qtbot)
    assert "Look at the ear" in text and "Rejected by the examiner M. Weber" in text
    with qtbot.waitSignal(bench.session.review_changed, timeout=PATIENCE_MS):
        bench.session.undo_stack.setIndex(3)
    wait(qtbot, lambda: len(bench.session.review.entries) == 3)
    bench.session.undo_stack.setIndex(2)
    wait(qtbot, lambda: len(bench.session.review.entries) == 2)
    chapter = previewed(bench, qtbot).split("None of it is a result of the software")[1].split("Error rates")[0]
    assert "To be" not in chapter and "Look at the ear" in chapter


def test_a_preview_that_comes_late_is_dropped(bench: Bench, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens: list[CancelToken] = []
    real = report_work.make_preview

    def watched(case: CaseFile, fonts: Path, cancel: CancelToken) -> object:
        tokens.append(cancel)
        return real(case, fonts, cancel)

    monkeypatch.setattr("app.controllers.report.make_preview", watched)
    for _ in range(4):
        bench.view.preview_asked.emit()
    wait(qtbot, lambda: bench.told("show_preview"))
    assert [token.is_cancelled for token in tokens] == [True, True, True, False]
    assert len(bench.told("show_preview")) == 1
    assert bench.failures == []


def test_a_preview_can_be_cancelled(bench: Bench, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(case: CaseFile, fonts: Path, cancel: CancelToken) -> object:
        del case, fonts
        while not cancel.is_cancelled:
            pass
        raise AnalysisCancelledError("stopped", next_step="go on")

    monkeypatch.setattr("app.controllers.report.make_preview", endless)
    bench.view.preview_asked.emit()
    assert bench.work() is Work.PREVIEW
    bench.view.cancel_asked.emit()
    wait(qtbot, lambda: bench.work() is Work.NONE)
    assert bench.told("show_preview") == [] and bench.failures == []


def test_an_export_says_its_hashes_to_the_page_and_to_the_custody_log(bench: Bench, qtbot: QtBot) -> None:
    pdf = bench.case / "report.pdf"
    with qtbot.waitSignal(bench.controller.exported, timeout=PATIENCE_MS):
        report = exported(bench, qtbot, pdf)
    assert hashlib.sha256(pdf.read_bytes()).hexdigest() == report.pdf_sha256
    assert hashlib.sha256(report.json.read_bytes()).hexdigest() == report.json_sha256
    assert json.loads(report.json.read_text())["report"]["case"]["case_number"] == "2026-17"
    assert report.unlogged == ""
    last = bench.audit()[-1]
    assert (last.actor, last.action) == ("M. Weber", EXPORTED)
    assert report.pdf_sha256 in last.detail and report.json_sha256 in last.detail and str(pdf) in last.detail
    assert bench.work() is Work.NONE
    again = exported(bench, qtbot, pdf)
    assert again.pdf_sha256 != report.pdf_sha256, "the second report tells of the first export"
    bench.view.folder_asked.emit(pdf)
    assert bench.shown_folders == [bench.case]


def test_an_export_during_a_preview_comes_first_and_the_preview_follows(bench: Bench, qtbot: QtBot) -> None:
    bench.view.preview_asked.emit()
    report = exported(bench, qtbot, bench.case / "report.pdf")
    assert report is not None
    assert bench.told("show_preview") == []
    wait(qtbot, lambda: bench.told("show_preview"))
    assert bench.failures == []


@pytest.mark.parametrize("place", ["evidence", "gone", "no suffix", "folder", "json of others", "text"])
def test_no_place_costs_anybody_a_file(
    bench: Bench, analysed: Analysed, qtbot: QtBot, tmp_path: Path, place: str
) -> None:
    (tmp_path / "d.pdf").mkdir()
    (tmp_path / "mine.json").write_text("{}")
    (tmp_path / "notes.pdf").write_text("not a PDF")
    before = analysed.clip.read_bytes()
    target = {
        "evidence": analysed.clip,
        "gone": tmp_path / "no" / "r.pdf",
        "no suffix": tmp_path / "report",
        "folder": tmp_path / "d.pdf",
        "json of others": tmp_path / "mine.pdf",
        "text": tmp_path / "notes.pdf",
    }[place]
    assert exported(bench, qtbot, target) is None
    (failure,) = bench.failures
    assert failure.what and failure.next_step and not failure.is_bug
    assert bench.work() is Work.NONE
    assert analysed.clip.read_bytes() == before
    assert (tmp_path / "mine.json").read_text() == "{}"
    assert EXPORTED not in [line.action for line in bench.audit()]


def test_a_full_disk_leaves_the_earlier_report(
    bench: Bench, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pdf = tmp_path / "r.pdf"
    pdf.write_bytes(b"%PDF-1.4 earlier")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writing.os, "fsync", full)
    assert exported(bench, qtbot, pdf) is None
    (failure,) = bench.failures
    assert "No space left" in failure.what and "free space" in failure.next_step and failure.path == pdf
    assert pdf.read_bytes() == b"%PDF-1.4 earlier"
    assert not list(tmp_path.glob(".*.part")) and not (tmp_path / "r.json").exists()


def test_a_custody_log_that_takes_nothing_is_told_beside_the_report(
    bench: Bench, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> None:
        raise CaseFileError("the case is locked by another program", next_step="close it there")

    monkeypatch.setattr(CaseFile, "append_audit", locked)
    report = exported(bench, qtbot, tmp_path / "r.pdf")
    assert report.unlogged == "the case is locked by another program"
    assert report.pdf.exists()


def test_evidence_that_changed_or_is_gone_is_warned_of_after_the_next_report(
    bench: Bench, analysed: Analysed, qtbot: QtBot
) -> None:
    kept = analysed.clip.with_suffix(".kept")
    shutil.move(analysed.clip, kept)
    try:
        assert "could not be read where it was" in previewed(bench, qtbot)
        wait(qtbot, lambda: WarningKind.OUT_OF_REACH in {w.kind for w in bench.summary().warnings})
        analysed.clip.write_bytes(b"another file")
        assert "CHANGED since it was taken in" in previewed(bench, qtbot)
        wait(qtbot, lambda: WarningKind.CHANGED in {w.kind for w in bench.summary().warnings})
    finally:
        shutil.move(kept, analysed.clip)
    previewed(bench, qtbot)
    wait(qtbot, lambda: bench.summary().warnings == ())


def test_an_item_that_is_not_finished_is_warned_of(bench: Bench, analysed: Analysed, qtbot: QtBot) -> None:
    bench.session.jobs.pause()
    decide(bench, qtbot, IgnoreTracks(evidence_id=1, track_ids=analysed.result.persons[0].track_ids))
    with CaseFile.open(bench.case, create=False) as case:
        case.set_state(1, EvidenceState.QUEUED)
    bench.session._reload_items()
    wait(qtbot, lambda: WarningKind.NOT_FINISHED in {w.kind for w in bench.summary().warnings})
    assert bench.summary().items[0].persons == ()
    bench.session.jobs.cancel_all()


def test_a_case_without_a_finished_analysis_says_what_to_do(untrained: Folders, qtbot: QtBot, tmp_path: Path) -> None:
    bench = Bench(untrained, tmp_path / "new")
    with qtbot.waitSignal(bench.session.case_opened, timeout=PATIENCE_MS):
        bench.session.open_case(bench.case, create=True)
    wait(qtbot, lambda: bench.told("show_summary"))
    assert not bench.summary().has_report
    assert {w.kind for w in bench.summary().warnings} == {WarningKind.NO_EXAMINER, WarningKind.NO_CASE_NUMBER}
    bench.view.page_shown.emit()
    assert Work.PREVIEW not in bench.told("show_work")
    bench.view.preview_asked.emit()
    wait(qtbot, lambda: bench.failures)
    assert "analyse an item" in bench.failures[0].next_step
    bench.controller.close()
    bench.session.shut_down()


def test_another_case_starts_over_and_gets_no_answer_of_the_first(bench: Bench, qtbot: QtBot, tmp_path: Path) -> None:
    bench.view.preview_asked.emit()
    bench.session.close_case()
    bench.view.clear.assert_called()
    with qtbot.waitSignal(bench.session.case_opened, timeout=PATIENCE_MS):
        bench.session.open_case(tmp_path / "other", create=True)
    wait(qtbot, lambda: bench.told("show_summary") and not bench.summary().has_report)
    qtbot.wait(200)
    assert bench.told("show_preview") == [] and bench.failures == []


def test_a_case_that_cannot_be_opened_again_is_told_once(
    bench: Bench, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> CaseFile:
        raise CaseFileError("the case is gone", next_step="connect the disk")

    monkeypatch.setattr(CaseFile, "open", refuse)
    bench.view.preview_asked.emit()
    bench.view.preview_asked.emit()
    wait(qtbot, lambda: bench.failures)
    assert bench.work() is Work.NONE
    monkeypatch.undo()
    bench.failures.clear()
    assert "2026-17" in previewed(bench, qtbot)


def test_a_page_out_of_sight_costs_nothing_until_it_is_looked_at(bench: Bench, qtbot: QtBot) -> None:
    wait(qtbot, lambda: bench.told("show_summary"))
    bench.view.is_shown.return_value = False
    bench.view.show_summary.reset_mock()
    decide(bench, qtbot, WriteNote(text="unseen"))
    qtbot.wait(50)
    bench.view.show_summary.assert_not_called()
    bench.view.is_shown.return_value = True
    bench.view.page_shown.emit()
    assert bench.summary().decisions.notes == 1


def test_where_to_go_is_handed_on(bench: Bench, qtbot: QtBot) -> None:
    with qtbot.waitSignal(bench.controller.person_chosen) as asked:
        bench.view.go_to_person.emit(1, 2)
    assert asked.args == [1, 2]
    with qtbot.waitSignal(bench.controller.item_chosen):
        bench.view.go_to_item.emit(1)
    with qtbot.waitSignal(bench.controller.case_page_asked):
        bench.view.go_to_case.emit()
