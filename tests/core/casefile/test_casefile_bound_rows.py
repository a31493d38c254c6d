"""Items, runs, frames and what is stored once are bound to the custody log, and work does not cover a change up."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import test_casefile_result as stored
from casefile_builders import WHOLE, batch, begun, crop, detection, frame

from core.casefile.codec_evidence import case_info_json
from core.casefile.opening import DATABASE_NAME
from core.casefile.store import CaseFile
from core.domain.custody import FindingKind
from core.domain.evidence import EvidenceState
from core.domain.faces import TrackView
from core.domain.report import CaseInfo
from core.errors import CaseFileError
from core.evidence.examiner_key import ExaminerKey
from core.evidence.ledger import HeadLedger
from tests import builders_report as reports

FOUND = FindingKind


def edit(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / DATABASE_NAME)) as conn:
        for statement in statements:
            assert conn.execute(statement).rowcount > 0
        conn.commit()


def kinds(case: CaseFile) -> set[FindingKind]:
    return {finding.kind for finding in case.check_log().findings}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A scan that has ended, with tracks and a drawn face."""
    case, number = begun(tmp_path / "case")
    with case:
        case.commit_batch(number, batch(range(3)))
        case.commit_batch(number, batch(range(3, 6)))
        case.finish_scan(number, ["noise"])
        case.put_added_face(number, 100_001, [crop(2, 9)], [(9, detection(2, 9))])
        found = tuple(detection(n, 0) for n in range(6))
        case.put_tracks(number, [TrackView(track_id=1, person_track_id=1, is_ignored=False, detections=found)])
        assert case.check_log().is_whole
    return tmp_path / "case"


def test_two_items_that_exchange_their_numbers_are_found_with_the_result_that_moved(tmp_path: Path) -> None:
    result = reports.result(persons=(reports.person(1),))
    case, number = stored.analysed(tmp_path / "case", result, [(0, reports.recovered_frame(n)) for n in range(7)])
    with case:
        case.put_result(number, result)
        case.add_evidence(reports.item("other.mp4"))
    swap = [f"UPDATE evidence SET id = {new} WHERE id = {old}" for old, new in ((1, -1), (2, 1), (-1, 2))]
    edit(tmp_path / "case", *swap)
    with CaseFile.open(tmp_path / "case", create=False) as case:
        assert case.check_log().sentences == [
            "item 1 is not the one that was taken in under that number: it was changed, or exchanged with another",
            "item 2 is not the one that was taken in under that number: it was changed, or exchanged with another",
            "the result of item 1 is of another file than the item: one of them was exchanged",
        ]


def test_an_item_names_its_number_and_the_hash_of_its_row_at_intake(tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "case", create=True) as case:
        item = reports.item("a; item 7, sha256 b.mp4")  # a name that looks like what follows it
        case.add_evidence(item)
        (entry,) = case.audit()
        assert entry.detail.startswith(f"{item.path} {item.sha256}: at intake: 48231977 bytes, modified ")
        assert "; item 1, sha256 " in entry.detail
        assert case.check_log().is_whole


def test_a_state_is_logged_once_and_a_changed_one_is_not_covered_up_by_the_next(folder: Path) -> None:
    with CaseFile.open(folder, create=False) as case:
        for _ in range(2):
            case.set_state(1, EvidenceState.FAILED, "the disk; is away")
        assert [e.detail.partition(";")[0] for e in case.audit() if e.action == "item state"] == [
            "item 1: failed: the disk"
        ]
        assert case.check_log().is_whole
    edit(folder, "UPDATE evidence SET failure = 'the file is broken'")
    with CaseFile.open(folder, create=False) as case:
        assert kinds(case) == {FOUND.ITEMS_CHANGED}
        case.set_state(1, EvidenceState.RUNNING)
        (said,) = case.check_log().sentences
    assert said.startswith("the state of item 1 was changed before entry ")


SCAN_EDITS = {
    "time of a frame": "UPDATE frames SET pts = pts + 1 WHERE frame_index = 6",
    "time base of a frame": "UPDATE frames SET time_base = '1/25' WHERE frame_index = 6",
    "hash of a frame": "UPDATE frames SET sha256 = 'ab' WHERE frame_index = 6",
    "frame taken away": "DELETE FROM frames WHERE frame_index = 30",
    "frame put in": "INSERT INTO frames SELECT run_id, 99, pts, time_base, sha256, 0, 0, 0, 0 FROM frames LIMIT 1",
    "vector of a detection": "UPDATE detections SET embedding = x'00' WHERE frame_index = 6 AND face_number = 0",
    "detection taken away": "DELETE FROM detections WHERE frame_index = 6 AND face_number = 1",
    "drawn face": "UPDATE added_detections SET box_and_score = '[1,2,3,4,1]'",
    "track": "UPDATE tracks SET is_ignored = 1",
    "count of frames": "UPDATE runs SET n_decoded = n_decoded + 1",
    "warnings": "UPDATE runs SET warnings = '[]'",
    "settings": "UPDATE runs SET run_key = 'settings 2'",
    "range": "UPDATE runs SET time_range = '[null,\"1\"]'",
    "start": "UPDATE runs SET started_at = '2020-01-01T00:00:00+00:00'",
}


