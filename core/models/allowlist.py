"""The list of files that may be loaded from a folder of models: the SHA-256 of every card and weights file.

It is ``sha256sum``'s own format, so that ``sha256sum -c allowed.sha256`` checks a folder without this program. A file
that is not on the list, or differs from it, is refused, whatever the model card beside it says: a card only describes.
The application brings the list of what it ships; the user's is written at import.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import ModelError
from core.evidence.hashing import file_sha256
from core.evidence.writing import write_whole

LIST = "allowed.sha256"
_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9][A-Za-z0-9._-]{0,99})")
_MAX_BYTES = 1 << 20
_IMPORT_AGAIN = "import the model again from its publisher's file"


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowList:
    """What may be loaded from a folder.

    Attributes:
        folder: of the models.
        sha256: by name of the file, 64 lower-case hexadecimal digits.
    """

    folder: Path
    sha256: Mapping[str, str]

    def expected(self, file: str) -> str:
        """SHA-256 that a file of the folder must have.

        Raises:
            ModelError: the file is not on the list.
        """
        try:
            return self.sha256[file]
        except KeyError:
            raise ModelError(
                f"the file is not on the list of allowed models ({LIST})",
                next_step=_IMPORT_AGAIN,
                path=self.folder / file,
            ) from None

    def check(self, file: str) -> None:
        """Raise ModelError unless the file is there, on the list, and the one that was listed."""
        expected, path = self.expected(file), self.folder / file
        try:
            found = file_sha256(path)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise ModelError(
                f"cannot be read ({reason})", next_step="check the file's permissions", path=path
            ) from error
        if found != expected:
            raise altered(path, found, expected)


def altered(path: Path, found: str, expected: str) -> ModelError:
    """The ModelError for a file whose SHA-256 is not the one it must have."""
    return ModelError(
        f"the file was altered: its SHA-256 begins with {found[:16]}, expected {expected[:16]}",
        next_step="install or import the model again",
        path=path,
    )


def read_list(folder: Path, vouched: str | None = None) -> AllowList:
    """The list of a folder; a folder without one allows nothing.

    Args:
        folder: of the models.
        vouched: SHA-256 that the list itself must have; None takes it as it is.

    Raises:
        ModelError: it cannot be read, is no such list, or is not the one vouched for.
    """
    path = folder / LIST
    try:
        with path.open("rb") as stream:
            data = stream.read(_MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return AllowList(folder=folder, sha256={})
    except OSError as error:
        what = f"the list of allowed models cannot be read ({error.strerror})"
        raise ModelError(what, next_step="check the file's permissions", path=path) from error
    if vouched is not None:
        found = hashlib.sha256(data).hexdigest()
        if found != vouched:
            raise altered(path, found, vouched)
    lines = [_LINE.fullmatch(line) for line in data.decode("ascii", errors="replace").splitlines()]
    if len(data) > _MAX_BYTES or not all(lines):
        raise ModelError(
            "this is no list of allowed models",
            next_step="delete it and import your models again",
            path=path,
        )
    return AllowList(folder=folder, sha256={line[2]: line[1] for line in lines if line})


def allow(folder: Path, files: Mapping[str, str]) -> None:
    """Put files on the list of their folder, in the place of what it said of them.

    Args:
        folder: where they lie.
        files: SHA-256 by name.

    Raises:
        ModelError: the present list is damaged.
        OSError: the folder cannot be written.
    """
    listed = dict(read_list(folder).sha256) | dict(files)
    text = "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(listed.items()))
    write_whole(folder / LIST, text.encode("ascii"))
