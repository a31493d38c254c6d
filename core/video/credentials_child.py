"""Runs in the confined child process of `core.video.credentials`: reads content credentials with c2pa-python.

No manifest and no certificate status is fetched, and no trust list is consulted: that a signer is trusted by somebody
is not what is asked here.
"""

from __future__ import annotations

import json
from pathlib import Path

import c2pa

_OFFLINE = {
    "verify": {"verify_after_reading": True, "verify_trust": False, "remote_manifest_fetch": False, "ocsp_fetch": False}
}
_MOST_CODES = 16
_VALID = ("Valid", "Trusted")


def answer(path: Path, argument: str, data: bytes) -> bytes:
    """JSON of ``state``, ``codes`` and ``detail``, see `core.domain.evidence.ContentCredentials`."""
    with path.open("rb") as stream:
        return json.dumps(_state(stream)).encode("ascii")


def _state(stream: object) -> dict[str, str | list[str]]:
    try:
        with (
            c2pa.Context.from_dict(_OFFLINE) as context,  # one from before a fork counts for nothing
            c2pa.Reader(None, stream, context=context) as reader,
        ):
            validity, results = reader.get_validation_state(), reader.get_validation_results()
    except c2pa.C2paError.ManifestNotFound:
        return {"state": "absent", "codes": [], "detail": ""}
    except c2pa.C2paError as error:
        return {"state": "unreadable", "codes": [], "detail": _reason(str(error))}
    if validity in _VALID:
        return {"state": "valid", "codes": [], "detail": ""}
    return {"state": "invalid", "codes": _failures(results), "detail": ""}


def _reason(message: str) -> str:
    """The library's message, or what it comes to."""
    if message.startswith("Remote:"):
        return "they lie at an address that the file names, and nothing is fetched"
    if message.startswith("NotSupported:"):
        return "credentials of this kind of file are not known"
    return message


def _failures(results: object) -> list[str]:
    """Validation codes (C2PA specification, "Standard status codes") of what failed, wherever it stands."""
    found: list[str] = []
    pending = [results]
    while pending and len(found) < _MOST_CODES:
        value = pending.pop(0)
        if isinstance(value, list):
            pending += value
        elif isinstance(value, dict):
            for name, inner in value.items():
                if name == "failure" and isinstance(inner, list):
                    found += [str(one.get("code", "")) for one in inner if isinstance(one, dict)]
                else:
                    pending.append(inner)
    return list(dict.fromkeys(found))[:_MOST_CODES]
