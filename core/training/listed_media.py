"""Pictures of listed files, by number: videos through the project's own reader, photographs as they are."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Self

from core.domain.evidence import Frame
from core.domain.time import TimePoint
from core.training.layouts.record import VIDEOS, ListedFace
from core.video.probe import probe
from core.video.pyav_reader import open_reader
from core.video.reader import BrowsableReader
from core.video.stills import STILL_TIME_BASE, read_still


class ListedMedia:
    """One file of a data set.

    Args:
        path: video or picture.

    Raises:
        CaseError: it cannot be opened; see `core.video.probe.probe` and `core.video.stills.read_still`.
    """

    def __init__(self, path: Path) -> None:
        self._reader: BrowsableReader | None = None
        self._still: Frame | None = None
        if path.suffix.lower() in VIDEOS:
            self._reader = open_reader(probe(path))
            self.count = len(self._reader.picture_index().pts)
        else:
            self.count = 1
            self._still = Frame(
                index=0,
                time=TimePoint(pts=0, time_base=STILL_TIME_BASE),
                rgb=read_still(path).rgb,
                rotation_deg=0,
                is_corrupt=False,
            )

    def frame(self, number: int) -> Frame:
        """The picture with that number, the last one where there are fewer.

        Raises:
            CaseError: it cannot be decoded.
        """
        if self._reader is None:
            assert self._still is not None
            return self._still
        return self._reader.picture(max(0, min(number, self.count - 1)))

    def __enter__(self) -> Self:
        """Return the file."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        if self._reader is not None:
            self._reader.close()


def spread(count: int, wanted: int) -> list[int]:
    """At most `wanted` of `count` numbers, evenly over their span."""
    wanted = min(count, wanted)
    return [int((k + 0.5) * count / wanted) for k in range(wanted)]


def thinned(records: list[ListedFace], frames: int) -> Iterator[ListedFace]:
    """Of clips whose pictures are files of their own at most `frames` pictures each; everything else as it is."""
    for _, group in groupby(records, key=lambda r: (r.label, r.method, r.clip)):
        clip = list(group)
        if clip[0].frame is None:
            yield from clip
        else:
            yield from (clip[number] for number in spread(len(clip), frames))
