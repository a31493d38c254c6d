"""First contact with a file in a process of its own, so that a crashing decoder cannot take us along."""

from __future__ import annotations

from pathlib import Path

from core.isolation.call import isolated_call
from core.isolation.ending import ChildEndedError, Ending
from core.isolation.limits import Limits
from core.video.endings import decoder_error
from core.video.facts import MediaFacts

LONGEST_S = 25.0
_ANSWER_BYTES = 1 << 20


def inspect_in_sandbox(path: Path, timeout_s: float = LONGEST_S) -> MediaFacts:
    """`core.video.inspect.inspect` in a child process.

    Args:
        path: absolute path.
        timeout_s: seconds after which the child is killed.

    Raises:
        DecoderDiedError: the decoder crashed, hung, or went over a limit; its subclass says which.
        CaseError: as `inspect`.
    """
    limits = Limits(wall_s=timeout_s, answer_bytes=_ANSWER_BYTES)
    try:
        answer = isolated_call("core.video.inspect:inspect_to_json", path, limits=limits, is_light=True)
        return MediaFacts.from_json(answer.decode())
    except ChildEndedError as end:
        raise decoder_error(end, path) from end
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise decoder_error(ChildEndedError(Ending.GARBLED), path) from error
