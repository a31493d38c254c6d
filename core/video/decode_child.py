"""The parent's end of a decoding process."""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from io import FileIO
from typing import cast

import numpy as np

from core.domain.evidence import EvidenceItem, Frame
from core.domain.time import TimePoint
from core.isolation.call import job_for
from core.isolation.ending import ChildEndedError, Ending, ended
from core.isolation.limits import Limits
from core.isolation.nursery import ready_child
from core.isolation.shared import SharedBlock
from core.video.slots import SlotPlan
from core.video.wire import FramesRequest, GarbledError, Payload, Status, credit, read_index, read_pixels, read_status

_LEAST_CPU_S = 600.0
_CPU_S_PER_MIB = 60.0
_LOOK_S = 1.0
_PIPE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodeOrder:
    """What the decoding process is told first.

    Attributes:
        item: what it decodes.
        limits: what it may use; the processor time is that of one request.
        plan: of the shared memory.
        shared: address of the shared memory; '' when there is none.
    """

    item: EvidenceItem
    limits: Limits
    plan: SlotPlan
    shared: str


def limits_for(item: EvidenceItem) -> Limits:
    """What decoding an item may use a request: ten minutes of processor time, and one more per MiB.

    A screen recording, an hour in five megabytes, takes a third of that.
    """
    allowance = _LEAST_CPU_S + _CPU_S_PER_MIB * item.size_bytes / (1 << 20)
    return Limits(cpu_s=allowance, wall_s=allowance)


class DecodeChild:
    """A running `core.video.decode_worker` for one evidence item.

    Args:
        item: what it decodes.
        silence_s: seconds without any message, while one is waited for, after which it is killed.
        limits: what it may use; `wall_s` bounds the time that is waited for the answers to one request.
    """

    def __init__(self, item: EvidenceItem, silence_s: float, limits: Limits) -> None:
        self._limits = limits
        self._silence_s = silence_s
        self._plan = SlotPlan.for_pictures(item.width_px, item.height_px)
        self._shared = SharedBlock(self._plan.total_bytes) if self._plan.count else None
        inherit = self._shared.inherit if self._shared is not None else ()
        self._process = ready_child("core.video.decode_worker", inherit=inherit)
        if self._shared is not None:
            self._shared.given()
        self._job = job_for(self._process, limits)
        self._requests = cast(FileIO, self._process.stdin)
        self._replies = cast(FileIO, self._process.stdout)
        _widen(self._replies)
        self._writing = threading.Lock()
        self._stopped: Ending | None = None
        self._waiting_since: float | None = None
        self._waited_s = 0.0
        self._closed = threading.Event()
        self._watchdog = threading.Thread(target=self._watch, name="decoder watchdog", daemon=True)
        self._watchdog.start()
        order = DecodeOrder(
            item=item,
            limits=limits,
            plan=self._plan,
            shared=self._shared.address if self._shared is not None else "",
        )
        data = pickle.dumps(order)
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
        """Wait for the next message. A frame's pixels are the caller's own from then on.

        Raises:
            ChildEndedError: the process crashed, or was killed because it fell silent or over a limit.
        """
        self._waiting_since = time.monotonic()
        try:
            status = read_status(self._replies)
            return status, self._payload(status)
        except EOFError:
            raise ended(self.close(), self._stopped) from None
        except GarbledError:
            self._process.kill()
            self.close()
            raise ChildEndedError(Ending.GARBLED) from None
        finally:
            self._waited_s += time.monotonic() - self._waiting_since
            self._waiting_since = None

    def begin(self) -> None:
        """What is waited for from now on belongs to a new request."""
        self._waited_s = 0.0

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
        if self._job is not None:
            self._job.close()
        if self._shared is not None:
            self._shared.close()
        return self._process.returncode

    def kill(self) -> int:
        """End the process at once and return its exit status."""
        self._process.kill()
        return self.close()

    def abort(self) -> None:
        """From any thread: end the process at once; who waits for it to answer meets the end of its replies."""
        self._process.kill()

    def _payload(self, status: Status) -> Payload | None:
        if status.index is not None:
            return read_index(self._replies, status)
        if status.frame is None:
            return None
        index, pts, numerator, denominator, turn, is_corrupt, height, width, slot = status.frame
        if slot is None:
            rgb = read_pixels(self._replies, height, width)
        else:
            if self._shared is None or slot >= self._plan.count or not self._plan.fits(height, width):
                raise GarbledError
            # A copy: whoever holds a frame shall never see it change, not even by a decoder that was taken over.
            rgb = np.array(self._plan.view(self._shared.memory, slot, height, width))
            self._write(credit(slot))
        return Frame(
            index=index,
            time=TimePoint(pts=pts, time_base=Fraction(numerator, denominator)),
            rgb=rgb,
            rotation_deg=turn,
            is_corrupt=is_corrupt,
        )

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
        while not self._closed.wait(min(_LOOK_S, self._silence_s / 2)):
            since = self._waiting_since
            if since is None:
                continue
            silent_s = time.monotonic() - since
            if silent_s > self._silence_s:
                self._stop(Ending.HUNG)
            elif self._waited_s + silent_s > self._limits.wall_s:
                self._stop(Ending.WALL_TIME)

    def _stop(self, why: Ending) -> None:
        self._stopped = self._stopped or why
        self._process.kill()


def _widen(pipe: FileIO) -> None:
    """Let the pipe hold a megabyte instead of 64 KiB where the system can: pictures too large for slots pass it."""
    if sys.platform == "linux":
        import fcntl

        try:
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        except OSError:
            # The system's limit is lower; the narrow pipe works, too.
            return
