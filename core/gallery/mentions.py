"""Where the records of other people mention somebody who is erased, and taking the name out there.

What counts as a mention is in `core.gallery.names_in_text`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlite_utils import Database

from core.domain.foreign_text import parsed_json
from core.domain.gallery import Mention, MentionField
from core.gallery.log_rows import stored_text
from core.gallery.names_in_text import Names
from core.gallery.replay import held_people

_AROUND_CHARS = 30  # of the text on each side of a name, to judge it by
_FIELDS = {
    "note": MentionField.NOTE,
    "basis": MentionField.BASIS,
    "legal_hold": MentionField.HOLD,
    "retention_basis": MentionField.RETENTION,
}


def find(db: Database, going: Iterable[int], wanted: Sequence[str]) -> tuple[Mention, ...]:
    """All mentions of a person in the records of others, by their numbers.

    Args:
        db: inside a transaction.
        going: numbers of the person, whose own records are none of others.
        wanted: all names that the person bears and bore.
    """
    return tuple(mention for mention, _ in _walk(db, going, wanted))


def take_out(db: Database, going: Iterable[int], wanted: Sequence[str]) -> tuple[Mention, ...]:
    """Replace all mentions by a neutral mark, but in records under a legal hold, which stay as they are.

    Call inside a write transaction.

    Returns:
        All mentions, those that stay too.
    """
    found = list(_walk(db, going, wanted))
    for mention, text in found:
        if mention.is_held:
            continue
        if mention.photo_id is not None:
            db.execute("UPDATE templates SET photo_name = ? WHERE id = ?", [text, mention.photo_id])
        else:
            column = next(column for column, field in _FIELDS.items() if field is mention.field)
            db.execute(f"UPDATE people SET {column} = ? WHERE id = ?", [text, mention.person_id])
    return tuple(mention for mention, _ in found)


def namesakes(db: Database, going: Iterable[int], wanted: Sequence[str]) -> tuple[int, ...]:
    """Numbers of others who bear one of the names: a mention may mean them."""
    names = Names(wanted)
    bearers = _bearers(db, set(going))
    return tuple(number for number, borne in bearers.items() if any(map(names.is_borne_by, borne)))


def _walk(db: Database, going: Iterable[int], wanted: Sequence[str]) -> Iterator[tuple[Mention, str]]:
    """Each mention, and what its text is without the name."""
    bearers = _bearers(db, set(going))
    names = Names(wanted, (name for borne in bearers.values() for name in borne))
    held: set[int] | None = None
    for number, field, photo, text in sorted(_texts(db), key=lambda row: (row[0], row[2] or 0)):
        own = bearers.get(number, ())
        if number not in bearers or not (spans := names.spans(text, own=own)):
            continue
        held = held_people(db) if held is None else held
        mention = Mention(
            person_id=number,
            field=field,
            photo_id=photo,
            excerpt=_excerpt(text, *spans[0]),
            is_held=number in held,
        )
        yield mention, names.taken_out(text, own=own)


def _bearers(db: Database, going: set[int]) -> dict[int, tuple[str, ...]]:
    """Names, now and before, of everybody who stays; what cannot be read is left out: it is no reason to erase less."""
    found: dict[int, tuple[str, ...]] = {}
    for number, name, former in db.execute(
        "SELECT id, CAST(name AS BLOB), CAST(former_names AS BLOB) FROM people ORDER BY id"
    ):
        if number not in going:
            texts = [stored_text(name) or "", *_listed(stored_text(former) or "[]")]
            found[number] = tuple(text for text in texts if text)
    return found


def _listed(stored: str) -> list[str]:
    try:
        names = parsed_json(stored)
    except ValueError:
        return []
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def _texts(db: Database) -> Iterator[tuple[int, MentionField, int | None, str]]:
    """(person, field, photo, text) of all free texts about people that can be read."""
    for column, field in _FIELDS.items():
        for number, stored in db.execute(
            f"SELECT id, CAST({column} AS BLOB) FROM people WHERE typeof({column}) = 'text' AND {column} <> ''"
        ):
            if (text := stored_text(stored)) is not None:
                yield number, field, None, text
    for number, photo, stored in db.execute(
        "SELECT person_id, id, CAST(photo_name AS BLOB) FROM templates WHERE typeof(photo_name) = 'text'"
    ):
        if (text := stored_text(stored)) is not None:
            yield number, MentionField.PHOTO, photo, text


def _excerpt(text: str, start: int, end: int) -> str:
    first, last = max(0, start - _AROUND_CHARS), min(len(text), end + _AROUND_CHARS)
    words = " ".join(text[first:last].split())
    return f"{'…' if first else ''}{words}{'…' if last < len(text) else ''}"
