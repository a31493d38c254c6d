"""Erasing in copies of a gallery and in lists of its people, where they were put."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from sqlite_utils import Database

from core.domain.gallery import CopyKind, KnownCopy
from core.errors import GalleryError, GalleryLockedError
from core.evidence.writing import write_whole
from core.gallery import audit, copies, erasure, people, replay, templates
from core.gallery.copies import Owed
from core.gallery.failures import reported
from core.gallery.key_file import GalleryKey
from core.gallery.list_file import COLUMNS, FACES_NAME, LIST_NAME
from core.gallery.names_in_text import Names
from core.gallery.records import GalleryAction
from core.gallery.schema import WRONG_KEY, open_database
from core.gallery.texts import guarded, unguarded
from core.gallery.wiping import wipe

_ACTOR = "the gallery this is a copy of"
_NAME = COLUMNS.index("name")
_FREE_TEXTS = tuple(COLUMNS.index(column) for column in ("note", "basis", "photo"))


def pay(
    db: Database,
    key: GalleryKey | None,
    *,
    only: int | None = None,
    names: Mapping[int, Sequence[str]] = MappingProxyType({}),
) -> Iterator[tuple[KnownCopy, str]]:
    """Erase in every copy that owes something and can be reached; call outside any transaction.

    Whatever stands where a copy was, it may be anybody's file: no failure there is one of this gallery.

    Args:
        db: of the gallery whose copies they are.
        key: of that gallery; encrypted copies have the same, unless it was encrypted or decrypted since.
        only: number of the one copy to erase in; None for all.
        names: of people who were erased just now, by their numbers. Without them, only what they were called in a
            copy can be looked for there.

    Yields:
        Each such copy, with '' or the reason why it still owes.
    """
    token_key = audit.token_key(db)
    for copy in copies.known(db):
        if only not in (None, copy.id):
            continue
        debts = copies.owed_by(db, copy)
        if not debts:
            continue
        reason = "nothing stands there any more" if not copy.is_there else ""
        paid: Sequence[Owed] = ()
        try:
            for left in copies.unfinished(copy):
                _wipe_all(left)
            if not reason:
                paid = _erase_in(copy, debts, token_key, key, names)
                reason = "" if len(paid) == len(debts) else "somebody who goes is under a legal hold there"
        except GalleryError as error:
            reason = error.what
            if isinstance(error, GalleryLockedError) or reason == WRONG_KEY:
                reason = (
                    "it is encrypted with another key than the gallery; "
                    f"`gallery copies --settle {copy.id}` opens it with its own passphrase"
                )
        except OSError as error:
            reason = error.strerror or str(error)
        except Exception as error:  # a file of somebody else must not keep this gallery shut
            reason = f"what stands there cannot be worked on ({type(error).__name__}: {error})"
        copies.settle(db, paid)
        yield copy, reason


def _erase_in(
    copy: KnownCopy,
    debts: Sequence[Owed],
    token_key: bytes,
    key: GalleryKey | None,
    names: Mapping[int, Sequence[str]],
) -> Sequence[Owed]:
    """Erase what a copy owes; which of it is paid."""
    if copy.kind is CopyKind.GALLERY:
        return _erase_in_gallery(copy.path, debts, token_key, key, names)
    _erase_in_list(copy.path, debts, names)
    return debts


def _erase_in_gallery(
    path: Path,
    debts: Sequence[Owed],
    token_key: bytes,
    key: GalleryKey | None,
    names: Mapping[int, Sequence[str]],
) -> Sequence[Owed]:
    db, _ = open_database(path, create=False, key=key)
    try:
        with reported(path):
            db.execute("BEGIN IMMEDIATE")
            try:
                if not _is_of(db, token_key):
                    raise GalleryError("another gallery stands there", next_step="erase in the copy by hand", path=path)
                before = db.conn.total_changes
                paid = [owed for owed in debts if _delete(db, owed, token_key, names)]
                if db.conn.total_changes > before:
                    db.execute("UPDATE gallery SET scrub_pending = 1, revision = revision + 1")
                db.execute("COMMIT")
            except BaseException:
                db.rollback()
                raise
            if erasure.is_scrub_pending(db):  # else all that can go went at an earlier attempt
                erasure.scrub(db, path)
    finally:
        db.close()
    return paid


def _delete(db: Database, owed: Owed, token_key: bytes, names: Mapping[int, Sequence[str]]) -> bool:
    """Delete what is owed, but for people under a legal hold in the copy; whether all of it is gone."""
    there = [person_id for person_id in sorted(owed.person_ids) if people.exists(db, person_id)]
    held = {person_id for person_id in there if _is_held(db, person_id, token_key)}
    going = [person_id for person_id in there if person_id not in held]
    if owed.redact_mentions:
        now = () if held else _now(owed, names)  # who is held is still there to be mentioned
        wanted = [*now, *(name for person_id in going for name in people.names(db, person_id))]
        erasure.take_out_mentions(db, owed.person_ids, wanted, actor=_ACTOR)
    for person_id in going:
        token = _token(db, person_id, token_key)
        erasure.delete_person(db, person_id=person_id, token=token, actor=_ACTOR, reason="erased there", n_backups=0)
    for template_id in sorted(owed.template_ids):
        owner = templates.owner(db, template_id)
        if owner is not None and (owner in held or _is_held(db, owner, token_key)):
            held.add(owner)
        elif owner is not None:
            db.execute("DELETE FROM templates WHERE id = ?", [template_id])
            audit.append(
                db,
                actor=_ACTOR,
                action=GalleryAction.TEMPLATE_ERASED,
                person_id=owner,
                basis="erased there",
                detail=f"template {template_id}",
            )
    return not held


def _now(owed: Owed, names: Mapping[int, Sequence[str]]) -> list[str]:
    """What the people of a debt are called in the gallery itself, as far as that is still known."""
    return [name for person_id in owed.person_ids for name in names.get(person_id, ())]


def _is_held(db: Database, person_id: int, token_key: bytes) -> bool:
    """Whether an existing person of the copy is under a legal hold there; the refusal is logged, once in a row."""
    (by_row,) = db.execute("SELECT legal_hold FROM people WHERE id = ?", [person_id]).fetchone()
    if not replay.held(db, person_id, by_row):
        return False
    refusal = (_ACTOR, str(GalleryAction.ERASURE_REFUSED))
    last = db.execute("SELECT actor, action FROM audit WHERE person_id = ? ORDER BY id DESC LIMIT 1", [person_id])
    if last.fetchone() != refusal:
        token = _token(db, person_id, token_key)
        audit.append(
            db,
            actor=_ACTOR,
            action=GalleryAction.ERASURE_REFUSED,
            person_id=person_id,
            token=token,
            basis="erased there",
        )
    return True


def _token(db: Database, person_id: int, token_key: bytes) -> str:
    return audit.person_token(token_key, person_id, people.names(db, person_id)[0])


def _erase_in_list(folder: Path, debts: Sequence[Owed], names: Mapping[int, Sequence[str]]) -> None:
    """Pictures first: a list cut short still names what is to be removed."""
    people = frozenset[int]().union(*(owed.person_ids for owed in debts))
    photos = frozenset[int]().union(*(owed.template_ids for owed in debts))
    faces = folder / FACES_NAME
    for face in sorted(faces.iterdir()) if faces.is_dir() else ():
        if _concerns(face.name, people, photos):
            wipe(face)
    path, former = folder / LIST_NAME, folder / f"{LIST_NAME}.former"
    if former.exists() and path.exists():  # cut short after the new list was whole
        wipe(former)
    elif path.exists():
        path.replace(former)
    if not former.exists():
        return
    rows = _rows(former)
    if not rows or tuple(rows[0]) != COLUMNS:
        former.replace(path)
        raise GalleryError("the list was changed since", next_step="erase in the list by hand", path=path)
    number = COLUMNS.index("person")
    kept = [
        row
        for row in rows[1:]
        if not (row[number : number + 1] and row[number] in {str(p) for p in people})
        and not _concerns(row[0].rpartition("/")[2], people, photos)
    ]
    for owed in debts:
        if owed.redact_mentions:
            numbers = {str(person_id) for person_id in owed.person_ids}
            there = (row[_NAME] for row in rows[1:] if row[number : number + 1] and row[number] in numbers)
            kept = list(_without_mentions(kept, [*_now(owed, names), *map(unguarded, there)]))
    made = io.StringIO(newline="")
    csv.writer(made, quoting=csv.QUOTE_ALL).writerows([rows[0], *kept])
    write_whole(path, made.getvalue().encode("utf-8-sig"))
    wipe(former)


def _without_mentions(rows: Sequence[list[str]], wanted: Sequence[str]) -> Iterator[list[str]]:
    """Rows of others, without the names of somebody who goes; those under a legal hold as they are."""
    names = Names(wanted, (unguarded(row[_NAME]) for row in rows if len(row) > _NAME))
    for row in rows:
        if len(row) != len(COLUMNS) or row[COLUMNS.index("legal_hold")]:
            yield row
            continue
        own = (unguarded(row[_NAME]),)
        redacted = {at: guarded(names.taken_out(unguarded(row[at]), own=own)) for at in _FREE_TEXTS}
        yield [redacted.get(at, cell) for at, cell in enumerate(row)]


def _rows(path: Path) -> list[list[str]]:
    """The rows of a list, without blank ones; none where it is no list as the gallery writes them."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        return [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    except (UnicodeDecodeError, csv.Error):  # saved anew by another program
        return []


def _wipe_all(path: Path) -> None:
    if path.is_dir():
        for within in path.iterdir():
            _wipe_all(within)
        path.rmdir()
    else:
        wipe(path)


def _concerns(face: str, people: frozenset[int], photos: frozenset[int]) -> bool:
    """Whether a picture called ``PERSON-PHOTO.png`` shows somebody who goes."""
    person, dash, photo = face.removesuffix(".png").partition("-")
    if not (dash and person.isdecimal() and photo.isdecimal()):
        return False
    return int(person) in people or int(photo) in photos


def _is_of(db: Database, token_key: bytes) -> bool:
    """Whether a gallery is a copy of the one with that key; one that was never filled has none."""
    return bool(token_key) and audit.token_key(db) == token_key
