"""Child process of `core.video.isolated_reader`: decodes one evidence item on request.

Requests come as lines on standard input, frames leave on standard output; a full pipe holds decoding
back. It ends with its parent, whose end closes both.
"""

from __future__ import annotations

import os
import pickle
import sys
import time
from collections.abc import Iterable, Iterator
from queue import Queue
from threading import Thread

from core.domain.evidence import EvidenceItem, EvidenceKind, Frame
from core.errors import CaseError
from core.video.child import error_to_json
from core.video.pyav_reader import PyAvReader
from core.video.reader import BrowsableReader, FrameReader
from core.video.stills import StillReader
from core.video.wire import Asked, FramesRequest, Payload, Status, message, samples

_AHEAD = 2
_SIGN_OF_LIFE_S = 1.0


class FrameSender:
    """Writes messages from a thread of its own, so that decoding goes on while the pipe is full."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._queue: Queue[tuple[bytes, Payload | None] | None] = Queue(maxsize=_AHEAD)
        self._last = time.monotonic()
        self._thread = Thread(target=self._write_all, daemon=True)
        self._thread.start()

    def send(
        self,
        kind: str,
        reader: FrameReader,
        payload: Payload | None = None,
        *,
        error: str = "",
        is_counted: bool = False,
    ) -> None:
        """Queue a message with the reader's present counts; waits while `_AHEAD` messages are queued."""
        self._last = time.monotonic()
        status = Status(
            kind=kind,
            decoded=reader.decoded_count,
            corrupt=reader.corrupt_count,
            total=reader.frame_count if is_counted else None,
            warnings=reader.warnings,
            error=error,
        )
        self._queue.put((message(status, payload), payload))

    def is_due(self) -> bool:
        """Whether the parent has not heard of us for a second."""
        return time.monotonic() - self._last > _SIGN_OF_LIFE_S

    def finish(self) -> None:
        """Write what is queued and stop."""
        self._queue.put(None)
        self._thread.join()

    def _write_all(self) -> None:
        is_finished = False
        try:
            while (queued := self._queue.get()) is not None:
                head, payload = queued
                self._write(memoryview(head))
                for view in samples(payload) if payload is not None else ():
                    self._write(view)
            is_finished = True
        finally:
            if not is_finished:
                # The parent went away, or we cannot write: decoding on would wait for this thread for ever.
                os._exit(1)

    def _write(self, data: memoryview) -> None:
        while data:
            data = data[os.write(self._descriptor, data) :]


class Inbox:
    """Reads requests on a thread of its own, so that one can be called off while it is being answered."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._queue: Queue[FramesRequest | None] = Queue()
        self._off = 0
        Thread(target=self._read_all, args=(lines,), daemon=True).start()

    def requests(self) -> Iterator[FramesRequest]:
        """Requests in the order in which they came, until no more can come."""
        while (request := self._queue.get()) is not None:
            yield request

    def raise_if_called_off(self, number: int) -> None:
        """Raise `CalledOff` when the request with this number is no longer wanted."""
        if number <= self._off:
            raise CalledOff

    def _read_all(self, lines: Iterable[bytes]) -> None:
        for line in lines:
            request = FramesRequest.from_line(line)
            if request.asked is Asked.CALL_OFF:
                self._off = request.number
            else:
                self._queue.put(request)
        self._queue.put(None)


class CalledOff(Exception):  # noqa: N818  (nothing went wrong)
    """The request that is being answered is no longer wanted."""


class Server:
    """Answers requests read from one descriptor on the other, until the first is closed."""

    def __init__(self, item: EvidenceItem, requests: int, replies: int) -> None:
        self._requests = requests
        self._sender = FrameSender(replies)
        self._number = 0
        self._reader: BrowsableReader
        if item.kind is EvidenceKind.IMAGE:
            self._reader = StillReader(item)
        else:
            self._reader = PyAvReader(item, on_picture=self._still_alive)

    def serve(self) -> None:
        """Answer all requests."""
        with self._reader, os.fdopen(self._requests, "rb") as lines:
            self._inbox = Inbox(lines)
            for request in self._inbox.requests():
                self._number = request.number
                try:
                    self._answer(request)
                except CalledOff:
                    self._sender.send("off", self._reader)
                except CaseError as error:
                    self._sender.send("error", self._reader, error=error_to_json(error))
        self._sender.finish()

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


def main() -> None:
    """Read the pickled item that the parent writes first, then serve."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(0, os.O_BINARY)
        msvcrt.setmode(1, os.O_BINARY)
    replies = os.dup(1)
    # A library that prints must not write into the replies.
    os.dup2(2, 1)
    size = int.from_bytes(os.read(0, 4), "little")
    data = b""
    while len(data) < size:
        data += os.read(0, size - len(data))
    item = pickle.loads(data)
    Server(item, os.dup(0), replies).serve()


if __name__ == "__main__":
    main()
