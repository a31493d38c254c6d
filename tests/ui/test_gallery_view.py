"""The gallery page: what it shows, what it asks for, and that ten thousand people cost no more than those in view."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QBuffer, QEvent, QIODevice, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from core.domain.custody import CustodyStatus
from core.domain.events import ErrorReport
from core.domain.gallery import (
    CopyKind,
    EnrolCounts,
    EnrolOutcome,
    EnrolRequest,
    EnrolStatus,
    ErasurePreview,
    GalleryFacts,
    KnownCopy,
    Mention,
    MentionField,
    PersonRecord,
    TemplateRecord,
)
from ui.dialogs.confirm import ConfirmDialog
from ui.dialogs.due_people import DuePeopleDialog
from ui.dialogs.form import FormDialog
from ui.dialogs.merge_people import MergePeopleDialog
from ui.imaging import to_qimage
from ui.person_words import CandidateSection, CandidateWords
from ui.views.gallery import GalleryView
from ui.widgets.enrol_panel import MOST_ROWS
from ui.widgets.people_model import PeopleModel, PeopleOrder

DAY = datetime(2025, 1, 1, tzinfo=UTC)
FACTS = GalleryFacts(path=Path("/galleries/a.db"), embedder_id="dlib-resnet-v1:abcdef", n_photos=3)


def person(number: int, name: str = "", **fields: object) -> PersonRecord:
    given = {"note": "", "basis": "", "n_templates": 1, "added_at": DAY + timedelta(days=number), **fields}
    return PersonRecord(id=number, name=name or f"Person {number:05}", **given)  # type: ignore[arg-type]


def photo(number: int, person_id: int = 1, **fields: object) -> TemplateRecord:
    given = {"photo_sha256": "ab" * 32, "photo_name": f"{number}.jpg", "thumbnail_png": PNG, "quality": 0.5, **fields}
    return TemplateRecord(id=number, person_id=person_id, added_at=DAY, **given)  # type: ignore[arg-type]


def png(grey: int) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    to_qimage(np.full((96, 96, 3), grey, np.uint8)).save(buffer, "PNG")
    return bytes(buffer.data().data())


PNG = png(120)


@pytest.fixture
def view(qtbot: QtBot) -> GalleryView:
    made = GalleryView()
    qtbot.addWidget(made)
    made.resize(1100, 700)
    made.show()
    return made


@pytest.fixture
def filled(view: GalleryView, qtbot: QtBot) -> GalleryView:
    """Three people; details are given for whoever is chosen."""
    people = [
        person(1, "Ada Lovelace", note="wrote the first program", basis="order 12"),
        person(2, "José Núñez", n_templates=3, legal_hold="case 9"),
        person(3, "王秀英", n_templates=0),
    ]
    view.show_gallery(FACTS)
    view.show_people(people)
    view.person_chosen.connect(
        lambda i: i and view.show_person(people[i - 1], [photo(n, i) for n in range(1, people[i - 1].n_templates + 1)])
    )
    return view


def said(signal: object) -> list[tuple[object, ...]]:
    heard: list[tuple[object, ...]] = []
    signal.connect(lambda *values: heard.append(values))  # type: ignore[attr-defined]
    return heard


def drop(qtbot: QtBot, target: QWidget, *paths: Path) -> bool:
    """Drag files over a widget and let go; whether they were taken."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    action, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), action, data, Qt.MouseButton.LeftButton, none)
    enter.ignore()
    QGuiApplication.sendEvent(target, enter)
    if not enter.isAccepted():
        return False
    QGuiApplication.sendEvent(target, QDropEvent(QPointF(5, 5), action, data, Qt.MouseButton.LeftButton, none))
    return True


def names(view: GalleryView) -> list[str]:
    model = view.browser.model
    return [model.person_at(row).name for row in range(model.rowCount())]


def dialog_of(view: GalleryView) -> FormDialog | ConfirmDialog | MergePeopleDialog:
    found = view._questions.open_dialog
    assert isinstance(found, FormDialog | ConfirmDialog | MergePeopleDialog) and found.isVisible()
    return found


