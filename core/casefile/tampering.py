"""What somebody with the case's file and a database editor can do to its custody log: for tests and validation alone.

Nothing of the application calls this. Each act changes a copy of a case so that a check has to find it.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from random import Random

from core.casefile.audit import FIRST_LINK, canonical_entry, link
from core.casefile.item_bindings import TAKEN_IN
from core.casefile.schema import TRIGGERS
from core.domain.custody import FindingKind, SignedHead
from core.evidence.examiner_key import ExaminerKey
from core.evidence.heads import LOG_SIGNED, announcement, decoded, encoded, sign_head


class Skill(StrEnum):
    """How far somebody goes to hide the act."""

    PLAIN = "rows changed, hashes left as they were"
    CHAINED = "hashes, numbers and counters made anew to fit"


class Act(StrEnum):
    """What is done."""

    EDIT = "edit an entry"
    DELETE = "delete an entry"
    INSERT = "insert an entry"
    REORDER = "exchange two entries"
    CUT_TAIL = "cut the tail"
    DROP_LOG = "drop the whole log"
    BREAK_SIGNATURE = "alter a signature"
    OTHER_KEY = "sign with another key"
    DROP_SIGNATURE = "remove signatures"
    OTHER_ID = "give the case another id"
    FORGE = "alter an entry and sign the whole log anew with another key"


NEEDS_OUTSIDE = frozenset({Act.FORGE})
"""Acts that leave a case which is consistent in itself: only what was kept elsewhere can show them."""

_ON_SIGNATURES = frozenset({Act.BREAK_SIGNATURE, Act.OTHER_KEY, Act.DROP_SIGNATURE})

_K = FindingKind
_SHIFTED = {_K.LOG_REWRITTEN, _K.TAIL_CUT}
NAMES: dict[tuple[Act, Skill], set[FindingKind]] = {
    (Act.EDIT, Skill.PLAIN): {_K.ENTRY_CHANGED},
    (Act.EDIT, Skill.CHAINED): {_K.LOG_REWRITTEN},
    (Act.DELETE, Skill.PLAIN): {_K.ENTRY_MISSING, _K.TAIL_CUT},
    (Act.DELETE, Skill.CHAINED): _SHIFTED,
    (Act.INSERT, Skill.PLAIN): {_K.ENTRY_PUT_IN},
    (Act.INSERT, Skill.CHAINED): _SHIFTED,
    (Act.REORDER, Skill.PLAIN): {_K.ENTRIES_MOVED},
    (Act.REORDER, Skill.CHAINED): {_K.LOG_REWRITTEN},
    (Act.CUT_TAIL, Skill.PLAIN): {_K.TAIL_CUT},
    (Act.CUT_TAIL, Skill.CHAINED): {_K.TAIL_CUT},
    (Act.DROP_LOG, Skill.PLAIN): {_K.LOG_DROPPED},
    (Act.DROP_LOG, Skill.CHAINED): {_K.LOG_DROPPED},
    (Act.BREAK_SIGNATURE, Skill.PLAIN): {_K.SIGNATURE_BROKEN},
    (Act.BREAK_SIGNATURE, Skill.CHAINED): {_K.SIGNATURE_BROKEN},
    (Act.OTHER_KEY, Skill.PLAIN): {_K.OTHER_KEY},
    (Act.OTHER_KEY, Skill.CHAINED): {_K.OTHER_KEY},
    (Act.DROP_SIGNATURE, Skill.PLAIN): {_K.SIGNATURE_MISSING},
    (Act.DROP_SIGNATURE, Skill.CHAINED): {_K.SIGNATURE_MISSING},
    (Act.OTHER_ID, Skill.PLAIN): {_K.OTHER_CASE},
    (Act.OTHER_ID, Skill.CHAINED): {_K.OTHER_CASE},
    (Act.FORGE, Skill.PLAIN): {_K.LOG_REWRITTEN, _K.OTHER_KEY},
    (Act.FORGE, Skill.CHAINED): {_K.LOG_REWRITTEN, _K.OTHER_KEY},
}
"""What a check has to call each act: one of these at least."""


@dataclass(slots=True)
class _Row:
    number: int
    entry: str
    sha256: str

    def changed(self, **values: str | int) -> _Row:
        return _Row(self.number, _written(json.loads(self.entry) | values), self.sha256)


def tamper(database: Path, act: Act, skill: Skill, random: Random, key: ExaminerKey) -> None:
    """Do one act to a case whose log is signed and holds three entries or more.

    Args:
        database: of the case, changed in place; nobody has it open.
        act: what is done, to entries that are signed for: what comes after the last signature is protected by the
            chain alone, and a check says how much that is.
        skill: how well it is hidden.
        random: chooses entries and words.
        key: the wrongdoer's own.
    """
    with closing(sqlite3.connect(database, isolation_level=None)) as conn:
        conn.execute("PRAGMA synchronous = OFF")  # nothing of value is written
        conn.execute("BEGIN IMMEDIATE")
        for name in TRIGGERS:
            conn.execute(f"DROP TRIGGER {name}")
        rows = [_Row(*row) for row in conn.execute("SELECT number, entry, entry_sha256 FROM audit ORDER BY number")]
        heads = [decoded(text.encode()) for (text,) in conn.execute("SELECT head FROM signed_heads ORDER BY number")]
        good = [head for head in heads if head is not None]
        if act is Act.OTHER_ID:
            conn.execute("UPDATE case_identity SET case_id = ?", (random.randbytes(16).hex(),))
        elif act is Act.FORGE:
            _forge(conn, random, key, rows, good)
        elif act in _ON_SIGNATURES:
            _write_heads(conn, _heads_after(act, good, random, key), skill)
        else:
            _write(conn, _rows_after(act, rows, good[-1].count, random), skill)
            if act is Act.DROP_LOG and skill is Skill.CHAINED and random.random() < 0.5:
                _write_heads(conn, _heads_after(act, good, random, key), skill)
        for statement in TRIGGERS.values():
            conn.execute(statement)
        conn.execute("COMMIT")


def _rows_after(act: Act, rows: list[_Row], n_signed: int, random: Random) -> list[_Row]:
    """The log after an act on entries."""
    place = random.randrange(n_signed)
    match act:
        case Act.EDIT:
            rows[place] = _edited(rows[place], random)
        case Act.DELETE:
            del rows[place]
            rows = _renumbered(rows) if random.random() < 0.5 else rows
        case Act.INSERT:
            rows.insert(place, _edited(rows[random.randrange(len(rows))], random))
            rows = _renumbered(rows)
        case Act.REORDER:
            first, second = random.sample(range(n_signed), 2)
            a, b = rows[first], rows[second]
            rows[first], rows[second] = _Row(a.number, b.entry, b.sha256), _Row(b.number, a.entry, a.sha256)
        case Act.CUT_TAIL:
            rows = rows[: random.randrange(1, n_signed)]
        case Act.DROP_LOG:
            rows = []
    return rows


def _heads_after(act: Act, heads: list[SignedHead], random: Random, key: ExaminerKey) -> list[str]:
    """The signatures after an act on them."""
    number = random.randrange(len(heads))
    texts = [encoded(head) for head in heads]
    match act:
        case Act.BREAK_SIGNATURE:
            texts[number] = _broken(texts[number], random)
        case Act.OTHER_KEY:
            texts[number] = encoded(_signed_by(key, heads[number]))
        case Act.DROP_SIGNATURE:
            del texts[number:]
        case Act.DROP_LOG:
            texts = []
    return texts


def _forge(
    conn: sqlite3.Connection, random: Random, key: ExaminerKey, rows: list[_Row], heads: list[SignedHead]
) -> None:
    # An entry that holds the hash of a row would betray itself; who forges it makes the row fit.
    told = (LOG_SIGNED, TAKEN_IN)
    place = random.choice([i for i in range(heads[-1].count) if json.loads(rows[i].entry)["action"] not in told])
    rows[place] = _edited(rows[place], random)
    for i, row in enumerate(rows):
        if json.loads(row.entry)["action"] == LOG_SIGNED:
            rows[i] = row.changed(actor=key.name, detail=announcement(key.fingerprint))
    rows = _chained(rows)
    _write(conn, rows, Skill.CHAINED)
    forged = [_signed_by(key, head, rows[head.count - 1].sha256) for head in heads]
    _write_heads(conn, [encoded(head) for head in forged], Skill.CHAINED)


def _signed_by(key: ExaminerKey, head: SignedHead, sha256: str = "") -> SignedHead:
    return sign_head(key, case_id=head.case_id, count=head.count, head_sha256=sha256 or head.head_sha256, at=head.at)


def _edited(row: _Row, random: Random) -> _Row:
    """The entry with one character of one field another one."""
    values = json.loads(row.entry)
    name = random.choice([name for name in ("actor", "action", "detail") if values[name]])
    text = values[name]
    at = random.randrange(len(text))
    other = random.choice([letter for letter in "abcdefgh 0123456789é" if letter != text[at]])
    return row.changed(**{name: text[:at] + other + text[at + 1 :]})


def _broken(text: str, random: Random) -> str:
    """A signed head with one field altered, in the form in which heads are written."""
    values = json.loads(text)
    name = random.choice(["signature", "head", "signer", "count", "name", "at"])
    if name == "count":
        values[name] += random.choice([-1, 1])
    elif name == "name":
        values[name] += "x"
    elif name == "at":
        values[name] = f"{int(values[name][:4]) + 1}{values[name][4:]}"
    else:
        at = random.randrange(len(values[name]))
        other = random.choice([digit for digit in "0123456789abcdef" if digit != values[name][at]])
        values[name] = values[name][:at] + other + values[name][at + 1 :]
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _renumbered(rows: list[_Row]) -> list[_Row]:
    return [_Row(number, row.entry, row.sha256) for number, row in enumerate(rows, 1)]


def _written(values: dict[str, str | int]) -> str:
    return canonical_entry(
        number=int(values["number"]),
        at=datetime.fromisoformat(str(values["at"])),
        actor=str(values["actor"]),
        action=str(values["action"]),
        detail=str(values["detail"]),
    )


def _chained(rows: list[_Row]) -> list[_Row]:
    chained: list[_Row] = []
    previous = FIRST_LINK
    for number, row in enumerate(rows, 1):
        entry = row.changed(number=number).entry
        previous = link(previous, entry)
        chained.append(_Row(number, entry, previous))
    return chained


def _write(conn: sqlite3.Connection, rows: list[_Row], skill: Skill) -> None:
    rows = _chained(rows) if skill is Skill.CHAINED else rows
    conn.execute("DELETE FROM audit")
    conn.executemany(
        "INSERT INTO audit (number, entry, entry_sha256) VALUES (?, ?, ?)",
        [(row.number, row.entry, row.sha256) for row in rows],
    )
    if skill is Skill.CHAINED:
        conn.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'audit'", (len(rows),))


def _write_heads(conn: sqlite3.Connection, texts: list[str], skill: Skill) -> None:
    conn.execute("DELETE FROM signed_heads")
    conn.executemany("INSERT INTO signed_heads (number, head) VALUES (?, ?)", list(enumerate(texts, 1)))
    if skill is Skill.CHAINED:
        conn.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'signed_heads'", (len(texts),))
