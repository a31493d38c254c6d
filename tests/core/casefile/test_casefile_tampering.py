"""Any change of rows of the custody log, its signatures, its counters or the case's id is found (property test)."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.casefile.audit import link
from core.casefile.schema import TRIGGERS
from core.casefile.store import CaseFile
from core.evidence.examiner_key import ExaminerKey
from core.evidence.ledger import HeadLedger
from tests.builders_report import item

TABLES = {"audit": ("number", "entry", "entry_sha256"), "signed_heads": ("number", "head")}
N_ENTRIES = 12


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, HeadLedger]:
    """A case whose whole log is signed, with one signature in the middle."""
    folder = tmp_path_factory.mktemp("tampering")
    ledger, key = HeadLedger(folder / "ledger.jsonl"), ExaminerKey.create("J. Doe")
    with CaseFile.open(folder / "case", create=True) as case:
        case.add_evidence(item())
        for number in range(N_ENTRIES - 3):
            case.append_audit("J. Doe", "viewed", f"item {number}")
            if number == 4:
                case.sign_log(key, ledger)
        case.sign_log(key, ledger)
        assert len(case.audit()) == N_ENTRIES
    return folder / "case", ledger


def dump(conn: sqlite3.Connection) -> list[object]:
    wanted = [f"SELECT {', '.join(columns)} FROM {table} ORDER BY number" for table, columns in TABLES.items()]
    wanted += ["SELECT name, seq FROM sqlite_sequence WHERE name IN ('audit', 'signed_heads') ORDER BY name"]
    wanted += ["SELECT id, case_id FROM case_identity"]
    return [conn.execute(statement).fetchall() for statement in wanted]


numbers = st.integers(min_value=1, max_value=N_ENTRIES)
texts = st.text(max_size=20) | st.sampled_from(["0" * 64, "{}", "[1]"])
values = texts | st.binary(max_size=8) | st.integers(-5, 50)
statements = st.one_of(
    st.tuples(st.just("DELETE FROM audit WHERE number = ?"), st.tuples(numbers)),
    st.tuples(st.just("DELETE FROM audit WHERE number > ?"), st.tuples(st.integers(0, N_ENTRIES))),
    st.tuples(st.just("UPDATE audit SET entry = ? WHERE number = ?"), st.tuples(values, numbers)),
    st.tuples(st.just("UPDATE audit SET entry_sha256 = ? WHERE number = ?"), st.tuples(values, numbers)),
    st.tuples(st.just("UPDATE audit SET entry = replace(entry, ?, ?)"), st.tuples(st.characters(), st.characters())),
    st.tuples(
        st.just("UPDATE OR IGNORE audit SET number = ? WHERE number = ?"), st.tuples(st.integers(-3, 30), numbers)
    ),
    st.tuples(
        st.just("INSERT OR IGNORE INTO audit (number, entry, entry_sha256) VALUES (?, ?, ?)"),
        st.tuples(st.integers(-3, 30), texts, texts),
    ),
    st.tuples(
        st.just("UPDATE OR IGNORE audit SET entry = (SELECT entry FROM audit WHERE number = ?) WHERE number = ?"),
        st.tuples(numbers, numbers),
    ),
    st.tuples(st.just("DELETE FROM signed_heads WHERE number >= ?"), st.tuples(st.integers(1, 2))),
    st.tuples(
        st.just("UPDATE signed_heads SET head = replace(head, ?, ?)"), st.tuples(st.characters(), st.characters())
    ),
    st.tuples(st.just("UPDATE signed_heads SET head = ? WHERE number = ?"), st.tuples(values, st.integers(1, 2))),
    st.tuples(
        st.just("UPDATE OR IGNORE signed_heads SET number = ? WHERE number = ?"),
        st.tuples(st.integers(-3, 9), st.integers(1, 2)),
    ),
    st.tuples(st.just("UPDATE case_identity SET case_id = ?"), st.tuples(texts)),
    st.tuples(st.just("DELETE FROM case_identity WHERE id = ?"), st.tuples(st.just(1))),
    st.tuples(st.just("UPDATE sqlite_sequence SET seq = ? WHERE name = 'audit'"), st.tuples(values)),
    st.tuples(st.just("UPDATE sqlite_sequence SET seq = ? WHERE name = 'signed_heads'"), st.tuples(values)),
    st.tuples(
        st.just("DELETE FROM sqlite_sequence WHERE name = ?"), st.tuples(st.sampled_from(["audit", "signed_heads"]))
    ),
)


def rechain(conn: sqlite3.Connection) -> None:
    """Make hashes and counters anew, as who wants to hide an act would."""
    previous = "0" * 64
    for number, entry in conn.execute("SELECT number, entry FROM audit ORDER BY number").fetchall():
        data = entry if isinstance(entry, bytes) else str(entry).encode("utf-8", "surrogateescape")
        text = data.decode("utf-8", "replace")
        previous = link(previous, text)
        conn.execute("UPDATE audit SET entry_sha256 = ? WHERE number = ?", (previous, number))
    for table in TABLES:
        conn.execute(
            f"UPDATE sqlite_sequence SET seq = (SELECT ifnull(max(number), 0) FROM {table}) WHERE name = ?", (table,)
        )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(statements, min_size=1, max_size=3), is_chained=st.booleans())
@example(
    acts=[
        ("UPDATE audit SET entry = ? WHERE number = ?", (b"\x80", 1)),
        ("UPDATE audit SET entry = replace(entry, ?, ?)", ("0", "0")),
    ],
    is_chained=True,
)
def test_whatever_is_changed_is_found(
    signed: tuple[Path, HeadLedger], acts: list, is_chained: bool, tmp_path: Path
) -> None:
    whole, ledger = signed
    folder = tmp_path / "case"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(whole, folder)
    conn = sqlite3.connect(folder / "case.sqlite", isolation_level=None)
    conn.execute("PRAGMA synchronous = OFF")
    conn.text_factory = lambda data: data.decode("utf-8", "surrogateescape")  # acts leave text that is no UTF-8
    before = dump(conn)
    conn.execute("BEGIN")
    for trigger in TRIGGERS:
        conn.execute(f"DROP TRIGGER {trigger}")
    for statement, arguments in acts:
        conn.execute(statement, arguments)
    if is_chained:
        rechain(conn)
    for statement in TRIGGERS.values():
        conn.execute(statement)
    conn.execute("COMMIT")
    is_changed = dump(conn) != before
    conn.close()
    with CaseFile.open(folder, create=False) as case:
        status = case.check_log(ledger=ledger)
    assert status.is_whole != is_changed, (acts, status.sentences)
