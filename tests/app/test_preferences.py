"""Preferences survive being saved, damaged, and read by an older version of the program."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from app.preferences import analysis_settings, load_preferences, save_preferences
from app.settings import DEFAULT_MODEL, Folders, standard_folders
from core.config import AnalysisSettings
from core.domain.events import ErrorReport
from core.domain.preferences import MOST_RECENT_CASES, Preferences
from core.errors import OutputError

CHANGED = Preferences(
    device="cpu",
    sample_period_s=Fraction(1, 30),
    frames_per_person=4,
    candidates=3,
    model="dfrec-paper",
    detector="/packs/buffalo_l",
    theme="dark",
    observations_first=False,
    gallery=Path("/data/über gallery.db"),
    examiner="Zoë O’Hara",
    organisation="研究所",
    timestamp_url="https://tsa.example.org/tsr",
    recent_cases=(Path("/cases/b"), Path("/cases/a")),
)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(resources=standard_folders().resources, data=tmp_path / "data", logs=tmp_path / "logs")


def write(folders: Folders, content: str | bytes) -> None:
    folders.data.mkdir(exist_ok=True)
    folders.preferences.write_bytes(content.encode() if isinstance(content, str) else content)


def load_and_hear(folders: Folders) -> tuple[Preferences, list[ErrorReport]]:
    heard: list[ErrorReport] = []
    return load_preferences(folders, heard.append), heard


def test_the_defaults_are_those_of_the_command_line():
    assert analysis_settings(Preferences()) == AnalysisSettings()
    assert Preferences().model == DEFAULT_MODEL


def test_settings_of_the_analysis_follow_the_preferences():
    settings = analysis_settings(CHANGED)
    assert (settings.device, settings.sample_period_s, settings.frames_per_person) == ("cpu", Fraction(1, 30), 4)
    assert (settings.candidates, settings.model, settings.detector) == (3, "dfrec-paper", "/packs/buffalo_l")


def test_without_a_file_there_are_defaults_and_no_file_is_made(folders):
    assert load_and_hear(folders) == (Preferences(), [])
    assert not folders.data.exists()


def test_what_was_saved_is_read(folders):
    save_preferences(folders, CHANGED)
    assert load_and_hear(folders) == (CHANGED, [])
    assert [path.name for path in folders.data.iterdir()] == ["preferences.json"]


def test_a_file_name_that_is_no_unicode_survives(folders):
    odd = Preferences(gallery=Path("/data/\udcff.db"))
    save_preferences(folders, odd)
    assert load_preferences(folders) == odd


@pytest.mark.parametrize(
    "content", ["", "{", '{"device": "cpu"', "[]", "null", b"\xff\xfe\x00", "[" * 100_000, '{"model": NaN'], ids=str
)
def test_a_damaged_file_is_set_aside_and_told(folders, content):
    write(folders, content)
    preferences, heard = load_and_hear(folders)
    assert preferences == Preferences()
    kept = folders.data / "preferences.damaged-1.json"
    assert kept.read_bytes() == (content.encode() if isinstance(content, str) else content)
    assert not folders.preferences.exists()
    assert len(heard) == 1
    assert "damaged" in heard[0].what
    assert kept.name in heard[0].next_step


def test_a_second_damaged_file_does_not_replace_the_first(folders):
    for content in ("{one", "{two"):
        write(folders, content)
        load_preferences(folders)
    kept = sorted(folders.data.glob("*.damaged-*.json"))
    assert [path.read_text() for path in kept] == ["{one", "{two"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("theme", "sepia"),
        ("device", 3),
        ("frames_per_person", True),
        ("frames_per_person", 1000),
        ("candidates", "10"),
        ("sample_period_s", "1/0"),
        ("sample_period_s", "0"),
        ("sample_period_s", "1e999999999"),
        ("observations_first", 0),
        ("gallery", "relative.db"),
        ("gallery", "/with\0nul"),
        ("recent_cases", ["/a", 3]),
        ("recent_cases", {"/a": 1}),
        ("examiner", "two\nlines"),
        ("examiner", "x" * 201),
        ("model", " "),
    ],
)
def test_one_value_that_cannot_be_used_does_not_take_the_others_with_it(folders, name, value):
    save_preferences(folders, CHANGED)
    content = json.loads(folders.preferences.read_text())
    write(folders, json.dumps(content | {name: value}))
    preferences, heard = load_and_hear(folders)
    assert getattr(preferences, name) == getattr(Preferences(), name)
    other = "organisation"
    assert getattr(preferences, other) == getattr(CHANGED, other)
    assert len(heard) == 1
    assert name in heard[0].what
    assert (folders.data / "preferences.damaged-1.json").is_file()


def test_entries_of_a_newer_version_are_kept(folders):
    write(folders, json.dumps({"candidates": 7, "holograms": {"depth": 3}}))
    preferences, heard = load_and_hear(folders)
    assert (preferences, heard) == (Preferences(candidates=7), [])
    save_preferences(folders, Preferences(candidates=8))
    content = json.loads(folders.preferences.read_text())
    assert content["holograms"] == {"depth": 3}
    assert content["candidates"] == 8


def test_a_file_that_cannot_be_read_is_told_and_left_alone(folders):
    folders.preferences.mkdir(parents=True)
    preferences, heard = load_and_hear(folders)
    assert preferences == Preferences()
    assert len(heard) == 1
    assert folders.preferences.is_dir()


def test_saving_where_nothing_can_be_written_says_so(folders):
    folders.data.write_text("a file stands in the way")
    with pytest.raises(OutputError, match="could not be saved"):
        save_preferences(folders, Preferences())


def test_a_failed_save_keeps_the_old_file(folders, monkeypatch):
    save_preferences(folders, CHANGED)

    def full_disk(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full_disk)
    with pytest.raises(OutputError, match="No space left"):
        save_preferences(folders, Preferences())
    monkeypatch.undo()
    assert load_preferences(folders) == CHANGED
    assert len(list(folders.data.iterdir())) == 1


def test_recent_cases_are_listed_latest_first_and_once():
    preferences = Preferences()
    for number in [*range(20), 15]:
        preferences = preferences.with_recent_case(Path(f"/cases/{number}"))
    assert len(preferences.recent_cases) == MOST_RECENT_CASES
    assert preferences.recent_cases[:3] == (Path("/cases/15"), Path("/cases/19"), Path("/cases/18"))
    assert Path("/cases/19") not in preferences.without_recent_case(Path("/cases/19")).recent_cases
