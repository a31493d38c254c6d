"""Items, refusals, runs, batches, recoveries: what goes in comes out, once and whole."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from casefile_builders import (
    WHOLE,
    aligned,
    batch,
    begun,
    crop,
    detection,
    everything,
    frame,
    plain,
    recover_all,
    recovery,
)

from core.casefile.records import CropKey, ScanBatch
from core.casefile.store import CaseFile
from core.domain.evidence import EvidenceState
from core.domain.faces import TrackView
from core.domain.report import CaseInfo
from core.domain.time import TimeRange
from core.errors import BugError, CaseFileError
from tests.builders_report import item


def test_case_info_is_empty_at_first_and_kept_in_any_script(tmp_path: Path) -> None:
    info = CaseInfo(case_number="2026/31", examiner="Владимир", questions=("Whose face?", "誰?"), observations="a\nb")
    with CaseFile.open(tmp_path / "case", create=True) as case:
        assert case.case_info() == CaseInfo()
        case.set_case_info(CaseInfo(title="draft"))
        case.set_case_info(info)
    with CaseFile.open(tmp_path / "case", create=False) as case:
        assert case.case_info() == info


def test_the_same_file_at_the_same_path_is_one_item(tmp_path: Path) -> None:
    first = item("a.mp4")
    other_content = replace(first, sha256="cd" * 32)
    undecodable = replace(item("b.mp4"), path=Path("/evidence/caf\udce9.mp4"), nominal_fps=None, duration_s=None)
    with CaseFile.open(tmp_path / "case", create=True) as case:
        ids = [case.add_evidence(i) for i in (first, other_content, undecodable)]
        again = replace(first, ingested_at=first.ingested_at.replace(year=2030))
        assert case.add_evidence(again) == ids[0]
        stored = case.evidence()
    assert [s.id for s in stored] == ids
    assert [s.item for s in stored] == [first, other_content, undecodable]
    assert {s.state for s in stored} == {EvidenceState.QUEUED}


def test_states_and_failures_are_kept(tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "case", create=True) as case:
        number = case.add_evidence(item())
        case.set_state(number, EvidenceState.FAILED, "cannot read caf\udce9")
        assert case.evidence()[0].failure == "cannot read caf\\udce9"
        case.set_state(number, EvidenceState.DONE)
        assert (case.evidence()[0].state, case.evidence()[0].failure) == (EvidenceState.DONE, "")
        with pytest.raises(BugError, match="no item 99"):
            case.set_state(99, EvidenceState.DONE)


def test_a_refused_path_is_listed_once_and_leaves_the_list_when_taken_in(tmp_path: Path) -> None:
    good = item()
    with CaseFile.open(tmp_path / "case", create=True) as case:
        case.add_refused("/x/caf\udce9.txt", "not a video")
        case.add_refused(str(good.path), "no permission")
        case.add_refused("/x/caf\udce9.txt", "still not a video")
        assert case.refused() == (("/x/caf\udce9.txt", "still not a video"), (str(good.path), "no permission"))
        case.add_evidence(good)
        assert case.refused() == (("/x/caf\udce9.txt", "still not a video"),)


def test_a_dismissed_refusal_leaves_the_list_and_stays_in_the_custody_log(tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "case", create=True) as case:
        case.add_refused("/x/caf\udce9.txt", "not a video")
        case.add_refused("/x/gone.mp4", "there is no such file")
        for _ in range(2):
            case.dismiss_refused("Zoë", "/x/caf\udce9.txt")
        assert case.refused() == (("/x/gone.mp4", "there is no such file"),)
        *refusals, entry = case.audit()
        assert [one.action for one in refusals] == ["input refused"] * 2
        assert (entry.actor, entry.action) == ("Zoë", "refusal dismissed")
        assert entry.detail.startswith("/x/caf\\udce9.txt: not a video; list sha256 ")
        assert case.verify_audit() == []


def test_committed_batches_come_back_bit_by_bit(tmp_path: Path) -> None:
    case, number = begun(tmp_path / "case")
    with case:
        assert case.scanned(number).finder_state is None
        case.commit_batch(number, batch(range(4)))
        case.commit_batch(number, batch(range(4, 7), drop=[(1, 0), (5, 0)]))
    with CaseFile.open(tmp_path / "case", create=False) as case:
        state = case.scanned(number)
        assert state.frames == tuple(frame(n) for n in range(7))
        assert state.is_key == (True, False, True, False, True, False, True)
        assert plain(state.detections) == plain([[detection(n, i) for i in range(2)] for n in range(7)])
        assert (state.finder_state, state.n_decoded, state.n_corrupt) == ('{"after":6}', 42, 3)
        assert (state.scan_done, state.warnings) == (False, ("up to 6",))
        kept = [n for n in range(7) if n not in (1, 5)]
        assert case.crops(number) == [CropKey(frame_index=6 * n, face_number=0, track_key=7) for n in kept]
        for n in kept:
            assert plain(case.crop(number, 6 * n, 0)) == plain(aligned(n))
        with pytest.raises(BugError, match="no crop of face 0 in frame 6"):
            case.crop(number, 6, 0)
        case.finish_scan(number, ["2 frames were damaged"])
        assert case.scanned(number).scan_done
        assert case.scanned(number).warnings == ("2 frames were damaged",)
        assert (case.scanned(number).n_decoded, case.scanned(number).n_corrupt) == (42, 3)
        case.finish_scan(number, n_decoded=45, n_corrupt=4)
        assert (case.scanned(number).n_decoded, case.scanned(number).n_corrupt) == (45, 4)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (batch([3, 4]), "do not follow the stored ones"),
        (batch([6, 5]), "do not follow the stored ones"),
        (replace(batch([5]), detections=[[detection(6, 0)]]), "detections of another frame"),
        (replace(batch([5]), crops=[replace(crop(5), frame_index=30 + 6)]), "a crop of frame 30"),
        (replace(batch([5]), crops=[crop(5), crop(9)]), "FOREIGN KEY"),
    ],
    ids=["a batch twice", "out of order", "foreign faces", "mislabelled crop", "crop of an unknown frame"],
)
def test_a_wrong_batch_is_refused_whole(tmp_path: Path, wrong: ScanBatch, message: str) -> None:
    case, number = begun(tmp_path / "case")
    with case:
        case.commit_batch(number, batch(range(4)))
        before = everything(case, number)
        with pytest.raises(BugError, match=message):
            case.commit_batch(number, wrong)
        assert everything(case, number) == before


def test_rows_need_a_run(tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "case", create=True) as case:
        number = case.add_evidence(item())
        assert case.run(number) is None
        assert case.result(number) is None
        with pytest.raises(BugError, match="no run of item 1 was begun"):
            case.commit_batch(number, batch([0]))
        with pytest.raises(BugError):
            case.begin_run(number + 1, run_key="k", time_range=WHOLE)


def test_a_run_with_the_same_key_is_resumed_and_another_key_starts_anew(tmp_path: Path) -> None:
    a_range = TimeRange(start=Fraction(1, 3), end=Fraction(7, 2))
    with CaseFile.open(tmp_path / "case", create=True) as case:
        number, other = case.add_evidence(item("a.mp4")), case.add_evidence(item("b.mp4"))
        for evidence_id in (number, other):
            begun_run = case.begin_run(evidence_id, run_key="one", time_range=a_range)
            assert not begun_run.is_resumed
            case.commit_batch(evidence_id, batch(range(3)))
            recover_all(case, evidence_id, [0, 2])
        before = everything(case, number)
        case.close()
    with CaseFile.open(tmp_path / "case", create=True) as case:
        resumed = case.begin_run(number, run_key="one", time_range=a_range)
        assert resumed.is_resumed
        assert resumed.time_range == a_range
        assert everything(case, number) == before
        assert not case.begin_run(number, run_key="two", time_range=WHOLE).is_resumed
        assert case.scanned(number).frames == ()
        assert case.crops(number) == []
        assert case.recovered(number) == []
        assert everything(case, other) == before
        assert case.problems() == []


def test_recoveries_come_back_bit_by_bit_and_go_with_their_crop(tmp_path: Path) -> None:
    case, number = begun(tmp_path / "case")
    with case:
        case.commit_batch(number, batch(range(3)))
        recover_all(case, number, [2, 0])
        case.put_recovered(number, [(0, 0, recovery(8))])
        assert case.recovered(number) == [(0, 0), (12, 0)]
        assert plain(case.get_recovered(number, 0, 0)) == plain(recovery(8))
        assert plain(case.get_recovered(number, 12, 0)) == plain(recovery(2))
        with pytest.raises(BugError, match="FOREIGN KEY"):
            case.put_recovered(number, [(6, 0, recovery(1)), (18, 0, recovery(3))])
        assert case.recovered(number) == [(0, 0), (12, 0)]
        case.commit_batch(number, batch([3], drop=[(0, 0)]))
        assert case.recovered(number) == [(12, 0)]


def test_listing_crops_and_recoveries_reads_no_pixels(tmp_path: Path) -> None:
    """Every page of the table with pictures is made unreadable: the lists still come, a picture does not."""
    case, number = begun(tmp_path / "case")
    with case:
        case.commit_batch(number, batch(range(6), side=224))
        recover_all(case, number, range(6))
        expected = case.crops(number), case.recovered(number)
    path = tmp_path / "case" / "case.sqlite"
    conn = sqlite3.connect(path)
    page_size = conn.execute("PRAGMA page_size").fetchone()[0]
    roots = dict(conn.execute("SELECT name, rootpage FROM sqlite_master WHERE type = 'table'"))
    conn.close()
    with path.open("r+b") as file:
        for table in ("crops", "recovered"):
            file.seek((roots[table] - 1) * page_size)
            file.write(b"\xff" * page_size)
    with CaseFile.open(tmp_path / "case", create=False) as case:
        assert (case.crops(number), case.recovered(number)) == expected
        with pytest.raises(CaseFileError, match="the case is damaged"):
            case.crop(number, 0, 0)


def test_a_damaged_row_is_reported_with_what_to_do(tmp_path: Path) -> None:
    case, number = begun(tmp_path / "case")
    with case:
        case.commit_batch(number, batch([0]))
    conn = sqlite3.connect(tmp_path / "case" / "case.sqlite")
    conn.execute("UPDATE crops SET png = substr(png, 1, 200)")
    conn.execute("UPDATE detections SET landmarks = x'00'")
    conn.commit()
    conn.close()
    with CaseFile.open(tmp_path / "case", create=False) as case:
        with pytest.raises(CaseFileError, match=r"the crop of frame 0 of item 1 cannot be read .*\. Restore the case"):
            case.crop(number, 0, 0)
        with pytest.raises(CaseFileError, match="the frames of item 1 cannot be read"):
            case.scanned(number)


def test_where_tracks_are_is_told_without_their_detections(tmp_path: Path) -> None:
    case, number = begun(tmp_path / "case")
    with case:
        assert case.track_spans(number) == () and case.track_boxes(number) == {}
        case.commit_batch(number, batch(range(4)))
        faces = case.scanned(number).detections
        kept = TrackView(
            track_id=1, person_track_id=1, is_ignored=False, detections=tuple(faces[n][0] for n in (0, 1, 3))
        )
        ignored = TrackView(track_id=2, person_track_id=None, is_ignored=True, detections=(faces[2][1],))
        case.put_tracks(number, (kept, ignored))
        spans = case.track_spans(number)
        assert [(s.track_id, s.person_track_id, s.is_ignored, s.frame_indices) for s in spans] == [
            (1, 1, False, (0, 6, 18)),
            (2, None, True, (12,)),
        ]
        for span, view in zip(spans, case.tracks(number), strict=True):
            assert (span.first, span.last) == (view.detections[0].time, view.detections[-1].time)
        boxes = case.track_boxes(number)
        expected = [(f.frame_index, v.track_id, f.bbox, f.score) for v in case.tracks(number) for f in v.detections]
        found = [(index, box.track_id, box.bbox, box.score) for index, there in boxes.items() for box in there]
        assert sorted(found, key=lambda each: each[:2]) == sorted(expected, key=lambda each: each[:2])
