"""Rows of the log as they lie in the file, whatever somebody may have put there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

_TEXTS = ("at", "actor", "action", "person_token", "basis", "detail", "text_sha256", "entry_sha256")
# As bytes: SQLite stores anything in any column, and text that is no UTF-8 would end the whole reading.
_AS_BYTES = ", ".join(f"CASE typeof({column}) WHEN 'text' THEN CAST({column} AS BLOB) END" for column in _TEXTS)
_SELECT = (
    "SELECT id, CASE typeof(person_id) WHEN 'integer' THEN person_id END, typeof(person_id) IN ('integer', 'null'), "
    "CASE typeof(nonce) WHEN 'blob' THEN nonce END, typeof(nonce) IN ('blob', 'null'), "
    f"{_AS_BYTES} FROM audit ORDER BY id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """One row of the log; columns that cannot be read are '' or None.

    Attributes:
        number: of the entry.
        at, actor, action, person_id, person_token, text_sha256: the head, which is chained.
        basis, detail: the texts, which enter the chain as `text_sha256`.
        nonce: salt of that hash; None once a name was taken out of the texts.
        entry_sha256: hash of head and entry before.
        is_sound: every column can be read.
    """

    number: int
    at: str
    actor: str
    action: str
    person_id: int | None
    person_token: str
    basis: str
    detail: str
    nonce: bytes | None
    text_sha256: str
    entry_sha256: str
    is_sound: bool


def rows(db: Database) -> Iterator[LogRow]:
    """All rows, oldest first."""
    for number, person_id, is_person, nonce, is_nonce, *stored in db.execute(_SELECT):
        texts = {column: stored_text(value) for column, value in zip(_TEXTS, stored, strict=True)}
        is_sound = is_person and is_nonce and None not in texts.values() and _is_time(texts["at"] or "")
        yield LogRow(
            number=number,
            person_id=person_id,
            nonce=nonce,
            is_sound=bool(is_sound),
            **{column: text or "" for column, text in texts.items()},
        )


def stored_text(value: bytes | None) -> str | None:
    """Text as it lies in the file; None where it is none, or no UTF-8."""
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
