"""Records that turn out to be the same person, or two: merging, splitting, and taking either back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from core.domain.gallery import PersonRecord
from core.errors import GalleryError
from core.gallery import audit, people, surroundings, templates
from core.gallery.records import GalleryAction
from core.gallery.replay import held
from core.gallery.session import GallerySession
from core.gallery.texts import checked_name, checked_text

_JOINED = ("note", "basis", "retention_basis")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Merge:
    """All that a merge changed, for `GalleryMerging.undo_merge`. Holds names and templates: forget it on an erasure.

    Attributes:
        keep, absorb: the two people before.
        merged: the person who remained, after.
        moved: ids of the templates that changed hands.
        keep_former, absorb_former: earlier names of the two.
        dropped: rows of templates that `absorb` lost because `keep` had the same photo.
        given: templates of `keep` that got the surroundings of such rows, and what read them.
    """

    keep: PersonRecord
    absorb: PersonRecord
    merged: PersonRecord
    moved: tuple[int, ...]
    keep_former: tuple[str, ...]
    absorb_former: tuple[str, ...]
    dropped: tuple[templates.TemplateRow, ...]
    given: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """What a split made, for `GalleryMerging.undo_split`: templates `moved` from a person to a new one."""

    person_id: int
    new_id: int
    moved: tuple[int, ...]


class GalleryMerging(GallerySession):
    """Merging and splitting people of an open gallery."""

    def merge_people(self, keep_id: int, absorb_id: int, *, actor: str, reason: str = "") -> Merge:
        """Two records are the same person: `keep_id` gets the photos, `absorb_id` ceases to exist.

        Note and basis of both are joined, and the earlier of their last days holds; a photo that both have stays once,
        with the surroundings that either has.
        The audit names the moved templates, so that `split_person` can undo it at any later time, and `undo_merge`
        better.

        Raises:
            GalleryError: unknown or equal ids; `absorb_id` is under a legal hold (logged).
        """
        with self._change() as db:
            keep, absorb = (people.by_id(db, i, self.path) for i in (keep_id, absorb_id))
            if keep.id == absorb.id:
                raise GalleryError("a person cannot be merged with itself", next_step="give two different ids")
            hold = held(db, absorb.id, absorb.legal_hold)
            if not hold:
                return self._merged(db, keep, absorb, actor, reason)
            # A record under a hold must not vanish into another; the attempt stays in the log.
            detail = f"into person {keep_id}"
            self._log(db, actor, GalleryAction.MERGE_REFUSED, absorb.id, absorb.name, reason, detail)
        raise GalleryError(
            f"person {absorb.id} is under a legal hold ({hold}) and cannot become part of another",
            next_step=f"keep person {absorb.id} and let the other record go, or release the hold; it was logged",
            path=self.path,
        )

    def _merged(self, db: Database, keep: PersonRecord, absorb: PersonRecord, actor: str, reason: str) -> Merge:
        former = people.former_names(db, keep.id), people.former_names(db, absorb.id)
        moved, dropped = templates.parted_by_photo(db, from_person=absorb.id, to_person=keep.id)
        rows = tuple(templates.row(db, template_id) for template_id in dropped)
        given = surroundings.hand_on(db, from_person=absorb.id, to_person=keep.id)
        templates.move(db, moved, from_person=absorb.id, to_person=keep.id)
        joined = {field: _joined(getattr(keep, field), getattr(absorb, field)) for field in _JOINED}
        joined |= {"retain_until": _earlier(keep, absorb)}
        people.update(db, keep.id, former={*former[0], *former[1], absorb.name} - {keep.name}, **joined)
        people.delete(db, absorb.id)
        token = audit.person_token(self._token_key, absorb.id, absorb.name)
        detail = f"absorbed person {absorb.id} (token {token}), templates {list(moved) or 'none'}"
        self._log(db, actor, GalleryAction.MERGED, keep.id, keep.name, reason, detail)
        return Merge(
            keep=keep,
            absorb=absorb,
            merged=people.by_id(db, keep.id, self.path),
            moved=moved,
            keep_former=former[0],
            absorb_former=former[1],
            dropped=rows,
            given=given,
        )

    def undo_merge(self, merge: Merge, *, actor: str) -> None:
        """Take a merge back: both people are again who they were, with their ids, photos, texts and holds.

        What happened since stays: other names and texts, photos enrolled, erased or split off. A hold that was set
        since holds both people.

        Raises:
            GalleryError: the person who remained was erased or merged since, or the other one is back already.
        """
        with self._change() as db:
            now = people.by_id(db, merge.keep.id, self.path)
            if people.exists(db, merge.absorb.id):
                raise GalleryError(
                    f"person {merge.absorb.id} is in the gallery already", next_step="nothing needs to be undone"
                )
            brought = {merge.absorb.name, *merge.absorb_former} - {merge.keep.name, *merge.keep_former}
            former = set(people.former_names(db, now.id)) - brought
            back = {f: getattr(merge.keep if _same(now, merge.merged, f) else now, f) for f in _JOINED}
            until = merge.keep if _same(now, merge.merged, "retain_until") else now
            back |= {"retain_until": people.retention_columns(until)["retain_until"]}
            is_held_since = now.legal_hold != merge.merged.legal_hold
            people.update(db, now.id, former=former, **back)
            people.restore(
                db, merge.absorb, former=merge.absorb_former, held_like=now if is_held_since else merge.absorb
            )
            moved = templates.owned(db, now.id).intersection(merge.moved)
            templates.move(db, sorted(moved), from_person=now.id, to_person=merge.absorb.id)
            surroundings.take_back(db, merge.given)
            for row in merge.dropped:
                templates.put_back(db, row)
            detail = f"person {now.id} merged with it no longer, templates {sorted(moved) or 'none'}"
            self._log(db, actor, GalleryAction.MERGE_UNDONE, merge.absorb.id, merge.absorb.name, "", detail)

    def split_person(
        self,
        person_id: int,
        template_ids: Sequence[int],
        *,
        name: str,
        basis: str = "",
        actor: str,
        reason: str = "",
    ) -> int:
        """Move some templates of a person to a new person and return the new id; undoes a merge.

        Raises:
            GalleryError: a template is not one of that person's.
        """
        name, basis = checked_name(name), checked_text(basis, "basis")
        with self._change() as db:
            old = people.by_id(db, person_id, self.path)
            new_id = people.insert(db, name=name, note="", basis=basis or old.basis, like=old)
            templates.move(db, template_ids, from_person=person_id, to_person=new_id)
            detail = f"templates {sorted(template_ids)} from person {person_id}"
            self._log(db, actor, GalleryAction.SPLIT, new_id, name, reason, detail)
        return new_id

    def split_off(
        self, person_id: int, template_ids: Sequence[int], *, name: str, actor: str, reason: str = ""
    ) -> Split:
        """What `split_person` does, answered so that `undo_split` can take it back."""
        moved = tuple(template_ids)
        new_id = self.split_person(person_id, moved, name=name, actor=actor, reason=reason)
        return Split(person_id=person_id, new_id=new_id, moved=moved)

    def undo_split(self, split: Split, *, actor: str) -> None:
        """Give the photos back and remove the new person.

        Raises:
            GalleryError: one of the two is gone, or the new person was enrolled further or put under a hold since,
                so that it is more than what was split off.
        """
        with self._change() as db:
            old, new = (people.by_id(db, i, self.path) for i in (split.person_id, split.new_id))
            owned = templates.owned(db, new.id)
            if not owned <= set(split.moved) or new.legal_hold not in ("", old.legal_hold):
                raise GalleryError(
                    f"person {new.id} has changed since it was split off",
                    next_step=f"merge it with person {old.id} instead",
                    path=self.path,
                )
            templates.move(db, sorted(owned), from_person=new.id, to_person=old.id)
            names = {new.name, *people.former_names(db, new.id), *people.former_names(db, old.id)}
            people.update(db, old.id, former=names - {old.name})
            people.delete(db, new.id)
            detail = f"person {new.id} is part of it again, templates {sorted(owned)}"
            self._log(db, actor, GalleryAction.SPLIT_UNDONE, old.id, old.name, "", detail)


def _earlier(keep: PersonRecord, absorb: PersonRecord) -> str:
    """The earlier last day of the two, as stored: what may be held no longer must not be held on by a merge."""
    days = [person.retain_until for person in (keep, absorb) if person.retain_until is not None]
    return min(days).isoformat() if days else ""


def _joined(first: str, second: str) -> str:
    return "\n".join(dict.fromkeys(text for text in (first, second) if text))


def _same(one: PersonRecord, other: PersonRecord, field: str) -> bool:
    return bool(getattr(one, field) == getattr(other, field))
