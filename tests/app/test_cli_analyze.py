"""The main job by the command line, with a recovery network that has learnt nothing: what is tested is the way."""

import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from pypdfium2 import PdfDocument

from app import cli
from app.settings import Folders
from core.casefile.store import CaseFile
from core.errors import (
    CaseFileError,
    EvidenceIsDirectoryError,
    EvidenceNotFoundError,
    GalleryError,
    ModelError,
    NoFramesError,
    NotMediaError,
    ReportError,
)
from core.evidence.integrity import modification_time

ROOT = Path(__file__).resolve().parents[2]
CLIP = ROOT / "resources" / "demo" / "swap.mp4"
PEOPLE = ROOT / "resources" / "demo" / "gallery"
HOPPER = PEOPLE / "Grace Hopper" / "photo.jpg"
# Few frames, a small part of the clip.
BRIEFLY = ("--to", "0:02", "--sample-period", "0.1", "--frames", "4")
COMMAND = "import sys; from pathlib import Path; from app.cli import run; from app.settings import Folders; " + (
    "r, d, *words = sys.argv[1:]; sys.exit(run(words, Folders(resources=Path(r), data=Path(d), logs=Path(d))))"
)


@pytest.fixture
def analyze(unswap, untrained):
    """`unswap analyze` with a network that has learnt nothing."""
    return partial(unswap, "analyze", folders=untrained)


@pytest.fixture(scope="module")
def analysed(untrained_resources, tmp_path_factory):
    """A case of the clip and two bad files, analysed once for several tests: its folder, exit code and events."""
    folder = tmp_path_factory.mktemp("analysed")
    (folder / "sound.txt").write_text("no video")
    folders = Folders(resources=untrained_resources, data=folder / "user", logs=folder / "logs")
    assert cli.run(["gallery", "import", str(PEOPLE), "--gallery", str(folder / "known.db")], folders) == 0
    code, events, err = ran(folders, *whole_job(folder))
    return folder, code, events, err


