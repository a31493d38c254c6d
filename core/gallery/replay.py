"""What the log says of the people: who is there, under which name, under a legal hold or not.

A row of the gallery bears no hash of its own. The log tells each change of it, with a token that stands for the name,
so that a row which was changed behind the program's back differs from what the log comes to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlite_utils import Database

from core.gallery.audit import person_token, token_key
from core.gallery.log_rows import LogRow, rows
from core.gallery.records import GalleryAction

_ABSORBED = re.compile(r"absorbed person (\d+) ")
_PARTED = re.compile(r"person (\d+) merged with it no longer")
_OFF = re.compile(r"from person (\d+)")
_ONE_AGAIN = re.compile(r"person (\d+) is part of it again")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the log says of one person.

    Attributes:
        token: stands for the name.
        hold: number of the entry that set the legal hold; 0 for no hold, None where the log does not tell.
    """

    token: str
    hold: int | None = 0


class Replay:
    """The people as the log tells them; walk it in its order."""

    def __init__(self) -> None:
        self.told: dict[int, Told] = {}
        self.is_complete = True
        self._absorbed_under: dict[int, int | None] = {}

    def walk(self, row: LogRow) -> None:
        """Take in an entry."""
        if row.person_id is None:
            return
        number = row.person_id
        match row.action:
            case GalleryAction.PERSON_ADDED:
                self.told[number] = Told(token=row.person_token)
            case GalleryAction.RENAMED:
                self._change(number, token=row.person_token)
            case GalleryAction.HELD:
                self._change(number, hold=row.number)
            case GalleryAction.RELEASED:
                self._change(number, hold=0)
            case GalleryAction.ERASED:
                self.told.pop(number, None)
            case GalleryAction.MERGED:
                self._merge(number, self._named(_ABSORBED, row))
            case GalleryAction.SPLIT_UNDONE:
                self._drop(self._named(_ONE_AGAIN, row))
            case GalleryAction.MERGE_UNDONE:
                self.told[number] = Told(token=row.person_token, hold=self._hold_after_undo(row))
            case GalleryAction.SPLIT:
                self.told[number] = Told(token=row.person_token, hold=self._hold_of(self._named(_OFF, row)))

    def _change(self, number: int, *, token: str | None = None, hold: int | None = None) -> None:
        told = self.told.get(number)
        if told is not None:
            told = told if token is None else replace(told, token=token)
            self.told[number] = told if hold is None else replace(told, hold=hold)

    def _named(self, pattern: re.Pattern[str], row: LogRow) -> int | None:
        """The other person whom an entry is about; None where an erasure took that out with a name."""
        found = pattern.search(row.detail)
        self.is_complete = self.is_complete and found is not None
        return None if found is None else int(found[1])

    def _merge(self, keep: int, absorbed: int | None) -> None:
        if absorbed is not None:
            self._absorbed_under[absorbed] = self._hold_of(keep)
            self._drop(absorbed)

    def _drop(self, number: int | None) -> None:
        if number is not None:
            self.told.pop(number, None)

    def _hold_of(self, number: int | None) -> int | None:
        told = None if number is None else self.told.get(number)
        return None if told is None else told.hold

    def _hold_after_undo(self, row: LogRow) -> int | None:
        """A hold that was set since the merge holds both people; the same one set anew may be no other."""
        before, now = self._absorbed_under.get(row.person_id or 0), self._hold_of(self._named(_PARTED, row))
        if before is None or now is None:
            return None
        if now in (0, before):
            return 0
        return now if before == 0 else None


def replayed(db: Database) -> Replay:
    """What the whole log comes to; rows that cannot be read are passed over."""
    replay = Replay()
    for row in rows(db):
        if row.is_sound:
            replay.walk(row)
        else:
            replay.is_complete = False
    return replay


def held(db: Database, person_id: int, by_row: str) -> str:
    """Why a person may not be erased; '' without a hold. A hold that the row lost, but the log tells, holds too.

    Args:
        db: inside a transaction.
        person_id: who.
        by_row: the hold as it stands in the person's row.
    """
    told = None if by_row else replayed(db).told.get(person_id)
    if told is None or not told.hold:
        return by_row
    return f"set by entry {told.hold} of the log and never released, though it is gone from the person's row"


def held_people(db: Database) -> set[int]:
    """Numbers of all who may not be erased, by their rows or by the log alone; call inside a transaction."""
    by_rows = db.execute("SELECT id FROM people WHERE length(CAST(legal_hold AS BLOB)) > 0")
    return {number for (number,) in by_rows} | {number for number, told in replayed(db).told.items() if told.hold}


def differences(db: Database) -> Iterator[str]:
    """Where the people differ from what the log says of them, one sentence each; call inside a transaction."""
    replay, key = replayed(db), token_key(db)
    seen: set[int] = set()
    for person_id, name, is_held in db.execute(
        "SELECT id, CAST(name AS BLOB), length(CAST(legal_hold AS BLOB)) > 0 FROM people ORDER BY id"
    ):
        seen.add(person_id)
        told = replay.told.get(person_id)
        if told is None:
            if replay.is_complete:
                yield f"person {person_id} is in the gallery, but not by its log"
            continue
        if person_token(key, person_id, bytes(name or b"").decode(errors="replace")) != told.token:
            yield f"person {person_id} bears another name than by the log"
        if told.hold is not None and bool(told.hold) != bool(is_held):
            by_log = f"under a legal hold by entry {told.hold} of the log" if told.hold else "under no hold by the log"
            yield f"person {person_id} is {by_log}, but {'held' if is_held else 'not held'} in the gallery"
    if replay.is_complete:
        yield from (f"person {number} is missing, but not by the log" for number in sorted(replay.told.keys() - seen))
