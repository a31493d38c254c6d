"""Frames that a person bookmarked, decoded once more for the report and shown only when they are still the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image

from core.domain.arrays import UInt8Array
from core.domain.cancel import CancelToken
from core.domain.evidence import StoredEvidence
from core.domain.report import BookmarkedFrame
from core.domain.review import BookmarkFrame, Review, ReviewEntry
from core.errors import CaseError, EvidenceNotFoundError
from core.evidence.hashing import pixels_sha256
from core.video.pyav_reader import open_reader
from core.video.reader import FrameReader

LONGEST_SIDE_PX = 900


def bookmark_frames(
    evidence: Sequence[StoredEvidence], review: Review, cancel: CancelToken
) -> tuple[BookmarkedFrame, ...]:
    """The bookmarked frames of all items, by item and time; those that cannot be shown say why.

    Args:
        evidence: the items of the case.
        review: what holds.
        cancel: checked before each frame.

    Raises:
        AnalysisCancelledError: asked to stop.
    """
    return tuple(frame for stored in evidence for frame in _frames_of(stored, review, cancel))


def _frames_of(stored: StoredEvidence, review: Review, cancel: CancelToken) -> Iterator[BookmarkedFrame]:
    entries = review.bookmarks(stored.id)
    if not entries:
        return
    # Opened even for a file that is gone: the reader looks at the file only when asked for a frame.
    with open_reader(stored.item, isolated=True) as reader:
        for entry in entries:
            cancel.raise_if_cancelled()
            yield _shown(stored, entry, reader)


def _shown(stored: StoredEvidence, entry: ReviewEntry, reader: FrameReader) -> BookmarkedFrame:
    mark = entry.action
    assert isinstance(mark, BookmarkFrame)
    thumbnail, problem = _picture(mark, reader)
    return BookmarkedFrame(
        evidence_id=stored.id,
        action_id=entry.id,
        frame_index=mark.frame_index,
        time=mark.time,
        frame_sha256=mark.frame_sha256,
        caption=mark.caption,
        actor=entry.actor,
        at=entry.at,
        thumbnail_rgb=thumbnail,
        problem=problem,
    )


def _picture(mark: BookmarkFrame, reader: FrameReader) -> tuple[UInt8Array | None, str]:
    """The frame in a size for print, or why it is not shown."""
    try:
        frame = reader.frame_at(mark.frame_index)
    except EvidenceNotFoundError:
        return None, "The file is no longer where it was taken in, so the frame cannot be shown."
    except CaseError as error:
        return None, f"The frame cannot be shown: {error.what}."
    if pixels_sha256(frame.rgb) != mark.frame_sha256:
        return None, (
            "Not shown: the frame that the file holds now is not the one that was bookmarked; the SHA-256 of its "
            "pixels is another one."
        )
    return _reduced(frame.rgb), ""


def _reduced(rgb: UInt8Array) -> UInt8Array:
    """The picture with its longer side at most `LONGEST_SIDE_PX`."""
    if max(rgb.shape[:2]) <= LONGEST_SIDE_PX:
        return rgb
    picture = Image.fromarray(np.ascontiguousarray(rgb))
    picture.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX), Image.Resampling.LANCZOS)
    return np.asarray(picture, dtype=np.uint8)
