"""Campaign: who is erased from a gallery is in no file any more, and a legal hold prevents it."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import GalleryError
from core.gallery.conversion import encrypt_gallery
from core.gallery.export import copy_gallery, export_people
from core.gallery.key_file import GalleryKey
from core.gallery.keys import unlock
from core.gallery.records import GalleryAction
from core.gallery.store import Gallery
from core.validation.biometric_people import EMBEDDER, MarkedPerson, content_of, enrol_marked, traces
from core.validation.campaign import Campaign, Check, Setting

_SECRET = "a passphrase of the campaign"
_PEOPLE, _KILLS = (120, 6), (60, 4)
_SHORTEST_WAIT_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A gallery in a folder of its own."""

    kind: str
    folder: Path
    key: GalleryKey | None

    @property
    def path(self) -> Path:
        return self.folder / "gallery.db"

    def open(self, *, busy_timeout_s: float = 10.0) -> Gallery:
        return Gallery.open(self.path, create=False, embedder_id=EMBEDDER, key=self.key, busy_timeout_s=busy_timeout_s)

    def traces_of(self, people: list[MarkedPerson]) -> list[str]:
        content = content_of(self.folder, self.key)
        return [trace for person in people for trace in traces(person, content)]


def run(setting: Setting) -> Iterator[Check]:
    """The checks, of a plain and of an encrypted gallery."""
    for kind in ("plain", "encrypted"):
        rng = setting.random()
        yield from _erase_many(_place(setting, kind, "many"), _PEOPLE[not setting.full], rng, setting)
        yield from _kill(_place(setting, kind, "killed"), _KILLS[not setting.full], rng, setting)
        yield _read_meanwhile(_place(setting, kind, "read"), rng)
        yield _hold(_place(setting, kind, "held"), rng)
        yield _out_of_reach(_place(setting, kind, "away"), rng)
        yield _held_in_a_copy(_place(setting, kind, "held-copy"), rng)


def _place(setting: Setting, kind: str, name: str) -> _Place:
    folder = setting.workspace / f"{kind}-{name}"
    folder.mkdir()
    path = folder / "gallery.db"
    Gallery.open(path, create=True, embedder_id=EMBEDDER, actor="campaign").close()
    if kind == "plain":
        return _Place(kind=kind, folder=folder, key=None)
    encrypt_gallery(path, passphrase=_SECRET, actor="campaign")
    return _Place(kind=kind, folder=folder, key=unlock(path, _SECRET))


def _erase_many(place: _Place, n_people: int, rng: random.Random, setting: Setting) -> Iterator[Check]:
    """Half of the people go, one after another, with a backup, a copy, a list and a second program about."""
    with place.open() as gallery, place.open() as other:
        people = [enrol_marked(gallery, rng) for _ in range(n_people)]
        (place.folder / "copies").mkdir()
        copy_gallery(gallery, place.folder / "copies" / "copy.db", actor="campaign")
        for _ in export_people(gallery, place.folder / "copies" / "list", actor="campaign"):
            pass
        going, staying = people[::2], people[1::2]
        content = content_of(place.folder, place.key)
        # Each kind of bytes must be seen where it belongs, else finding none afterwards would say nothing.
        unseen = [what for p in people for what, m in p.markers.items() if not any(m in d for d in content.values())]
        n_before = sum(len(traces(person, content)) for person in going)
        left: list[str] = []
        for number, person in enumerate(going, 1):
            gallery.copy_to(place.folder / f"gallery.db.v2.{number}.bak")  # as a migration leaves it
            other.people()
            gallery.erase_person(person.id, actor="campaign", reason=f"{person.name} withdrew")
            left += place.traces_of([person])
            setting.progress(number, len(going))
        altered = gallery.altered_audit_entries()
        names = {person.name for person in gallery.people()}
    left += place.traces_of(going)
    n_markers = len(going) * len(going[0].markers)
    never_stored = {"name in UTF-16", "template in half precision"}
    yield Check(
        promise=f"Nothing of an erased person is left in any file in reach ({place.kind} gallery, its WAL, a backup, a "
        "copy, an exported list with pictures)",
        figure=f"{len(going)} people erased; {n_before:,} places held one of their {n_markers:,} byte patterns, "
        f"afterwards {len(left)}" + (f", such as {left[0]}" if left else ""),
        passed=not left and n_before > n_markers and set(unseen) <= never_stored,
    )
    content = content_of(place.folder, place.key)
    kept = sum(
        all(any(m in d for d in content.values()) for what, m in p.markers.items() if what not in never_stored)
        for p in staying
    )
    yield Check(
        promise=f"An erasure takes nobody else away, and the log's chain stays whole ({place.kind} gallery)",
        figure=f"{kept} of {len(staying)} other people are complete; {len(altered)} altered entries in the log",
        passed=kept == len(staying) and names == {p.name for p in staying} and not altered,
    )


