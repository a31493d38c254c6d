"""Part of the campaign `custody`: cases that an earlier version of the application wrote, which bound fewer rows."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from random import Random

from core.casefile import audit, result_digest, result_rows, scan_rows
from core.casefile.bindings import DECIDED
from core.casefile.codec import text_blob
from core.casefile.codec_evidence import case_info_json, item_json
from core.casefile.codec_review import action_json
from core.casefile.item_bindings import TAKEN_IN, intake_words
from core.casefile.opening import DATABASE_NAME
from core.casefile.result_digest import RESULT_STORED
from core.casefile.row_tampering import CALLED, RowAct, tamper_rows
from core.casefile.store import CaseFile
from core.domain.custody import FindingKind
from core.domain.evidence import EvidenceItem
from core.domain.report import CaseInfo, EvidenceResult
from core.domain.review import ReviewAction, WriteNote, described
from core.validation.campaign import Check
from core.validation.custody_rows import FACES, batch_of, decisions_on
from core.validation.report_specimen import specimen_report
from core.validation.sample_item import sample_item

_VERSION = 3


class OlderAct(StrEnum):
    """What is done to a case of an earlier version before this one opens it."""

    SWAP = "exchange two items"
    DROP_ITEM = "take an item away"
    ADD_ITEM = "put an item in"
    DROP_RESULT = "take a result away"


_NAMED = {
    OlderAct.SWAP: {FindingKind.ITEMS_CHANGED, FindingKind.RESULT_CHANGED},
    OlderAct.DROP_ITEM: {FindingKind.ITEMS_CHANGED},
    OlderAct.ADD_ITEM: {FindingKind.ITEMS_CHANGED},
    OlderAct.DROP_RESULT: {FindingKind.RESULT_CHANGED},
}
_SET_BACK = (RowAct.EDIT_FACTS, RowAct.EDIT_STATE, RowAct.ADD_ITEM)
N_CHECKS = len(OlderAct) + 4


def older_checks(workspace: Path, random: Random, n_seeds: int, *, done: Callable[[], None]) -> Iterator[Check]:
    """`N_CHECKS` checks of `n_seeds` trials each.

    Args:
        workspace: an empty folder of their own.
        random: of every choice.
        n_seeds: trials.
        done: called after each check.
    """
    workspace.mkdir(parents=True, exist_ok=True)
    yield _untouched(workspace, random, n_seeds)
    done()
    yield _like_a_hash(workspace, n_seeds)
    done()
    for act in OlderAct:
        yield _tampered_before(workspace, random, act, n_seeds)
        done()
    for check in (_tampered_after, _set_back):
        yield check(workspace, random, n_seeds)
        done()


def _untouched(workspace: Path, random: Random, n: int) -> Check:
    n_told = 0
    for _ in range(n):
        with CaseFile.open(_older(workspace, random), create=False) as case:
            status = case.check_log()
        told = "; ".join(status.bound_late)
        parts = (
            "intake of items 1, 2",
            "the crops of item 1",
            "recovered faces",
            "frames",
            "about the case",
            "decisions 1, 2",
        )
        n_told += status.is_whole and all(part in told for part in parts)
    return Check(
        promise="A case of an earlier version passes, and what that stored without a hash is told as bound late.",
        figure=f"{n_told:,} of {n:,} told in full",
        passed=n_told == n,
    )


def _like_a_hash(workspace: Path, n: int) -> Check:
    n_whole = 0
    for number in range(n):
        folder = workspace / "older"
        _made(folder, partial(_decide, decisions=[WriteNote(text=f"as received; sha256 {number:064x}")]))
        with CaseFile.open(folder, create=False) as case:
            n_whole += case.check_log().is_whole
    return Check(
        promise="A note of an earlier version that ends like an entry with a hash is not called tampered with.",
        figure=f"{n_whole:,} of {n:,} passed",
        passed=n_whole == n,
    )


def _tampered_before(workspace: Path, random: Random, act: OlderAct, n: int) -> Check:
    n_named = 0
    for _ in range(n):
        folder = _older(workspace, random)
        with closing(sqlite3.connect(folder / DATABASE_NAME)) as conn:
            match act:
                case OlderAct.SWAP:
                    for old, new in ((1, -1), (2, 1), (-1, 2)):
                        conn.execute("UPDATE evidence SET id = ? WHERE id = ?", (new, old))
                case OlderAct.DROP_ITEM:
                    conn.execute("DELETE FROM evidence WHERE id = 2")
                case OlderAct.ADD_ITEM:
                    _insert_item(conn, _item(7))
                case OlderAct.DROP_RESULT:
                    conn.execute("DELETE FROM results")
            conn.commit()
        with CaseFile.open(folder, create=False) as case:
            n_named += {finding.kind for finding in case.check_log().findings} == _NAMED[act]
    return Check(
        promise=f"Detected and called by its name in a case of an earlier version, before it was opened: {act}.",
        figure=f"{n_named:,} of {n:,} found and named, and nothing else",
        passed=n_named == n,
    )


def _tampered_after(workspace: Path, random: Random, n: int) -> Check:
    """Once the case was opened, what an earlier version stored is bound like everything else."""
    acts = [
        *(RowAct.EDIT_CROP, RowAct.EDIT_RECOVERED, RowAct.EDIT_RESULT, RowAct.EDIT_DECISION, RowAct.EDIT_FACTS),
        *(RowAct.EDIT_ITEM, RowAct.EDIT_STATE, RowAct.EDIT_RUN, RowAct.EDIT_FRAME),
    ]
    n_named = 0
    for number in range(n):
        folder, act = _older(workspace, random), acts[number % len(acts)]
        CaseFile.open(folder, create=False).close()
        tamper_rows(folder / DATABASE_NAME, act, random)
        with CaseFile.open(folder, create=False) as case:
            n_named += {finding.kind for finding in case.check_log().findings} == CALLED[act]
    return Check(
        promise="Rows of an earlier version that are changed after this one opened the case show, by their name.",
        figure=f"{n_named:,} of {n:,} found and named, and nothing else",
        passed=n_named == n,
    )


def _set_back(workspace: Path, random: Random, n: int) -> Check:
    """So that the next opening would bind what was changed."""
    n_named = 0
    for number in range(n):
        folder = workspace / "older"
        shutil.rmtree(folder, ignore_errors=True)
        with CaseFile.open(folder, create=True) as case:
            case.add_evidence(_item(1))
            case.set_case_info(CaseInfo(title="made by this version"))
        tamper_rows(folder / DATABASE_NAME, _SET_BACK[number % len(_SET_BACK)], random)
        with closing(sqlite3.connect(folder / DATABASE_NAME)) as conn:
            conn.execute(f"PRAGMA user_version = {_VERSION}")
        with CaseFile.open(folder, create=False) as case:
            kinds = {finding.kind for finding in case.check_log().findings}
        n_named += FindingKind.VERSION_SET_BACK in kinds
    return Check(
        promise="A case that was changed and given an earlier version's number, so that opening it would bind the "
        "change, shows.",
        figure=f"{n_named:,} of {n:,} found and named",
        passed=n_named == n,
    )


def _older(workspace: Path, random: Random) -> Path:
    """A case of schema 3 with two items, the first analysed, as it was before rows were bound; its result is bound."""
    folder = workspace / "older"

    def fill(conn: sqlite3.Connection) -> None:
        conn.execute("INSERT INTO case_info (id, info) VALUES (1, ?)", (case_info_json(CaseInfo(title="old")),))
        for number in (1, 2):
            _insert_item(conn, _item(number))
            audit.append(conn, actor="unswap", action=TAKEN_IN, detail=intake_words(_item(number)))
        _analyse(conn, result)
        _decide(conn, decisions_on(random, 1))

    with CaseFile.open(workspace / "specimen", create=True) as case:
        result = specimen_report(case, _item(1)).results[0]
    _made(folder, fill)
    return folder


def _made(folder: Path, fill: Callable[[sqlite3.Connection], None]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    CaseFile.open(folder, create=True).close()
    with closing(sqlite3.connect(folder / DATABASE_NAME, isolation_level=None)) as conn:
        conn.execute("BEGIN IMMEDIATE")
        fill(conn)
        conn.execute(f"PRAGMA user_version = {_VERSION}")
        conn.execute("COMMIT")


def _insert_item(conn: sqlite3.Connection, item: EvidenceItem) -> None:
    values = (item.sha256, text_blob(str(item.path)), item_json(item))
    conn.execute("INSERT INTO evidence (sha256, path, item) VALUES (?, ?, ?)", values)


def _analyse(conn: sqlite3.Connection, result: EvidenceResult) -> None:
    conn.execute(
        "INSERT INTO runs (evidence_id, run_key, time_range, started_at) VALUES (1, 'k', '[null,null]', ?)",
        (datetime.now(UTC).isoformat(),),
    )
    scan_rows.insert_batch(conn, 1, batch_of(result, range(4)))
    conn.execute("UPDATE runs SET scan_done = 1")
    shown = result.persons[0].frames
    result_rows.insert_recovered(conn, 1, [(face, 0, shown[face].recovered) for face in FACES])
    result_rows.put_result(conn, 1, result)
    conn.execute("UPDATE evidence SET state = 'done' WHERE id = 1")
    detail = f"item 1 sha256 {result_digest.digest(conn, 1)}"
    audit.append(conn, actor="J. Doe", action=RESULT_STORED, detail=detail)


def _decide(conn: sqlite3.Connection, decisions: Sequence[ReviewAction]) -> None:
    for number, action in enumerate(decisions, 1):
        values = (datetime.now(UTC).isoformat(), "J. Doe", action_json(action))
        conn.execute("INSERT INTO review (at, actor, action) VALUES (?, ?, ?)", values)
        audit.append(conn, actor="J. Doe", action=DECIDED, detail=f"{number}: {described(action)}")


def _item(number: int) -> EvidenceItem:
    path = Path(f"/evidence/clip {number}.mp4")
    return sample_item(path, f"{number:02x}" * 32, datetime(2026, 3, 15, tzinfo=UTC))
