"""What a result says of what could not be done."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from core.casefile.store import CaseFile
from core.domain.events import Progress, StageWarning
from core.domain.review import AddFace
from core.domain.time import TimeRange
from tests.builders_analysis import run
from tests.builders_engines import BLIND_ENGINES, BOX
from tests.builders_media import ClipSpec, blank_jpegs, write_clip


def test_a_face_drawn_outside_the_analysed_frames_is_told_of_in_the_result(tmp_path: Path) -> None:
    clip, folder = write_clip(tmp_path / "plain.mp4", ClipSpec(n_pictures=10)), tmp_path / "case"
    first, _ = run(folder, BLIND_ENGINES, None, clip=clip, part=TimeRange())
    assert first is not None and [record.index for record in first.frames] == [0, 5]
    time = replace(first.frames[0].time, pts=first.frames[0].time.pts + 512)
    with CaseFile.open(folder, create=False) as case:
        case.decide("Examiner", AddFace(evidence_id=1, frame_index=1, time=time, bbox=BOX))
    result, events = run(folder, BLIND_ENGINES, None, clip=clip, part=TimeRange())
    assert result is not None
    assert any(isinstance(e, StageWarning) and "outside the analysed frames" in e.message for e in events)
    assert "the face drawn on frame 1 lies outside the analysed frames" in result.warnings


def test_pictures_that_could_not_be_decoded_are_no_part_of_those_that_were(tmp_path: Path) -> None:
    spec = ClipSpec(n_pictures=40, codec="mjpeg", pixel_format="yuvj420p")
    clip = blank_jpegs(write_clip(tmp_path / "torn.avi", spec), range(5, 35))
    result, _ = run(tmp_path / "case", BLIND_ENGINES, None, clip=clip, part=TimeRange())
    assert result is not None and result.n_frames_corrupt > result.n_frames_decoded
    numbers = (
        f"{result.n_frames_corrupt} pictures are damaged or cannot be decoded; {result.n_frames_decoded} were decoded"
    )
    assert numbers in result.warnings


def test_faces_distorted_by_pixels_that_are_not_square_are_told_of(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "wide.mp4", ClipSpec(n_pictures=10, pixel_aspect=Fraction(4, 3)))
    result, _ = run(tmp_path / "case", BLIND_ENGINES, None, clip=clip, part=TimeRange())
    assert result is not None
    (warning,) = result.warnings
    assert "pixels of 4:3" in warning and "narrower than they are" in warning


def test_progress_counts_from_the_first_picture_of_a_stream_that_starts_late(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "late.mkv", ClipSpec(n_pictures=20, stamps=[60_000 + 40 * k for k in range(20)]))
    _, events = run(tmp_path / "case", BLIND_ENGINES, None, clip=clip, part=TimeRange())
    assert max(e.done for e in events if isinstance(e, Progress) and e.stage == "scan") < 1