def _kill(place: _Place, n_kills: int, rng: random.Random, setting: Setting) -> Iterator[Check]:
    promise = (
        f"kill -9 in the midst of an erasure: the person is there with everything, or gone without a trace at the "
        f"next opening ({place.kind} gallery)"
    )
    if not hasattr(os, "fork"):
        yield Check(promise=promise, figure="not measured: this system cannot fork", passed=None)
        return
    with place.open() as gallery:
        for _ in range(10):
            enrol_marked(gallery, rng)
    took = _time_of_an_erasure(place, rng)
    n_there, n_gone, n_pending, wrong = 0, 0, 0, []
    for number in range(1, n_kills + 1):
        with place.open() as gallery:
            person = enrol_marked(gallery, rng)
            gallery.copy_to(place.folder / "gallery.db.v2.bak")
        _killed_after(lambda person=person: _erase(place, person), rng.uniform(0.0, 1.3 * took))  # type: ignore[misc]
        before = place.traces_of([person])
        with place.open() as gallery:
            is_there = any(p.id == person.id for p in gallery.people())
            if gallery.altered_audit_entries():
                wrong.append("altered log")
            if is_there:
                n_there += 1
                if gallery.person(person.id).n_templates != 1 or gallery.person(person.id).name != person.name:
                    wrong.append("a person in part")
                gallery.erase_person(person.id, actor="campaign", reason="round over")
            else:
                n_gone += 1
                n_pending += bool(before)
        wrong += place.traces_of([person])
        setting.progress(number, n_kills)
    yield Check(
        promise=promise,
        figure=f"{n_kills} kills within {1.3 * took:.2f} s: {n_there} times still there, {n_gone} times gone, "
        f"{n_pending} of these finished by the next opening; {len(wrong)} times otherwise"
        + (f": {wrong[0]}" if wrong else ""),
        passed=not wrong and n_gone > 0,
    )


def _read_meanwhile(place: _Place, rng: random.Random) -> Check:
    with place.open() as gallery:
        person = enrol_marked(gallery, rng)
    with place.open() as reader, reader.snapshot() as db:
        db.execute("SELECT count(*) FROM people").fetchone()
        said = ""
        with place.open(busy_timeout_s=_SHORTEST_WAIT_S) as gallery:
            try:
                gallery.erase_person(person.id, actor="campaign", reason="withdrawn")
            except GalleryError as error:
                said = error.what
            is_listed = any(p.id == person.id for p in gallery.people())
        n_pending = len(place.traces_of([person]))
    place.open().close()
    left = place.traces_of([person])
    return Check(
        promise="While another program reads, an erasure says that traces stay, and the next opening removes them "
        f"({place.kind} gallery)",
        figure=f"said {said!r}; {n_pending} places while it was read, {len(left)} after the next opening",
        passed="traces stay" in said and not is_listed and n_pending > 0 and not left,
    )


def _hold(place: _Place, rng: random.Random) -> Check:
    with place.open() as gallery:
        person, other = enrol_marked(gallery, rng), enrol_marked(gallery, rng)
        gallery.set_legal_hold(person.id, actor="judge", reason="order 3/2026")
        n_stored = _n_seen(person, place)
        attempts: list[Callable[[], object]] = [
            lambda: gallery.erase_person(person.id, actor="clerk", reason="request"),
            lambda: gallery.erase_template(
                person.id, gallery.templates_of(person.id)[0].id, actor="clerk", reason="request"
            ),
            lambda: gallery.merge_people(other.id, person.id, actor="clerk"),
        ]
        n_refused = sum(_is_refused(attempt) for attempt in attempts)
        logged = [(e.action, e.actor) for e in gallery.audit() if e.person_id == person.id]
        n_left = _n_seen(person, place)
    expected = [GalleryAction.ERASURE_REFUSED, GalleryAction.ERASURE_REFUSED, GalleryAction.MERGE_REFUSED]
    n_logged = sum((action, "clerk") in logged for action in expected)
    return Check(
        promise=f"A legal hold blocks erasing and merging a person away; each attempt is logged ({place.kind} gallery)",
        figure=f"{n_refused} of {len(attempts)} attempts refused, {n_logged} of {len(expected)} in the log; "
        f"{n_left} of {n_stored} stored byte patterns still there",
        passed=n_refused == len(attempts) and n_logged == len(expected) and n_left == n_stored > 0,
    )


