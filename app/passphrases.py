"""Passphrases that a file holds, whatever they open."""

from __future__ import annotations

from pathlib import Path

from core.errors import CaseError

_LONGEST = 4096


def passphrase_in(file: Path, refusal: type[CaseError]) -> str:
    """The passphrase in the first line of a file.

    Args:
        file: UTF-8 text; a byte order mark, as Windows' editors write one, is no part of the passphrase.
        refusal: of what the passphrase opens.

    Raises:
        CaseError: a `refusal`: the file cannot be read, or holds no passphrase.
    """
    try:
        with file.open("rb") as stream:
            line = stream.readline(_LONGEST + 1).decode("utf-8-sig").rstrip("\r\n")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise refusal(
            f"the passphrase cannot be read ({reason})", next_step="name a text file with the passphrase", path=file
        ) from error
    if not line or len(line) > _LONGEST:
        raise refusal(
            "the first line of the file is no passphrase", next_step="put the passphrase into its first line", path=file
        )
    return line
