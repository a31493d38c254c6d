"""Bookmarked frames: decoded again for the report, shown only when they are still the frames that were seen."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from core.casefile.store import CaseFile
from core.domain.cancel import CancelToken
from core.domain.evidence import Frame, StoredEvidence
from core.domain.report import BookmarkedFrame
from core.domain.review import BookmarkFrame, Retract
from core.domain.time import TimePoint
from core.errors import AnalysisCancelledError
from core.evidence.hashing import pixels_sha256
from core.report.bookmarks import LONGEST_SIDE_PX, bookmark_frames
from core.video.probe import probe
from core.video.pyav_reader import open_reader
from tests.builders_media import ClipSpec, number_in, write_clip


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "clip.mp4", ClipSpec(n_pictures=12))


@pytest.fixture
def case(tmp_path: Path, clip: Path) -> Iterator[CaseFile]:
    with CaseFile.open(tmp_path / "case", create=True) as opened:
        opened.add_evidence(probe(clip))
        yield opened


def frame_of(stored: StoredEvidence, index: int) -> Frame:
    with open_reader(stored.item) as reader:
        return reader.frame_at(index)


def mark(case: CaseFile, index: int, caption: str = "", sha256: str = "") -> int:
    (stored,) = case.evidence()
    frame = frame_of(stored, index)
    action = BookmarkFrame(
        evidence_id=stored.id,
        frame_index=index,
        time=frame.time,
        frame_sha256=sha256 or pixels_sha256(frame.rgb),
        caption=caption,
    )
    return case.decide("M. Weber", action).id


def bookmarks(case: CaseFile) -> tuple[BookmarkedFrame, ...]:
    return bookmark_frames(case.evidence(), case.review(), CancelToken())


def test_frames_come_in_order_of_time_with_their_own_pixels(case: CaseFile) -> None:
    mark(case, 7, "later")
    mark(case, 2, "earlier")
    first, second = bookmarks(case)
    assert [(f.frame_index, f.caption, f.actor) for f in (first, second)] == [
        (2, "earlier", "M. Weber"),
        (7, "later", "M. Weber"),
    ]
    assert [number_in(f.thumbnail_rgb) for f in (first, second)] == [2, 7]
    assert pixels_sha256(first.thumbnail_rgb) == first.frame_sha256, "a small frame is not scaled"


def test_a_removed_bookmark_is_not_decoded(case: CaseFile) -> None:
    case.decide("M. Weber", Retract(action_id=mark(case, 3)))
    assert bookmarks(case) == ()


def test_a_frame_that_is_another_one_now_is_not_shown(case: CaseFile, clip: Path) -> None:
    mark(case, 3)
    write_clip(clip, ClipSpec(n_pictures=12, pictures=[np.full((64, 96, 3), 90, np.uint8)] * 12))
    (found,) = bookmarks(case)
    assert found.thumbnail_rgb is None
    assert "not the one that was bookmarked" in found.problem


def test_a_file_that_is_gone_or_shorter_says_so(case: CaseFile, clip: Path) -> None:
    mark(case, 11)
    kept = clip.with_suffix(".kept")
    clip.rename(kept)
    (found,) = bookmarks(case)
    assert found.thumbnail_rgb is None
    assert "no longer where it was" in found.problem
    write_clip(clip, ClipSpec(n_pictures=4))
    (found,) = bookmarks(case)
    assert found.problem.startswith("The frame cannot be shown: ")
    clip.write_text("no video")
    (found,) = bookmarks(case)
    assert found.problem
    shutil.move(kept, clip)
    assert bookmarks(case)[0].problem == ""


def test_a_large_frame_is_reduced(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "wide.mp4", ClipSpec(n_pictures=2, width=1280, height=720))
    with CaseFile.open(tmp_path / "case", create=True) as case:
        case.add_evidence(probe(clip))
        mark(case, 1)
        (found,) = bookmarks(case)
    assert found.thumbnail_rgb is not None
    assert found.thumbnail_rgb.shape == (506, LONGEST_SIDE_PX, 3)


def test_a_person_who_asks_to_stop_is_heard(case: CaseFile) -> None:
    mark(case, 1)
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(AnalysisCancelledError):
        bookmark_frames(case.evidence(), case.review(), cancel)


def test_a_bookmark_has_a_picture_or_a_reason() -> None:
    with pytest.raises(ValueError, match="either a picture or a reason"):
        BookmarkedFrame(
            evidence_id=1,
            action_id=1,
            frame_index=0,
            time=TimePoint(pts=0, time_base=Fraction(1, 25)),
            frame_sha256="0" * 64,
            caption="",
            actor="",
            at=datetime.now(UTC),
            thumbnail_rgb=None,
        )
