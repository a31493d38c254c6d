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
