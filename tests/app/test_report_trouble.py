"""What can go wrong behind the report page: told with a next step, and no file lost."""

import errno
import os
import shutil
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from pytestqt.qtbot import QtBot
from report_bench import Analysed, Bench, decide, exported, previewed, wait

from core.casefile.store import CaseFile
from core.domain.evidence import EvidenceState
from core.domain.report import AuditEntry
from core.domain.review import IgnoreTracks
from core.errors import CaseFileError
from core.evidence import writing
from core.report.seal import EXPORTED
from ui.widgets.report_summary import WarningKind, Work


@pytest.mark.parametrize("place", ["evidence", "gone", "no suffix", "folder", "json of others", "text"])
def test_no_place_costs_anybody_a_file(
    bench: Bench, analysed_part: Analysed, qtbot: QtBot, tmp_path: Path, place: str
) -> None:
    (tmp_path / "d.pdf").mkdir()
    (tmp_path / "mine.json").write_text("{}")
    (tmp_path / "notes.pdf").write_text("not a PDF")
    before, log = analysed_part.clip.read_bytes(), bench.audit()
    target = {
        "evidence": analysed_part.clip,
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
    assert analysed_part.clip.read_bytes() == before
    assert (tmp_path / "mine.json").read_text() == "{}"
    assert EXPORTED not in [line.action for line in bench.audit()[len(log) :]]


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
    real = CaseFile.append_audit

    def locked(case: CaseFile, actor: str, action: str, detail: str) -> AuditEntry:
        if action == EXPORTED:
            raise CaseFileError("the case is locked by another program", next_step="close it there")
        return real(case, actor, action, detail)

    monkeypatch.setattr(CaseFile, "append_audit", locked)
    report = exported(bench, qtbot, tmp_path / "r.pdf")
    assert report.unlogged == "the case is locked by another program"
    assert report.pdf.exists()


def test_evidence_that_changed_or_is_gone_is_warned_of_after_the_next_report(
    bench: Bench, analysed_part: Analysed, qtbot: QtBot
) -> None:
    kept = analysed_part.clip.with_suffix(".kept")
    shutil.move(analysed_part.clip, kept)
    try:
        assert "could not be read where it was" in previewed(bench, qtbot)
        wait(qtbot, lambda: WarningKind.OUT_OF_REACH in {w.kind for w in bench.summary().warnings})
        analysed_part.clip.write_bytes(b"another file")
        assert "CHANGED since it was taken in" in previewed(bench, qtbot)
        wait(qtbot, lambda: WarningKind.CHANGED in {w.kind for w in bench.summary().warnings})
    finally:
        shutil.move(kept, analysed_part.clip)
    previewed(bench, qtbot)
    wait(qtbot, lambda: bench.summary().warnings == ())


def test_an_item_that_is_not_finished_is_warned_of(bench: Bench, analysed_part: Analysed, qtbot: QtBot) -> None:
    bench.session.jobs.pause()
    decide(bench, qtbot, IgnoreTracks(evidence_id=1, track_ids=analysed_part.result.persons[0].track_ids))
    with CaseFile.open(bench.case, create=False) as case:
        case.set_state(1, EvidenceState.QUEUED)
    bench.session.reload_items()
    wait(qtbot, lambda: WarningKind.NOT_FINISHED in {w.kind for w in bench.summary().warnings})
    assert bench.summary().items[0].persons == ()
    bench.session.jobs.cancel_all()


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
