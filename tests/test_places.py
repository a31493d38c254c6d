"""What a person names on the command line: nothing of theirs is overwritten, nothing unreachable is a fault of ours."""

import io
import os
import time
from pathlib import Path

import pytest

from app.cli import run
from app.media_inputs import expanded
from app.places import check_report_place, is_there
from app.settings import Folders
from app.terminal import Terminal
from core.casefile.store import CaseFile
from core.errors import CaseFileError, EvidenceNotFoundError, GalleryError, PhotoRefusedError, ReportError
from core.gallery.photos import read_photo_bytes

ROOT = Path(__file__).resolve().parents[1]
TOO_LONG = "n" * 300


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(resources=ROOT / "resources", data=tmp_path / "user", logs=tmp_path / "logs")


@pytest.mark.parametrize("name", ["clip.mp4", "case.sqlite", "gallery.db", "report"])
def test_a_report_is_called_pdf_so_that_it_replaces_no_other_kind_of_file(tmp_path, folders, name, capsys):
    (tmp_path / name).write_bytes(b"precious")
    words = ["analyze", str(tmp_path / name), "--case", str(tmp_path / "case"), "--report", str(tmp_path / name)]
    assert run(words, folders) == 2
    assert "name the PDF" in capsys.readouterr().err
    assert (tmp_path / name).read_bytes() == b"precious"


@pytest.mark.parametrize("evidence", ["page.pdf", "page.json"])
def test_a_report_never_replaces_the_evidence(tmp_path, evidence):
    (tmp_path / evidence).touch()
    with pytest.raises(ReportError, match="being read"):
        check_report_place(tmp_path / "page.pdf", tmp_path / "case", is_new_case=True, keep=[tmp_path / evidence])


def test_a_new_case_in_a_folder_in_use_leaves_the_report_that_lies_there(tmp_path):
    (tmp_path / "report.json").touch()
    with pytest.raises(ReportError, match="not of this case"):
        check_report_place(tmp_path / "report.pdf", tmp_path, is_new_case=True)
    check_report_place(tmp_path / "report.pdf", tmp_path, is_new_case=False)


@pytest.mark.parametrize(
    ("words", "exit_code"),
    [
        (["analyze", TOO_LONG, "--case", "case"], EvidenceNotFoundError.exit_code),
        (["analyze", "gone.mp4", "--case", TOO_LONG], EvidenceNotFoundError.exit_code),
        (["gallery", "list", "--gallery", TOO_LONG], GalleryError.exit_code),
        (["gallery", "import", TOO_LONG, "--basis", "consent"], GalleryError.exit_code),
    ],
)
def test_a_name_too_long_for_the_disk_is_no_fault_of_the_program(words, exit_code, folders, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(words, folders) == exit_code


def test_nothing_stands_at_a_name_too_long_for_the_disk(tmp_path):
    assert not is_there(tmp_path / TOO_LONG)


def test_a_link_to_nowhere_in_a_folder_is_named_and_not_passed_over(tmp_path):
    (tmp_path / "gone.mp4").symlink_to(tmp_path / "nowhere.mp4")
    assert list(expanded([tmp_path], leave_out=tmp_path / "case")) == [tmp_path / "gone.mp4"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_is_no_photo(tmp_path):
    os.mkfifo(tmp_path / "photo.jpg")
    with pytest.raises(PhotoRefusedError, match="regular file"):
        read_photo_bytes(tmp_path / "photo.jpg")


@pytest.mark.parametrize("shown", [False, True])
def test_a_note_does_not_draw_a_bar_that_waits(monkeypatch, shown):
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    terminal = Terminal(as_json=False, verbose=False)
    with terminal.progress_bar("scanning", "frame", total=2) as bar:
        if shown:
            bar.last_print_t = time.time() + bar.delay
        terminal.note("a word")
    assert ("scanning" in stream.getvalue()) is shown


def test_a_case_whose_name_is_too_long_for_the_disk_cannot_be_made(tmp_path):
    with pytest.raises(CaseFileError, match="cannot be made"):
        CaseFile.open(tmp_path / TOO_LONG / "case", create=True)
