"""The gallery page's controller on a real gallery with the real networks; only the page is a stand-in."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pytest
import skimage.data
from builders_views import stand_in
from PIL import Image
from pytestqt.qtbot import QtBot

from app.controllers.gallery import GalleryController
from app.session import Session
from app.settings import Folders
from core.domain.arrays import FloatArray
from core.domain.calibration import Calibration
from core.domain.comparison import Comparison, Surroundings
from core.domain.gallery import EnrolCounts, EnrolRequest, EnrolStatus, PersonRecord
from core.domain.identity import GalleryMatch, IdentityTemplate, Role, SearchResult
from core.domain.preferences import Preferences
from core.domain.report import CaseInfo
from core.gallery.records import GalleryAction
from core.gallery.search import GallerySearch
from core.gallery.store import Gallery
from ui.views.gallery import GalleryView
from ui.widgets.gallery_head import PHOTOS
from ui.widgets.message_bar import MessageBar

PATIENCE_MS = 120_000
PEOPLE = Path(__file__).resolve().parents[2] / "resources" / "demo" / "gallery"
COLLINS, HOPPER = (PEOPLE / name / "photo.jpg" for name in ("Eileen Collins", "Grace Hopper"))


class Bench:
    """A session, its controller, and what the page was told."""

    def __init__(self, folders: Folders, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.session = Session(folders, Preferences(device="cpu", examiner="E. Xaminer"))
        self.view = stand_in(GalleryView)
        self.messages = stand_in(MessageBar)
        self.failures: list[object] = []
        self.session.failed.connect(self.failures.append)
        self.controller = GalleryController(self.session, self.view, self.messages)

    def wait(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE_MS)

    def open(self, path: Path, *, create: bool = True) -> None:
        with self.qtbot.waitSignal(self.session.gallery_changed, timeout=PATIENCE_MS):
            (self.view.new_gallery_asked if create else self.view.open_gallery_asked).emit(path)
        self.settle()

    def settle(self) -> None:
        """Until the gallery's thread has answered all that was asked of it."""
        answered: list[int] = []
        self.session.gallery.ask(lambda _: 0, answered.append)
        self.wait(lambda: answered)

    def people(self) -> dict[str, PersonRecord]:
        """Whom the page shows now."""
        self.settle()
        calls = self.view.show_people.call_args_list
        return {person.name: person for person in calls[-1].args[0]} if calls else {}

    def idle(self) -> None:
        self.wait(lambda: not self.session.jobs.is_busy)
        self.settle()

    def enrol(self, request: EnrolRequest) -> EnrolCounts:
        self.view.enrol_asked.emit(request)
        self.idle()
        counts: EnrolCounts = self.view.show_enrolment.call_args.args[0]
        return counts

    def remarks(self) -> list[tuple[str, str]]:
        """File and reason of every photo that was listed."""
        return [(c.args[0].path.name, c.args[0].reason) for c in self.view.add_remark.call_args_list]

    def log(self) -> list[tuple[str, str, str, str]]:
        """(actor, action, basis, detail) of the gallery's log."""
        found: list[list[tuple[str, str, str, str]]] = []
        self.session.gallery.ask(
            lambda g: [(e.actor, str(e.action), e.basis, e.detail) for e in g.audit()], found.append
        )
        self.wait(lambda: found)
        return found[0]

    def undo(self) -> None:
        self.session.undo_stack.undo()
        self.settle()
        self.settle()

    def redo(self) -> None:
        self.session.undo_stack.redo()
        self.settle()
        self.settle()


@pytest.fixture
def bench(folders: Folders, qtbot: QtBot) -> Iterator[Bench]:
    made = Bench(folders, qtbot)
    yield made
    made.session.shut_down()


@pytest.fixture
def gallery(bench: Bench, tmp_path: Path) -> Path:
    """A new gallery, open."""
    bench.open(tmp_path / "g.db")
    return tmp_path / "g.db"


