"""Moving about in the item on show: keys and buttons of the transport, scrubbing, playing."""

from __future__ import annotations

from fractions import Fraction

from PySide6.QtCore import QObject, Signal

from app.workers.frame_server import FrameServer
from app.workers.projector import VideoExtent
from core.domain.evidence import EvidenceItem, ShownFrame
from ui.shortcuts import Command
from ui.views.analysis import AnalysisView

FASTEST = 8
_ONE_SECOND = Fraction(1)


class Player(QObject):
    """Turns what a person wants of the transport into wishes for frames, and remembers where that leads.

    A step counts from the frame that was wished for last, not from the one on show, so that none is lost while
    decoding lags behind the keys.

    Signals:
        shown: (ShownFrame) another frame is on show.
        counted: the pictures have been counted; `extent` is known.
    """

    shown = Signal(object)
    counted = Signal()

    def __init__(self, view: AnalysisView, server: FrameServer, parent: QObject) -> None:
        super().__init__(parent)
        self._view, self._server = view, server
        self._extent: VideoExtent | None = None
        self._shown: ShownFrame | None = None
        self._index: int | None = None
        self._seconds = Fraction(0)
        self._speed = 0
        server.opened.connect(self._on_opened)
        server.shown.connect(self._on_shown)
        server.speed_changed.connect(self._on_speed_changed)
        view.time_chosen.connect(self._on_time_chosen)

    @property
    def extent(self) -> VideoExtent | None:
        """How long the stream is; None until its pictures have been counted."""
        return self._extent

    @property
    def frame(self) -> ShownFrame | None:
        """The frame on show."""
        return self._shown

    @property
    def seconds(self) -> Fraction:
        """Where a person is, or is on the way to; on the stream's clock."""
        return self._seconds

    def open(self, item: EvidenceItem | None) -> None:
        """Show another item from its beginning; None shows none."""
        self._extent = self._shown = self._index = None
        self._seconds, self._speed = Fraction(0), 0
        if item is None:
            self._server.close_item()
        else:
            self._server.open(item)

    def pause(self) -> None:
        """Stand still."""
        self._server.play(0)

    def go_to(self, seconds: Fraction, *, is_final: bool = True) -> None:
        """Show the frame at a time."""
        self._seconds, self._index = seconds, None
        self._server.show_time(seconds, is_final=is_final)

    def go_to_index(self, index: int) -> None:
        """Show a frame."""
        self._index = index
        self._server.show_index(index)

    def follow(self, command: Command) -> bool:
        """Do what a key or a button asks for; whether it was one of the transport."""
        match command:
            case Command.PLAY:
                self._play(0 if self._speed else 1)
            case Command.STOP:
                self._play(0)
            case Command.FORWARD:
                self._play(min(FASTEST, 2 * self._speed) if self._speed > 0 else 1)
            case Command.REVERSE:
                self._play(max(-FASTEST, 2 * self._speed) if self._speed < 0 else -1)
            case Command.FRAME_BACK:
                self._step(-1)
            case Command.FRAME_ON:
                self._step(1)
            case Command.SECOND_BACK:
                self.go_to(self._seconds - _ONE_SECOND)
            case Command.SECOND_ON:
                self.go_to(self._seconds + _ONE_SECOND)
            case Command.FIRST:
                self.go_to_index(0)
            case Command.LAST if self._extent is not None:
                self.go_to_index(self._extent.n_frames - 1)
            case _:
                return False
        return True

    def _play(self, speed: int) -> None:
        is_at_end = (
            self._extent is not None
            and self._shown is not None
            and self._shown.frame.index >= self._extent.n_frames - 1
        )
        # Playing on from the end begins anew, as everybody's player does.
        self._server.play(speed, start=0 if speed > 0 and is_at_end else None)

    def _step(self, frames: int) -> None:
        if self._shown is None:
            return
        at = self._shown.frame.index if self._index is None else self._index
        self._index = max(0, at + frames)
        self._server.show_index(self._index, goes_on=frames > 0)

    def _on_time_chosen(self, seconds: Fraction, is_final: bool) -> None:
        self.go_to(seconds, is_final=is_final)

    def _on_opened(self, extent: VideoExtent) -> None:
        self._extent = extent
        self._view.show_extent(extent.first.seconds, extent.last.seconds)
        self.counted.emit()

    def _on_shown(self, shown: ShownFrame) -> None:
        self._shown = shown
        if shown.is_exact:
            self._seconds = shown.frame.time.seconds
            if self._index is not None and (shown.frame.index == self._index or self._speed):
                self._index = None
        self.shown.emit(shown)

    def _on_speed_changed(self, speed: int) -> None:
        self._speed = speed
        self._view.show_speed(speed)
