"""What the confined child process does with ONNX networks made elsewhere; called through `core.isolation.call`.

Everything is imported before the process is confined: afterwards it can open the one file and nothing else.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from onnxruntime import InferenceSession

from core.errors import ModelError
from core.models.arcface import CHIP, open_arcface
from core.models.onnx_file import MAX_BYTES, RUNTIME_ERRORS, check_onnx, open_session
from core.models.weights import read_whole

_DETECTOR_OUTPUTS = (9, 15)
_DETECTOR_PX = 128
_PR_SET_PDEATHSIG = 1


def onnx_kind(path: Path | None, argument: str, data: bytes) -> bytes:
    """What an ONNX network is: ``recognition`` or ``detector``.

    It is looked through, opened, and shown a grey picture, here where it can do no harm.

    Raises:
        ModelError: it is neither, or may not be run.
    """
    assert path is not None
    if path.stat().st_size > MAX_BYTES:
        raise ModelError("the file is too large for an ONNX network", next_step="use another network", path=path)
    content = read_whole(path, None)
    check_onnx(content, path)
    session = open_session(content, path, threads=1)
    try:
        kind, answers = _tried(session, content, path)
    except RUNTIME_ERRORS as error:
        raise ModelError(
            f"the network cannot be run ({str(error).splitlines()[0][-200:]})", next_step="use another one", path=path
        ) from error
    if not all(np.isfinite(np.asarray(answer)).all() for answer in answers):
        raise ModelError("it says no numbers of a grey picture", next_step="download the file again", path=path)
    return kind.encode()


def _tried(session: InferenceSession, content: bytes, path: Path) -> tuple[str, list[Any]]:
    """The kind of a network, and what it says of a grey picture."""
    if len(session.get_outputs()) in _DETECTOR_OUTPUTS:
        shape = session.get_inputs()[0].shape
        if len(shape) != 4 or shape[1] != 3:
            raise ModelError("its input is no colour picture", next_step="give an SCRFD detector", path=path)
        sides = [side if isinstance(side, int) and side > 0 else _DETECTOR_PX for side in shape[2:]]
        blank = np.zeros((1, 3, *sides), np.float32)
        return "detector", session.run(None, {session.get_inputs()[0].name: blank})
    network = open_arcface(content, path, threads=1)
    batch = network.input_shape[0]
    blank = np.zeros((batch if isinstance(batch, int) and batch > 0 else 1, 3, CHIP, CHIP), np.float32)
    return "recognition", [network.forward(blank)]


def _leave_threads_behind() -> None:
    """Go on in a fork of this process, which has one thread (Linux).

    ONNX Runtime starts a thread when it is imported, and a process with threads cannot be confined as a whole. The
    process that was started waits, and ends as the fork does; the fork ends with it.
    """
    if sys.platform != "linux" or "core.isolation.host" not in sys.argv[0].replace("/", "."):
        return
    started = os.getpid()
    fork = os.fork()
    if fork:
        _, status = os.waitpid(fork, 0)
        if os.WIFSIGNALED(status):
            with suppress(OSError):  # SIGKILL has no handler
                signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
            os.kill(started, os.WTERMSIG(status))
        os._exit(os.waitstatus_to_exitcode(status))
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != started:
        os._exit(1)


_leave_threads_behind()
