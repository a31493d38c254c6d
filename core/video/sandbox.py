"""First contact with a file in a process of its own, so that a crashing decoder cannot take us along."""

from __future__ import annotations

import subprocess
from pathlib import Path
from subprocess import DEVNULL, PIPE

from core.errors import NotMediaError, TruncatedMediaError
from core.video.child import error_from_json, start_child
from core.video.facts import MediaFacts

_REFUSED = 3


def inspect_in_sandbox(path: Path, timeout_s: float = 120.0) -> MediaFacts:
    """`core.video.inspect.inspect` in a child process.

    Args:
        path: absolute path.
        timeout_s: seconds after which the child is killed.

    Raises:
        TruncatedMediaError: the decoder crashed.
        NotMediaError: the decoder did not come back in time.
        CaseError: as `inspect`.
    """
    child = start_child("core.video.sandbox_probe", str(path), stdin=DEVNULL, stdout=PIPE, stderr=PIPE)
    with child:
        try:
            out, log = child.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired as error:
            child.kill()
            raise NotMediaError(
                f"opening the file took longer than {timeout_s:g} seconds and was stopped",
                next_step="check the file with another program",
                path=path,
            ) from error
        except BaseException:
            child.kill()
            raise
    if child.returncode == 0:
        return MediaFacts.from_json(out.decode())
    if child.returncode == _REFUSED:
        raise error_from_json(out.decode(), path)
    last = log.decode(errors="replace").strip().splitlines()
    raise TruncatedMediaError(
        f"the decoder crashed on this file (status {child.returncode}{', ' + last[-1] if last else ''})",
        next_step="the file is damaged or cut off; obtain a complete copy",
        path=path,
    )
