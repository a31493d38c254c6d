"""Report files on the disk: all of them are written, or the earlier ones stay as they were."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from core.errors import ReportError
from core.evidence.writing import flush, flush_folder, passing_name


def write_together(contents: Mapping[Path, bytes]) -> None:
    """Write files through temporary neighbours; a reader of each sees the old or the new one, never a part.

    Raises:
        ReportError: a folder or the disk does not take them; the earlier files are as they were.
    """
    staged: dict[Path, Path] = {}
    replaced: list[tuple[Path, Path | None]] = []
    current = next(iter(contents))
    try:
        for path, data in contents.items():
            current = path
            staged[path] = _staged(path, data)
        for path, temporary in staged.items():
            current = path
            kept = _kept_copy(path) if len(contents) > 1 else None
            replaced.append((path, kept))
            temporary.replace(path)
            flush_folder(path.parent)
    except OSError as error:
        _restore(replaced, failed=current)
        raise ReportError(
            f"the report cannot be written ({error.strerror or error})",
            next_step="check that the folder exists, is writable and has free space, close the file where it is open, "
            "or choose another place",
            path=current,
        ) from error
    finally:
        for leftover in (*staged.values(), *(kept for _, kept in replaced)):
            if leftover is not None:
                leftover.unlink(missing_ok=True)


def _staged(path: Path, data: bytes) -> Path:
    """The data on the disk beside `path`."""
    part = passing_name(path)
    try:
        part.write_bytes(data)
        flush(part)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return part


def _kept_copy(path: Path) -> Path | None:
    """A copy of the file that is about to be replaced; None where there is none."""
    if not path.is_file():
        return None
    kept = passing_name(path)
    try:
        shutil.copy2(path, kept)
    except OSError:
        kept.unlink(missing_ok=True)
        raise
    return kept


def _restore(replaced: list[tuple[Path, Path | None]], *, failed: Path) -> None:
    """Put back what was replaced before another file failed."""
    for path, kept in reversed(replaced):
        with suppress(OSError):
            if path == failed:
                continue
            if kept is None:
                path.unlink(missing_ok=True)
            else:
                kept.replace(path)
