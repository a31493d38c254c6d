"""An evidence file compared with what was taken in: the states have names, and looking changes nothing."""

import os
from dataclasses import replace

import pytest

from core.domain.cancel import CancelToken
from core.errors import AnalysisCancelledError
from core.evidence.hashing import file_sha256
from core.evidence.integrity import FileState, check_file, check_file_steps, modification_time
from tests.builders_report import item


@pytest.fixture
def taken_in(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"moving pictures" * 200_000)
    found = path.stat()
    return replace(
        item(),
        path=path,
        sha256=file_sha256(path),
        size_bytes=found.st_size,
        modified_at=modification_time(found.st_mtime_ns),
    )


def test_a_file_left_alone_is_unchanged_and_stays_so(taken_in):
    before = taken_in.path.stat()
    found = check_file(taken_in)
    assert (found.state, found.sha256, found.words) == (FileState.UNCHANGED, taken_in.sha256, "unchanged since intake")
    after = taken_in.path.stat()
    assert (after.st_size, after.st_mtime_ns, after.st_mode) == (before.st_size, before.st_mtime_ns, before.st_mode)


def test_a_touched_file_is_the_same_content_and_said(taken_in):
    os.utime(taken_in.path, ns=(0, 1_000_000_000))
    found = check_file(taken_in)
    assert found.state is FileState.TOUCHED and found.is_same
    assert "its modification time is another: 1970-01-01T00:00:01+00:00" in found.words


def test_one_changed_bit_is_a_changed_file_even_with_the_old_time(taken_in):
    times = (taken_in.path.stat().st_atime_ns, taken_in.path.stat().st_mtime_ns)
    with taken_in.path.open("r+b") as stream:
        stream.seek(1000)
        stream.write(b"M")
    os.utime(taken_in.path, ns=times)
    found = check_file(taken_in)
    assert found.state is FileState.CHANGED and not found.is_same
    assert found.sha256 == file_sha256(taken_in.path) and found.sha256 in found.words


def test_a_file_that_is_written_to_while_it_is_hashed_is_changed(taken_in):
    steps = check_file_steps(taken_in)
    next(steps)
    with taken_in.path.open("ab") as stream:
        stream.write(b"more")
    with pytest.raises(StopIteration) as end:
        while True:
            next(steps)
    assert end.value.value.state is FileState.CHANGED
    assert "while it was being hashed" in end.value.value.words


def test_a_missing_file_is_unreadable_not_an_error(taken_in):
    taken_in.path.unlink()
    found = check_file(taken_in)
    assert (found.state, found.sha256) == (FileState.UNREADABLE, "") and found.words.startswith("cannot be read (")


def test_hashing_can_be_stopped(taken_in):
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(AnalysisCancelledError):
        check_file(taken_in, cancel)
