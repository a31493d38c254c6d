from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from gallery_builders import EMBEDDER, add, make_gallery, unit

from core.errors import GalleryError
from core.gallery.records import GalleryAction
from core.gallery.store import Gallery


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    with make_gallery(tmp_path / "g.db") as opened:
        yield opened


def test_a_hold_says_who_set_it_when_and_why(gallery: Gallery) -> None:
    person = gallery.add_person("A", actor="ann")
    before = datetime.now(UTC)
    gallery.set_legal_hold(person, actor="judge", reason="order 7/26")
    held = gallery.person(person)
    assert (held.legal_hold, held.held_by) == ("order 7/26", "judge")
    assert held.held_at is not None
    assert before - timedelta(seconds=1) <= held.held_at <= datetime.now(UTC) + timedelta(seconds=1)
    gallery.release_legal_hold(person, actor="judge", reason="order lifted")
    assert (gallery.person(person).legal_hold, gallery.person(person).held_by) == ("", "")
    assert [(e.action, e.actor, e.basis) for e in gallery.audit()[-2:]] == [
        (GalleryAction.HELD, "judge", "order 7/26"),
        (GalleryAction.RELEASED, "judge", "order lifted"),
    ]


def test_who_is_due_is_listed_by_day_and_nobody_is_erased_by_it(gallery: Gallery) -> None:
    late, soon, held, never = (gallery.add_person(name, actor="ann") for name in ("Late", "Soon", "Held", "Never"))
    gallery.set_retention(soon, date(2026, 6, 30), actor="ann", basis="consent for a year")
    gallery.set_retention(late, date(2026, 1, 31), actor="ann", basis="law 5")
    gallery.set_retention(held, date(2026, 3, 31), actor="ann", basis="law 5")
    gallery.set_legal_hold(held, actor="judge", reason="order")
    assert gallery.due(date(2026, 1, 31)) == []  # the last day is still allowed
    assert [p.id for p in gallery.due(date(2026, 2, 1))] == [late]
    assert [(p.id, p.legal_hold) for p in gallery.due(date(2026, 7, 1))] == [(late, ""), (held, "order"), (soon, "")]
    assert len(gallery.people()) == 4
    gallery.set_retention(late, None, actor="ann", basis="proceedings go on")
    assert gallery.person(late).retain_until is None
    assert gallery.audit()[-1].detail == "until no day"
    assert gallery.person(never).is_due(date.max) is False
    with pytest.raises(GalleryError, match="needs a basis"):
        gallery.set_retention(late, date(2027, 1, 1), actor="ann", basis=" ")


def test_the_rule_of_the_gallery_holds_for_people_added_from_then_on(gallery: Gallery) -> None:
    earlier = gallery.add_person("Earlier", actor="ann")
    gallery.set_retention_rule(90, actor="ann", basis="policy 3")
    later = gallery.find_or_add_person("Later", actor="ann")
    today = datetime.now(UTC).date()
    assert gallery.retention_days == 90
    assert gallery.person(earlier).retain_until is None
    until = gallery.person(later).retain_until
    assert until is not None
    assert until - today in (timedelta(days=89), timedelta(days=90))  # should midnight pass meanwhile
    assert gallery.person(later).retention_basis == "the gallery's rule of 90 days"
    gallery.set_retention_rule(None, actor="ann", basis="")
    assert gallery.person(gallery.add_person("Last", actor="ann")).retain_until is None
    for days in (0, -1, 40_000):
        with pytest.raises(GalleryError, match="cannot be kept"):
            gallery.set_retention_rule(days, actor="ann", basis="")


def test_photos_that_are_split_off_are_kept_no_longer_and_held_alike(gallery: Gallery) -> None:
    person = gallery.add_person("A", actor="ann")
    photo = add(gallery, person, unit(1))
    gallery.set_retention(person, date(2026, 6, 30), actor="ann", basis="law 5")
    gallery.set_legal_hold(person, actor="judge", reason="order")
    new = gallery.person(gallery.split_person(person, [photo], name="B", actor="ann"))
    assert (new.retain_until, new.retention_basis, new.legal_hold, new.held_by) == (
        date(2026, 6, 30),
        "law 5",
        "order",
        "judge",
    )


def test_who_looked_at_whom_on_what_ground_is_in_the_log(gallery: Gallery) -> None:
    person = gallery.add_person("Jane Doe", actor="ann")
    revision = gallery.revision
    gallery.record_view(person, actor="bob", purpose="case 17")
    gallery.record_listing(actor="bob", purpose="case 17", detail="1 person")
    gallery.record_export(actor="bob", purpose="handed to the court", detail="one face")
    view, listing, export = gallery.audit()[-3:]
    assert (view.action, view.person_id, view.actor, view.basis) == (GalleryAction.VIEWED, person, "bob", "case 17")
    assert view.person_token == gallery.audit()[-4].person_token
    assert (listing.action, listing.detail) == (GalleryAction.LISTED, "1 person")
    assert (export.action, export.basis) == (GalleryAction.EXPORTED, "handed to the court")
    assert "Jane" not in repr(gallery.audit())
    assert gallery.revision == revision
    with pytest.raises(GalleryError, match="no person 9"):
        gallery.record_view(9, actor="bob", purpose="")


def test_holds_of_an_older_gallery_stay_without_their_author(tmp_path: Path) -> None:
    from gallery_builders import write_version_1

    write_version_1(tmp_path / "old.db", name="A", embedding=unit(1))
    with Gallery.open(tmp_path / "old.db", create=False, embedder_id=EMBEDDER) as gallery:
        person = gallery.person(1)
        assert (person.held_by, person.held_at, person.retain_until) == ("", None, None)
