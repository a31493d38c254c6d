"""Files that appear whole: written beside their place, flushed to the disk, then renamed into it.

Every file that the application writes for somebody to keep goes through `replacing`, `write_whole`, `add_whole` or
`new_folder`. A reader, and whoever looks after a crash or a power cut, sees the old file or the new one, never a part.
All of them raise the operating system's OSError and leave the old file as it was and nothing beside it; callers say in
words of their own what could not be written. A process that is killed cannot clean up: its passing files, which say who
wrote them, go when the same place is written again, and when a case is opened.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_NAME_CHARS = 40  # of a name within a passing one: the longest a file system takes must still fit
_PASSING = re.compile(r"\..{1,40}\.([0-9a-f]{4})-([0-9]{1,10})-[0-9a-f]{8}\.part", re.DOTALL)


@contextmanager
def replacing(path: Path, *, mode: int = 0o666) -> Iterator[Path]:
    """A new, empty file beside `path` for the block to fill; takes its place when the block ends well.

    Args:
        path: the file to be; its folder exists.
        mode: permissions of a new file, less the process's mask. A file that stood there passes its own on.

    Raises:
        OSError: here, and at the end of the block: the folder or the disk does not take the file.
    """
    part = passing_name(path)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))
    try:
        with suppress(FileNotFoundError):
            part.chmod(stat.S_IMODE(path.stat().st_mode))
        yield part
        flush(part)
        part.replace(path)
        flush_folder(path.parent)
    finally:
        part.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes, *, mode: int = 0o666) -> None:
    """Write a file; see `replacing`."""
    with replacing(path, mode=mode) as part:
        part.write_bytes(data)


def add_whole(path: Path, data: bytes, *, mode: int) -> None:
    """Write a file that was not there; nothing is ever replaced, whoever else writes meanwhile.

    Args:
        path: the file to be; its folder exists.
        data: its content.
        mode: permissions, whatever the process's mask.

    Raises:
        FileExistsError: something stands there.
        OSError: the folder or the disk does not take the file.
    """
    part = passing_name(path)
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        part.write_bytes(data)
        part.chmod(mode)
        flush(part)
        _give_free_name(part, path)
        flush_folder(path.parent)
    finally:
        part.unlink(missing_ok=True)


def _give_free_name(part: Path, path: Path) -> None:
    """Give a file its name unless the name is taken; a rename would replace what another process wrote meanwhile."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(path):
            raise FileExistsError(path) from None
        part.rename(path)


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A folder under a passing name for the block to fill; gets its own when the block ends well.

    Raises:
        OSError: here, and at the end of the block: it cannot be made, or something stands there.
    """
    part = passing_name(folder)
    part.mkdir()
    try:
        yield part
        for within, _, files in os.walk(part):
            for file in files:
                flush(Path(within, file))
            flush_folder(Path(within))
        part.rename(folder)
        flush_folder(folder.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def passing_name(path: Path) -> Path:
    """A free hidden name beside `path`; what killed processes left under such names goes.

    It ends in ``.part``, so that no listing takes it for a finished file, and names machine and process.
    """
    start = passing_start(path)
    remove_leftovers(path.parent, start)
    return path.with_name(f"{start}{_machine()}-{os.getpid()}-{secrets.token_hex(4)}.part")


def remove_leftovers(folder: Path, start: str = ".") -> None:
    """Remove passing files and folders whose process is gone, as far as that can be told and done.

    Those of other machines, on a shared disk, are nobody's to judge here; nor are any where the system does not say
    which processes there are (Windows).

    Args:
        folder: where to look, not below.
        start: of their names.
    """
    try:
        names = [entry.name for entry in os.scandir(folder) if entry.name.startswith(start)]
    except OSError:
        return
    for name in names:
        made_by = _PASSING.fullmatch(name)
        if made_by is None or made_by[1] != _machine() or _is_running(int(made_by[2])):
            continue
        left = folder / name
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)
        else:
            with suppress(OSError):
                left.unlink()


def _machine() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:4]


def _is_running(process: int) -> bool:
    if os.name != "posix":  # where signal 0 is no question
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def passing_start(path: Path) -> str:
    """How every passing name of `path` begins, to find what a killed process left."""
    return f".{path.name[:_NAME_CHARS]}."


def flush(file: Path) -> None:
    """Wait until the disk holds a file's content."""
    with file.open("r+b") as stream:
        os.fsync(stream.fileno())


def flush_folder(folder: Path) -> None:
    """Wait until the disk holds a folder's names; systems that cannot (Windows, some network disks) are let be."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