def _out_of_reach(place: _Place, rng: random.Random) -> Check:
    drive, drawer = place.folder / "drive", place.folder / "drawer"
    drive.mkdir()
    with place.open() as gallery:
        person = enrol_marked(gallery, rng)
        copy_gallery(gallery, drive / "copy.db", actor="campaign")
        drive.rename(drawer)
        done = gallery.erase_person(person.id, actor="campaign", reason="withdrawn")
        n_owed = len(done.owed_copies)
    n_away = len(place.traces_of([person]))
    drawer.rename(drive)
    place.open().close()
    left = place.traces_of([person])
    return Check(
        promise="A copy that cannot be reached is named, and erased in when the gallery is opened with it at its place "
        f"({place.kind} gallery)",
        figure=f"{n_owed} copy named; {n_away} places while it was away, {len(left)} after the next opening",
        passed=n_owed == 1 and n_away > 0 and not left,
    )


def _held_in_a_copy(place: _Place, rng: random.Random) -> Check:
    copy = _Place(kind=place.kind, folder=place.folder / "copy", key=place.key)
    copy.folder.mkdir()
    with place.open() as gallery:
        person = enrol_marked(gallery, rng)
        copy_gallery(gallery, copy.path, actor="campaign")
    with copy.open() as held:
        held.set_legal_hold(person.id, actor="judge", reason="order 3/2026")
    n_stored = _n_seen(person, copy)
    with place.open() as gallery:
        done = gallery.erase_person(person.id, actor="campaign", reason="withdrawn")
        n_named = sum("legal hold" in why for _, why in done.owed_copies)
    n_left = _n_seen(person, copy)
    with copy.open() as held:
        n_logged = sum(entry.action == GalleryAction.ERASURE_REFUSED for entry in held.audit())
        held.release_legal_hold(person.id, actor="judge", reason="lifted")
    place.open().close()
    left = place.traces_of([person])
    return Check(
        promise="A legal hold in a copy keeps the person there when the gallery erases; the copy is named, and erased "
        f"in after the release ({place.kind} gallery)",
        figure=f"{n_named} copy named, {n_logged} refusal in its log; {n_left} of {n_stored} stored byte patterns "
        f"still there, {len(left)} after the release",
        passed=n_named == n_logged == 1 and n_left == n_stored > 0 and not left,
    )


def _erase(place: _Place, person: MarkedPerson) -> None:
    with place.open() as gallery:
        gallery.erase_person(person.id, actor="campaign", reason=f"{person.name} withdrew")


def _time_of_an_erasure(place: _Place, rng: random.Random) -> float:
    """Seconds from the start of a process that erases to its end."""
    with place.open() as gallery:
        person = enrol_marked(gallery, rng)
        gallery.copy_to(place.folder / "gallery.db.v2.bak")
    began = time.perf_counter()
    _killed_after(lambda: _erase(place, person), None)
    return time.perf_counter() - began


def _killed_after(work: Callable[[], None], seconds: float | None) -> None:
    """Do `work` in a process of its own, which is killed after that time; None lets it end."""
    child = os.fork()
    if not child:
        try:
            work()
        finally:
            os._exit(0)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _n_seen(person: MarkedPerson, place: _Place) -> int:
    """How many of a person's byte patterns stand in any file."""
    content = content_of(place.folder, place.key)
    return sum(any(marker in data for data in content.values()) for marker in person.markers.values())


def _is_refused(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except GalleryError as error:
        return "legal hold" in error.what
    return False


CAMPAIGN = Campaign(
    name="erasure",
    title="Erasure of biometric data",
    about="People with known bytes (names in UTF-8 and UTF-16, note, photo's name and hash, template in single and "
    "half precision, picture) are enrolled in a plain and in an encrypted gallery and erased; then every file in reach "
    "is searched for them: database with free pages, WAL, a migration's backup, a copy, a list. "
    "Files of the encrypted gallery are searched as they lie there and, page by page, decrypted. Not covered: what "
    "a file system or a solid-state disk keeps of overwritten blocks, and cases and reports, which keep what their "
    "searches said.",
    run=run,
)
