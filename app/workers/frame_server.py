"""Frames of one evidence item for the eye: a thread decodes, this end wishes and hears; the latest wish counts."""

from __future__ import annotations

import threading
from fractions import Fraction
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot

from app.workers.frame_wishes import Mailbox, Open, Play, Show, Stop
from app.workers.projector import Projector, VideoExtent
from core.domain.events import ErrorReport
from core.domain.evidence import EvidenceItem, ShownFrame

if TYPE_CHECKING:
    from core.video.isolated_reader import IsolatedReader

_POLITE_MS = 500


class FrameServer(QObject):
    """Decodes the item on show in a process of its own and brings its frames to the thread this was made on.

    Wishes return at once. A newer wish replaces one that waits, and frames arrive as fast as this thread takes them,
    older ones left out. Answers that belong to an item shown before are dropped. A decoder that dies is reported once;
    the next wish starts another.

    Signals:
        opened: (VideoExtent) the pictures of the item have been counted. A first frame may have come before.
        shown: (ShownFrame) the frame to show now.
        speed_changed: (int) multiple of the natural speed of playing; 0 stands still.
        failed: (ErrorReport) a wish could not be fulfilled.
    """

    opened = Signal(object)
    shown = Signal(object)
    speed_changed = Signal(int)
    failed = Signal(object)
    _extent_came = Signal(int, object)
    _frame_came = Signal()
    _speed_came = Signal(int, int)
    _failure_came = Signal(int, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._generation = 0
        self._reader: IsolatedReader | None = None
        self._outbox = _Outbox()
        self._mailbox = Mailbox(self._interrupt)
        queued = Qt.ConnectionType.QueuedConnection
        self._extent_came.connect(self._on_extent, queued)
        self._frame_came.connect(self._on_frame, queued)
        self._speed_came.connect(self._on_speed, queued)
        self._failure_came.connect(self._on_failure, queued)
        self._thread = _Thread(Projector(self._mailbox, _Audience(self), self._set_reader))
        self._thread.start()

    def open(self, item: EvidenceItem) -> None:
        """Show another item; its first frame comes at once, unless something else of it is wished for meanwhile."""
        self._generation += 1
        self._mailbox.post(Open(item=item, generation=self._generation))

    def close_item(self) -> None:
        """Let go of the item and its file."""
        self._generation += 1
        self._mailbox.post(Open(item=None, generation=self._generation))

    def show_index(self, index: int, *, goes_on: bool = False, is_final: bool = True) -> None:
        """Show the frame with this index, brought into the stream; see `Show`. Ends playing."""
        self._mailbox.post(Show(index=index, goes_on=goes_on, is_final=is_final))

    def show_time(self, seconds: Fraction, *, is_final: bool = True) -> None:
        """Show the frame that is on show at a time of the stream's clock; see `Show`. Ends playing."""
        self._mailbox.post(Show(seconds=seconds, is_final=is_final))

    def play(self, speed: int, *, start: int | None = None) -> None:
        """Play at a multiple of the natural speed; negative plays backwards, 0 stops; see `Play`."""
        self._mailbox.post(Play(speed=speed, start=start))

    def stop(self) -> None:
        """End thread and decoder; a decoder that hangs is killed. Nothing is heard of this server any more."""
        self._generation += 1
        if not self._thread.isRunning():
            return
        self._mailbox.post(Stop())
        while not self._thread.wait(_POLITE_MS):
            reader = self._reader
            if reader is not None:
                reader.abort()

    def _set_reader(self, reader: IsolatedReader | None) -> None:
        self._reader = reader

    def _interrupt(self) -> None:
        reader = self._reader
        if reader is not None:
            reader.interrupt()

    @Slot(int, object)
    def _on_extent(self, generation: int, extent: VideoExtent) -> None:
        if generation == self._generation:
            self.opened.emit(extent)

    @Slot()
    def _on_frame(self) -> None:
        generation, shown = self._outbox.take()
        if generation == self._generation and shown is not None:
            self.shown.emit(shown)

    @Slot(int, int)
    def _on_speed(self, generation: int, speed: int) -> None:
        if generation == self._generation:
            self.speed_changed.emit(speed)

    @Slot(int, object)
    def _on_failure(self, generation: int, error: ErrorReport) -> None:
        if generation == self._generation:
            self.failed.emit(error)


class _Outbox:
    """The latest frame on its way to the window."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latest: tuple[int, ShownFrame] | None = None

    def put(self, generation: int, shown: ShownFrame) -> bool:
        """Leave a frame; whether the window has to be told (it has not yet taken the one before otherwise)."""
        with self._lock:
            is_first = self._latest is None
            self._latest = generation, shown
            return is_first

    def take(self) -> tuple[int, ShownFrame | None]:
        with self._lock:
            latest, self._latest = self._latest, None
            return latest if latest is not None else (0, None)


class _Audience:
    """Carries what the projector says to the window's thread."""

    def __init__(self, server: FrameServer) -> None:
        self._server = server

    def on_extent(self, generation: int, extent: VideoExtent) -> None:
        self._server._extent_came.emit(generation, extent)

    def on_frame(self, generation: int, shown: ShownFrame) -> None:
        if self._server._outbox.put(generation, shown):
            self._server._frame_came.emit()

    def on_speed(self, generation: int, speed: int) -> None:
        self._server._speed_came.emit(generation, speed)

    def on_failure(self, generation: int, error: ErrorReport) -> None:
        self._server._failure_came.emit(generation, error)


class _Thread(QThread):
    def __init__(self, projector: Projector) -> None:
        super().__init__()
        self.setObjectName("frame server")
        self._projector = projector

    def run(self) -> None:
        self._projector.run()
