"""A report of many persons never holds the pictures of all: they are read one person at a time, and let go."""

from __future__ import annotations

import weakref
from dataclasses import replace
from pathlib import Path

import pytest
from builders_person_case import person_case

from core.casefile.store import CaseFile
from core.domain.arrays import UInt8Array
from core.domain.report import CaseReport, LaterFrames, PersonTrack, RecoveredFrame, RunBasis, frame_indices
from core.errors import CaseFileError
from core.report.files import report_document
from core.report.json_export import report_to_json, report_to_json_bytes
from core.report.stored import stored_report
from tests import builders_report as build

FONTS = Path(__file__).parents[3] / "resources" / "fonts"
N_PERSONS = 6


class Reading:
    """Frames of persons that are read anew each time, and whose pictures are in memory at any moment."""

    def __init__(self) -> None:
        self._alive: list[tuple[int, weakref.ref[UInt8Array]]] = []
        self.most_at_once: set[int] = set()
        self.n_read = 0

    def later(self, person: PersonTrack) -> PersonTrack:
        frames = person.frames

        def read(at: int) -> RecoveredFrame:
            face = replace(frames[at].face, rgb=frames[at].face.rgb.copy())
            self._alive.append((person.person_track_id, weakref.ref(face.rgb)))
            self._alive = [(number, known) for number, known in self._alive if known() is not None]
            self.most_at_once = max(self.most_at_once, {number for number, _ in self._alive}, key=len)
            self.n_read += 1
            return replace(frames[at], face=face)

        return replace(person, frames=LaterFrames(frame_indices(frames), read))


def many(n_persons: int) -> tuple[PersonTrack, ...]:
    return tuple(replace(build.person(n), track_ids=(n,)) for n in range(1, n_persons + 1))


def report_of(people: tuple[PersonTrack, ...]) -> CaseReport:
    return build.case_report((build.result(persons=people),))


def test_pictures_of_one_person_at_a_time_are_in_memory_while_a_report_is_made() -> None:
    reading = Reading()
    report = report_of(tuple(reading.later(person) for person in many(N_PERSONS)))
    report_document(report, fonts_dir=FONTS)
    assert reading.n_read >= N_PERSONS
    # Those of the person before go when the first of the next one is there.
    assert len(reading.most_at_once) <= 2, f"pictures of persons {sorted(reading.most_at_once)} at once"


def test_a_report_says_the_same_however_its_pictures_are_read() -> None:
    at_once = report_of(many(2))
    later = report_of(tuple(Reading().later(person) for person in many(2)))
    assert report_to_json_bytes(later) == report_to_json(at_once).encode()
    assert report_document(later, fonts_dir=FONTS).pdf == report_document(at_once, fonts_dir=FONTS).pdf


def test_frames_read_later_are_a_sequence_like_any_other() -> None:
    shown = [build.recovered_frame(n) for n in range(4)]
    frames = LaterFrames(frame_indices(shown), lambda at: shown[at])
    assert (len(frames), list(frames), frames[-1]) == (4, shown, shown[3])
    assert list(frames[1:3]) == shown[1:3]
    assert frame_indices(frames[1:3]) == frame_indices(shown[1:3])
    assert list(frames[2:][1:]) == shown[3:]
    with pytest.raises(IndexError):
        frames[4]


def _with_basis(case: CaseFile, number: int) -> None:
    case.add_run_basis(
        RunBasis(manifest=build.MANIFEST, error_rates=(), model_limits=(), gallery_name="", evidence_ids=(number,))
    )


def test_a_case_hands_out_the_pictures_that_it_stores(tmp_path: Path) -> None:
    number = person_case(tmp_path / "case")
    with CaseFile.open(tmp_path / "case", create=False) as case:
        _with_basis(case, number)
        (result,) = stored_report(case).results
        stored = case.result(number)
        assert stored is not None
        for person, as_stored in zip(result.persons, stored.persons, strict=True):
            assert isinstance(person.frames, LaterFrames)
            assert frame_indices(person.frames) == frame_indices(as_stored.frames)
            for one, other in zip(person.frames, as_stored.frames, strict=True):
                assert one.face.rgb.tobytes() == other.face.rgb.tobytes()
                assert one.recovered.target_rgb.tobytes() == other.recovered.target_rgb.tobytes()


def test_an_item_analysed_anew_meanwhile_is_told_and_not_mixed_into_the_report(tmp_path: Path) -> None:
    number = person_case(tmp_path / "case")
    with CaseFile.open(tmp_path / "case", create=False) as case:
        _with_basis(case, number)
        report = stored_report(case)
        with CaseFile.open(tmp_path / "case", create=False) as beside:
            beside.begin_run(number, run_key="another", time_range=build.result().analysed_range)
        with pytest.raises(CaseFileError, match="analysed anew while its result was being read"):
            report_document(report, fonts_dir=FONTS)
