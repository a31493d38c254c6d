"""Content credentials (C2PA) of a media file: their state, and nothing of what they claim."""

from __future__ import annotations

import json
from pathlib import Path

from core.domain.evidence import ContentCredentials, CredentialState
from core.isolation.call import isolated_call
from core.isolation.ending import ChildEndedError
from core.isolation.limits import GIB, Limits

_FUNCTION = "core.video.credentials_child:answer"
_BYTES_PER_S = 50e6  # hashing what credentials are about; a slow disk reads as much
_LONGEST_TEXT, _MOST_CODES = 200, 16


def read_credentials(path: Path, size_bytes: int) -> ContentCredentials:
    """The state of a file's content credentials, read in a child process; whatever happens there has a name.

    Args:
        path: absolute path; the file is opened for reading only.
        size_bytes: of the file, which says how long reading may take.
    """
    seconds = 20 + size_bytes / _BYTES_PER_S
    limits = Limits(memory_bytes=2 * GIB, cpu_s=seconds, wall_s=seconds, answer_bytes=1 << 16)
    try:
        return _checked(isolated_call(_FUNCTION, path, limits=limits, is_light=True))
    except ChildEndedError as end:
        return ContentCredentials(state=CredentialState.UNREADABLE, detail=f"reading them ended: {end}")


def _checked(answer: bytes) -> ContentCredentials:
    """The answer of a child that a hostile file may have taken over."""
    try:
        values = json.loads(answer)
        state, codes, detail = CredentialState(values["state"]), values["codes"], values["detail"]
        if state is CredentialState.NOT_EXAMINED or not isinstance(codes, list) or len(codes) > _MOST_CODES:
            raise ValueError("no state of credentials")
        return ContentCredentials(state=state, codes=tuple(_text(code) for code in codes), detail=_text(detail))
    except (ValueError, KeyError, TypeError, RecursionError):
        return ContentCredentials(state=CredentialState.UNREADABLE, detail="reading them gave nonsense")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    shown = "".join(letter if letter.isprintable() else "?" for letter in value[: _LONGEST_TEXT + 1])
    return shown if len(shown) <= _LONGEST_TEXT else shown[:_LONGEST_TEXT] + "…"
