"""A file or folder is the old one or the new one, whatever stops the writing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.casefile.store import CaseFile
from core.evidence.writing import new_folder, passing_name, remove_leftovers, replacing, write_whole

ROOT = Path(__file__).resolve().parents[3]
posix = pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX systems")

# Says when the new content is half written, then waits to be killed.
WRITER = """
import sys, time
from pathlib import Path
from core.evidence.writing import replacing
with replacing(Path(sys.argv[1])) as part:
    part.write_bytes(b"n" * 5000)
    print("half written", flush=True)
    time.sleep(600)
"""


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_a_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / ("a name as long as a file system takes " * 7)[:250]
    write_whole(path, b"old")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert names(tmp_path) == [path.name]


def test_a_block_that_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(b"old")
    with pytest.raises(KeyError), replacing(path) as part:
        part.write_bytes(b"half of the new")
        raise KeyError
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["report.pdf"]


def test_a_killed_writer_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(b"old")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], env=environment, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "half written\n"
        child.kill()
    assert path.read_bytes() == b"old"
    assert all(name == "report.pdf" or name.endswith(".part") for name in names(tmp_path))


def _passing(folder: Path, *, by: int, machine: str | None = None) -> Path:
    """A passing name of report.pdf as a process of that number makes it."""
    made = passing_name(folder / "report.pdf").name
    own, rest = f"-{os.getpid()}-", made.removeprefix(".report.pdf.")
    return folder / f".report.pdf.{machine or rest[:4]}-{by}-{made.rpartition(own)[2]}"


def _dead_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        pass
    return child.pid


@posix
def test_what_a_killed_writer_left_goes_when_the_same_place_is_written_again(tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], env=environment, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "half written\n"
        write_whole(path, b"of another process meanwhile")
        (left,) = set(names(tmp_path)) - {path.name}  # that of a process that still writes stays
        child.kill()
    write_whole(tmp_path / "other.pdf", b"beside it")
    assert left in names(tmp_path), "another place is nobody's reason to look"
    write_whole(path, b"new")
    assert names(tmp_path) == ["other.pdf", "report.pdf"]


@posix
def test_opening_a_case_removes_what_a_killed_report_left_in_its_folder(tmp_path: Path) -> None:
    CaseFile.open(tmp_path / "case", create=True).close()
    left, other = _passing(tmp_path / "case", by=_dead_process()), _passing(tmp_path / "case", by=os.getppid())
    for path in (left, other):
        path.write_bytes(b"half a report")
    CaseFile.open(tmp_path / "case", create=False).close()
    assert (left.exists(), other.exists()) == (False, True)


@posix
def test_only_leftovers_of_processes_that_are_gone_are_removed(tmp_path: Path) -> None:
    dead = _dead_process()
    gone, folder = _passing(tmp_path, by=dead), _passing(tmp_path, by=dead)
    folder.mkdir()
    (folder / "faces").mkdir()
    kept = [
        _passing(tmp_path, by=os.getppid()),
        _passing(tmp_path, by=dead, machine="zzzz"),
        tmp_path / ".report.pdf.0a1b2c3d.part",  # by a version that did not say who wrote it
        tmp_path / f"report.pdf.0a1b-{dead}-0a1b2c3d.part",
    ]
    for path in (gone, *kept):
        path.write_bytes(b"half")
    remove_leftovers(tmp_path)
    assert names(tmp_path) == sorted(path.name for path in kept)
    remove_leftovers(tmp_path / "no folder")


@posix
def test_a_folder_in_place_of_the_file_stays(tmp_path: Path) -> None:
    (tmp_path / "report.pdf").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_whole(tmp_path / "report.pdf", b"new")
    assert names(tmp_path) == ["report.pdf"]


@posix
def test_permissions_are_those_of_the_old_file_or_the_ones_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "key"
    mask = os.umask(0o022)
    try:
        write_whole(path, b"1", mode=0o600)
        assert path.stat().st_mode & 0o777 == 0o600
        write_whole(path, b"2")
        assert path.stat().st_mode & 0o777 == 0o600
        write_whole(tmp_path / "list", b"3")
        assert (tmp_path / "list").stat().st_mode & 0o777 == 0o644
    finally:
        os.umask(mask)


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    with new_folder(tmp_path / "export") as part:
        (part / "faces").mkdir()
        (part / "faces" / "1.png").write_bytes(b"face")
        assert not (tmp_path / "export").exists()
    assert (tmp_path / "export" / "faces" / "1.png").read_bytes() == b"face"
    with pytest.raises(KeyError), new_folder(tmp_path / "second") as part:
        (part / "list.csv").write_bytes(b"half")
        raise KeyError
    with pytest.raises(OSError), new_folder(tmp_path / "export") as part:
        (part / "list.csv").write_bytes(b"other")
    assert names(tmp_path) == ["export"]
    assert names(tmp_path / "export") == ["faces"]