def fill(view: GalleryView, *texts: str) -> FormDialog:
    """Fill in the dialog in view and hand it in."""
    dialog = dialog_of(view)
    assert isinstance(dialog, FormDialog)
    for line, text in zip(dialog.lines, texts, strict=True):
        line.setText(text)
    dialog._hand_in()
    return dialog


# --- ten thousand people


def test_pictures_are_asked_for_only_where_people_are_in_view(view: GalleryView, qtbot: QtBot) -> None:
    asked: list[int] = []
    view.faces_wanted.connect(asked.extend)
    view.show_gallery(FACTS)
    view.show_people([person(n) for n in range(1, 10_001)])
    qtbot.waitUntil(lambda: bool(asked))
    qtbot.wait(50)
    assert 1 in asked
    assert len(set(asked)) < 100
    asked.clear()
    bar = view.browser.list.verticalScrollBar()
    bar.setValue(bar.maximum())
    qtbot.waitUntil(lambda: 10_000 in asked)
    assert len(set(asked)) < 100
    view.show_faces(dict.fromkeys(asked, PNG))
    asked.clear()
    view.browser.list.viewport().repaint()
    qtbot.wait(20)
    assert asked == [], "what was shown is not asked for again"


def test_rows_ask_for_no_more_than_cards(view: GalleryView, qtbot: QtBot) -> None:
    asked: list[int] = []
    view.browser.set_grid(False)
    view.faces_wanted.connect(asked.extend)
    view.show_gallery(FACTS)
    view.show_people([person(n) for n in range(1, 10_001)])
    qtbot.waitUntil(lambda: bool(asked))
    qtbot.wait(50)
    assert len(set(asked)) < 100


def test_a_filter_over_ten_thousand_people_finds_the_one(view: GalleryView, qtbot: QtBot) -> None:
    view.show_gallery(FACTS)
    view.show_people([person(n, basis=f"order {n % 7}") for n in range(1, 10_001)])
    view.browser.set_filter_text("09876 order")
    qtbot.waitUntil(lambda: names(view) == ["Person 09876"])
    assert view.browser.count_text() == "1 of 10,000"
    view.browser.set_filter_text("#42")
    qtbot.waitUntil(lambda: names(view) == ["Person 00042"])
    view.browser.set_filter_text("nobody like that")
    qtbot.waitUntil(lambda: names(view) == [])
    assert view.browser.list.isHidden() or not view.browser.list.isVisible()
    view.browser.clear_filter()
    assert len(names(view)) == 10_000


# --- model


def test_filter_and_order_know_accents_and_scripts() -> None:
    model = PeopleModel()
    model.set_people([person(1, "Zoë"), person(2, "josé núñez", n_templates=5), person(3, "王秀英"), person(4, "Ada")])
    shown = lambda: [model.person_at(row).id for row in range(model.rowCount())]  # noqa: E731
    assert shown() == [4, 2, 1, 3]
    model.set_filter("JOSE nunez")
    assert shown() == [2]
    model.set_filter("秀")
    assert shown() == [3]
    model.set_filter("")
    model.set_order(PeopleOrder.PHOTOS)
    assert shown()[0] == 2
    model.set_order(PeopleOrder.NEWEST)
    assert shown() == [4, 3, 2, 1]
    assert model.row_of(1) == 3 and model.row_of(99) == -1


def test_a_change_of_one_person_resets_nothing(qtbot: QtBot) -> None:
    model = PeopleModel()
    people = [person(n) for n in range(1, 100)]
    model.set_people(people)
    resets, changes = said(model.modelReset), said(model.dataChanged)
    people[49] = person(50, n_templates=2)
    assert model.changed_photos(people) == [50]
    model.set_people(people)
    assert (len(resets), len(changes)) == (0, 1)
    model.set_people(people[:-1])
    assert len(resets) == 1


# --- the page


def test_empty_pages_say_what_to_do(view: GalleryView) -> None:
    assert "No gallery is open" in view.head.path_text()
    view.show_gallery(FACTS)
    assert "a.db" in view.head.path_text() and "dlib-resnet-v1" in view.head.path_text()
    texts = [w.accessibleName() for w in view.people.findChildren(QWidget) if w.isVisible() and w.accessibleName()]
    assert "Nobody is enrolled yet" in texts


