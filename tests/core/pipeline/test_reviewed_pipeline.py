"""What a person decides reshapes an analysis, without looking at the video again but for drawn faces."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.casefile.store import CaseFile
from core.domain.events import FacesRecovered, Progress, StageWarning
from core.domain.evidence import Frame
from core.domain.faces import FaceDetection
from core.domain.geometry import BBox
from core.domain.report import EvidenceResult
from core.domain.review import (
    AddFace,
    CutTrack,
    IgnoreTracks,
    JoinTracks,
    PartTracks,
    Retract,
    ReviewAction,
    made_track_id,
)
from core.domain.time import TimeRange
from core.pipeline import Engines
from core.video.probe import probe
from core.video.pyav_reader import open_reader
from tests.builders_analysis import CLIP, run
from tests.builders_media import ClipSpec, write_clip


def decide(folder: Path, *actions: ReviewAction) -> list[int]:
    with CaseFile.open(folder, create=False) as case:
        return [case.decide("Examiner", action).id for action in actions]


def again(folder: Path, engines: Engines) -> EvidenceResult:
    result, events = run(folder, engines, None)
    assert result is not None
    assert not any(isinstance(e, Progress) and e.stage == "scan" for e in events), "the video was not scanned again"
    return result


@pytest.fixture
def analysed(engines: Engines, tmp_path: Path) -> tuple[Path, EvidenceResult]:
    result, _ = run(tmp_path / "case", engines, None)
    assert result is not None
    return tmp_path / "case", result


def test_a_cut_track_becomes_two_persons_and_joining_takes_it_back(
    analysed: tuple[Path, EvidenceResult], engines: Engines
) -> None:
    folder, before = analysed
    (person,) = before.persons
    middle = before.frames[len(before.frames) // 2].index
    (cut,) = decide(folder, CutTrack(evidence_id=1, track_id=person.track_ids[0], frame_index=middle))
    made = made_track_id(cut)
    decide(folder, PartTracks(evidence_id=1, track_ids=(made,)))

    first, second = again(folder, engines).persons
    assert (first.track_ids, second.track_ids) == (person.track_ids, (made,))
    assert first.last.seconds < second.first.seconds
    assert all(f.face.frame_index < middle for f in first.frames)
    assert all(f.face.frame_index >= middle for f in second.frames)
    assert first.n_detections + second.n_detections == person.n_detections

    decide(folder, JoinTracks(evidence_id=1, track_ids=(person.track_ids[0], made)))
    (joined,) = again(folder, engines).persons
    assert joined.scores == person.scores
    assert joined.track_ids == (*person.track_ids, made)


def test_an_ignored_track_is_no_person_until_that_is_taken_back(
    analysed: tuple[Path, EvidenceResult], engines: Engines
) -> None:
    folder, before = analysed
    (ignored,) = decide(folder, IgnoreTracks(evidence_id=1, track_ids=before.persons[0].track_ids))
    assert again(folder, engines).persons == ()
    with CaseFile.open(folder, create=False) as case:
        (view,) = case.tracks(1)
        assert (view.is_ignored, view.person_track_id) == (True, None)
        assert len(view.detections) == before.persons[0].n_detections
    decide(folder, Retract(action_id=ignored))
    assert [p.scores for p in again(folder, engines).persons] == [p.scores for p in before.persons]


class BlindDetector:
    """The real detector, which overlooks every face until somebody says where to look."""

    def __init__(self, real: object) -> None:
        self._real = real
        self.name = "blind"

    def detect(self, frames: list[Frame]) -> list[list[FaceDetection]]:
        return [[] for _ in frames]

    def refine(self, frames: list[Frame], boxes: list[list[BBox]]) -> list[list[FaceDetection | None]]:
        return self._real.refine(frames, boxes)


def test_a_drawn_face_is_found_followed_and_recovered(
    analysed: tuple[Path, EvidenceResult], engines: Engines, tmp_path: Path
) -> None:
    with CaseFile.open(analysed[0], create=False) as case:
        (seen,) = case.tracks(1)
    blind = replace(engines, detector=BlindDetector(engines.detector))
    folder = tmp_path / "blind"
    missed, _ = run(folder, blind, None)
    assert missed is not None and missed.persons == ()

    drawn = seen.detections[len(seen.detections) // 2]
    (action,) = decide(folder, AddFace(evidence_id=1, frame_index=drawn.frame_index, time=drawn.time, bbox=drawn.bbox))
    found, events = run(folder, blind, None)
    assert found is not None
    (person,) = found.persons
    assert person.track_ids == (made_track_id(action),)
    assert person.n_detections == len(seen.detections), "followed both ways, as far as the tracker had seen it"
    assert person.frames and any(isinstance(e, FacesRecovered) for e in events)
    with CaseFile.open(folder, create=False) as case:
        (view,) = case.tracks(1)
        for ours, theirs in zip(view.detections, seen.detections, strict=True):
            assert ours.frame_index == theirs.frame_index and ours.bbox.iou(theirs.bbox) > 0.5
        assert case.problems() == []


def test_a_box_without_a_face_is_kept_and_not_recovered(
    analysed: tuple[Path, EvidenceResult], engines: Engines
) -> None:
    folder, before = analysed
    record = before.frames[2]
    decide(
        folder,
        AddFace(evidence_id=1, frame_index=record.index, time=record.time, bbox=BBox(x1=2, y1=2, x2=40, y2=40)),
    )
    result, events = run(folder, engines, None)
    assert result is not None
    assert any(isinstance(e, StageWarning) and "cannot be recovered" in e.message for e in events)
    empty = [p for p in result.persons if not p.frames]
    assert len(empty) == 1 and len(result.persons) == len(before.persons) + 1
    assert empty[0].fake_score is None


def test_a_face_drawn_on_a_stream_that_starts_late_is_found(engines: Engines, tmp_path: Path) -> None:
    """A broadcast recording's clock does not begin at zero; ranges count from its first picture."""
    with open_reader(probe(CLIP)) as reader:
        pictures = [frame.rgb for frame, _ in zip(reader.frames(), range(20), strict=False)]
    stamps = [60_000 + 40 * i for i in range(len(pictures))]
    height, width = pictures[0].shape[:2]
    spec = ClipSpec(pictures=pictures, width=width, height=height, n_pictures=len(pictures), stamps=stamps)
    clip = write_clip(tmp_path / "late.mkv", spec)
    blind = replace(engines, detector=BlindDetector(engines.detector))
    missed, _ = run(tmp_path / "case", blind, None, clip=clip, part=TimeRange())
    assert missed is not None and missed.persons == () and missed.frames[0].time.seconds >= 60
    box = engines.detector.detect(
        [Frame(index=0, time=missed.frames[0].time, rgb=pictures[0], rotation_deg=0, is_corrupt=False)]
    )[0][0].bbox
    first = missed.frames[0]
    decide(tmp_path / "case", AddFace(evidence_id=1, frame_index=first.index, time=first.time, bbox=box))
    found, _ = run(tmp_path / "case", blind, None, clip=clip, part=TimeRange())
    assert found is not None and len(found.persons) == 1
    assert found.persons[0].n_detections == len(missed.frames)
