"""Names taken out of the log's texts by an erasure, and the entries that say what those texts are since.

Such a text no longer fits the hash in the chain. An entry of its own, before that of the erasure, states for each of
them the number and a keyed hash of what was left, under the gallery's key of tokens: a text that another erasure
changes later could else be guessed from it. That entry names nobody and is never redacted itself.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Iterator, Mapping

from sqlite_utils import Database

from core.gallery.log_rows import LogRow, rows
from core.gallery.names_in_text import Names
from core.gallery.records import GalleryAction
from core.gallery.texts import without_names

_STATED = re.compile(r"\b(\d+): ([0-9a-f]{64})\b")
_AT_ONCE = 100  # texts an entry states, so that it can still be shown
# Of hashes and numbers: never redacted.
_NAMELESS = frozenset({GalleryAction.LOG_SIGNED, GalleryAction.REDACTED, GalleryAction.MENTIONS_TAKEN_OUT})


def redact(db: Database, key: bytes, *, person_ids: Iterable[int], names: Iterable[str]) -> dict[int, str]:
    """Take names out of the free text of all entries, of the person's own also single words of names.

    Args:
        db: inside a write transaction.
        key: of the gallery's tokens.
        person_ids: whose entries are the person's own.
        names: all that the person bore.

    Returns:
        Number of each entry that was changed, and the hash of its texts now, for `statements`.
    """
    own, wanted = set(person_ids), list(names)
    mentioned = Names(wanted)
    changed: dict[int, tuple[str, str]] = {}
    for row in rows(db):
        if row.action in _NAMELESS or not (row.basis or row.detail):
            continue
        also_words = row.person_id in own
        basis, detail = (
            mentioned.taken_out(without_names(text, wanted, also_words=also_words)) for text in (row.basis, row.detail)
        )
        if (basis, detail) != (row.basis, row.detail):
            changed[row.number] = (basis, detail)
    for number, (basis, detail) in changed.items():
        db.execute("UPDATE audit SET basis = ?, detail = ?, nonce = NULL WHERE id = ?", [basis, detail, number])
    return {number: _hash(key, number, *texts) for number, texts in changed.items()}


def statements(changed: Mapping[int, str]) -> Iterator[str]:
    """Details of the entries that state texts which were changed; at least one, to tell that nothing else was."""
    stated = [f"{number}: {sha256}" for number, sha256 in changed.items()]
    for start in range(0, max(1, len(stated)), _AT_ONCE):
        yield f"entries and their texts now: {', '.join(stated[start : start + _AT_ONCE]) or 'none'}"


class Redactions:
    """Texts that names were taken out of, compared with what later entries state of them; walk the log in its order."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._now: dict[int, str] = {}
        self._stated: dict[int, tuple[int, str]] = {}
        self._never: set[int] = set()
        self._last_silent = 0
        self._before = ""

    def walk(self, row: LogRow, *, is_whole: bool) -> None:
        """Take in an entry, and whether it fits the chain."""
        if row.nonce is None:
            self._now[row.number] = _hash(self._key, row.number, row.basis, row.detail)
            if row.action in _NAMELESS:
                self._never.add(row.number)
        elif row.action == GalleryAction.REDACTED and is_whole:
            for number, sha256 in _STATED.findall(row.detail):
                self._stated[int(number)] = (row.number, sha256)
        if row.action == GalleryAction.ERASED and self._before != GalleryAction.REDACTED:
            self._last_silent = row.number  # of a version that did not state texts
        self._before = row.action

    def altered(self) -> set[int]:
        """Entries whose text is not what the log states, and that no erasure of an older version can have changed."""
        return {number for number in self._unfit() if number in self._never or not self._may_be_older(number)}

    def unvouched(self) -> set[int]:
        """Entries whose text an erasure of an older version may have changed, which did not state it."""
        return self._unfit() - self.altered()

    def _unfit(self) -> set[int]:
        return {number for number, sha256 in self._now.items() if self._stated.get(number, (0, ""))[1] != sha256}

    def _may_be_older(self, number: int) -> bool:
        stated_by, _ = self._stated.get(number, (0, ""))
        return self._last_silent > max(number, stated_by)


def _hash(key: bytes, number: int, basis: str, detail: str) -> str:
    return hmac.new(key, json.dumps([number, basis, detail]).encode(), hashlib.sha256).hexdigest()