def test_details_say_all_that_is_known(filled: GalleryView) -> None:
    filled.browser.choose(1)
    text = filled.person.shown_text()
    assert all(
        part in text for part in ("Ada Lovelace", "wrote the first program", "order 12", "2025-01-02", "1 PHOTO")
    )
    assert "hold" not in text
    filled.browser.choose(2)
    assert "Under legal hold: case 9" in filled.person.shown_text()


def test_the_chosen_person_stays_chosen_while_others_change(filled: GalleryView) -> None:
    filled.browser.choose(2)
    chosen = said(filled.person_chosen)
    filled.show_people([person(2, "José Núñez"), person(4, "Aaron")])
    assert filled.browser.chosen() == 2 and chosen == []
    filled.show_people([person(4, "Aaron")])
    assert chosen == [(None,)]
    assert filled.person.person is None


def test_another_gallery_leaves_nothing_of_the_former(filled: GalleryView, qtbot: QtBot) -> None:
    filled.browser.choose(1)
    filled.person.rename_asked.emit()
    filled.show_gallery(GalleryFacts(path=Path("/galleries/b.db"), embedder_id="x:y", n_photos=0))
    assert names(filled) == [] and filled.person.person is None
    assert not [d for d in filled.findChildren(FormDialog) if d.isVisible()]


def test_a_candidate_opens_its_person(filled: GalleryView, qtbot: QtBot) -> None:
    filled.browser.set_filter_text("王")
    qtbot.waitUntil(lambda: len(names(filled)) == 1)
    filled.search.candidate_opened.emit(1)
    assert filled.browser.chosen() == 1 and filled.browser.filter_text() == ""


# --- dropping


def test_what_is_dropped_beside_the_people_does_not_reach_the_case(qtbot: QtBot) -> None:
    view = GalleryView()
    qtbot.addWidget(view)
    dropped = said(view.files_dropped)
    assert drop(qtbot, view, Path("/a/people"))
    assert dropped == [([Path("/a/people")], None)]


def test_what_is_dropped_is_handed_on_with_the_person_it_fell_on(filled: GalleryView, qtbot: QtBot) -> None:
    dropped, searched = said(filled.files_dropped), said(filled.search_asked)
    assert drop(qtbot, filled.people, Path("/a/1.jpg"), Path("/a/folder"))
    filled.browser.choose(1)
    assert drop(qtbot, filled.person._whole, Path("/a/2.jpg"))
    assert dropped == [([Path("/a/1.jpg"), Path("/a/folder")], None), ([Path("/a/2.jpg")], 1)]
    assert drop(qtbot, filled.search._drop, Path("/a/3.jpg"), Path("/a/4.jpg"))
    assert searched == [(Path("/a/3.jpg"),)]


