"""Intake: what a file is, that it can be decoded, and the hash that names it from now on."""

from __future__ import annotations

import os
import stat
from collections.abc import Generator
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

from core.domain.evidence import EvidenceItem
from core.errors import (
    EvidenceChangedError,
    EvidenceIsDirectoryError,
    EvidenceNotFoundError,
    EvidencePermissionError,
    NotMediaError,
)
from core.evidence.hashing import Hashed, file_sha256_steps, finished
from core.evidence.integrity import modification_time
from core.video.credentials import read_credentials
from core.video.facts import MediaFacts
from core.video.sandbox import inspect_in_sandbox


def probe(path: Path, *, timeout_s: float = 120.0) -> EvidenceItem:
    """Take a media file in: check it, hash it, decode its first picture in a separate process.

    The file is only opened for reading. Of several video streams the analysed one is the largest of
    those marked default (of all, if none is marked); `stream_index` and `n_video_streams` say so.

    Raises:
        EvidenceNotFoundError: no such file.
        EvidenceIsDirectoryError: a directory.
        EvidencePermissionError: the operating system refuses to open it.
        NotMediaError: empty, a device, or nothing that can be decoded.
        NoVideoStreamError: sound only.
        TruncatedMediaError: it ends before its index or its first picture, or crashes the decoder.
        NoFramesError: a video stream without any picture.
        FrameTooLargeError: more than 16,384 pixels on a side, judged before a picture is decoded.
        EvidenceChangedError: it was written to meanwhile.
    """
    return finished(probe_steps(path, timeout_s=timeout_s))


def probe_steps(path: Path, *, timeout_s: float = 120.0) -> Generator[Hashed, None, EvidenceItem]:
    """The same for who wants to tell how far it is, or to stop: yields while the file is hashed. Raises as `probe`."""
    path = Path(path).absolute()
    before = _checked_stat(path)
    try:
        digest = yield from file_sha256_steps(path)
    except PermissionError as error:
        raise _not_readable(path, error) from error
    except OSError as error:
        raise EvidencePermissionError(
            f"the file cannot be read ({error.strerror})", next_step="check the medium it lies on", path=path
        ) from error
    ingested_at = datetime.now(UTC)
    facts = inspect_in_sandbox(path, timeout_s)
    credentials = read_credentials(path, before.st_size)
    after = _checked_stat(path)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise EvidenceChangedError(
            "the file changed while it was being read",
            next_step="wait until it is written completely, then try again",
            path=path,
        )
    return EvidenceItem(
        path=path,
        sha256=digest,
        size_bytes=before.st_size,
        modified_at=modification_time(before.st_mtime_ns),
        ingested_at=ingested_at,
        credentials=credentials,
        **{field.name: getattr(facts, field.name) for field in fields(MediaFacts)},
    )


def _checked_stat(path: Path) -> os.stat_result:
    try:
        found = path.stat()
    except PermissionError as error:
        raise _not_readable(path, error) from error
    except (OSError, ValueError) as error:
        raise EvidenceNotFoundError("there is no such file", next_step="check the path", path=path) from error
    if stat.S_ISDIR(found.st_mode):
        raise EvidenceIsDirectoryError("this is a directory, not a file", next_step="pass the files in it", path=path)
    if not stat.S_ISREG(found.st_mode):
        raise NotMediaError("this is no regular file", next_step="copy the video to a file first", path=path)
    if found.st_size == 0:
        raise NotMediaError("the file is empty", next_step="obtain a complete copy", path=path)
    return found


def _not_readable(path: Path, error: OSError) -> EvidencePermissionError:
    return EvidencePermissionError(
        f"the file may not be read ({error.strerror})",
        next_step="ask for read permission or work as a user who has it",
        path=path,
    )