@pytest.mark.parametrize("statement", SCAN_EDITS.values(), ids=SCAN_EDITS.keys())
def test_a_changed_scan_is_found_also_after_work_went_on(folder: Path, statement: str) -> None:
    edit(folder, statement)
    with CaseFile.open(folder, create=False) as case:
        assert kinds(case) == {FOUND.RUN_CHANGED}
        case.finish_scan(1, ["other"], n_decoded=7, n_corrupt=0)
        assert kinds(case) == {FOUND.RUN_CHANGED}


def test_a_scan_leaves_an_entry_when_it_ends_and_none_where_nothing_changed(folder: Path) -> None:
    with CaseFile.open(folder, create=False) as case:
        made = [entry.detail for entry in case.audit() if entry.action == "frames and tracks stored"]
        assert len(made) == 3  # its end, the drawn face, the tracks
        assert made[0].startswith("item 1: 6 frames, sha256 ") and "in place of" not in made[0]
        assert made[2].endswith(f"in place of {made[1].partition(', ')[2].partition(';')[0]}")
        case.finish_scan(1, ["noise"])
        assert [e.action for e in case.audit()].count("frames and tracks stored") == 3


def test_a_scan_that_goes_on_after_its_end_or_its_result_stays_bound(tmp_path: Path) -> None:
    case, number = begun(tmp_path / "case")
    with case:
        case.commit_batch(number, batch(range(3)))
        case.finish_scan(number)
        case.commit_batch(number, batch([3]))
        assert case.check_log().is_whole
        case.begin_run(number, run_key="another", time_range=WHOLE)
        case.commit_batch(number, batch([0]))
        assert case.check_log().is_whole


def test_a_scan_that_is_marked_as_ended_is_found(tmp_path: Path) -> None:
    case, number = begun(tmp_path / "case")
    with case:
        case.commit_batch(number, batch(range(3)))
    edit(tmp_path / "case", "UPDATE runs SET scan_done = 1")
    with CaseFile.open(tmp_path / "case", create=False) as case:
        assert case.check_log().sentences == ["the log does not say that the scan of item 1 has ended: it was changed"]


def test_a_run_that_was_put_in_is_found(folder: Path) -> None:
    with CaseFile.open(folder, create=False) as case:
        case.add_evidence(reports.item("other.mp4"))
    edit(folder, "INSERT INTO runs (evidence_id, run_key, time_range, started_at) VALUES (2, 'k', '[null,null]', '')")
    with CaseFile.open(folder, create=False) as case:
        assert case.check_log().sentences == ["the log does not say that a run of item 2 was begun: it was put in"]


def test_facts_planted_before_any_were_entered_are_found_also_after_the_next_edit(tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "case", create=True) as case:
        case.add_evidence(reports.item())
    with closing(sqlite3.connect(tmp_path / "case" / DATABASE_NAME)) as conn:
        planted = case_info_json(CaseInfo(case_number="99/26"))
        conn.execute("INSERT INTO case_info (id, info) VALUES (1, ?)", (planted,))
        conn.commit()
    with CaseFile.open(tmp_path / "case", create=False) as case:
        assert kinds(case) == {FOUND.FACTS_CHANGED}
        case.set_case_info(CaseInfo(case_number="17/26"))
        (said,) = case.check_log().sentences
    assert said.endswith("was put in before entry 2 replaced it")


def test_a_result_that_was_changed_and_replaced_by_the_next_still_shows(tmp_path: Path) -> None:
    result = reports.result(persons=(reports.person_without_candidates(2),))
    case, number = stored.analysed(tmp_path / "case", result, [(0, reports.recovered_frame(n)) for n in range(7)])
    with case:
        case.put_result(number, result)
    edit(tmp_path / "case", "UPDATE results SET result = replace(result, '1', '2')")
    with CaseFile.open(tmp_path / "case", create=False) as case:
        case.put_result(number, result)
        (said,) = case.check_log().sentences
    assert said.startswith("the result of item 1 was changed before entry ")


def test_what_another_program_writes_between_check_and_signing_is_checked_before_it_is_signed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.casefile import heads

    asked: list[int] = []
    version = heads.data_version

    def changed_meanwhile(conn: sqlite3.Connection) -> int:
        found = version(conn)
        asked.append(found)
        if len(asked) == 1:  # the snapshot of the check is open
            edit(folder, "UPDATE frames SET sha256 = 'ab' WHERE frame_index = 6")
        return found

    monkeypatch.setattr(heads, "data_version", changed_meanwhile)
    with CaseFile.open(folder, create=False) as case:
        with pytest.raises(CaseFileError, match="not signed, because it was tampered with: the frames or tracks"):
            case.sign_whole(ExaminerKey.create("J. Doe"), HeadLedger(tmp_path / "heads.jsonl"))
        assert case.signed_head() is None and len(asked) > 1


def test_a_case_that_was_checked_is_checked_again_only_when_somebody_else_wrote(folder: Path, tmp_path: Path) -> None:
    key, ledger = ExaminerKey.create("J. Doe"), HeadLedger(tmp_path / "heads.jsonl")
    with CaseFile.open(folder, create=False) as case:
        first = case.sign_whole(key, ledger)
        case.append_audit("J. Doe", "report exported", "report.pdf")
        assert case.sign_whole(key, ledger).count == first.count + 2
        edit(folder, f"UPDATE frames SET sha256 = '{frame(1).sha256[:-1]}f' WHERE frame_index = 6")
        case.append_audit("J. Doe", "report exported", "report.pdf")
        with pytest.raises(CaseFileError, match="tampered with"):
            case.sign_whole(key, ledger)
