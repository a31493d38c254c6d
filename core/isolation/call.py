"""One function called in a process of its own, bounded and confined, with one answer."""

from __future__ import annotations

import json
import os
import struct
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from threading import Event, Timer
from typing import BinaryIO, cast

from core.errors import BugError
from core.isolation.child import error_from_json, start_child
from core.isolation.ending import ChildEndedError, Ending, ended
from core.isolation.forked import ChildProcess
from core.isolation.job_object import Job
from core.isolation.limits import Limits
from core.isolation.nursery import ready_child

HEAD = struct.Struct("<cQ")
ANSWER, REFUSAL, FAILURE = b"a", b"e", b"x"
_MESSAGE_BYTES = 1 << 20
_CHUNK = 1 << 20


def isolated_call(
    function: str,
    path: Path | None = None,
    *,
    argument: str = "",
    data: bytes = b"",
    limits: Limits | None = None,
    is_light: bool = False,
) -> bytes:
    """Call a function of ours on hostile input in a child process.

    The child imports the function's module, then takes the limits upon itself, then calls
    ``function(path, argument, data)``, which returns bytes. Whatever else the function needs must be imported by then:
    it can read no file but `path` and reach no network, where the platform allows that (`core.isolation.protections`).

    Args:
        function: ``"package.module:name"``.
        path: the one file that the child may read, absolute.
        argument: handed on to the function.
        data: handed on; input that the parent has read already.
        limits: of the child; the usual ones by default.
        is_light: the function's module starts no thread when it is imported: the child may be a forked one.

    Raises:
        CaseError: as the function, with `path`.
        ChildEndedError: it crashed, hung, or went over a limit.
    """
    bounds = limits or Limits()
    order = {
        "function": function,
        "path": None if path is None else os.fspath(path),
        "argument": argument,
        "limits": asdict(bounds),
        "data": len(data),
    }
    host = "core.isolation.host"
    child: ChildProcess
    if is_light:
        child = ready_child(host, function.partition(":")[0])
    else:
        child = start_child(host, stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
    is_late = Event()

    def stop() -> None:
        is_late.set()
        child.kill()

    clock = Timer(bounds.wall_s, stop)
    clock.daemon = True
    job: Job | None = None
    with child:
        try:
            job = job_for(child, bounds)
            clock.start()
            kind, answer = _exchange(child, json.dumps(order).encode() + b"\n", data, bounds.answer_bytes)
        except ChildEndedError:
            child.kill()
            raise
        except EOFError:
            status = child.wait()
            raise ended(status, Ending.WALL_TIME if is_late.is_set() else None) from None
        except BaseException:
            child.kill()
            raise
        finally:
            clock.cancel()
            if clock.ident is not None:
                clock.join()  # it ends at once, or has killed the child and ends then
            if job is not None:
                job.close()
    if kind == REFUSAL:
        raise _refusal(answer, path)
    if kind == FAILURE:
        raise ChildEndedError(Ending.CRASHED, answer.decode(errors="replace"))
    return answer


def job_for(child: ChildProcess, limits: Limits) -> Job | None:
    """The job object that bounds a child, on Windows; None elsewhere, where it bounds itself."""
    if sys.platform != "win32":
        return None
    assert isinstance(child, Popen)
    return Job(int(child._handle), limits.memory_bytes)


def _exchange(child: ChildProcess, order: bytes, data: bytes, most: int) -> tuple[bytes, bytes]:
    assert child.stdin is not None
    with suppress(OSError):  # it died; the end of its answer says so
        child.stdin.write(order + data)
    with suppress(OSError):
        child.stdin.close()
    replies = cast(BinaryIO, child.stdout)
    kind, size = HEAD.unpack(_exactly(replies, HEAD.size))
    if kind not in (ANSWER, REFUSAL, FAILURE) or size > (most if kind == ANSWER else _MESSAGE_BYTES):
        raise ChildEndedError(Ending.GARBLED)
    return kind, bytes(_exactly(replies, size))


def _exactly(source: BinaryIO, size: int) -> bytearray:
    """Read so many bytes, taking memory only for those that come."""
    read = bytearray()
    while len(read) < size:
        chunk = source.read(min(_CHUNK, size - len(read)))
        if not chunk:
            raise EOFError
        read += chunk
    return read


def _refusal(answer: bytes, path: Path | None) -> Exception:
    try:
        return error_from_json(answer.decode(), path)
    except (BugError, UnicodeDecodeError):
        return ChildEndedError(Ending.GARBLED)
