"""Work on a gallery: enrolling, renaming, holding, merging, parting, looking up, erasing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from core.gallery.key_file import GalleryKey
from core.gallery.photos import thumbnail_png
from core.gallery.search import GallerySearch
from core.gallery.store import Gallery
from core.validation.durability import records
from core.validation.durability.workload import fingerprint

GALLERY = "people.db"
EMBEDDER = "noise@0000000000000000"
ERASED = ("Adalbertine Erasewell", "Photo-of-Erasewell.jpg")  # name and photo that no file may hold after the erasure
_ACTOR = re.compile(r"step (\d+)")
_TOKEN = re.compile(r"\b[0-9a-f]{16}\b")  # of a person, under a key that is random in each gallery
_Step = Callable[[Gallery, str], object]


class GalleryWork:
    """Every kind of write of a gallery.

    Args:
        name, title: see `Workload`.
        key: encrypts the gallery; None leaves it plain.
    """

    def __init__(self, name: str, title: str, *, key: GalleryKey | None = None) -> None:
        self.name = name
        self.title = title
        self.database = GALLERY
        self._key = key

    def prepare(self, folder: Path) -> None:
        """See `Workload`; it begins with nothing."""

    def work(self, folder: Path) -> Iterator[int]:
        """See `Workload`; the actor of each entry of the log is the step that made it."""
        folder.mkdir(exist_ok=True)
        with Gallery.open(
            folder / GALLERY, create=True, embedder_id=EMBEDDER, actor="step 1", key=self._key
        ) as gallery:
            done = max(int(match[1]) for entry in gallery.audit() if (match := _ACTOR.fullmatch(entry.actor)))
            if done == 1:
                yield 1
            for number, step in enumerate(_STEPS[done - 1 :], done + 1):
                step(gallery, f"step {number}")
                yield number

    def attempts(self, folder: Path) -> Iterator[Callable[[], object]]:
        """See `Workload`."""
        folder.mkdir(exist_ok=True)
        yield lambda: self._opened(folder).close()
        with Gallery.open(
            folder / GALLERY, create=False, embedder_id=EMBEDDER, key=self._key, busy_timeout_s=0.05
        ) as gallery:
            for number, step in enumerate(_STEPS, 2):
                yield partial(step, gallery, f"step {number}")

    def state(self, folder: Path) -> str:
        """See `Workload`."""
        if not _is_begun(folder):
            return ""
        with self._opened(folder) as gallery:
            return fingerprint(_content(gallery))

    def problems(self, folder: Path) -> list[str]:
        """See `Workload`; opening it has put an erasure to its end that was cut short."""
        if not _is_begun(folder):
            return []
        with self._opened(folder) as gallery:
            with gallery.snapshot() as db:
                found = [str(row[0]) for row in db.execute("PRAGMA integrity_check") if row[0] != "ok"]
                found += [f"a row of {row[0]} lacks its {row[2]}" for row in db.execute("PRAGMA foreign_key_check")]
            found += [f"entry {number} of the log was altered" for number in gallery.altered_audit_entries()]
            is_erased = any(entry.action == "person erased" for entry in gallery.audit())
            names = {person.name for person in gallery.people()}
        if is_erased or (ERASED[0] not in names and names):
            for path in folder.iterdir():
                data = path.read_bytes()
                found += [f"{path.name} still holds {mark!r}" for mark in ERASED if is_erased and mark.encode() in data]
        return found

    def _opened(self, folder: Path) -> Gallery:
        return Gallery.open(folder / GALLERY, create=True, embedder_id=EMBEDDER, actor="step 1", key=self._key)


def _is_begun(folder: Path) -> bool:
    """Whether there is more than the empty file that SQLite makes before its first commit."""
    path = folder / GALLERY
    return path.exists() and any(p.stat().st_size for p in folder.iterdir() if p.name.startswith(GALLERY))


def _enrol(person_id: int, *seeds: int, name: str = "photo") -> _Step:
    """One batch of an import: all of its photos or none."""

    def do(gallery: Gallery, actor: str) -> None:
        with gallery.transaction():
            for seed in seeds:
                gallery.add_template(
                    person_id,
                    records.vector(seed),
                    embedder_id=EMBEDDER,
                    photo_sha256=f"{seed:064x}",
                    photo_name=ERASED[1] if name == ERASED[1] else f"{name} {seed}.jpg",
                    thumbnail_png=thumbnail_png(records.picture(seed)),
                    quality=0.5,
                    actor=actor,
                )

    return do


def _look_up(seed: int) -> _Step:
    return lambda gallery, actor: GallerySearch(gallery, actor=actor, purpose="17/26").search(
        records.vector(seed), threshold=0.5
    )


_STEPS: tuple[_Step, ...] = (
    lambda gallery, actor: gallery.add_person("Grace", note="a note", basis="consent", actor=actor),
    lambda gallery, actor: gallery.find_or_add_person("Eileen", basis="order", actor=actor),
    lambda gallery, actor: gallery.add_person(ERASED[0], basis="consent", actor=actor),
    _enrol(1, 10, 11, 12),
    _enrol(2, 20, 21),
    _enrol(3, 30, name=ERASED[1]),
    lambda gallery, actor: gallery.rename(2, "Eileen Collins", actor=actor),
    _look_up(10),
    lambda gallery, actor: gallery.add_person("G. Hopper", actor=actor),
    _enrol(4, 40, 41),
    lambda gallery, actor: gallery.merge_people(1, 4, actor=actor, reason="the same"),
    lambda gallery, actor: gallery.split_person(1, [7], name="Gracie", actor=actor),
    lambda gallery, actor: gallery.set_legal_hold(3, actor=actor, reason="order 4"),
    lambda gallery, actor: gallery.release_legal_hold(3, actor=actor, reason="over"),
    lambda gallery, actor: gallery.erase_template(1, 2, actor=actor, reason="blurred"),
    _look_up(30),
    lambda gallery, actor: gallery.erase_person(3, actor=actor, reason="asked for"),
    _look_up(20),
    lambda gallery, actor: gallery.record_export(actor=actor, purpose="17/26", detail="list"),
    _enrol(2, 22, 23, 24),
)


def _content(gallery: Gallery) -> object:
    """All that readers can see of a gallery, times and random numbers left out."""
    matrix = GallerySearch(gallery).load()
    people = gallery.people()
    return (
        [(p.id, p.name, p.note, p.basis, p.n_templates, p.legal_hold) for p in people],
        [
            (t.id, t.person_id, t.photo_sha256, t.photo_name, t.thumbnail_png, t.quality)
            for p in people
            for t in gallery.templates_of(p.id)
        ],
        (matrix.embeddings, matrix.person_ids, matrix.template_ids, matrix.revision),
        [
            (e.actor, str(e.action), e.person_id, e.basis, _TOKEN.sub("", e.detail), e.is_redacted)
            for e in gallery.audit()
        ],
    )
