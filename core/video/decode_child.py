"""The parent's end of a decoding process."""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
import time
from contextlib import suppress
from io import FileIO
from subprocess import DEVNULL, PIPE
from typing import cast

from core.domain.evidence import EvidenceItem
from core.video.child import start_child
from core.video.wire import FramesRequest, Payload, Status, read_message

_PIPE_BYTES = 1 << 20


class DecodeChild:
    """A running `core.video.decode_worker` for one evidence item.

    Args:
        item: what it decodes.
        silence_s: seconds without any message, while one is waited for, after which it is killed.
    """

    def __init__(self, item: EvidenceItem, silence_s: float) -> None:
        self._process = start_child("core.video.decode_worker", stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
        self._requests = cast(FileIO, self._process.stdin)
        self._writing = threading.Lock()
        self._replies = cast(FileIO, self._process.stdout)
        _widen(self._replies)
        self._silence_s = silence_s
        self._waiting_since: float | None = None
        self._closed = threading.Event()
        self._watchdog = threading.Thread(target=self._watch, name="decoder watchdog", daemon=True)
        self._watchdog.start()
        data = pickle.dumps(item)
        self._write(len(data).to_bytes(4, "little") + data)

    @property
    def process_id(self) -> int:
        """Of the decoding process."""
        return self._process.pid

    def request(self, request: FramesRequest) -> None:
        """Send a request; the answers of the one before must have been read to their end.

        From any thread; `CALL_OFF` also while answers are waited for.
        """
        self._write(request.to_line())

    def receive(self) -> tuple[Status, Payload | None]:
        """Wait for the next message.

        Raises:
            EOFError: the process crashed, or was killed because it fell silent.
        """
        self._waiting_since = time.monotonic()
        try:
            return read_message(self._replies)
        finally:
            self._waiting_since = None

    def close(self, *, wait_s: float = 2.0) -> int:
        """End the process, by force if it does not follow, and return its exit status."""
        self._closed.set()
        with self._writing, suppress(OSError):
            # What could not be written to a process that died is still in the buffer.
            self._requests.close()
        self._replies.close()
        try:
            self._process.wait(wait_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._watchdog.join()
        return self._process.returncode

    def kill(self) -> int:
        """End the process at once and return its exit status."""
        self._process.kill()
        return self.close()

    def abort(self) -> None:
        """From any thread: end the process at once; who waits for it to answer meets the end of its replies."""
        self._process.kill()

    def _write(self, data: bytes) -> None:
        try:
            with self._writing:
                if not self._requests.closed:
                    self._requests.write(data)
                    self._requests.flush()
        except OSError:
            # It died; the next `receive` meets the end of its replies and says so.
            return

    def _watch(self) -> None:
        while not self._closed.wait(min(1.0, self._silence_s / 2)):
            since = self._waiting_since
            if since is not None and time.monotonic() - since > self._silence_s:
                self._process.kill()
                return


def _widen(pipe: FileIO) -> None:
    """Let the pipe hold a megabyte instead of 64 KiB where the system can: fewer switches a frame."""
    if sys.platform == "linux":
        import fcntl

        try:
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        except OSError:
            # The system's limit is lower; the narrow pipe works, too.
            return
