"""A validation record says what was measured, and the page is made of records alone."""

import hashlib
import json
import subprocess
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.settings import APPLICATION
from core.errors import CaseError
from core.validation.campaign import Campaign, Check
from core.validation.record import Machine, Record, commit_of, models_of, page, this_machine

CHECKS = (
    Check(promise="no file kills | the program", figure="0 of 20", passed=True),
    Check(promise="no hang", figure="1 of 20 hung", passed=False),
    Check(promise="same ranking on an accelerator", figure="none on this machine", passed=None),
)
RECORD = Record(
    campaign="files",
    title="Hostile files",
    about="Files that want to do harm.",
    command="unswap validate files --full",
    application="1.2",
    started_at=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC),
    seconds=1234.5,
    machine=Machine(system="Linux", cores=2, python="3.11.7", libraries=(("av", "18.0"),)),
    checks=CHECKS,
    commit="1a2b3c4 with changes",
    models_sha256="37" * 32,
)


def _campaign(name: str) -> Campaign:
    return Campaign(name=name, title=name.title(), about="", run=lambda setting: iter(()))


def test_a_record_comes_back_from_its_file(tmp_path):
    path = tmp_path / "files.json"
    path.write_text(RECORD.to_json(), encoding="utf-8")
    assert Record.from_json(path) == RECORD


@pytest.mark.parametrize("text", ["", "[]", "{}", RECORD.to_json().replace('"checks"', '"cheques"'), '{"machine": 1}'])
def test_a_file_that_is_no_record_is_named(tmp_path, text):
    path = tmp_path / "files.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CaseError, match="no record of a validation") as raised:
        Record.from_json(path)
    assert raised.value.path == path


def test_the_page_never_hides_what_was_not_kept_not_measured_or_not_run():
    text = page([RECORD], [_campaign("files"), _campaign("kills")])
    assert "| Files (`files`) | 3 | 1 | 1 | 1 |" in text
    assert "| Kills (`kills`) | not run | | | |" in text
    assert "| no file kills \\| the program | 0 of 20 | kept |" in text
    assert "| no hang | 1 of 20 hung | **NOT KEPT** |" in text
    assert "| same ranking on an accelerator | none on this machine | not measured |" in text
    assert "`unswap validate files --full`, 2026-03-04 05:06 UTC, 1,234 s" in text


def test_the_page_says_which_source_and_models_were_measured():
    text = page([RECORD], [_campaign("files")])
    assert (
        f"\nSource: commit 1a2b3c4 with changes; SHA-256 of `resources/models/allowed.sha256`: `{'37' * 32}`.\n" in text
    )
    assert "Source" not in page([replace(RECORD, commit="", models_sha256="")], [_campaign("files")])


def test_a_record_of_before_commits_were_kept_is_still_read(tmp_path):
    values = json.loads(RECORD.to_json())
    del values["commit"], values["models_sha256"]
    path = tmp_path / "files.json"
    path.write_text(json.dumps(values), encoding="utf-8")
    assert Record.from_json(path) == replace(RECORD, commit="", models_sha256="")


def test_the_commit_is_that_of_the_source_and_changes_are_told(tmp_path):
    def git(*words):
        author = ("-c", "user.name=E. Xaminer", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false")
        return subprocess.run(
            ["git", "-C", tmp_path, *author, *words], check=True, capture_output=True, text=True
        ).stdout

    for name in ("core/record.py", "docs/validation.md"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("as committed")
    git("init", "-q")
    assert commit_of(tmp_path) == "", "nothing is committed yet"
    git("add", ".")
    git("commit", "-q", "-m", "All of it.")
    commit = git("rev-parse", "--short", "HEAD").strip()
    (tmp_path / "docs/validation.md").write_text("a record of this very run")
    assert commit_of(tmp_path) == commit
    (tmp_path / "core/record.py").write_text("changed")
    assert commit_of(tmp_path) == f"{commit} with changes"


def test_no_commit_is_named_where_git_keeps_no_source(tmp_path, monkeypatch):
    installed = tmp_path / "site-packages"
    (installed / "core").mkdir(parents=True)
    assert commit_of(installed) == ""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    assert commit_of(installed) == "", "it only lies inside somebody's repository"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit_of() == "", "there is no Git"


def test_the_list_of_models_is_named_by_its_hash(tmp_path):
    assert models_of(tmp_path) == ""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "allowed.sha256").write_bytes(b"a list")
    assert models_of(tmp_path) == hashlib.sha256(b"a list").hexdigest()


def test_the_page_follows_the_order_of_the_campaigns():
    records = [replace(RECORD, campaign=name, title=name.title()) for name in ("a", "b")]
    text = page(records, [_campaign("b"), _campaign("a")])
    assert text.index("## B") < text.index("## A")


def test_the_machine_names_the_libraries_that_the_application_asks_for():
    names = dict(this_machine(APPLICATION).libraries)
    assert {"torch", "PySide6", "av", "pyhanko"} <= set(names)
    assert "pytest" not in names
    assert this_machine("no-such-distribution").libraries == ()
