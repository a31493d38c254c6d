"""Child process of `core.video.isolated_reader`: decodes one evidence item on request.

Requests come as lines on standard input, frames leave on standard output; a full pipe holds decoding
back. It ends with its parent, whose end closes both.
"""

from __future__ import annotations

import os
import pickle
import sys
import time
from queue import Queue
from threading import Thread

from core.domain.evidence import EvidenceItem, EvidenceKind, Frame
from core.errors import CaseError
from core.video.child import error_to_json
from core.video.pyav_reader import PyAvReader
from core.video.reader import FrameReader
from core.video.stills import StillReader
from core.video.wire import FramesRequest, Status, describe, header

_AHEAD = 2
_SIGN_OF_LIFE_S = 1.0


class FrameSender:
    """Writes messages from a thread of its own, so that decoding goes on while the pipe is full."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._queue: Queue[tuple[bytes, Frame | None] | None] = Queue(maxsize=_AHEAD)
        self._last = time.monotonic()
        self._thread = Thread(target=self._write_all, daemon=True)
        self._thread.start()

    def send(self, kind: str, reader: FrameReader, frame: Frame | None = None, error: str = "") -> None:
        """Queue a message with the reader's present counts; waits while `_AHEAD` messages are queued."""
        self._last = time.monotonic()
        status = Status(
            kind=kind,
            decoded=reader.decoded_count,
            corrupt=reader.corrupt_count,
            total=reader.frame_count if kind in ("frame", "end") else None,
            warnings=reader.warnings,
            error=error,
            frame=describe(frame) if frame is not None else None,
        )
        self._queue.put((header(status), frame))

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
            while (message := self._queue.get()) is not None:
                head, frame = message
                self._write(memoryview(head))
                if frame is not None:
                    self._write(frame.rgb.data.cast("B"))
            is_finished = True
        finally:
            if not is_finished:
                # The parent went away, or we cannot write: decoding on would wait for this thread for ever.
                os._exit(1)

    def _write(self, data: memoryview) -> None:
        while data:
            data = data[os.write(self._descriptor, data) :]


def serve(item: EvidenceItem, requests: int, replies: int) -> None:
    """Answer requests read from one descriptor on the other, until the first is closed."""
    sender = FrameSender(replies)
    reader: FrameReader

    def alive() -> None:
        if sender.is_due():
            sender.send("alive", reader)

    reader = StillReader(item) if item.kind is EvidenceKind.IMAGE else PyAvReader(item, on_picture=alive)
    with reader, os.fdopen(requests, "rb") as lines:
        for line in lines:
            request = FramesRequest.from_line(line)
            try:
                if request.at is not None:
                    sender.send("frame", reader, reader.frame_at(request.at))
                elif not request.count_only:
                    asked = reader.frames(request.range, request.sample_period, skip_until=request.skip_until)
                    for frame in asked:
                        sender.send("frame", reader, frame)
                sender.send("end", reader)
            except CaseError as error:
                sender.send("error", reader, error=error_to_json(error))
    sender.finish()


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
    serve(item, os.dup(0), replies)


if __name__ == "__main__":
    main()
