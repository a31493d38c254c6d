"""The frame server's work: decodes what is wished for, plays, keeps what was seen, looks a little ahead."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from app.workers.boundary import error_report
from app.workers.frame_cache import FrameCache
from app.workers.frame_wishes import Mailbox, Open, Play, Show, Stop
from app.workers.play_clock import FAST_BACK, PlayClock
from core.domain.events import ErrorReport
from core.domain.evidence import EvidenceItem, Frame, ShownFrame
from core.domain.time import TimePoint
from core.errors import AnalysisCancelledError, CaseError

if TYPE_CHECKING:
    from core.video.isolated_reader import IsolatedReader
    from core.video.picture_index import PictureIndex

IDLE_S = 0.2
"""Neighbours are fetched when nothing was wished for that long."""

NEAR_ENOUGH = 6
"""While dragging, the very frame is decoded when it lies this few frames on; else a key frame is shown first."""

CHUNK = 8
"""Frames kept on the way to one that lies before the frame on show: the next steps back then cost nothing."""

STRETCH = 24
"""The same for playing backwards."""

_SILENCE_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoExtent:
    """How long the stream is: number of pictures, and the times of the first and the last."""

    n_frames: int
    first: TimePoint
    last: TimePoint


class Audience(Protocol):
    """Who is told what came of a wish; called on the frame server's thread."""

    def on_extent(self, generation: int, extent: VideoExtent) -> None:
        """The stream's pictures have been counted."""

    def on_frame(self, generation: int, shown: ShownFrame) -> None:
        """A frame to be shown."""

    def on_speed(self, generation: int, speed: int) -> None:
        """Playing began, changed its speed, or, with 0, ended."""

    def on_failure(self, generation: int, error: ErrorReport) -> None:
        """A wish could not be fulfilled."""


