"""Crops, recovered faces, decisions and case facts are bound to the custody log."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
import test_casefile_result as stored
from casefile_builders import WHOLE, batch, begun, crop, frame, recover_all

from app.settings import Folders
from app.signing import sign_log
from core.casefile.opening import DATABASE_NAME
from core.casefile.row_tampering import CALLED, RowAct, tamper_rows
from core.casefile.store import CaseFile
from core.domain.custody import FindingKind
from core.domain.evidence import EvidenceState
from core.domain.report import CaseInfo, RunBasis
from core.domain.review import IgnoreTracks, WriteNote
from core.errors import BugError, CaseFileError
from core.evidence.examiner_key import ExaminerKey
from tests import builders_report as reports

BASIS = RunBasis(manifest=reports.MANIFEST, error_rates=(), model_limits=("one",), gallery_name="g")
FACTS = CaseInfo(case_number="17/26", examiner="J. Doe")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A signed case with a row of every kind."""
    folder = tmp_path_factory.mktemp("bindings") / "case"
    result = reports.result(persons=(reports.person(1), reports.person_without_candidates(2)))
    case, number = stored.analysed(folder, result, [(0, reports.recovered_frame(n)) for n in range(7)])
    with case:
        case.put_result(number, result)
        case.set_case_info(FACTS)
        case.decide("J. Doe", WriteNote(text="the recorder is not available"))
        case.decide("J. Doe", IgnoreTracks(evidence_id=number, track_ids=(2,)))
        case.set_decision_active("J. Doe", 2, is_active=False)
        case.set_state(number, EvidenceState.DONE)
        case.add_run_basis(BASIS)
        case.add_evidence(reports.item("not analysed.mp4"))
        case.add_refused("/evidence/notes.txt", "no video")
        case.sign_log(ExaminerKey.create("J. Doe"))
        status = case.check_log()
        assert status.is_whole and status.bound_late == ()
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "case"))


def edit(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / DATABASE_NAME)) as conn:
        for statement in statements:
            assert conn.execute(statement).rowcount > 0
        conn.commit()


def sentences(folder: Path) -> list[str]:
    with CaseFile.open(folder, create=False) as case:
        return case.check_log().sentences


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("act", RowAct)
def test_a_changed_row_is_found_named_and_not_signed(folder: Path, tmp_path: Path, act: RowAct, seed: int) -> None:
    tamper_rows(folder / DATABASE_NAME, act, Random(seed))
    folders = Folders(resources=tmp_path, data=tmp_path / "data", logs=tmp_path)
    with CaseFile.open(folder, create=False) as case:
        findings = case.check_log().findings
        assert {finding.kind for finding in findings} == CALLED[act]
        before = case.audit_head()
        with pytest.raises(CaseFileError, match="tampered with"):
            sign_log(case, ExaminerKey.create("J. Doe"), folders)
        assert case.audit_head() == before


SAID = {
    "UPDATE crops SET track_key = 9 WHERE id = 1": "the crops of item 1 are not those whose hash the log holds: they "
    "were changed",
    "DELETE FROM crops WHERE id = 1": "the case holds 6 crops of item 1, but the log says 7: some were taken away",
    "UPDATE recovered SET target_png = source_png WHERE id = 2": "the recovered faces of item 1 are not those whose "
    "hash the log holds: they were changed",
    "DELETE FROM results": "the result of item 1, whose hash the log holds, is gone: it was taken away",
    "UPDATE review SET action = replace(action, 'not ', '') WHERE id = 1": "decision 1 is not the one whose hash the "
    "log holds: it was changed",
    "UPDATE review SET active = 1 WHERE id = 2": "decision 2 holds, but the log says that it was undone: it was "
    "changed",
    "DELETE FROM review WHERE id = 1": "decision 1 is gone: it was taken away",
    "INSERT INTO review (at, actor, action) SELECT at, actor, action FROM review WHERE id = 1": "decision 3 is not in "
    "the log: it was put in",
    "UPDATE evidence SET path = x'00' WHERE id = 2": "item 2 is not the one that was taken in under that number: it "
    "was changed, or exchanged with another",
    "DELETE FROM evidence WHERE id = 2": "item 2 is gone: it was taken away",
    "INSERT INTO evidence (sha256, path, item) SELECT 'ab', path, item FROM evidence WHERE id = 1": "item 3 is not in "
    "the log: it was put in",
    "UPDATE evidence SET state = 'queued' WHERE id = 1": "the state of item 1 is not the one that the log holds the "
    "hash of: it was changed",
    "UPDATE runs SET run_key = 'other settings'": "the run of item 1 (its settings, range or start) is not the one "
    "begun: it was changed",
    "UPDATE frames SET pts = pts + 1 WHERE frame_index = 0": "the frames or tracks of item 1 are not those whose hash "
    "the log holds: they were changed",
    "UPDATE run_basis SET basis = '{}'": "what the analyses were made with is not what the log holds the hash of: "
    "it was changed",
    "UPDATE case_info SET info = replace(info, 'J. Doe', 'M. Weber')": "what was entered about the case (number, "
    "title, examiner, question and the like) is not what the log holds the hash of: it was changed",
}


@pytest.mark.parametrize(("statement", "sentence"), SAID.items())
def test_it_is_said_what_was_changed(folder: Path, statement: str, sentence: str) -> None:
    edit(folder, statement)
    assert sentences(folder) == [sentence]


