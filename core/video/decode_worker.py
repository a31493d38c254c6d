"""Child process of `core.video.isolated_reader`: decodes one evidence item on request, bounded and confined.

Requests and given-back slots come as lines on standard input, messages leave on standard output, pixels in shared
memory; without a free slot decoding stands still. It ends with its parent.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from mmap import mmap
from queue import Queue, SimpleQueue
from threading import Thread

import numpy as np

from core.domain.arrays import UInt8Array
from core.domain.evidence import EvidenceKind, Frame
from core.errors import CaseError
from core.isolation.child import end_with_parent, error_to_json
from core.isolation.ending import EXIT_MEMORY
from core.isolation.limits import limit_cpu
from core.isolation.protections import confine
from core.isolation.shared import attach
from core.video import preload  # noqa: F401  (for what it loads)
from core.video.decode_child import DecodeOrder
from core.video.pyav_reader import PyAvReader
from core.video.reader import BrowsableReader, FrameReader
from core.video.slots import SlotPlan
from core.video.stills import StillReader
from core.video.wire import Asked, FramesRequest, Payload, Status, credited_slot, message, samples

_SIGN_OF_LIFE_S = 1.0
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = 32 << 20


class CalledOff(Exception):  # noqa: N818  (nothing went wrong)
    """The request that is being answered is no longer wanted."""


class Inbox:
    """Reads lines on a thread of its own, so that a request can be called off while it is being answered."""

    def __init__(self, lines: Iterable[bytes], plan: SlotPlan) -> None:
        self._queue: Queue[FramesRequest | None] = Queue()
        self._free: SimpleQueue[int] = SimpleQueue()
        for slot in range(plan.count):
            self._free.put(slot)
        self._off = 0
        Thread(target=self._read_all, args=(lines,), daemon=True).start()

    def requests(self) -> Iterator[FramesRequest]:
        """Requests in the order in which they came, until no more can come."""
        while (request := self._queue.get()) is not None:
            yield request

    def free_slot(self) -> int:
        """A slot that may be written to; waits for one."""
        return self._free.get()

    def raise_if_called_off(self, number: int) -> None:
        """Raise `CalledOff` when the request with this number is no longer wanted."""
        if number <= self._off:
            raise CalledOff

    def _read_all(self, lines: Iterable[bytes]) -> None:
        for line in lines:
            slot = credited_slot(line)
            if slot is not None:
                self._free.put(slot)
                continue
            request = FramesRequest.from_line(line)
            if request.asked is Asked.CALL_OFF:
                self._off = request.number
            else:
                self._queue.put(request)
        self._queue.put(None)


class FrameSender:
    """Writes messages, with the pixels of frames in shared memory where they fit in.

    Args:
        descriptor: of the pipe to the parent.
        inbox: where free slots come from.
        plan: of the shared memory.
        memory: the shared memory; None when there is none.
    """

    def __init__(self, descriptor: int, inbox: Inbox, plan: SlotPlan, memory: mmap | None) -> None:
        self._descriptor = descriptor
        self._inbox = inbox
        self._plan = plan
        self._memory = memory
        self._last = time.monotonic()
        self._held: tuple[int, UInt8Array] | None = None

    def room(self, shape: tuple[int, int, int], dtype: type[np.uint8]) -> UInt8Array:
        """Memory for the next picture: a free slot, which is waited for, where it fits into one."""
        height, width, _ = shape
        if self._memory is None or not self._plan.fits(height, width):
            return np.empty(shape, dtype)
        slot = self._held[0] if self._held is not None else self._inbox.free_slot()
        view = self._plan.view(self._memory, slot, height, width)
        self._held = slot, view
        return view

    def send(
        self,
        kind: str,
        reader: FrameReader,
        payload: Payload | None = None,
        *,
        error: str = "",
        is_counted: bool = False,
    ) -> None:
        """Write a message with the reader's present counts; a frame waits for a free slot."""
        self._last = time.monotonic()
        status = Status(
            kind=kind,
            decoded=reader.decoded_count,
            corrupt=reader.corrupt_count,
            total=reader.frame_count if is_counted else None,
            warnings=reader.warnings,
            error=error,
        )
        slot = self._placed(payload) if isinstance(payload, Frame) else None
        self._write(message(status, payload, slot))
        if payload is not None and slot is None:
            for view in samples(payload):
                self._write(view)

    def is_due(self) -> bool:
        """Whether the parent has not heard of us for a second."""
        return time.monotonic() - self._last > _SIGN_OF_LIFE_S

    def _placed(self, frame: Frame) -> int | None:
        """The slot that holds a frame's pixels; None when they must go through the pipe."""
        height, width, _ = shape = frame.rgb.shape
        if self._memory is None or not self._plan.fits(height, width):
            return None
        if self._held is None or self._held[1].ctypes.data != frame.rgb.ctypes.data:
            # Turned, or of a still picture: in memory of its own.
            np.copyto(self.room((height, width, shape[2]), np.uint8), frame.rgb)
        assert self._held is not None
        slot, _ = self._held
        self._held = None
        return slot

    def _write(self, data: bytes | memoryview) -> None:
        left = memoryview(data)
        while left:
            left = left[os.write(self._descriptor, left) :]