@pytest.fixture
def three(bench: Bench, gallery: Path) -> dict[str, int]:
    """Three people without photos, written by another program; ids by name."""
    with Gallery.open(gallery, create=False, embedder_id=None) as other:
        for name, basis in (("Ada", "order 1"), ("Bea", "order 2"), ("Cy", "")):
            other.add_person(name, basis=basis, note=f"about {name}", actor="clerk")
    bench.controller.reload()
    return {name: person.id for name, person in bench.people().items()}


def blank(path: Path) -> Path:
    Image.new("RGB", (240, 240), "grey").save(path)
    return path


def test_without_a_gallery_the_page_says_so_and_drops_get_a_next_step(bench: Bench, tmp_path: Path) -> None:
    bench.view.show_gallery.assert_called_with(None)
    bench.view.files_dropped.emit([HOPPER], None)
    bench.view.search_asked.emit(HOPPER)
    (report,) = bench.failures
    assert "no gallery is open" in report.what and "new gallery" in report.next_step
    assert "no gallery is open" in bench.view.show_search_problem.call_args.args[1].what


def test_dropped_folders_photos_and_lists_are_told_apart(bench: Bench, gallery: Path, tmp_path: Path) -> None:
    listing = tmp_path / "people.CSV"
    listing.write_text("path,name\n")
    bench.view.files_dropped.emit([PEOPLE, HOPPER, listing], None)
    bench.settle()
    asked = bench.view.ask_enrolment.call_args.args[0]
    assert (asked.photos, asked.listings, asked.person_id) == ((HOPPER,), (PEOPLE, listing), None)
    bench.view.files_dropped.emit([PEOPLE / "Grace Hopper", COLLINS], 7)
    bench.settle()
    asked = bench.view.ask_enrolment.call_args.args[0]
    assert (asked.photos, asked.listings, asked.person_id) == ((COLLINS,), (PEOPLE / "Grace Hopper",), 7)


def test_a_folder_of_people_is_enrolled_with_counts_and_refusals(bench: Bench, gallery: Path, tmp_path: Path) -> None:
    folder = tmp_path / "people"
    shutil.copytree(PEOPLE, folder)
    blank(folder / "Grace Hopper" / "wall.png")
    (folder / "Grace Hopper" / "notes.txt").write_text("not a photo")
    (folder / "Grace Hopper" / "zero.jpg").symlink_to("/dev/zero")
    (folder / "stray.jpg").write_bytes(b"")
    counts = bench.enrol(EnrolRequest(listings=(folder,), basis="public domain"))
    assert counts == EnrolCounts(enrolled=2, known=0, refused=4)
    assert dict(bench.remarks()) == {
        "wall.png": "no face was found",
        "notes.txt": "it does not have a photo's file name",
        "zero.jpg": "this is no regular file",
        "stray.jpg": "it lies outside of any person's folder",
    }
    assert {p.name: (p.basis, p.n_templates) for p in bench.people().values()} == {
        "Eileen Collins": ("public domain", 1),
        "Grace Hopper": ("public domain", 1),
    }
    assert bench.view.show_enrolment.call_args.args == (counts, 6)
    assert bench.view.end_enrolment.call_args.args[0].startswith("Done")
    assert {actor for actor, action, *_ in bench.log() if action == "photo enrolled"} == {"E. Xaminer"}
    assert bench.enrol(EnrolRequest(listings=(folder,))).known == 2
    assert bench.failures == []


def test_photos_go_to_the_person_they_were_dropped_on(bench: Bench, three: dict[str, int], tmp_path: Path) -> None:
    folder = tmp_path / "more"
    shutil.copytree(PEOPLE / "Grace Hopper", folder)
    request = EnrolRequest(photos=(COLLINS, Path("/dev/zero")), listings=(folder,), person_id=three["Bea"])
    assert bench.enrol(request) == EnrolCounts(enrolled=2, refused=1)
    assert bench.remarks() == [("zero", "this is no regular file")]
    assert bench.people()["Bea"].n_templates == 2


