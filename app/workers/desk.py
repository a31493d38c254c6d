"""A thread that owns one thing, for example an open case: it is opened, used and closed there and nowhere else."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot

from app.workers.boundary import error_report
from core.domain.events import ErrorReport

_LOG = logging.getLogger("unswap.worker")


class Closable(Protocol):
    """What a desk can own."""

    def close(self) -> None:
        """Give everything back."""
        ...


T = TypeVar("T", bound=Closable)
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Request:
    """What the clerk is to do; `work` gets the thing, or, for an opening, makes it."""

    generation: int
    work: Callable[[Any], Any]
    is_opening: bool = False
    is_last: bool = False
    is_write: bool = False
    done: Callable[[Any], None] | None = None
    failed: Callable[[ErrorReport], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Answer:
    request: _Request
    value: Any = None
    error: ErrorReport | None = None


class _Clerk(QObject):
    """Lives on the desk's thread."""

    answered = Signal(object)
    ended = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._thing: Closable | None = None

    @Slot(object)
    def take(self, request: _Request) -> None:
        try:
            if request.is_opening:
                self._close()
                self._thing = request.work(None)
                answer = _Answer(request=request, value=self._thing)
            elif self._thing is None:
                return  # closed meanwhile; nobody waits for the answer any more
            else:
                answer = _Answer(request=request, value=request.work(self._thing))
        except BaseException as error:
            answer = self._failure(request, error)
        self.answered.emit(answer)

    @Slot(object)
    def release(self, request: _Request) -> None:
        try:
            self._close()
            answer = _Answer(request=request)
        except BaseException as error:
            answer = self._failure(request, error)
        self.answered.emit(answer)
        if request.is_last:
            self.ended.emit()

    def _failure(self, request: _Request, error: BaseException) -> _Answer:
        report = error_report(error)
        if request.is_write:  # the window may be gone before it can tell
            _LOG.error("not written: %s (%s)", report.what, report.next_step)
        return _Answer(request=request, error=report)

    def _close(self) -> None:
        thing, self._thing = self._thing, None
        if thing is not None:
            thing.close()


class Desk(QObject, Generic[T]):
    """Hands work to the thread that owns a `T` and brings answers back to the thread the desk was made on.

    Work is done in the order in which it was asked. Answers to what was asked of an earlier `open` are dropped, except
    that a write failed.

    Signals:
        unexpected: an `ErrorReport` for which nobody had asked (no `failed` was given), or that comes too late for
            whoever had.
    """

    unexpected = Signal(object)
    _asked = Signal(object)
    _released = Signal(object)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._generation = 0
        self._is_open = False
        self._thread = QThread()
        self._thread.setObjectName(name)
        self._clerk = _Clerk()
        self._clerk.moveToThread(self._thread)
        self._asked.connect(self._clerk.take, Qt.ConnectionType.QueuedConnection)
        self._released.connect(self._clerk.release, Qt.ConnectionType.QueuedConnection)
        self._clerk.answered.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._clerk.ended.connect(self._thread.quit, Qt.ConnectionType.DirectConnection)
        self._thread.start()

    @property
    def is_open(self) -> bool:
        """Whether something was opened, and not released since."""
        return self._is_open

    def open(
        self, make: Callable[[], T], done: Callable[[T], None] | None, failed: Callable[[ErrorReport], None]
    ) -> None:
        """Close what is open and make the new thing, both on the desk's thread.

        `done` gets the thing itself only to learn that it is there: use it through `ask`.
        """
        self._generation += 1
        self._is_open = False

        def opened(thing: T) -> None:
            self._is_open = True
            if done is not None:
                done(thing)

        self._asked.emit(
            _Request(generation=self._generation, work=lambda _: make(), is_opening=True, done=opened, failed=failed)
        )

    def ask(
        self,
        work: Callable[[T], R],
        done: Callable[[R], None] | None = None,
        failed: Callable[[ErrorReport], None] | None = None,
    ) -> None:
        """Do `work` on the desk's thread; then `done` or `failed` on this one. Dropped where nothing is open."""
        self._asked.emit(_Request(generation=self._generation, work=work, done=done, failed=failed))

    def write(
        self,
        work: Callable[[T], R],
        done: Callable[[R], None] | None = None,
        failed: Callable[[ErrorReport], None] | None = None,
    ) -> None:
        """As `ask`, for what would be lost: a failure is logged, and told even where something else is open since."""
        self._asked.emit(_Request(generation=self._generation, work=work, is_write=True, done=done, failed=failed))

    def release(self, done: Callable[[], None] | None = None) -> None:
        """Close what is open, after all that was asked before."""
        self._generation += 1
        self._is_open = False
        after = None if done is None else (lambda _: done())
        self._released.emit(_Request(generation=self._generation, work=lambda _: None, is_write=True, done=after))

    def stop(self) -> None:
        """Close what is open, after all that was asked before, and end the thread; answers are no longer delivered."""
        self._generation += 1
        self._is_open = False
        if not self._thread.isRunning():
            return
        self._clerk.answered.disconnect(self._deliver)
        last = _Request(generation=self._generation, work=lambda _: None, is_write=True, is_last=True)
        self._released.emit(last)
        self._thread.wait()

    @Slot(object)
    def _deliver(self, answer: _Answer) -> None:
        request = answer.request
        if request.generation != self._generation:
            if request.is_write and answer.error is not None:
                self.unexpected.emit(answer.error)
            return
        if answer.error is not None:
            (request.failed or self.unexpected.emit)(answer.error)
        elif request.done is not None:
            request.done(answer.value)
