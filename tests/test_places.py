"""What a person names on the command line: nothing of theirs is overwritten, nothing unreachable is a fault of ours."""

import io
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from app.analysis_run import AnalysisOrder, AnalysisRun, _Bench
from app.cli import run
from app.commands.gallery_search import embedding_queries
from app.media_inputs import expanded
from app.places import check_replaces_reports_only, check_report_place, is_there
from app.result_words import result_lines, search_record
from app.settings import Folders
from app.terminal import Terminal
from core.casefile.store import CaseFile
from core.config import AnalysisSettings
from core.domain.cancel import CancelToken
from core.domain.time import TimeRange
from core.errors import CaseFileError, EvidenceNotFoundError, GalleryError, PhotoRefusedError, ReportError
from core.evidence.open_databases import beginning
from core.gallery.photos import read_photo_bytes
from tests import builders_report
from tests.builders_report_parts import person

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
    (tmp_path / "report.json").write_text('{\n "schema": "unswap-report/1"\n}')
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


def test_a_file_changed_since_its_analysis_is_said_on_the_screen():
    changed = replace(builders_report.result(), sha256_after="0" * 64)
    assert any("CHANGED" in line for line in result_lines(1, changed))
    assert not any("CHANGED" in line for line in result_lines(1, builders_report.result()))


def test_the_terminal_says_what_a_score_was_made_of_where_surroundings_were_compared():
    plain = builders_report.result(persons=(person(),))
    one = plain.persons[0]
    found = one.findings[1].search
    raised = replace(found.candidates[0], score=0.624, face_score=0.412, surroundings_score=0.806)
    others = [replace(c, face_score=None, surroundings_score=None) for c in found.candidates[1:]]
    search = replace(found, candidates=(raised, *others), n_surroundings=2)
    findings = (one.findings[0], replace(one.findings[1], search=search))
    said = "\n".join(result_lines(1, replace(plain, persons=(replace(one, findings=findings),))))
    assert f"{raised.name} 0.624 (face 0.412, surroundings 0.806), {found.candidates[1].name} 0." in said
    assert said.count("surroundings") == 1
    record = search_record(search)
    assert record["surroundings"] == 2
    assert [(c["face_score"], c["surroundings_score"]) for c in record["candidates"][:2]] == [
        (0.412, 0.806),
        (None, None),
    ]


@pytest.mark.parametrize(("name", "words"), [("gone.npz", "cannot be read"), ("photo.png", "no file of embeddings")])
def test_what_is_no_file_of_embeddings_is_told_in_plain_words(tmp_path, name, words):
    (tmp_path / "photo.png").write_bytes(b"\x89PNG")
    with pytest.raises(PhotoRefusedError, match=words) as refusal:
        embedding_queries(tmp_path / name, ["source"])
    assert "pickle" not in str(refusal.value)


def test_a_case_that_takes_nothing_more_ends_the_run_and_is_not_taken_back(tmp_path, folders):
    item = builders_report.result().evidence
    case = tmp_path / "case"
    order = AnalysisOrder(
        inputs=(tmp_path / "a.mp4",),
        case_folder=case,
        gallery=None,
        report=case / "report.pdf",
        time_range=TimeRange(),
        settings=AnalysisSettings(),
        entered=lambda info: info,
        command=("unswap",),
    )
    run_of_it = AnalysisRun(order, folders, Terminal(as_json=False, verbose=False), CancelToken())
    with CaseFile.open(case, create=True) as full:
        full._conn.execute("PRAGMA query_only = ON")
        with pytest.raises(CaseFileError, match="may only be read"):
            run_of_it._analyse(item, _Bench(case=full, engines=None, gallery=None))


def test_evidence_that_is_a_link_to_itself_is_none_that_a_report_replaces(tmp_path):
    (tmp_path / "loop.mp4").symlink_to("loop.mp4")
    check_report_place(tmp_path / "page.pdf", tmp_path / "case", is_new_case=True, keep=[tmp_path / "loop.mp4"])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are POSIX")
def test_a_pipe_in_the_place_of_a_report_or_a_database_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "report.pdf"
    os.mkfifo(pipe)
    with pytest.raises(ReportError, match="no report would be replaced"):
        check_replaces_reports_only(pipe)
    with pytest.raises(OSError, match="no regular file"):
        beginning(pipe, 16)