class Projector:
    """Everything the frame server's thread does.

    Args:
        mailbox: where wishes come in.
        audience: who is told.
        set_reader: called with the reader in use, so that others can interrupt it; None when there is none.
    """

    def __init__(
        self, mailbox: Mailbox, audience: Audience, set_reader: Callable[[IsolatedReader | None], None]
    ) -> None:
        self._mailbox = mailbox
        self._audience = audience
        self._set_reader = set_reader
        self._cache = FrameCache()
        self._generation = 0
        self._item: EvidenceItem | None = None
        self._reader: IsolatedReader | None = None
        self._index: PictureIndex | None = None
        self._at = 0
        self._clock: PlayClock | None = None
        self._wanted_nearby: list[int] = []

    def run(self) -> None:
        """Fulfil wishes until told to stop."""
        try:
            while not isinstance(letter := self._mailbox.take(self._patience()), Stop):
                try:
                    if isinstance(letter, Open):
                        self._open(letter)
                    elif isinstance(letter, Show):
                        self._show(letter)
                    elif isinstance(letter, Play):
                        self._play(letter)
                    elif self._clock is not None:
                        self._play_on(self._clock)
                    else:
                        self._look_around()
                except AnalysisCancelledError:
                    continue  # something newer waits in the mailbox
                except BaseException as error:
                    self._wanted_nearby.clear()
                    self._end_playing()
                    self._audience.on_failure(self._generation, error_report(error))
        finally:
            self._close()

    def _patience(self) -> float | None:
        if self._clock is not None:
            return self._clock.wait_s(self._at, time.monotonic())
        return IDLE_S if self._wanted_nearby else None

    # --- letters

    def _open(self, letter: Open) -> None:
        self._close()
        self._generation, self._item = letter.generation, letter.item
        if letter.item is not None:
            reader = self._opened(letter.item)
            self._emit(reader.first_frame(), is_exact=False)
            self._counted()
            if self._mailbox.is_empty():
                self._show(Show(index=0))

    def _opened(self, item: EvidenceItem) -> IsolatedReader:
        if self._reader is None:
            from core.video.isolated_reader import IsolatedReader

            self._reader = IsolatedReader(item, silence_s=_SILENCE_S)
            self._set_reader(self._reader)
        return self._reader

    def _counted(self) -> PictureIndex | None:
        """The index of the item's pictures; tries again where it could not be had before."""
        if self._index is None and self._item is not None:
            index = self._opened(self._item).picture_index()
            if len(index):
                self._index = index
                extent = VideoExtent(n_frames=len(index), first=index.time_of(0), last=index.time_of(len(index) - 1))
                self._audience.on_extent(self._generation, extent)
        return self._index

    def _show(self, wish: Show) -> None:
        self._end_playing()
        index = self._counted()
        if index is None:
            return
        target = index.inside(wish.index) if wish.index is not None else index.index_at(wish.seconds)
        if not wish.is_final and self._shown_nearby(index, target):
            return
        if not self._mailbox.give_way():
            return
        if target == self._at - 1 and target not in self._cache:
            self._fetch_before(self._at, self._at - CHUNK)
        self._emit(self._fetch(target, goes_on=wish.goes_on), is_exact=True)
        self._plan_neighbours(index, was_back=target < self._at)

    def _shown_nearby(self, index: PictureIndex, target: int) -> bool:
        """While dragging: show a key frame when the very one would take long; whether a newer wish is waiting."""
        is_cheap = target in self._cache or 0 <= target - self._at <= NEAR_ENOUGH or not len(index.keys)
        key = index.key_before(target)
        if not is_cheap and key != target:
            self._mailbox.stand_firm()
            self._emit(self._fetch(key), is_exact=False)
        return not self._mailbox.is_empty()

    def _play(self, wish: Play) -> None:
        index = self._counted()
        if index is None or wish.speed == 0:
            self._end_playing()
            return
        self._wanted_nearby.clear()
        if wish.start is not None:
            self._emit(self._fetch(index.inside(wish.start)), is_exact=True)
        self._clock = PlayClock(index, self._at, wish.speed, time.monotonic())
        self._audience.on_speed(self._generation, wish.speed)

    def _play_on(self, clock: PlayClock) -> None:
        at = self._at
        target = clock.next_one(at, time.monotonic())
        if target != at:
            if not self._mailbox.give_way():
                return
            is_new_stretch = clock.speed < 0 and target not in self._cache
            if is_new_stretch and clock.speed > FAST_BACK:
                self._fetch_before(target + 1, target - STRETCH)
            self._emit(self._fetch(target, goes_on=clock.speed > 0), is_exact=True)
            # The frames of a new stretch were not late: they were being decoded.
            if is_new_stretch or clock.is_late(self._at, time.monotonic()):
                clock.start_at(self._at, time.monotonic())
        # A stream whose last pictures cannot be decoded ends before its last index.
        has_moved = self._at > at if clock.speed > 0 else self._at < at
        if clock.is_over(self._at) or (target != at and not has_moved):
            self._end_playing()

    def _end_playing(self) -> None:
        if self._clock is not None:
            self._clock = None
            self._audience.on_speed(self._generation, 0)

    # --- frames

    def _fetch(self, index: int, *, goes_on: bool = False) -> ShownFrame:
        from core.evidence.hashing import pixels_sha256
        from core.video.picture_index import Side

        held = self._cache.get(index)
        if held is not None:
            return held
        assert self._item is not None
        frame = self._opened(self._item).picture(index, Side.AFTER if goes_on else Side.BEFORE)
        shown = ShownFrame(frame=frame, sha256=pixels_sha256(frame.rgb), is_exact=True)
        self._cache.put(shown)
        return shown

    def _fetch_before(self, end: int, first: int) -> None:
        """Keep some frames before `end`, as far back as `first`, which all come out of one decoding."""
        room = self._cache.room_for(self._frame_bytes()) // 2
        begin = max(0, first, end - room)
        for index in range(begin, end):
            if index not in self._cache:
                self._fetch(index)

    def _frame_bytes(self) -> int:
        held = self._cache.get(self._at)
        return held.frame.rgb.nbytes if held is not None else 0

    def _emit(self, found: ShownFrame | Frame, *, is_exact: bool) -> None:
        from core.evidence.hashing import pixels_sha256

        if isinstance(found, Frame):
            shown = ShownFrame(frame=found, sha256=pixels_sha256(found.rgb), is_exact=is_exact)
        else:
            shown = ShownFrame(frame=found.frame, sha256=found.sha256, is_exact=is_exact)
        self._at = shown.frame.index
        self._audience.on_frame(self._generation, shown)

    # --- idle

    def _plan_neighbours(self, index: PictureIndex, *, was_back: bool) -> None:
        ahead = [self._at + 1, self._at + 2]
        # Frames before cost decoding from their key frame on: done unasked only where that is not far.
        is_near_key = self._at - index.key_before(self._at - 1) <= 8 * CHUNK
        back = range(max(0, self._at - CHUNK // 2), self._at) if was_back or is_near_key else ()
        room = self._cache.room_for(self._frame_bytes()) // 2
        planned = [place for place in (*ahead, *back) if place < len(index) and place not in self._cache]
        self._wanted_nearby = planned[:room]

    def _look_around(self) -> None:
        try:
            while self._wanted_nearby and self._mailbox.give_way():
                self._fetch(self._wanted_nearby.pop(0))
        except CaseError:
            # Nobody asked for these frames: who does will be told.
            self._wanted_nearby.clear()

    def _close(self) -> None:
        reader, self._reader = self._reader, None
        self._set_reader(None)
        if reader is not None:
            reader.close()
        self._item = self._index = None
        self._cache.clear()
        self._wanted_nearby.clear()
        self._at = 0
        self._end_playing()