class Server:
    """Answers requests read from one descriptor on the other, until the first is closed."""

    def __init__(self, order: DecodeOrder, requests: int, replies: int, memory: mmap | None) -> None:
        self._order = order
        self._inbox = Inbox(os.fdopen(requests, "rb"), order.plan)
        self._sender = FrameSender(replies, self._inbox, order.plan, memory)
        self._number = 0
        self._reader: BrowsableReader
        if order.item.kind is EvidenceKind.IMAGE:
            self._reader = StillReader(order.item)
        else:
            self._reader = PyAvReader(
                order.item, on_picture=self._heed, on_packet=self._still_alive, room=self._sender.room
            )

    def serve(self) -> None:
        """Answer all requests."""
        with self._reader:
            for request in self._inbox.requests():
                self._number = request.number
                limit_cpu(self._order.limits.cpu_s)
                try:
                    self._answer(request)
                except CalledOff:
                    self._sender.send("off", self._reader)
                except CaseError as error:
                    self._sender.send("error", self._reader, error=error_to_json(error))

    def _answer(self, request: FramesRequest) -> None:
        self._inbox.raise_if_called_off(request.number)
        # Counting reads the whole file, which somebody who wants to see the first picture does not wait for.
        is_counted = request.asked in (Asked.FRAMES, Asked.FRAME_AT, Asked.FRAME_COUNT)
        for payload in _payloads(self._reader, request):
            kind = "frame" if isinstance(payload, Frame) else "index"
            self._sender.send(kind, self._reader, payload, is_counted=is_counted)
        self._sender.send("end", self._reader, is_counted=is_counted)

    def _still_alive(self) -> None:
        if self._sender.is_due():
            self._sender.send("alive", self._reader)

    def _heed(self) -> None:
        self._inbox.raise_if_called_off(self._number)


def _payloads(reader: BrowsableReader, request: FramesRequest) -> Iterator[Payload]:
    at = request.at
    match request.asked:
        case Asked.FRAMES:
            yield from reader.frames(request.range, request.sample_period, skip_until=request.skip_until)
        case Asked.FRAME_AT if at is not None:
            yield reader.frame_at(at)
        case Asked.FIRST_FRAME:
            yield reader.first_frame()
        case Asked.PICTURE_INDEX:
            yield reader.picture_index()
        case Asked.PICTURE if isinstance(at, int):
            yield reader.picture(at, request.side)


def _keep_freed_memory() -> None:
    """Let malloc keep what a picture took for the next one (GNU C library).

    By default it maps each picture's buffers, page by page, and unmaps them again: 3 ms a picture of 1080p.
    """
    if sys.platform == "linux" and hasattr(library := ctypes.CDLL(None), "mallopt"):
        library.mallopt(_M_MMAP_THRESHOLD, _KEPT_BYTES)
        library.mallopt(_M_TRIM_THRESHOLD, 8 * _KEPT_BYTES)


def _out_of_memory(failure: threading.ExceptHookArgs) -> None:
    if isinstance(failure.exc_value, MemoryError):
        os._exit(EXIT_MEMORY)
    os._exit(1)


def main() -> None:
    """Read the pickled order that the parent writes first, confine this process, then serve."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(0, os.O_BINARY)
        msvcrt.setmode(1, os.O_BINARY)
    replies = os.dup(1)
    # A library that prints must not write into the replies.
    os.dup2(2, 1)
    size = int.from_bytes(_exactly(4), "little")
    order: DecodeOrder = pickle.loads(_exactly(size))
    memory = attach(order.shared) if order.shared else None
    _keep_freed_memory()
    confine(order.limits, order.item.path)
    threading.excepthook = _out_of_memory
    try:
        end_with_parent()
        Server(order, os.dup(0), replies, memory).serve()
    except MemoryError:
        os._exit(EXIT_MEMORY)
    except RuntimeError as error:
        # Python's word for a thread whose stack finds no room.
        os._exit(EXIT_MEMORY if "start new thread" in str(error) else 1)
    # Nothing of a library that has read hostile input shall run any more, such as what it does at its end.
    os._exit(0)


def _exactly(size: int) -> bytes:
    data = b""
    while len(data) < size:
        chunk = os.read(0, size - len(data))
        if not chunk:
            os._exit(1)
        data += chunk
    return data


if __name__ == "__main__":
    main()