def test_a_run_that_was_taken_away_misses_what_it_stored(folder: Path) -> None:
    edit(folder, "DELETE FROM recovered", "DELETE FROM crops", "DELETE FROM results", "DELETE FROM runs")
    assert [
        said for said in sentences(folder) if said.startswith("the run of item 1, which the log says was begun, is")
    ]
    assert len(sentences(folder)) == 4


def test_each_batch_leaves_one_entry_and_none_where_nothing_changed(tmp_path: Path) -> None:
    case, number = begun(tmp_path / "case")
    with case:
        before = case.audit_head().count
        case.commit_batch(number, batch(range(3)))
        case.commit_batch(number, batch(range(3, 6), drop=[(0, 0), (1, 0)]))
        recover_all(case, number, [2, 3])
        recover_all(case, number, [2, 3])
        made = case.audit()[before:]
        assert [entry.action for entry in made] == ["crops stored", "crops stored", "recovered faces stored"]
        assert [entry.detail.split(",")[0] for entry in made] == ["item 1: 3", "item 1: 4", "item 1: 2"]
        assert not case.verify_audit()


def test_a_recovered_face_that_goes_with_its_crop_is_no_tampering(tmp_path: Path) -> None:
    case, number = begun(tmp_path / "case")
    with case:
        case.commit_batch(number, batch(range(3)))
        recover_all(case, number, [0, 1])
        case.commit_batch(number, batch([4], drop=[(0, 0)]))
        assert [tuple(key) for key in case.recovered(number)] == [(frame(1).index, 0)]
        assert not case.verify_audit()


def test_a_batch_that_failed_leaves_no_trace_in_the_next_hash(tmp_path: Path) -> None:
    case, number = begun(tmp_path / "case")
    with case:
        case.commit_batch(number, batch(range(3)))
        with pytest.raises(BugError, match="do not follow"):
            case.commit_batch(number, batch([1]))
        case.commit_batch(number, batch([3]))
        assert not case.verify_audit()


def test_another_program_goes_on_and_a_new_run_begins(tmp_path: Path) -> None:
    case, number = begun(tmp_path / "case")
    with case:
        case.commit_batch(number, batch(range(3)))
    with CaseFile.open(tmp_path / "case", create=False) as case:
        case.commit_batch(number, batch([3], drop=[(1, 0)]))
        recover_all(case, number, [2])
        assert not case.verify_audit()
        case.begin_run(number, run_key="other settings", time_range=WHOLE)
        assert not case.verify_audit(), "the rows of the earlier run are gone, and the log says why"
        case.commit_batch(number, batch([0]))
        assert not case.verify_audit()


def test_work_that_goes_on_from_changed_crops_does_not_cover_it_up(tmp_path: Path) -> None:
    case, number = begun(tmp_path / "case")
    with case:
        case.commit_batch(number, batch(range(3)))
    edit(tmp_path / "case", "UPDATE crops SET track_key = 99")
    with CaseFile.open(tmp_path / "case", create=False) as case:
        case.put_added_face(number, 100_001, [crop(n) for n in range(3)], [])  # puts every row right again
        (finding,) = case.check_log().findings
    assert finding.kind is FindingKind.CROPS_CHANGED
    assert "were changed before entry" in finding.sentence


def test_a_crop_changed_while_the_analysis_runs_is_found(tmp_path: Path) -> None:
    case, number = begun(tmp_path / "case")
    with case:
        case.commit_batch(number, batch(range(3)))
        edit(tmp_path / "case", "UPDATE crops SET track_key = 99 WHERE id = 1")
        case.commit_batch(number, batch([3]))
        assert [finding.kind for finding in case.check_log().findings] == [FindingKind.CROPS_CHANGED]


def test_facts_that_were_changed_and_entered_anew_still_show(folder: Path) -> None:
    edit(folder, "UPDATE case_info SET info = replace(info, 'J. Doe', 'M. Weber')")
    with CaseFile.open(folder, create=False) as case:
        case.set_case_info(FACTS)
        (finding,) = case.check_log().findings
    assert finding.kind is FindingKind.FACTS_CHANGED and "before entry" in finding.sentence


def test_undoing_a_changed_decision_does_not_vouch_for_it(folder: Path) -> None:
    edit(folder, "UPDATE review SET actor = 'M. Weber' WHERE id = 1")
    with CaseFile.open(folder, create=False) as case:
        case.set_decision_active("J. Doe", 1, is_active=False)
        assert [finding.kind for finding in case.check_log().findings] == [FindingKind.DECISION_CHANGED]


def test_an_index_that_leads_to_other_rows_than_the_table_holds_is_found(folder: Path) -> None:
    with closing(sqlite3.connect(folder / DATABASE_NAME, isolation_level=None)) as conn:
        conn.execute("PRAGMA writable_schema=ON")
        index = conn.execute("SELECT * FROM sqlite_master WHERE name = 'crops_without_pixels'").fetchone()
        conn.execute("DELETE FROM sqlite_master WHERE name = 'crops_without_pixels'")
        _changed_schema(conn)
    with closing(sqlite3.connect(folder / DATABASE_NAME, isolation_level=None)) as conn:
        conn.execute("UPDATE crops SET frame_index = frame_index + 1000 WHERE frame_index = 0")
        conn.execute("PRAGMA writable_schema=ON")
        conn.execute("INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", index)
        _changed_schema(conn)
    assert any(said.startswith("the database contradicts itself") for said in sentences(folder))


def _changed_schema(conn: sqlite3.Connection) -> None:
    version = conn.execute("PRAGMA schema_version").fetchone()[0]
    conn.execute(f"PRAGMA schema_version = {version + 1}")
