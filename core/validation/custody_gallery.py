"""Part of the campaign `custody`: the signed log of a gallery is tampered with."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from random import Random

from core.domain.custody import FindingKind
from core.evidence.examiner_key import ExaminerKey
from core.evidence.ledger import HeadLedger
from core.gallery import audit
from core.gallery.signed_log import TRIGGERS
from core.gallery.store import Gallery
from core.validation.campaign import Check

_EMBEDDER = "campaign:0"
_CHAINED = ("id", "at", "actor", "action", "person_id", "person_token", "text_sha256")


class GalleryAct(StrEnum):
    """What is done to the log of a gallery, hashes and counters left as they were or made anew."""

    EDIT = "edit an entry"
    REDACT = "edit a ground as if an erasure had taken a name out of it"
    DELETE = "delete an entry"
    CUT_TAIL = "cut the tail"
    DROP_LOG = "drop the whole log"
    DROP_SIGNATURE = "remove signatures"
    OTHER_ID = "give the gallery another id"


_K = FindingKind
_SHIFTED = {_K.LOG_REWRITTEN, _K.TAIL_CUT}
_ACTS = {
    GalleryAct.EDIT: ("UPDATE audit SET actor = actor || 'x' WHERE id = :place", {_K.ENTRY_CHANGED}, _SHIFTED),
    GalleryAct.REDACT: (
        "UPDATE audit SET basis = 'court order', detail = '', nonce = NULL WHERE id = :place",
        {_K.ENTRY_CHANGED},
        {_K.ENTRY_CHANGED},
    ),
    GalleryAct.DELETE: ("DELETE FROM audit WHERE id = :place", {_K.ENTRY_CHANGED, _K.TAIL_CUT}, _SHIFTED),
    GalleryAct.CUT_TAIL: ("DELETE FROM audit WHERE id > :place", {_K.TAIL_CUT}, {_K.TAIL_CUT}),
    GalleryAct.DROP_LOG: ("DELETE FROM audit", {_K.LOG_DROPPED}, {_K.LOG_DROPPED}),
    GalleryAct.DROP_SIGNATURE: ("DELETE FROM signed_heads", {_K.SIGNATURE_MISSING}, {_K.SIGNATURE_MISSING}),
    GalleryAct.OTHER_ID: ("UPDATE log_identity SET log_id = :id", {_K.OTHER_CASE}, {_K.OTHER_CASE}),
}
"""What is done, and one of what a check has to call it: with hashes as they were, with hashes made anew."""

N_CHECKS = len(GalleryAct) + 2


def gallery_checks(workspace: Path, random: Random, n_seeds: int, *, done: Callable[[], None]) -> Iterator[Check]:
    """`N_CHECKS` checks of `n_seeds` trials each.

    Args:
        workspace: an empty folder of their own.
        random: of every choice.
        n_seeds: trials.
        done: called after each check.
    """
    bench = _GalleryBench(workspace, random)
    for act in GalleryAct:
        yield _tampered(bench, act, n_seeds)
        done()
    for check in (_untouched, _replaced):
        yield check(bench, n_seeds)
        done()


class _GalleryBench:
    """A gallery whose log is signed, to change copies of, and the ledger of the machine that signed it."""

    def __init__(self, workspace: Path, random: Random) -> None:
        workspace.mkdir(parents=True)
        self.random = random
        self.ledger = HeadLedger(workspace / "heads.jsonl")
        self._made, self._trial = workspace / "gallery.db", workspace / "trial.db"
        self.older = workspace / "older.db"
        key = ExaminerKey.create("J. Doe")
        with Gallery.open(self._made, create=True, embedder_id=_EMBEDDER, actor="J. Doe") as gallery:
            for number in range(6):
                gallery.add_person(f"Person {number}", basis="consent", actor="J. Doe")
                if number == 4:
                    gallery.copy_to(self.older)
                if number % 3 == 2:
                    self.n_signed = gallery.sign_log(key, self.ledger).count

    def copy(self) -> Path:
        """A copy to be changed; the one before is gone."""
        for path in self._trial.parent.glob(f"{self._trial.name}*"):
            path.unlink()
        return Path(shutil.copy(self._made, self._trial))

    def kinds(self, path: Path, ledger: HeadLedger | None) -> set[FindingKind]:
        """What a check finds."""
        with Gallery.open(path, create=False, embedder_id=None) as gallery:
            return {finding.kind for finding in gallery.check_log(ledger=ledger).findings}


def _tampered(bench: _GalleryBench, act: GalleryAct, n: int) -> Check:
    statement, plain, hidden = _ACTS[act]
    n_named = 0
    for number in range(n):
        path, is_chained = bench.copy(), number % 2 == 1
        values = {"place": bench.random.randrange(1, bench.n_signed), "id": bench.random.randbytes(16).hex()}
        with closing(sqlite3.connect(path)) as conn:
            for name in TRIGGERS:
                conn.execute(f"DROP TRIGGER {name}")
            conn.execute(statement, values)
            if is_chained:
                _rechain(conn)
            for trigger in TRIGGERS.values():
                conn.execute(trigger)
            conn.commit()
        n_named += bool(bench.kinds(path, None) & (hidden if is_chained else plain))
    return Check(
        promise=f"Gallery: detected and called by its name, by the gallery alone: {act}.",
        figure=f"{n_named:,} of {n:,} found and named",
        passed=n_named == n,
    )


def _untouched(bench: _GalleryBench, n: int) -> Check:
    n_whole = 0
    for number in range(n):
        path = bench.copy()
        with Gallery.open(path, create=False, embedder_id=None) as gallery:
            gallery.erase_person(1 + number % 6, actor="J. Doe", reason=f"Person {number % 6} asked to")
        n_whole += not bench.kinds(path, bench.ledger)
    return Check(
        promise="Gallery: a log that nobody tampered with passes, also after a person was erased from it.",
        figure=f"{n_whole:,} of {n:,} passed",
        passed=n_whole == n,
    )


def _replaced(bench: _GalleryBench, n: int) -> Check:
    n_named = sum(FindingKind.OLDER_COPY in bench.kinds(bench.older, bench.ledger) for _ in range(n))
    return Check(
        promise="Gallery: an older copy that was put back shows on the machine that signed the newer one.",
        figure=f"{n_named:,} of {n:,} found and named",
        passed=n_named == n,
    )


def _rechain(conn: sqlite3.Connection) -> None:
    """Make hashes and counters anew to fit; SQLite's numbers too."""
    for position, (number,) in enumerate(conn.execute("SELECT id FROM audit ORDER BY id").fetchall(), 1):
        conn.execute("UPDATE audit SET id = ? WHERE id = ?", (position, number))
    previous = "0" * 64
    for number, *head in conn.execute(f"SELECT {', '.join(_CHAINED)} FROM audit ORDER BY id").fetchall():
        previous = audit.link(previous, head)
        conn.execute("UPDATE audit SET entry_sha256 = ? WHERE id = ?", (previous, number))
    for table, key in (("audit", "id"), ("signed_heads", "number")):
        last = f"(SELECT ifnull(max({key}), 0) FROM {table})"
        conn.execute(f"UPDATE sqlite_sequence SET seq = {last} WHERE name = '{table}'")
