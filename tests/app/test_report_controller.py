"""The report page's controller on a real case of the demo clip; only the page itself is a stand-in."""

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from pytestqt.qtbot import QtBot
from report_bench import PATIENCE_MS, Analysed, Bench, decide, exported, previewed, verdict, wait

from app import report_work
from app.settings import Folders
from core.casefile.store import CaseFile
from core.domain.cancel import CancelToken
from core.domain.review import BookmarkFrame, Retract, WriteNote
from core.errors import AnalysisCancelledError
from core.evidence.examiner_key import ExaminerKey
from core.report.examine import examine_bytes
from core.report.seal import EXPORTED, Seal
from tests.builders_authority import answering_authority
from ui.widgets.report_summary import WarningKind, Work


def test_the_summary_follows_decisions(bench: Bench, analysed_part: Analysed, qtbot: QtBot) -> None:
    wait(qtbot, lambda: bench.told("show_summary") and bench.summary().items[0].persons)
    found = bench.summary()
    assert found.has_report and found.warnings == ()
    assert found.suggested_path == bench.case / "report.pdf"
    n_open = found.n_to_review
    assert n_open == len(analysed_part.result.persons)
    for finding in (0, 1):
        decide(bench, qtbot, verdict(analysed_part, finding))
    wait(qtbot, lambda: bench.summary().n_to_review == n_open - 1)
    frame = analysed_part.result.frames[0]
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
    bench: Bench, analysed_part: Analysed, qtbot: QtBot
) -> None:
    frame = analysed_part.result.frames[2]
    mark = BookmarkFrame(
        evidence_id=1, frame_index=frame.index, time=frame.time, frame_sha256=frame.sha256, caption="Look at the ear"
    )
    decide(bench, qtbot, mark)
    decide(bench, qtbot, verdict(analysed_part, 0))
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

    def watched(case: CaseFile, fonts: Path, cancel: CancelToken, seal: Seal) -> object:
        tokens.append(cancel)
        return real(case, fonts, cancel, seal)

    monkeypatch.setattr("app.controllers.report.make_preview", watched)
    for _ in range(4):
        bench.view.preview_asked.emit()
    wait(qtbot, lambda: bench.told("show_preview"))
    assert [token.is_cancelled for token in tokens] == [True, True, True, False]
    assert len(bench.told("show_preview")) == 1
    assert bench.failures == []


def test_a_preview_can_be_cancelled(bench: Bench, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(case: CaseFile, fonts: Path, cancel: CancelToken, seal: Seal) -> object:
        del case, fonts, seal
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


def test_an_authority_named_in_the_preferences_confirms_the_time_of_an_export(bench: Bench, qtbot: QtBot) -> None:
    bench.session.key = ExaminerKey.create("M. Weber")
    with answering_authority() as (address, sent):
        bench.session.set_preferences(replace(bench.session.preferences, timestamp_url=address))
        bench.controller.follow_key("M. Weber")
        assert "with the time stamp of an authority" in previewed(bench, qtbot)
        assert sent == [], "a preview asks nobody"
        bench.view.show_stale.reset_mock()
        bench.session.set_preferences(replace(bench.session.preferences, timestamp_url=""))
        bench.view.show_stale.assert_called_once()
        bench.session.set_preferences(replace(bench.session.preferences, timestamp_url=address))
        report = exported(bench, qtbot, bench.case / "report.pdf")
    signature = examine_bytes(report.pdf.read_bytes()).facts.signature
    assert (signature.problem, signature.timestamp_problem) == ("", "")
    assert "Test authority" in signature.timestamp
    assert sent and max(map(len, sent)) < 200, "a hash is sent, no content"


def test_an_authority_that_does_not_answer_leaves_the_earlier_report(bench: Bench, qtbot: QtBot) -> None:
    bench.session.key = ExaminerKey.create("M. Weber")
    before = exported(bench, qtbot, bench.case / "report.pdf").pdf.read_bytes()
    bench.session.set_preferences(replace(bench.session.preferences, timestamp_url="http://127.0.0.1:9/tsr"))
    bench.view.export_asked.emit(bench.case / "report.pdf")
    wait(qtbot, lambda: any("127.0.0.1:9" in error.what for error in bench.failures))
    assert (bench.case / "report.pdf").read_bytes() == before


def test_with_an_open_key_pages_and_files_are_signed_and_the_log_too(bench: Bench, qtbot: QtBot) -> None:
    bench.session.key = key = ExaminerKey.create("M. Weber")
    bench.controller.follow_key(key.name)
    assert bench.told("show_signer") == [key.name]
    assert "Signed electronically by M. Weber" in previewed(bench, qtbot)
    report = exported(bench, qtbot, bench.case / "report.pdf")
    assert (report.signer, report.key_sha256) == (key.name, key.fingerprint)
    assert examine_bytes(report.pdf.read_bytes()).facts.signature.problem == ""
    with CaseFile.open(bench.case, create=False) as case:
        head, log = case.signed_head(), case.audit()
    assert head is not None and head.count == len(log), "the entry of the export is signed for"
    assert EXPORTED in [entry.action for entry in log]