def ran(folders, *words):
    """Exit code, records on stdout, and stderr of a command in this process."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        code = cli.run([str(word) for word in words], folders)
    return code, [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue()


def whole_job(folder):
    about = ("--case-number", "17/26", "--examiner", "Zoë 李", "--question", "Who?", "--question", "When?")
    inputs = (folder / "sound.txt", CLIP, folder / "gone.mp4")
    return ("analyze", *inputs, "--case", folder / "case", "--gallery", folder / "known.db", *about, *BRIEFLY, "--json")


def started(data, resources, *words):
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, str(resources), str(data), *map(str, words)],
        cwd=ROOT,
        env=dict(os.environ),  # as many threads as here: sums depend on how they are divided
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def pdf_text(path):
    with PdfDocument(path) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


def test_one_bad_file_does_not_stop_the_rest(analysed):
    _, code, events, err = analysed
    assert code == NotMediaError.exit_code, "the largest of 13 and 10"
    assert [line.split(": ")[1] for line in err.splitlines() if line.startswith("unswap: ")] == [
        event["path"] for event in events if event["event"] == "error"
    ]
    done = events[-1]
    assert [item["path"] for item in done["items"]] == [str(CLIP)]
    assert [Path(refused["path"]).name for refused in done["refused"]] == ["sound.txt", "gone.mp4"]


def test_events_tell_the_whole_story(analysed):
    _, _, events, _ = analysed
    kinds = [event["event"] for event in events]
    assert {"stage", "progress", "recovered", "finding", "analysed"} <= set(kinds)
    stages = [(event["stage"], event["path"]) for event in events if event["event"] == "stage"]
    assert stages[:-1] == [(stage, str(CLIP)) for stage in ("scan", "recover", "identify")]
    assert stages[-1] == ("report", events[-1]["report"])
    assert {event["path"] for event in events if event["event"] == "progress"} >= {str(CLIP)}
    finding = next(event for event in events if event["event"] == "finding")
    assert [f["role"] for f in finding["findings"]] == ["source", "target"]
    names = {candidate["name"] for candidate in finding["findings"][0]["search"]["candidates"]}
    assert names == {"Grace Hopper", "Eileen Collins"}


def test_the_report_holds_what_was_entered(analysed):
    folder, _, events, _ = analysed
    assert events[-1]["report"] == str(folder / "case" / "report.pdf")
    text = pdf_text(folder / "case" / "report.pdf")
    for words in ("17/26", "Zoë", "Who?", "When?", "It has learnt nothing", "known.db"):
        assert words in text
    report = json.loads((folder / "case" / "report.json").read_text(encoding="utf-8"))["report"]
    assert report["case"]["examiner"] == "Zoë 李"
    assert report["manifest"]["command"].startswith("unswap analyze ")
    assert {weights["name"] for weights in report["manifest"]["weights"]} >= {"dfrec-compact", "dlib-resnet-v1"}


def test_the_evidence_is_as_it_was(analysed):
    *_, events, _ = analysed
    assert events[-1]["items"][0]["sha256"] == hashlib.sha256(CLIP.read_bytes()).hexdigest()


def test_every_hashing_of_the_evidence_is_in_the_custody_log(analysed):
    folder, *_ = analysed
    with CaseFile.open(folder / "case", create=False) as case:
        (stored,), log = case.evidence(), case.audit()
        status = case.check_log()
        assert status.is_whole and status.bound_late == ()
    found = CLIP.stat()
    assert (stored.item.size_bytes, stored.item.modified_at) == (found.st_size, modification_time(found.st_mtime_ns))
    named = f"{CLIP} {stored.item.sha256}: "
    (intake, *checks) = [(line.action, line.detail) for line in log if line.detail.startswith(named)]
    facts = f"{named}at intake: {found.st_size} bytes, modified {stored.item.modified_at.isoformat()}"
    assert intake[0] == "evidence taken in" and intake[1].startswith(f"{facts}; item 1, sha256 ")
    assert checks == [
        ("hash checked", f"{named}before the analysis: unchanged since intake"),
        ("hash checked", f"{named}after the analysis: unchanged since intake"),
        ("hash checked", f"{named}at export: unchanged since intake"),
    ]
    assert log[-1].action == "report exported"


def test_the_examiner_who_is_named_stands_in_every_entry_of_the_log(analysed):
    folder, *_ = analysed
    with CaseFile.open(folder / "case", create=False) as case:
        log = case.audit()
    assert {line.actor for line in log} == {"Zoë 李"}
    assert {"evidence taken in", "analysis started", "crops stored", "result stored", "report exported"} <= {
        line.action for line in log
    }


def test_a_report_is_written_again_with_what_is_entered_later(analysed, unswap, tmp_path):
    folder, *_ = analysed
    case = shutil.copytree(folder / "case", tmp_path / "case")
    done = unswap("report", "--case", case, "--title", "Second thoughts", "--report", tmp_path / "again.pdf")
    assert done.code == 0
    assert "Person 1, 0:00:00.000" in done.out
    assert f"report: {tmp_path / 'again.pdf'}" in done.out
    text = pdf_text(tmp_path / "again.pdf")
    assert "Second thoughts" in text
    assert "17/26" in text
    again, before = (
        json.loads(path.read_text(encoding="utf-8"))["report"]
        for path in (tmp_path / "again.json", folder / "case" / "report.json")
    )
    assert again["manifest"] == before["manifest"]
    assert again["results"] == before["results"]


@pytest.mark.parametrize("name", ["statement.pdf", "statement.json"])
def test_a_report_takes_no_other_file_s_place(analysed, unswap, tmp_path, name):
    folder, *_ = analysed
    (tmp_path / name).write_text("what a witness said")
    done = unswap("report", "--case", folder / "case", "--report", tmp_path / "statement.pdf")
    assert done.code == ReportError.exit_code
    assert "no report would be replaced" in done.err
    assert (tmp_path / name).read_text() == "what a witness said"
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_killed_run_resumes_to_the_same_result(analysed, untrained, tmp_path):
    folder, _, events, _ = analysed
    shutil.copy(folder / "known.db", tmp_path)
    (tmp_path / "sound.txt").write_text("no video")
    killed = started(tmp_path, untrained.resources, *whole_job(tmp_path))
    for line in killed.stdout:
        if json.loads(line)["event"] == "progress":
            killed.kill()
            break
    killed.communicate(timeout=60)
    assert not (tmp_path / "case" / "report.pdf").exists()
    code, resumed, err = ran(untrained, *whole_job(tmp_path))
    assert code == NotMediaError.exit_code, err
    assert resumed[-1]["items"][0]["persons"] == events[-1]["items"][0]["persons"]
    actions = [
        entry["action"] for entry in json.loads((tmp_path / "case" / "report.json").read_text())["report"]["audit"]
    ]
    assert "analysis resumed" in actions


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX systems")
def test_ctrl_c_stops_cleanly_and_says_how_to_go_on(untrained_resources, tmp_path):
    words = ("analyze", CLIP, "--case", tmp_path / "case", "--no-gallery", "--sample-period", "0.04", "--json")
    work = started(tmp_path, untrained_resources, *words)
    events = []
    for line in work.stdout:
        events.append(json.loads(line))
        if events[-1]["event"] == "progress":
            work.send_signal(signal.SIGINT)
            break
    out, err = work.communicate(timeout=120)
    assert work.returncode == cli.INTERRUPTED
    assert "Run the same command again" in err
    assert "Traceback" not in err
    assert json.loads(out.splitlines()[-1])["error"] == "AnalysisCancelledError"


@pytest.mark.parametrize(
    ("name", "error"),
    [("notes.txt", NotMediaError), ("gone.mp4", EvidenceNotFoundError), ("empty", EvidenceIsDirectoryError)],
)
def test_if_the_only_input_is_bad_there_is_no_case(analyze, tmp_path, name, error):
    (tmp_path / "notes.txt").write_text("no video")
    (tmp_path / "empty").mkdir()
    done = analyze(tmp_path / name, "--case", tmp_path / "cases" / "new")
    assert done.code == error.exit_code
    assert done.err.startswith(f"unswap: {tmp_path / name}: ")
    assert len(done.err.splitlines()) == 1
    assert done.out == ""
    assert not (tmp_path / "cases").exists()


def test_a_part_without_pictures_leaves_no_case(analyze, tmp_path):
    done = analyze(CLIP, "--case", tmp_path / "cases" / "new", "--from", "1:00:00", "--no-gallery")
    assert done.code == NoFramesError.exit_code
    assert not (tmp_path / "cases").exists()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--gallery", "gone.db"], GalleryError.exit_code),
        (["--model", "gone"], ModelError.exit_code),
        (["--model", "dlib-resnet-v1"], ModelError.exit_code),
        (["--detector", "gone.onnx"], ModelError.exit_code),
        (["--report", "gone/report.pdf"], ReportError.exit_code),
        (["--report", "report.json"], 2),
        (["--from", "2", "--to", "1"], 2),
        (["--from", "1:99"], 2),
        (["--frames", "0"], 2),
        (["--sample-period", "0"], 2),
    ],
)
def test_what_cannot_work_is_refused_before_a_case_is_made(analyze, tmp_path, words, code):
    assert analyze(HOPPER, "--case", tmp_path / "case", *words).code == code
    assert not (tmp_path / "case").exists()


def test_a_folder_in_which_a_case_cannot_be_made(analyze, tmp_path):
    (tmp_path / "file").write_text("")
    assert analyze(HOPPER, "--case", tmp_path / "file" / "case").code == CaseFileError.exit_code
    assert analyze(HOPPER, "--case", tmp_path / "file").code == CaseFileError.exit_code


def test_a_picture_is_evidence_of_one_frame_and_the_own_gallery_is_searched(analyze, unswap, untrained, tmp_path):
    unswap("gallery", "import", PEOPLE)
    done = analyze(HOPPER, "--case", tmp_path / "case")
    assert done.code == 0
    assert str(untrained.gallery) in done.err
    assert "Item 1: photo.jpg: 1 person found in 1 analysed frame." in done.out
    assert "Most alike the recovered source: " in done.out
    assert f"report: {tmp_path / 'case' / 'report.pdf'}" in done.out


def test_a_case_grows_and_keeps_what_was_entered(analyze, untrained, tmp_path):
    shutil.copy(HOPPER, tmp_path / "second.jpg")
    assert analyze(HOPPER, "--case", tmp_path / "case", "--title", "First").code == 0
    done = analyze(tmp_path / "second.jpg", "--case", tmp_path / "case", "--examiner", "J. Doe", "--json")
    assert [Path(i["path"]).name for i in json.loads(done.out.splitlines()[-1])["items"]] == ["photo.jpg", "second.jpg"]
    case = json.loads((tmp_path / "case" / "report.json").read_text(encoding="utf-8"))["report"]["case"]
    assert (case["title"], case["examiner"]) == ("First", "J. Doe")


def test_the_table_of_another_model_is_not_used(analyze, untrained, tmp_path):
    """An unreadable table is an error, not silence."""
    resources = shutil.copytree(untrained.resources, tmp_path / "resources", symlinks=True)
    (resources / "models" / "calibration.json").write_text("{")
    done = analyze(HOPPER, "--case", tmp_path / "case", folders=replace(untrained, resources=resources))
    assert done.code == ModelError.exit_code
    assert not (tmp_path / "case").exists()


def test_report_needs_a_finished_case(unswap, tmp_path):
    assert unswap("report", "--case", tmp_path).code == CaseFileError.exit_code


def test_files_left_out_of_a_folder_are_told_and_enter_the_report(analyze, tmp_path):
    seized = tmp_path / "seized"
    seized.mkdir()
    shutil.copy(HOPPER, seized / "photo.jpg")
    (seized / "notes.txt").write_text("not analysed")
    done = analyze(seized, "--case", tmp_path / "case", "--no-gallery", "--json")
    assert done.code == 0
    assert f"{seized}: 1 file was left out" in done.err
    events = [json.loads(line) for line in done.out.splitlines()]
    assert next(e["stage"] for e in events if e["event"] == "warning") == "intake"
    assert events[-1]["refused"] == [
        {"path": str(seized), "reason": "1 file was left out, its name is not that of media (1 .txt)"}
    ]
