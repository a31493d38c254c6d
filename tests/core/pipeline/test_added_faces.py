"""Drawn faces on scripted clips, with a detector that finds a face wherever it is told to look."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from core.casefile.records import ScanBatch
from core.casefile.store import CaseFile
from core.domain.cancel import CancelToken
from core.domain.events import PipelineEvent
from core.domain.evidence import FrameRecord
from core.domain.review import AddFace
from core.domain.time import TimeRange
from core.evidence.hashing import pixels_sha256
from core.pipeline import added_faces
from core.video.pyav_reader import open_reader
from tests.builders_engines import BOX, WILLING_ENGINES
from tests.builders_media import ClipSpec, blank_jpegs, evidence_item, write_clip

Look = Callable[..., tuple[list[int], list[PipelineEvent]]]


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """Draw a face on a frame of a clip; gives the frames on which it was found, and the events."""

    def looked(clip: Path, drawn: int, *, cuts: Sequence[int] = ()) -> tuple[list[int], list[PipelineEvent]]:
        item = evidence_item(clip)
        with open_reader(item) as reader:
            records = [
                FrameRecord(
                    index=frame.index,
                    time=frame.time,
                    sha256=pixels_sha256(frame.rgb),
                    is_corrupt=frame.is_corrupt,
                    is_cut=frame.index in cuts,
                )
                for frame in reader.frames()
            ]
        with CaseFile.open(tmp_path / "case", create=True) as case:
            case.claim()
            evidence_id = case.add_evidence(item)
            case.begin_run(evidence_id, run_key="k", time_range=TimeRange())
            none = [()] * len(records)
            case.commit_batch(
                evidence_id,
                ScanBatch(
                    frames=records,
                    is_key=[True] * len(records),
                    detections=none,
                    finder_state="{}",
                    n_decoded=len(records),
                    n_corrupt=0,
                ),
            )
            time = next(record.time for record in records if record.index == drawn)
            case.decide("Examiner", AddFace(evidence_id=evidence_id, frame_index=drawn, time=time, bbox=BOX))
            events = list(
                added_faces.find_added_faces(
                    item,
                    evidence_id,
                    case.review(),
                    case.scanned(evidence_id),
                    case=case,
                    engines=WILLING_ENGINES,
                    cancel=CancelToken(),
                )
            )
            found = case.added_faces(evidence_id)
        return [d.frame_index for faces in found.values() for d in faces], events

    return looked


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "clip.mp4", ClipSpec(n_pictures=20, fps=10))


def test_a_drawn_face_is_followed_through_its_shot_and_not_over_the_cuts(look: Look, clip: Path) -> None:
    assert look(clip, 8, cuts=(5, 12))[0] == list(range(5, 12))


def test_a_face_drawn_on_the_first_frame_of_a_shot_is_not_followed_into_the_one_before(look: Look, clip: Path) -> None:
    assert look(clip, 5, cuts=(5,))[0] == list(range(5, 20))


def test_large_frames_shorten_how_far_a_face_is_followed_backwards(
    look: Look, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(added_faces, "_KEPT_BYTES", 3 * 96 * 64 * 3)
    assert look(clip, 8)[0] == list(range(5, 20))


def test_a_face_on_a_stream_whose_beginning_cannot_be_decoded_is_found(look: Look, tmp_path: Path) -> None:
    spec = ClipSpec(n_pictures=70, fps=10, codec="mjpeg", pixel_format="yuvj420p")
    clip = blank_jpegs(write_clip(tmp_path / "torn.avi", spec), range(50))
    found, events = look(clip, 60)
    assert events == []
    assert len(found) == 20
