"""Brings pictures from the case to a list that asked for them, newest wish first, a few at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

from app.workers.desk import Desk
from core.domain.arrays import UInt8Array
from core.domain.events import ErrorReport

if TYPE_CHECKING:
    from core.casefile.store import CaseFile

K = TypeVar("K")
BATCH = 12


class ThumbnailFeed(Generic[K]):
    """One request at a time; what scrolled out of view meanwhile is not fetched.

    Args:
        desk: with the case.
        put: takes it on the window's thread.
        failed: hears of failures, after which nothing is tried again by itself.
    """

    def __init__(
        self,
        desk: Desk[CaseFile],
        put: Callable[[K, UInt8Array | None], None],
        failed: Callable[[ErrorReport], None],
    ) -> None:
        self._desk, self._put, self._failed = desk, put, failed
        self._generation = 0
        self._is_busy = False
        self._wanted: list[K] = []
        self._read: Callable[[CaseFile, K], UInt8Array | None] | None = None

    def want(self, keys: Sequence[K], read: Callable[[CaseFile, K], UInt8Array | None]) -> None:
        """Fetch these next, in place of what was wanted before and is not on its way.

        Args:
            keys: of the pictures.
            read: one picture, (H, W, 3) uint8 RGB, on the case's thread; None where there is none any more.
        """
        self._wanted, self._read = list(keys), read
        self._go_on()

    def forget(self) -> None:
        """The keys name other pictures from now on: answers on their way are dropped."""
        self._generation += 1
        self._is_busy = False
        self._wanted.clear()

    def _go_on(self) -> None:
        read_one = self._read
        if self._is_busy or not self._wanted or read_one is None:
            return
        batch, self._wanted = self._wanted[:BATCH], self._wanted[BATCH:]
        generation = self._generation
        self._is_busy = True

        def read(case: CaseFile) -> list[tuple[K, UInt8Array | None]]:
            return [(key, read_one(case, key)) for key in batch]

        def done(pictures: list[tuple[K, UInt8Array | None]]) -> None:
            if generation == self._generation:
                self._is_busy = False
                for key, picture in pictures:
                    self._put(key, picture)
                self._go_on()

        def failed(error: ErrorReport) -> None:
            if generation == self._generation:
                self._is_busy = False
                for key in batch:
                    self._put(key, None)
                self._failed(error)

        self._desk.ask(read, done, failed)