def test_a_list_that_cannot_be_read_does_not_stop_the_others(bench: Bench, gallery: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("file,person\n")
    counts = bench.enrol(EnrolRequest(listings=(bad, PEOPLE), photos=(tmp_path / "gone.jpg",), name="Nobody"))
    assert counts == EnrolCounts(enrolled=2, refused=2)
    assert dict(bench.remarks()) == {
        "gone.jpg": "there is no such file",
        "bad.csv": "the list lacks the column path and name",
    }


def test_an_enrolment_stops_when_asked_and_keeps_what_it_has(bench: Bench, gallery: Path, tmp_path: Path) -> None:
    folder = tmp_path / "people"
    for n in range(40):
        (folder / f"P{n:02}").mkdir(parents=True)
        shutil.copy(HOPPER, folder / f"P{n:02}")
    bench.session.jobs.reported.connect(
        lambda _, event: bench.view.enrol_cancel_asked.emit() if hasattr(event, "template_id") else None
    )
    bench.view.enrol_asked.emit(EnrolRequest(listings=(folder,)))
    bench.view.enrol_asked.emit(EnrolRequest(photos=(COLLINS,), name="Never"))
    bench.idle()
    kept = bench.people()
    assert 1 <= len(kept) < 40
    assert "Never" not in kept
    assert "Stopped" in bench.view.end_enrolment.call_args_list[0].args[0]
    assert bench.failures == []


def test_a_photo_is_searched_and_the_lookup_names_examiner_and_case(
    bench: Bench, gallery: Path, tmp_path: Path
) -> None:
    with bench.qtbot.waitSignal(bench.session.case_opened, timeout=PATIENCE_MS):
        bench.session.open_case(tmp_path / "case", create=True, info=CaseInfo(case_number="7/25", examiner="M. Weber"))
    assert bench.view.set_start_folder.call_args.args[0] == tmp_path / "case"
    bench.enrol(EnrolRequest(listings=(PEOPLE,)))
    bench.view.search_asked.emit(HOPPER)
    bench.idle()
    section = bench.view.show_answer.call_args.args[0]
    first, second = section.rows
    assert (first.name, first.score_text, first.is_above) == ("Grace Hopper", "1.000", True)
    assert second.score < first.score and second.side.startswith("below the threshold")
    assert section.threshold is not None and "threshold" in section.headline
    assert "identif" not in f"{section}".lower() and "match" not in section.headline.lower()
    actor, action, purpose, _ = bench.log()[-1]
    assert (actor, action, purpose) == ("M. Weber", "lookup", "7/25")


def test_photos_that_cannot_be_searched_with_give_their_reason_in_the_panel(
    bench: Bench, gallery: Path, tmp_path: Path
) -> None:
    bench.enrol(EnrolRequest(listings=(PEOPLE,)))
    face = skimage.data.astronaut()[:300, 100:400]
    Image.fromarray(np.hstack([face, face, face])).save(tmp_path / "three.png")
    (tmp_path / "text.jpg").write_text("hello")
    for photo, what in (
        (tmp_path / "three.png", "3 faces were found"),
        (blank(tmp_path / "wall.png"), "no face was found"),
        (tmp_path / "text.jpg", "not a photo"),
        (Path("/dev/zero"), "no regular file"),
        (tmp_path / "gone.jpg", "no such file"),
    ):
        bench.view.search_asked.emit(photo)
        bench.idle()
        label, report = bench.view.show_search_problem.call_args.args
        assert label == photo.name
        assert what in report.what and report.next_step
    assert bench.failures == [], "what is said in the panel is not said twice"
    assert "lookup" not in [action for _, action, *_ in bench.log()]


def test_a_recovered_face_is_searched_without_waiting_for_the_engine(bench: Bench, gallery: Path) -> None:
    bench.enrol(EnrolRequest(listings=(PEOPLE,)))
    embedder = bench.view.show_gallery.call_args.args[0].embedder_id
    face = np.eye(128, dtype=np.float32)[0]

    def template(embedder_id: str) -> IdentityTemplate:
        return IdentityTemplate(
            role=Role.SOURCE, embedding=face, n_frames=3, n_outliers=0, dispersion=0.1, embedder_id=embedder_id
        )

    bench.session.jobs.pause()
    bench.controller.search_with(template(embedder), "", "Item 1, person 2")
    bench.settle()
    section = bench.view.show_answer.call_args.args[0]
    assert bench.view.show_answer.call_args.kwargs == {"is_reconstruction": True}
    assert (section.title, len(section.rows)) == ("Recovered source: Item 1, person 2", 2)
    assert bench.log()[-1][1:3] == ("lookup", "no case open")
    bench.controller.search_with(template("facenet:0123"), "", "Item 1, person 2")
    bench.settle()
    assert "facenet" in bench.view.show_search_problem.call_args.args[1].what


def test_a_recovered_target_is_searched_by_the_rule_that_was_measured_with_its_surroundings(
    bench: Bench, gallery: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.enrol(EnrolRequest(listings=(PEOPLE,)))
    embedder = bench.view.show_gallery.call_args.args[0].embedder_id
    rule = Comparison(centre=(0.1,) + (0.0,) * 127, knee=0.6, share=0.8)
    calibration = replace(Calibration.none(), embedder_id=embedder, comparison=rule)
    monkeypatch.setattr("app.gallery_access.build_calibration", lambda folders: calibration)
    asked: list[dict[str, object]] = []

    def search(self: GallerySearch, embedding: FloatArray, **how: object) -> SearchResult:
        asked.append(how)
        raised = GalleryMatch(
            person_id=1,
            name="Eileen Collins",
            score=0.624,
            rank=1,
            photo_sha256="",
            thumbnail_png=b"",
            gallery_revision=1,
            face_score=0.412,
            surroundings_score=0.806,
        )
        below = replace(raised, person_id=2, rank=2, score=0.3, face_score=0.3, surroundings_score=0.2)
        return SearchResult(
            candidates=(raised, below), threshold=2.0, n_people=2, n_templates=2, gallery_revision=1, n_surroundings=2
        )

    monkeypatch.setattr("core.gallery.search.GallerySearch.search", search)
    around = Surroundings(embedding=np.eye(64, dtype=np.float32)[0], model_id="reader:0123")
    template = IdentityTemplate(
        role=Role.TARGET,
        embedding=np.eye(128, dtype=np.float32)[0],
        n_frames=3,
        n_outliers=0,
        dispersion=0.1,
        embedder_id=embedder,
        surroundings=around,
    )
    bench.controller.search_with(template, "", "Item 1, person 2")
    bench.settle()
    bench.view.search_asked.emit(HOPPER)
    bench.idle()
    assert [how["comparison"] for how in asked] == [rule, rule]
    assert [how["surroundings"] for how in asked] == [around, None], "a photo has nothing to compare"
    section = bench.view.show_answer.call_args_list[0].args[0]
    assert [row.made_of for row in section.rows] == [
        "face 0.412 · surroundings 0.806",
        "face 0.300 · surroundings 0.200",
    ]
    assert [row.has_alike_surroundings for row in section.rows] == [True, False]
    assert "raised where hair, ears and outline are alike (known of 2 photos)" in section.caption


def test_only_the_latest_search_is_answered(bench: Bench, gallery: Path) -> None:
    bench.enrol(EnrolRequest(listings=(PEOPLE,)))
    bench.view.search_asked.emit(COLLINS)
    bench.view.search_asked.emit(HOPPER)
    bench.idle()
    assert [c.args[0].title for c in bench.view.show_answer.call_args_list] == ["Photo: photo.jpg"]
    assert bench.view.show_answer.call_args.args[0].rows[0].name == "Grace Hopper"
    bench.view.search_asked.emit(COLLINS)
    bench.view.search_cancel_asked.emit()
    bench.idle()
    bench.view.end_search.assert_called()
    assert len(bench.view.show_answer.call_args_list) == 1


def test_nobody_of_a_former_gallery_is_shown_in_the_next_one(
    bench: Bench, three: dict[str, int], tmp_path: Path
) -> None:
    bench.view.person_chosen.emit(three["Bea"])
    bench.wait(lambda: bench.view.show_person.called)
    with Gallery.open(tmp_path / "other.db", create=True, embedder_id="none:0") as other:
        for name in ("Xi", "Yu", "Zoe"):
            other.add_person(name, basis="order 3", note="", actor="clerk")
    bench.view.show_person.reset_mock()
    bench.session.open_gallery(tmp_path / "other.db")  # as the preferences do it
    bench.settle()
    bench.settle()
    assert set(bench.people()) == {"Xi", "Yu", "Zoe"}
    bench.view.show_person.assert_not_called()
    bench.view.end_search.assert_called()


def test_a_person_is_shown_and_the_lookup_logged_once(bench: Bench, three: dict[str, int]) -> None:
    bench.view.person_chosen.emit(three["Ada"])
    bench.view.person_chosen.emit(three["Bea"])  # on the way
    bench.wait(lambda: bench.view.show_person.called)
    assert bench.view.show_person.call_args.args[0].name == "Bea"
    bench.view.rename_asked.emit(three["Bea"], "Beatrice")
    bench.settle()
    bench.settle()
    bench.wait(lambda: bench.view.show_person.call_args.args[0].name == "Beatrice")
    views = [entry for entry in bench.log() if entry[1] == "person viewed"]
    assert views == [("E. Xaminer", "person viewed", "no case open", "0 photos")]


def test_a_rename_a_merge_and_a_split_are_undone_and_redone(bench: Bench, gallery: Path, three: dict[str, int]) -> None:
    bench.enrol(EnrolRequest(photos=(COLLINS, HOPPER), person_id=three["Ada"]))
    start = bench.people()
    bench.view.rename_asked.emit(three["Ada"], "Adele")
    bench.settle()
    bench.view.merge_asked.emit(three["Bea"], three["Ada"], "same birth date")
    bench.settle()
    assert set(bench.people()) == {"Bea", "Cy"}
    merged = bench.people()["Bea"]
    assert (merged.note, merged.n_templates) == ("about Bea\nabout Ada", 2)
    with Gallery.open(gallery, create=False, embedder_id=None) as other:
        photos = tuple(t.id for t in other.templates_of(three["Bea"]))
    bench.view.split_asked.emit(three["Bea"], photos[:1], "Dee", "another face")
    bench.settle()
    assert bench.people()["Dee"].n_templates == 1
    assert [bench.session.undo_stack.text(i) for i in range(3)] == [
        "rename Ada to Adele",
        "merge Adele with Bea",
        "split Dee off",
    ]
    for _ in range(2):
        for _ in range(3):
            bench.undo()
        assert bench.people() == start
        for _ in range(3):
            bench.redo()
        assert {n: p.n_templates for n, p in bench.people().items()} == {"Bea": 1, "Cy": 0, "Dee": 1}
    assert bench.failures == []


def test_undo_and_redo_in_quick_succession_end_where_they_should(bench: Bench, three: dict[str, int]) -> None:
    start = bench.people()
    bench.view.merge_asked.emit(three["Bea"], three["Ada"], "")
    bench.settle()
    for _ in range(3):
        bench.session.undo_stack.undo()
        bench.session.undo_stack.redo()
    bench.undo()
    assert bench.people() == start
    assert bench.failures == []


def test_what_cannot_be_undone_any_more_says_why_and_leaves_the_stack(
    bench: Bench, gallery: Path, three: dict[str, int]
) -> None:
    bench.view.merge_asked.emit(three["Bea"], three["Ada"], "")
    bench.settle()
    with Gallery.open(gallery, create=False, embedder_id=None) as other:
        other.merge_people(three["Cy"], three["Bea"], actor="clerk")
    bench.undo()
    (report,) = bench.failures
    assert f"no person {three['Bea']}" in report.what
    bench.session.undo_stack.redo()
    assert bench.session.undo_stack.count() == 0


def test_a_change_of_another_gallery_is_not_undone_in_this_one(
    bench: Bench, three: dict[str, int], tmp_path: Path
) -> None:
    bench.view.rename_asked.emit(three["Ada"], "Adele")
    bench.settle()
    bench.open(tmp_path / "other.db")
    bench.session.undo_stack.undo()
    (report,) = bench.failures
    assert "not open" in report.what and report.path == tmp_path / "g.db"
    assert bench.people() == {}


def test_erasure_is_previewed_done_and_forgotten_by_undo(bench: Bench, gallery: Path, three: dict[str, int]) -> None:
    bench.view.merge_asked.emit(three["Bea"], three["Ada"], "")
    bench.settle()
    bench.view.erasure_asked.emit(three["Bea"])
    bench.settle()
    preview = bench.view.ask_erasure.call_args.args[0]
    assert (preview.person.name, preview.backups) == ("Bea", ())
    bench.view.erase_confirmed.emit(three["Bea"], "consent withdrawn", True)
    bench.settle()
    assert set(bench.people()) == {"Cy"}
    assert bench.messages.show_success.called
    assert "Ada" not in bench.session.undo_stack.undoText()
    bench.undo()
    assert set(bench.people()) == {"Cy"}
    assert bench.session.undo_stack.count() == 0
    assert b"Bea" not in gallery.read_bytes()
    assert bench.failures == []


@pytest.mark.parametrize("redact", [True, False])
def test_the_choice_on_mentions_reaches_the_gallery(bench: Bench, three: dict[str, int], redact: bool) -> None:
    bench.view.rename_asked.emit(three["Cy"], "Bea")  # a namesake
    bench.settle()
    with Gallery.open(bench.session.gallery_path, create=False, embedder_id=None) as gallery:
        note = gallery.add_person("Dee", note="sister of Bea", actor="ann")
    bench.view.erasure_asked.emit(three["Bea"])
    bench.settle()
    preview = bench.view.ask_erasure.call_args.args[0]
    assert [mention.place for mention in preview.mentions] == [f"note of person {note}"]
    assert preview.namesakes == (three["Cy"],)
    bench.view.erase_confirmed.emit(three["Bea"], "withdrawn", redact)
    bench.settle()
    with Gallery.open(bench.session.gallery_path, create=False, embedder_id=None) as gallery:
        assert gallery.person(note).note == ("sister of [erased person]" if redact else "sister of Bea")
    assert ("taken out of: 1" in bench.messages.show_success.call_args.args[0]) == redact


def test_copies_that_an_erasure_still_owes_are_told_as_a_warning_that_stays(
    bench: Bench, three: dict[str, int], tmp_path: Path
) -> None:
    copy = tmp_path / "drive" / "copy.db"
    copy.parent.mkdir()
    bench.view.copy_export_asked.emit(copy)
    bench.settle()
    shutil.rmtree(copy.parent)
    bench.view.erase_confirmed.emit(three["Bea"], "consent withdrawn", True)
    bench.settle()
    bench.messages.show_success.assert_not_called()
    what, next_step = bench.messages.show_warning.call_args.args
    assert "is erased" in what and str(copy) in what and "tries again" in next_step
    assert bench.failures == []


def test_a_hold_blocks_erasure_until_it_is_released(bench: Bench, three: dict[str, int]) -> None:
    bench.view.hold_asked.emit(three["Cy"], "case 9")
    bench.view.erase_confirmed.emit(three["Cy"], "request", True)
    bench.settle()
    assert bench.people()["Cy"].legal_hold == "case 9"
    (report,) = bench.failures
    assert "legal hold" in report.what and "release" in report.next_step
    bench.view.release_asked.emit(three["Cy"], "over")
    bench.view.erase_confirmed.emit(three["Cy"], "request", True)
    bench.settle()
    assert "Cy" not in bench.people()
    actions = [action for _, action, *_ in bench.log() if action != GalleryAction.REDACTED]
    assert actions[-4:] == ["legal hold set", "erasure refused", "legal hold released", "person erased"]


def test_people_are_exported_as_a_list_and_the_gallery_as_a_copy(
    bench: Bench, three: dict[str, int], tmp_path: Path
) -> None:
    bench.view.list_export_asked.emit(tmp_path)
    bench.view.copy_export_asked.emit(tmp_path / "copy.db")
    bench.settle()
    (folder,) = tmp_path.glob("people-*")
    assert "Ada" in (folder / "people.csv").read_text(encoding="utf-8-sig")
    with Gallery.open(tmp_path / "copy.db", create=False, embedder_id=None) as copy:
        assert {p.name for p in copy.people()} == set(three)
    assert [action for _, action, *_ in bench.log()].count(str(GalleryAction.EXPORTED)) == 2
    told = [c.args[0] for c in bench.messages.show_info.call_args_list]
    assert str(folder) in told[0] and "copy.db" in told[1]
    bench.view.copy_export_asked.emit(tmp_path / "copy.db")
    bench.settle()
    assert "there already" in bench.failures[0].what


def test_faces_are_read_for_the_latest_wish_first(bench: Bench, gallery: Path) -> None:
    bench.enrol(EnrolRequest(listings=(PEOPLE,)))
    ids = [person.id for person in bench.people().values()]
    bench.view.faces_wanted.emit([1000 + n for n in range(500)])
    bench.view.faces_wanted.emit(ids)
    bench.wait(lambda: len(bench.view.show_faces.call_args_list) >= 2)
    for _ in range(10):
        bench.settle()
    shown = [c.args[0] for c in bench.view.show_faces.call_args_list]
    assert all(shown[1][person_id].startswith(b"\x89PNG") for person_id in ids)
    assert sum(map(len, shown)) <= 300, "what was scrolled past long ago is not read"


@pytest.mark.parametrize("content", [b"", b"not a database, but long enough to be looked at" * 50])
def test_a_damaged_gallery_is_named_with_a_next_step_and_the_page_empties(
    bench: Bench, three: dict[str, int], tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "bad.db"
    path.write_bytes(content)
    bench.view.open_gallery_asked.emit(path)
    bench.wait(lambda: bench.failures)
    (report,) = bench.failures
    assert report.path == path and report.next_step and not report.is_bug
    bench.view.show_gallery.assert_called_with(None)
    bench.open(tmp_path / "g.db", create=False)
    assert set(bench.people()) == set(three)


def test_a_locked_gallery_says_what_to_do(bench: Bench, gallery: Path, three: dict[str, int]) -> None:
    bench.session.gallery.ask(lambda g: g._db.execute("PRAGMA busy_timeout = 100"))
    other = sqlite3.connect(gallery, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    bench.view.rename_asked.emit(three["Ada"], "Adele")
    bench.wait(lambda: bench.failures)
    assert "another program" in bench.failures[0].what and "try again" in bench.failures[0].next_step
    other.execute("ROLLBACK")
    other.close()
    assert bench.session.undo_stack.count() == 0
    assert "Ada" in bench.people()


def test_a_gallery_of_an_embedder_that_is_not_there_enrols_nobody(bench: Bench, tmp_path: Path) -> None:
    with Gallery.open(tmp_path / "f.db", create=True, embedder_id="elsewhere:0123456789abcdef"):
        pass
    bench.open(tmp_path / "f.db", create=False)
    bench.view.enrol_asked.emit(EnrolRequest(photos=(HOPPER,), name="Grace"))
    bench.idle()
    (report,) = bench.failures
    assert "elsewhere" in report.what and report.next_step and not report.is_bug
    assert "Failed" in bench.view.end_enrolment.call_args.args[0]
    bench.view.search_asked.emit(HOPPER)
    bench.idle()
    assert "elsewhere" in bench.view.show_search_problem.call_args.args[1].what


def test_the_photo_dialog_offers_what_can_be_enrolled() -> None:
    from core.gallery.photos import PHOTO_SUFFIXES

    assert {pattern.lstrip("*") for pattern in PHOTOS.split()} == PHOTO_SUFFIXES


def test_the_outcome_of_a_photo_counts_once() -> None:
    counts = EnrolCounts()
    for status in EnrolStatus:
        counts = counts.plus(status)
    assert (counts.enrolled, counts.known, counts.refused, counts.done) == (1, 2, 1, 4)


SECRET = "a passphrase of the tests"


def test_an_encrypted_gallery_is_opened_with_its_passphrase_and_searched(
    bench: Bench, gallery: Path, three: dict[str, int]
) -> None:
    bench.enrol(EnrolRequest(photos=(HOPPER,), name="Grace Hopper"))
    with bench.qtbot.waitSignal(bench.session.gallery_changed, timeout=PATIENCE_MS):
        bench.view.encryption_asked.emit(SECRET)
    bench.settle()
    assert b"Hopper" not in gallery.read_bytes()
    assert bench.view.show_gallery.call_args.args[0].is_encrypted
    assert "encrypted" in bench.messages.show_info.call_args.args[0]
    bench.view.search_asked.emit(HOPPER)  # a job with a connection of its own
    bench.idle()
    assert bench.view.show_answer.call_args.args[0].rows[0].name == "Grace Hopper"

    with bench.qtbot.waitSignal(bench.session.gallery_locked, timeout=PATIENCE_MS):
        bench.session.open_gallery(gallery)
    bench.view.ask_passphrase.assert_called_once_with(gallery, "")
    bench.view.show_gallery.assert_called_with(None)
    with bench.qtbot.waitSignal(bench.session.gallery_locked, timeout=PATIENCE_MS):
        bench.view.passphrase_given.emit(gallery, "something else")
    assert "does not open" in bench.view.ask_passphrase.call_args.args[1]
    with bench.qtbot.waitSignal(bench.session.gallery_changed, timeout=PATIENCE_MS):
        bench.view.passphrase_given.emit(gallery, SECRET)
    assert set(bench.people()) == {"Ada", "Bea", "Cy", "Grace Hopper"}
    assert bench.failures == []


def test_another_passphrase_and_none_at_all(bench: Bench, gallery: Path, three: dict[str, int]) -> None:
    from core.gallery.keys import is_encrypted, unlock

    with bench.qtbot.waitSignal(bench.session.gallery_changed, timeout=PATIENCE_MS):
        bench.view.encryption_asked.emit(SECRET)
    bench.settle()
    bench.view.passphrase_change_asked.emit("another long passphrase")
    bench.settle()
    assert unlock(gallery, "another long passphrase") == bench.session.gallery_key
    with bench.qtbot.waitSignal(bench.session.gallery_changed, timeout=PATIENCE_MS):
        bench.view.decryption_asked.emit()
    assert set(bench.people()) == {"Ada", "Bea", "Cy"}
    assert not is_encrypted(gallery)
    assert [action for _, action, _, _ in bench.log()][-3:] == [
        str(GalleryAction.ENCRYPTED),
        str(GalleryAction.KEY_CHANGED),
        str(GalleryAction.DECRYPTED),
    ]


def test_a_gallery_that_another_program_has_open_stays_as_it_was(
    bench: Bench, gallery: Path, three: dict[str, int]
) -> None:
    with Gallery.open(gallery, create=False, embedder_id=None):
        bench.view.encryption_asked.emit(SECRET)
        bench.wait(lambda: bench.failures)
    assert "locked" in bench.failures[0].what  # type: ignore[attr-defined]
    bench.wait(lambda: bench.session.gallery_path == gallery)
    assert set(bench.people()) == {"Ada", "Bea", "Cy"}
    assert not bench.view.show_gallery.call_args.args[0].is_encrypted


def test_a_last_day_is_set_and_opening_the_page_is_logged(bench: Bench, gallery: Path, three: dict[str, int]) -> None:
    from datetime import date

    bench.view.retention_asked.emit(three["Ada"], date(2026, 5, 3), "consent of one year")
    bench.settle()
    ada = bench.people()["Ada"]
    assert (ada.retain_until, ada.retention_basis) == (date(2026, 5, 3), "consent of one year")
    entries = [entry for entry in bench.log() if entry[1] == str(GalleryAction.LISTED)]
    assert entries == [("E. Xaminer", str(GalleryAction.LISTED), "no case open", "opened in the window, 0 people")]
