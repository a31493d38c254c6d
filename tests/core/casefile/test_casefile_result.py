"""A finished analysis comes back as it was, its pixels from the stored faces."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from casefile_builders import WHOLE, plain

from core.casefile.records import FaceKey, ScanBatch, StoredCrop
from core.casefile.store import CaseFile
from core.domain.report import EvidenceResult, PersonTrack, RecoveredFrame
from core.errors import BugError
from tests import builders_report as reports

PERSONS = (reports.person(1), reports.person_without_candidates(2), reports.person_not_recovered(3))


def analysed(folder: Path, result: EvidenceResult, shown: list[tuple[int, RecoveredFrame]]) -> tuple[CaseFile, int]:
    """A case with the frames of `result` and the (face number, frame) pairs of `shown`, no result yet."""
    case = CaseFile.open(folder, create=True)
    number = case.add_evidence(result.evidence)
    case.begin_run(number, run_key="k", time_range=WHOLE)
    case.commit_batch(
        number,
        ScanBatch(
            frames=result.frames,
            is_key=[True] * len(result.frames),
            detections=[()] * len(result.frames),
            crops=[
                StoredCrop(frame_index=s.face.frame_index, face_number=n, track_key=1, face=s.face) for n, s in shown
            ],
            finder_state="{}",
            n_decoded=result.n_frames_decoded,
            n_corrupt=result.n_frames_corrupt,
        ),
    )
    case.put_recovered(number, [(s.face.frame_index, n, s.recovered) for n, s in shown])
    return case, number


def other_face(shown: RecoveredFrame) -> RecoveredFrame:
    """A second face of the same frame that differs in one bit of one pixel."""
    rgb = shown.face.rgb.copy()
    rgb[0, 0, 0] ^= 1
    return replace(shown, face=replace(shown.face, rgb=rgb))


@pytest.fixture
def shown() -> list[tuple[int, RecoveredFrame]]:
    return [(0, reports.recovered_frame(n)) for n in range(7)]


def test_a_result_comes_back_bit_by_bit(tmp_path: Path, shown: list[tuple[int, RecoveredFrame]]) -> None:
    result = reports.result(persons=PERSONS, warnings=("2 frames were damaged",))
    case, number = analysed(tmp_path / "case", result, shown)
    with case:
        assert case.result(number) is None
        case.put_result(number, reports.result(failure="an earlier, failed try"))
        case.put_result(number, result)
    with CaseFile.open(tmp_path / "case", create=False) as case:
        assert plain(case.result(number)) == plain(result)
        assert case.problems() == []


def test_the_outline_is_the_result_without_its_faces(tmp_path: Path, shown: list[tuple[int, RecoveredFrame]]) -> None:
    result = reports.result(persons=PERSONS)
    case, number = analysed(tmp_path / "case", result, shown)
    with case:
        assert case.outline(number) is None
        case.put_result(number, result)
        bare = replace(result, persons=tuple(replace(person, frames=()) for person in result.persons))
        assert plain(case.outline(number)) == plain(bare)
        for person in result.persons:
            faces = case.person_faces(number, person.person_track_id)
            assert [(f.time, f.frame_sha256, f.quality, f.fake_score) for f in faces] == [
                (f.face.time, f.face.frame_sha256, f.face.quality, f.recovered.fake_score) for f in person.frames
            ]
            for face, frame in zip(faces, person.frames, strict=True):
                assert np.array_equal(face.source_embedding, frame.recovered.source_embedding)
                assert np.array_equal(face.target_embedding, frame.recovered.target_embedding)
                assert np.array_equal(case.crop(number, *face.key).rgb, frame.face.rgb)
        assert case.person_faces(number, 99) == ()


def test_pixels_and_thumbnails_are_stored_once(tmp_path: Path, shown: list[tuple[int, RecoveredFrame]]) -> None:
    result = reports.result(persons=PERSONS)
    case, number = analysed(tmp_path / "case", result, shown)
    with case:
        case.put_result(number, result)
        case.put_result(number, result)
    conn = sqlite3.connect(tmp_path / "case" / "case.sqlite")
    (text,) = conn.execute("SELECT result FROM results").fetchone()
    assert len(text) < 64 * 1024
    thumbnails = {m.thumbnail_png for p in PERSONS for f in p.findings if f.search for m in f.search.candidates}
    assert conn.execute("SELECT count(*) FROM result_pictures").fetchone() == (len(thumbnails - {b""}),)
    conn.close()


def test_faces_of_the_same_frame_are_told_apart(tmp_path: Path) -> None:
    first = reports.recovered_frame(2)
    second = other_face(first)
    persons = tuple(
        replace(reports.person_without_candidates(number), frames=(frame,))
        for number, frame in ((1, second), (2, first))
    )
    result = reports.result(persons=persons)
    case, number = analysed(tmp_path / "case", result, [(0, first), (1, second)])
    with case:
        case.put_result(number, result)
        stored = case.result(number)
        assert stored is not None
        assert np.array_equal(stored.persons[0].frames[0].face.rgb, second.face.rgb)
        assert np.array_equal(stored.persons[1].frames[0].face.rgb, first.face.rgb)


@pytest.mark.parametrize("is_other_frame", [False, True], ids=["other pixels", "frame without faces"])
def test_a_face_that_was_not_stored_is_refused_and_the_earlier_result_kept(
    tmp_path: Path, is_other_frame: bool
) -> None:
    stored = reports.recovered_frame(0)
    person: PersonTrack = replace(reports.person_without_candidates(), frames=(stored,))
    good = reports.result(persons=(person,))
    case, number = analysed(tmp_path / "case", good, [(0, stored)])
    shown = reports.recovered_frame(3) if is_other_frame else other_face(stored)
    with case:
        case.put_result(number, good)
        with pytest.raises(BugError, match="were not stored as shown"):
            case.put_result(number, replace(good, persons=(replace(person, frames=(shown,)),)))
        assert plain(case.result(number)) == plain(good)


def test_frames_other_than_the_scanned_ones_are_kept_too(tmp_path: Path) -> None:
    result = reports.result()
    case, number = analysed(tmp_path / "case", result, [])
    with case:
        part = replace(result, frames=result.frames[2:5])
        case.put_result(number, part)
        assert plain(case.result(number)) == plain(part)


def test_persons_may_come_without_their_pixels_where_their_faces_are_named(tmp_path: Path) -> None:
    first = reports.recovered_frame(2)
    second = other_face(first)
    person = replace(reports.person_without_candidates(1), frames=())
    result = reports.result(persons=(person,))
    case, number = analysed(tmp_path / "case", result, [(0, first), (1, second)])
    index = first.face.frame_index
    with case:
        case.put_result(number, result, {1: [FaceKey(index, 1), FaceKey(index, 0)]})
        stored = case.result(number)
        assert stored is not None
        assert [plain(frame) for frame in stored.persons[0].frames] == [plain(second), plain(first)]
        with pytest.raises(BugError, match="which was not stored"):
            case.put_result(number, result, {1: [FaceKey(index, 7)]})
        assert plain(case.result(number)) == plain(stored)
        assert case.verify_audit() == []
