from pathlib import Path

from app.media_inputs import expanded
from core.errors import EvidenceIsDirectoryError


def made(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_a_folder_gives_its_media_files_in_order(tmp_path):
    made(tmp_path, "b.MP4", "a.webm", "sub/c.mkv", "notes.txt", ".hidden.mp4", ".trash/d.mp4")
    found = [p.relative_to(tmp_path).as_posix() for p in expanded([tmp_path], leave_out=tmp_path / "case")]
    assert found == ["a.webm", "b.MP4", "sub/c.mkv"]


def test_a_named_file_is_tried_whatever_it_is_called(tmp_path):
    assert list(expanded([tmp_path / "notes.txt"], leave_out=tmp_path / "case")) == [tmp_path / "notes.txt"]


def test_the_case_is_no_evidence_of_its_own(tmp_path):
    made(tmp_path, "a.mp4", "case/face.png")
    assert list(expanded([tmp_path], leave_out=tmp_path / "case")) == [tmp_path / "a.mp4"]


def test_each_file_counts_once(tmp_path):
    made(tmp_path, "a.mp4", "b.mp4")
    assert list(expanded([tmp_path / "b.mp4", tmp_path], leave_out=tmp_path / "case")) == [
        tmp_path / "b.mp4",
        tmp_path / "a.mp4",
    ]


def test_a_folder_without_media_is_an_error_among_the_rest(tmp_path):
    made(tmp_path, "empty/notes.txt", "a.mp4")
    first, second = expanded([tmp_path / "empty", tmp_path / "a.mp4"], leave_out=tmp_path / "case")
    assert isinstance(first, EvidenceIsDirectoryError)
    assert second == tmp_path / "a.mp4"


def test_what_is_left_out_of_a_folder_is_told(tmp_path):
    made(tmp_path, "a.mp4", "notes.TXT", "sub/more.txt", "disk.dat", "README", ".hidden", "case/report.pdf")
    told = []
    found = list(expanded([tmp_path, tmp_path / "a.mp4"], leave_out=tmp_path / "case", passed_over=told.append))
    assert found == [tmp_path / "a.mp4"]
    (files,) = told
    assert files.folder == tmp_path
    assert files.suffixes == ((".txt", 2), ("", 1), (".dat", 1))
    assert files.reason == (
        "4 files were left out, their names are not those of media (2 .txt, 1 without a suffix, 1 .dat)"
    )


def test_nothing_left_out_is_nothing_to_tell(tmp_path):
    made(tmp_path, "a.mp4", "case/case.sqlite")
    told = []
    assert list(expanded([tmp_path], leave_out=tmp_path / "case", passed_over=told.append)) == [tmp_path / "a.mp4"]
    assert told == []


def test_a_folder_of_other_files_says_which(tmp_path):
    made(tmp_path, *(f"file.{letter}" for letter in "abcdefgh"), "clip.dav")
    (error,) = expanded([tmp_path], leave_out=tmp_path / "case")
    assert isinstance(error, EvidenceIsDirectoryError)
    assert error.what == (
        "the folder holds no media file, only others (1 .a, 1 .b, 1 .c, 1 .d, 1 .dav, 1 .e, 3 others)"
    )
