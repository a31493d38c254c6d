"""Where keys and their secrets lie: new files that only their owner reads, and the operating system's keyring."""

from __future__ import annotations

from pathlib import Path

from core.errors import ExaminerKeyError
from core.evidence.system_keyring import SystemKeyring
from core.evidence.writing import add_whole

KEYRING = SystemKeyring(service="unswap examiner key", refused=ExaminerKeyError)


def write_new(path: Path, content: bytes, *, mode: int) -> None:
    """Write a file that was not there, whole or not at all; nothing is ever replaced.

    Args:
        path: its folder is made when missing, for its owner alone.
        content: of the file.
        mode: permissions, where the system has them.

    Raises:
        FileExistsError: something stands there.
        ExaminerKeyError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        add_whole(path, content, mode=mode)
    except FileExistsError:
        raise
    except OSError as error:
        raise ExaminerKeyError(
            f"the file cannot be written ({error.strerror or error})",
            next_step="check that the folder is writable and has free space",
            path=path,
        ) from error


def from_keyring(key_fingerprint: str, path: Path) -> str:
    """The secret of the key in the file at `path`.

    Raises:
        ExaminerKeyError: there is no keyring, it refuses, or it does not hold that secret.
    """
    secret = KEYRING.secret(key_fingerprint)
    if secret is None:
        raise ExaminerKeyError(
            "the system's keyring does not hold the secret of this key",
            next_step="open it under the account and on the machine where it was made",
            path=path,
        )
    return secret