def test_text_is_not_taken_for_files(filled: GalleryView) -> None:
    data = QMimeData()
    data.setText("hello")
    event = QDragEnterEvent(
        QPoint(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    event.ignore()
    QGuiApplication.sendEvent(filled.people, event)
    assert not event.isAccepted()


def test_photos_need_a_name_before_they_are_enrolled(filled: GalleryView) -> None:
    asked = said(filled.enrol_asked)
    request = EnrolRequest(photos=(Path("1.jpg"), Path("2.jpg")))
    filled.ask_enrolment(request)
    dialog = fill(filled, " ", "consent", "")
    assert "name" in dialog.problem() and asked == []
    fill(filled, " Grace Hopper ", "consent", "admiral")
    assert asked == [(EnrolRequest(photos=request.photos, name="Grace Hopper", basis="consent", note="admiral"),)]


def test_folders_are_asked_for_the_basis_only_and_a_known_person_for_nothing(filled: GalleryView) -> None:
    asked = said(filled.enrol_asked)
    filled.ask_enrolment(EnrolRequest(listings=(Path("/people"),)))
    fill(filled, "consent")
    known = EnrolRequest(photos=(Path("1.jpg"),), person_id=1)
    filled.ask_enrolment(known)
    assert asked == [(EnrolRequest(listings=(Path("/people"),), basis="consent"),), (known,)]


def test_an_enrolment_lists_refusals_until_it_is_closed(filled: GalleryView, tmp_path: Path) -> None:
    panel = filled.enrolment
    filled.begin_enrolment("Enrol people from faces")
    assert panel.isVisible() and "waiting" in panel.numbers_text()
    filled.show_enrolment(EnrolCounts(enrolled=2, known=1, refused=1), 10)
    refused = EnrolOutcome(
        path=tmp_path / "three.jpg", name="X", status=EnrolStatus.REFUSED, reason="3 faces were found"
    )
    odd = EnrolOutcome(path=tmp_path / "twin.jpg", name="X", status=EnrolStatus.ENROLLED, warnings=("the same photo",))
    filled.add_remark(refused)
    filled.add_remark(odd)
    assert "2 enrolled" in panel.numbers_text() and "of 10 photos" in panel.numbers_text()
    filled.end_enrolment("Done")
    filled.begin_enrolment("Enrol 1 photo")
    filled.end_enrolment("Done")
    assert [why for _, _, why in panel.listed()] == ["3 faces were found", "The same photo"]
    panel.copy_list()
    copied = QGuiApplication.clipboard().text().splitlines()
    assert copied[0] == f"{tmp_path / 'three.jpg'}\trefused\t3 faces were found"
    panel._close.click()
    assert panel.isHidden() and panel.listed() == []


def test_more_refusals_than_anybody_reads_are_counted(filled: GalleryView) -> None:
    filled.begin_enrolment("Enrol a disk")
    for n in range(MOST_ROWS + 25):
        filled.add_remark(EnrolOutcome(path=Path(f"{n}.txt"), name="", status=EnrolStatus.REFUSED, reason="no photo"))
    panel = filled.enrolment
    assert len(panel.listed()) == MOST_ROWS
    panel.copy_list()
    assert QGuiApplication.clipboard().text().splitlines()[-1] == "and 25 more"


# --- what is asked before something is done


def test_names_holds_and_splits_are_asked_for(filled: GalleryView) -> None:
    renamed, held, released, split = (
        said(signal) for signal in (filled.rename_asked, filled.hold_asked, filled.release_asked, filled.split_asked)
    )
    filled.browser.choose(1)
    filled.person._rename.click()
    fill(filled, "Ada King")
    filled.person._hold.click()
    assert "reason" in fill(filled, "").problem()
    fill(filled, "case 10")
    filled.browser.choose(2)
    filled.person._hold.click()
    fill(filled, "case closed")
    assert not filled.person._split.isEnabled()
    filled.person.photos.mark([1, 2, 3])
    assert not filled.person._split.isEnabled(), "one photo must stay"
    filled.person.photos.mark([1, 3])
    filled.person._split.click()
    fill(filled, "Josefa", "another face")
    assert (renamed, held, released) == ([(1, "Ada King")], [(1, "case 10")], [(2, "case closed")])
    assert split == [(2, (1, 3), "Josefa", "another face")]


def test_a_merge_offers_everybody_else_with_their_faces(filled: GalleryView, qtbot: QtBot) -> None:
    merged, wanted = said(filled.merge_asked), said(filled.faces_wanted)
    filled.browser.choose(1)
    filled.person._merge.click()
    dialog = dialog_of(filled)
    assert isinstance(dialog, MergePeopleDialog)
    model = dialog.browser.model
    assert {model.person_at(row).id for row in range(model.rowCount())} == {2, 3}
    qtbot.waitUntil(lambda: any(set(ids) & {2, 3} for (ids,) in wanted))
    filled.show_faces({2: PNG, 3: b""})
    assert not dialog._merge.isEnabled()
    dialog.browser.choose(2)
    dialog._reason.setText("same birth date")
    dialog._merge.click()
    assert merged == [(1, 2, "same birth date")]


def test_an_erasure_says_what_goes_and_what_stays_and_cannot_be_entered_by_mistake(filled: GalleryView) -> None:
    erased, asked = said(filled.erase_confirmed), said(filled.erasure_asked)
    filled.browser.choose(2)
    filled.person._erase.click()
    assert asked == [(2,)]
    chosen = filled.person.person
    assert chosen is not None
    filled.ask_erasure(ErasurePreview(person=chosen, backups=("a.db.v1.bak",)))
    fill(filled, "consent withdrawn")
    dialog = dialog_of(filled)
    assert isinstance(dialog, ConfirmDialog)
    words = "\n".join(label.text() for label in dialog.findChildren(QWidget) if hasattr(label, "text"))
    for part in ("José Núñez", "3 photos", "thumbnails", "a.db.v1.bak", "Stays: the log line", "cannot be undone"):
        assert part in words
    assert erased == []
    dialog.reject()
    assert erased == []
    filled.ask_erasure(ErasurePreview(person=chosen, backups=()))
    fill(filled, "consent withdrawn")
    dialog_of(filled).accept()
    assert erased == [(2, "consent withdrawn", True)]


def test_what_the_check_of_the_log_cannot_vouch_for_is_shown_as_plain_text(filled: GalleryView) -> None:
    whole = CustodyStatus(case_id="0" * 32, n_entries=3, head_sha256="0" * 64, signed=None)
    filled.show_log(whole)
    assert (filled.head.log_notes(), filled.head._log_notes.isHidden()) == ("", True)
    filled.show_log(replace(whole, notes=("names were taken out of the <b>texts</b> of entries 2, 3",)))
    assert filled.head.log_notes() == "Names were taken out of the <b>texts</b> of entries 2, 3"
    assert not filled.head._log_notes.isHidden()
    assert filled.head._log_notes.textFormat() is Qt.TextFormat.PlainText
    filled.show_log(None)
    assert filled.head.log_notes() == ""


def _mention(person_id: int, excerpt: str, *, is_held: bool = False) -> Mention:
    return Mention(person_id=person_id, field=MentionField.NOTE, photo_id=None, excerpt=excerpt, is_held=is_held)


@pytest.mark.parametrize("redact", [True, False])
def test_an_erasure_names_who_else_mentions_the_person_and_asks_what_becomes_of_that(
    filled: GalleryView, redact: bool
) -> None:
    erased = said(filled.erase_confirmed)
    mentions = (_mention(7, "<b>pupil</b> of Ada"), _mention(8, "Ada's lawyer", is_held=True))
    filled.ask_erasure(ErasurePreview(person=person(1, "Ada"), backups=(), mentions=mentions, namesakes=(3,)))
    fill(filled, "withdrawn")
    dialog = dialog_of(filled)
    assert isinstance(dialog, ConfirmDialog)
    words = "\n".join(label.text() for label in dialog.findChildren(QLabel))
    assert "Also named: in the note of person 7: <b>pupil</b> of Ada" in words
    assert "Stays: the name in records under a legal hold, note of person 8" in words
    assert "may mean them: person 3" in words
    assert dialog.choice.isVisibleTo(dialog) and dialog.choice.isChecked()
    dialog.choice.setChecked(redact)
    dialog.accept()
    assert erased == [(1, "withdrawn", redact)]


def test_an_erasure_offers_no_choice_where_nothing_can_be_chosen(filled: GalleryView) -> None:
    for mentions in ((), (_mention(8, "Ada's lawyer", is_held=True),)):
        filled.ask_erasure(ErasurePreview(person=person(1, "Ada"), backups=(), mentions=mentions))
        fill(filled, "withdrawn")
        dialog = dialog_of(filled)
        assert isinstance(dialog, ConfirmDialog)
        assert not dialog.choice.isVisibleTo(dialog)
        dialog.reject()


def test_many_mentions_do_not_fill_the_screen(filled: GalleryView) -> None:
    mentions = tuple(_mention(n, f"Ada {n}", is_held=n > 100) for n in range(200))
    filled.ask_erasure(ErasurePreview(person=person(1, "Ada"), backups=(), mentions=mentions))
    fill(filled, "withdrawn")
    words = "\n".join(label.text() for label in dialog_of(filled).findChildren(QLabel))
    assert "Also named: in 93 more texts" in words
    assert "note of person 108 and 91 more" in words


def test_keys_reach_what_the_buttons_do(filled: GalleryView, qtbot: QtBot) -> None:
    filled.browser.choose(1)
    filled.browser.list.setFocus()
    qtbot.keyClick(filled.browser.list, Qt.Key.Key_F2)
    assert dialog_of(filled).windowTitle() == "Rename"
    dialog_of(filled).reject()
    asked = said(filled.erasure_asked)
    qtbot.keyClick(filled.browser.list, Qt.Key.Key_Delete)
    assert asked == [(1,)]
    qtbot.keyClick(filled.browser.list, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert isinstance(filled.focusWidget(), QLineEdit)


def test_file_dialogs_begin_in_the_folder_of_the_case(filled: GalleryView, tmp_path: Path) -> None:
    filled.set_start_folder(tmp_path)
    head = filled.head
    for ask in (
        head.choose_photos,
        head.choose_folder,
        head.choose_list,
        head.choose_search_photo,
        head.choose_open,
        head.choose_new,
        head.choose_list_export,
        head.choose_copy_export,
    ):
        ask()
        (dialog,) = (d for d in filled.findChildren(QFileDialog) if d.isVisible())
        assert Path(dialog.directory().absolutePath()) == tmp_path
        dialog.close()


def test_chosen_files_are_handed_on(filled: GalleryView, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x")
    dropped, copies = said(filled.files_dropped), said(filled.copy_export_asked)
    filled.set_start_folder(tmp_path)
    filled.browser.choose(1)
    filled.person._add.click()
    (dialog,) = (d for d in filled.findChildren(QFileDialog) if d.isVisible())
    dialog.selectFile(str(tmp_path / "a.jpg"))
    dialog.accept()
    assert dropped == [([tmp_path / "a.jpg"], 1)]
    filled.head.choose_copy_export()
    (dialog,) = (d for d in filled.findChildren(QFileDialog) if d.isVisible())
    dialog.accept()
    assert copies == [(tmp_path / "gallery-copy.db",)]


# --- search


def section(n: int) -> CandidateSection:
    rows = tuple(
        CandidateWords(
            person_id=k,
            rank=k,
            name=f"Person {k}",
            number=f"no. {k} of the gallery",
            score=0.9 - k / 10,
            score_text=f"{0.9 - k / 10:.3f}",
            is_above=k == 1,
            side="at or above the threshold of 0.600" if k == 1 else "below the threshold of 0.600",
            thumbnail_png=PNG,
        )
        for k in range(1, n + 1)
    )
    return CandidateSection(
        role=None,
        title="Photo: a.jpg",
        headline="1 candidate at or above the threshold of 0.600.",
        statement=None,
        caption="Among 3 enrolled people.",
        threshold=0.6,
        rows=rows,
        notes=(),
    )


def test_the_sign_of_alike_surroundings_stays_beside_how_a_person_is_opened(filled: GalleryView) -> None:
    plain, raised = section(2).rows
    raised = replace(raised, made_of="face 0.112 · surroundings 0.806", has_alike_surroundings=True)
    filled.show_answer(replace(section(2), rows=(plain, raised)), is_reconstruction=True)
    without, with_them = filled.search.rows()
    assert without.toolTip() == "Double-click or press Enter to show this person"
    assert with_them.toolTip().startswith("Hair, ears and outline are alike")
    assert with_them.toolTip().endswith(without.toolTip())
    assert with_them.accessibleDescription().startswith("Hair, ears and outline are alike")


def test_candidates_are_ranked_with_scores_and_the_threshold_in_words(filled: GalleryView, qtbot: QtBot) -> None:
    chosen = said(filled.person_chosen)
    filled.show_search("a.jpg", is_reconstruction=False)
    assert "a.jpg" in filled.search.shown_text()
    filled.show_answer(section(3), is_reconstruction=False)
    text = filled.search.shown_text()
    for part in ("0.800", "0.700", "at or above the threshold of 0.600", "below the threshold of 0.600"):
        assert part in text
    labels = [w.text() for w in filled.search.findChildren(QWidget) if hasattr(w, "text") and w.isVisible()]
    assert "Software ranks candidates. People decide." in labels
    assert not filled.search._badge.isVisible()
    qtbot.keyClick(filled.search.rows()[1], Qt.Key.Key_Return)
    assert chosen == [(2,)]
    filled.show_answer(section(3), is_reconstruction=True)
    filled._tabs.setCurrentWidget(filled.search)
    assert filled.search._badge.isVisible()


def test_a_photo_that_cannot_be_used_gives_its_reason_in_the_panel(filled: GalleryView) -> None:
    filled.show_search("three.jpg", is_reconstruction=False)
    report = ErrorReport(what="3 faces were found", next_step="cut the photo so that it shows one person")
    filled.show_search_problem("three.jpg", report)
    text = filled.search.shown_text()
    assert "3 faces were found." in text and "Cut the photo so that it shows one person." in text
    filled.end_search()
    assert "3 faces" not in filled.search.shown_text()


# --- care for everybody


def test_every_control_has_a_name_and_a_tooltip(filled: GalleryView) -> None:
    filled.browser.choose(1)
    for control in (*filled.findChildren(QAbstractButton), *filled.findChildren(QLineEdit)):
        if control.isVisibleTo(filled) and not control.objectName().startswith("qt_"):
            assert control.accessibleName() or control.text(), control  # type: ignore[union-attr]
            assert control.toolTip(), control


def test_the_layout_comes_back_and_nonsense_changes_nothing(view: GalleryView) -> None:
    view.browser.set_grid(False)
    view._splitter.setSizes([500, 600])
    saved, sizes = view.saved_layout(), view._splitter.sizes()
    view.reset_layout()
    assert view.browser.is_grid()
    for nonsense in (b"", b"\x01", b"nonsense", b"\x02" + saved[1:]):
        view.restore_layout(nonsense)
        assert view.browser.is_grid()
    view.restore_layout(saved)
    assert not view.browser.is_grid() and view._splitter.sizes() == sizes


def test_a_damaged_picture_is_no_picture(filled: GalleryView, qtbot: QtBot) -> None:
    filled.show_faces({1: b"\x89PNG not really", 2: b""})
    filled.browser.choose(1)
    filled.show_person(person(1), [photo(1, thumbnail_png=b"garbage")])
    qtbot.wait(20)
    assert not filled.grab().isNull()


def test_hostile_names_stay_plain_text(filled: GalleryView) -> None:
    hostile = person(9, "<img src=x><b>bold</b> {name} %s", note="x" * 10_000, basis="W" * 3_000)
    filled.show_people([hostile])
    filled.show_person(hostile, [photo(1, 9, photo_name="<b>" + "n" * 500)])
    assert "<b>bold</b> {name} %s" in filled.person.shown_text()
    assert filled.person.minimumSizeHint().width() < 500
    filled.person.rename_asked.emit()
    dialog_of(filled).reject()
    assert isinstance(filled.grab().toImage(), QImage)
    QGuiApplication.sendEvent(filled, QEvent(QEvent.Type.LanguageChange))


def test_pictures_of_who_is_gone_are_forgotten(view: GalleryView) -> None:
    people = [person(1, "Ada"), person(2, "Bea")]
    view.show_gallery(FACTS)
    view.show_people(people)
    view.show_faces({1: PNG, 2: PNG})
    view.show_people(people[1:])
    assert list(view.browser._faces._kept) == [2]


def test_an_encrypted_gallery_says_so_and_offers_what_fits(view: GalleryView) -> None:
    def offered() -> list[str]:
        return [action.text() for action in view.head._of_key if action.isVisible()]

    view.show_gallery(FACTS)
    assert offered() == ["Encrypt…"]
    view.show_gallery(replace(FACTS, is_encrypted=True))
    assert offered() == ["Change the passphrase…", "Decrypt…"]
    assert "encrypted" in view.head.path_text()


def test_a_passphrase_is_asked_for_unseen_and_taken_as_typed(view: GalleryView) -> None:
    given = said(view.passphrase_given)
    view.ask_passphrase(Path("/galleries/a.db"))
    dialog = dialog_of(view)
    assert isinstance(dialog, FormDialog)
    assert dialog.lines[0].echoMode() is QLineEdit.EchoMode.Password
    dialog.lines[0].setText(" with white space ")
    dialog._hand_in()
    assert given == [(Path("/galleries/a.db"), " with white space ")]


def test_a_new_passphrase_is_long_enough_and_typed_twice(view: GalleryView) -> None:
    given = said(view.encryption_asked)
    view.show_gallery(FACTS)
    view.head.encrypt_chosen.emit()
    dialog = dialog_of(view)
    assert isinstance(dialog, FormDialog)
    for first, again, problem in (
        ("", "", "Enter the passphrase"),
        ("short", "short", "at least 8"),
        ("five small words", "five small wards", "not the same"),
    ):
        dialog.lines[0].setText(first)
        dialog.lines[1].setText(again)
        dialog._hand_in()
        assert problem in dialog.problem()
    dialog.lines[1].setText("five small words")
    dialog._hand_in()
    assert given == [("five small words",)]


def test_a_last_day_is_a_day_and_needs_a_basis(filled: GalleryView) -> None:
    asked = said(filled.retention_asked)
    filled.choose(1)
    filled.person.retention_asked.emit()
    dialog = dialog_of(filled)
    assert isinstance(dialog, FormDialog)
    dialog.lines[0].setText("tomorrow")
    dialog.lines[1].setText("consent")
    dialog._hand_in()
    assert "no day" in dialog.problem()
    dialog.lines[0].setText("2027-05-03")
    dialog._hand_in()
    assert asked == [(1, date(2027, 5, 3), "consent")]


def test_who_is_due_is_counted_and_listed_with_holds(view: GalleryView, qtbot: QtBot) -> None:
    people = [
        person(1, "Late", retain_until=date(2020, 1, 1), retention_basis="law 5", legal_hold="case 9"),
        person(2, "Later", retain_until=date(2021, 1, 1), retention_basis="consent"),
        person(3, "Not yet", retain_until=date(2999, 1, 1), retention_basis="consent"),
    ]
    view.show_gallery(FACTS)
    view.show_people(people)
    assert view.head.due_text() == "2 due"
    view.head.due_chosen.emit()
    dialog = view._questions.open_dialog
    assert isinstance(dialog, DuePeopleDialog)
    rows = [dialog.list.item(row).text() for row in range(dialog.list.count())]
    assert [row.split("  ·  ")[0] for row in rows] == ["Late", "Later"]
    assert "legal hold: case 9" in rows[0]
    chosen = said(view.person_chosen)
    dialog.list.setCurrentRow(1)
    qtbot.keyClick(dialog.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: chosen == [(2,)])
    view.show_people(people[2:])
    assert view.head.due_text() == ""


def test_a_person_says_until_when_and_by_whom_held(filled: GalleryView) -> None:
    held = person(
        2,
        "José",
        legal_hold="case 9",
        held_by="judge",
        held_at=DAY,
        retain_until=date(2020, 1, 1),
        retention_basis="law",
    )
    filled.show_person(held, [])
    assert "case 9 (judge, 2025-01-01 00:00 UTC)" in filled.person.shown_text()
    assert "until 2020-01-01: law  ·  due" in filled.person.shown_text()


def test_an_erasure_says_what_becomes_of_copies_and_cases(filled: GalleryView) -> None:
    copies = tuple(
        KnownCopy(id=n, kind=CopyKind.GALLERY, path=Path(f"/copies/{n}.db"), made_at=DAY, n_owed=0, is_there=n == 1)
        for n in (1, 2)
    )
    filled.ask_erasure(ErasurePreview(person=person(1, "Ada"), backups=(), copies=copies))
    form = dialog_of(filled)
    assert isinstance(form, FormDialog)
    form.lines[0].setText("withdrawn")
    form._hand_in()
    words = "\n".join(label.text() for label in filled._questions.open_dialog.findChildren(QLabel))
    assert "Goes: the same in copies and lists made before, /copies/1.db" in words.replace("\\", "/")
    assert "Goes later" in words
    assert "/copies/2.db" in words.replace("\\", "/")
    assert "Stays: what cases and reports say of past searches" in words
