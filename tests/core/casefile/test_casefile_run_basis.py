"""What results were made with: each item keeps its own, and what is not known is not made up."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.casefile.opening import DATABASE_NAME
from core.casefile.store import CaseFile
from core.domain.report import ErrorRate, RunBasis
from core.domain.time import TimeRange
from core.errors import CaseFileError
from tests import builders_report as reports
from tests.builders_report import MANIFEST

RATE = ErrorRate(
    measure="false match rate", threshold=0.9, rate=0.01, low=0.005, high=0.02, trials=1000, population="validation"
)
BASIS = RunBasis(
    manifest=MANIFEST, error_rates=(RATE,), model_limits=("Blurred faces fail.", "Ωmega."), gallery_name="known.db"
)
LATER = replace(
    MANIFEST, started_at=MANIFEST.started_at + timedelta(hours=1), ended_at=MANIFEST.ended_at + timedelta(hours=1)
)


def case_of(folder: Path, n_items: int) -> CaseFile:
    """A case with so many analysed items."""
    case = CaseFile.open(folder, create=True)
    for number in range(1, n_items + 1):
        assert case.add_evidence(reports.item(f"{number}.mp4")) == number
        case.begin_run(number, run_key="one", time_range=TimeRange())
        case.put_result(number, reports.result(reports.item(f"{number}.mp4")))
    return case


def test_what_a_run_was_made_with_comes_back_as_it_was(tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "case", create=True) as case:
        assert case.run_bases() == () and case.run_basis(1) is None
        case.add_run_basis(replace(BASIS, evidence_ids=(1, 4)))
    with CaseFile.open(tmp_path / "case", create=False) as case:
        assert case.run_bases() == (replace(BASIS, evidence_ids=(1, 4)),)


def test_an_item_keeps_what_it_was_made_with_when_another_is_analysed_otherwise(tmp_path: Path) -> None:
    with case_of(tmp_path / "case", 3) as case:
        for number in (1, 2):
            case.add_run_basis(replace(BASIS, evidence_ids=(number,)))
        other = replace(BASIS, manifest=LATER, gallery_name="", evidence_ids=(3,))
        case.add_run_basis(other)
        assert case.run_bases() == (replace(BASIS, evidence_ids=(1, 2)), other)
        assert case.run_basis(2) == case.run_bases()[0] and case.run_basis(3) == other
        case.add_run_basis(replace(other, evidence_ids=(2,)))
        assert [basis.evidence_ids for basis in case.run_bases()] == [(1,), (2, 3)]
        assert not case.verify_audit()


def test_runs_made_alike_are_one_from_the_first_begin_on(tmp_path: Path) -> None:
    with case_of(tmp_path / "case", 2) as case:
        case.add_run_basis(replace(BASIS, evidence_ids=(1,)))
        case.add_run_basis(replace(BASIS, manifest=replace(LATER, command="again"), evidence_ids=(2,)))
        (basis,) = case.run_bases()
    assert (basis.manifest.started_at, basis.manifest.ended_at) == (MANIFEST.started_at, LATER.ended_at)
    assert basis.manifest.command == "again" and basis.evidence_ids == (1, 2)


def test_the_one_run_of_an_older_case_stands_for_all_items_that_have_a_result(tmp_path: Path) -> None:
    with case_of(tmp_path / "case", 2) as case:
        case.add_run_basis(replace(BASIS, evidence_ids=(1, 2)))
    with closing(sqlite3.connect(tmp_path / "case" / DATABASE_NAME)) as conn, conn:
        (stored,) = json.loads(conn.execute("SELECT basis FROM run_basis").fetchone()[0])["runs"]
        del stored["evidence_ids"]  # as schema 6 kept it
        conn.execute("UPDATE run_basis SET basis = ?", (json.dumps(stored),))
    with CaseFile.open(tmp_path / "case", create=False) as case:
        assert case.run_basis(1) == case.run_basis(2) == replace(BASIS, evidence_ids=(1, 2))
        new = case.add_evidence(reports.item("3.mp4"))
        case.begin_run(new, run_key="one", time_range=TimeRange())
        case.put_result(new, reports.result(reports.item("3.mp4")))  # ended before it was recorded
        assert case.run_basis(new) is None
        case.add_run_basis(replace(BASIS, gallery_name="", evidence_ids=(2,)))
        assert [basis.evidence_ids for basis in case.run_bases()] == [(1,), (2,)]


def test_a_damaged_row_is_told_in_words_when_a_run_begins(tmp_path: Path) -> None:
    with case_of(tmp_path / "case", 1) as case:
        case.add_run_basis(BASIS)
    with closing(sqlite3.connect(tmp_path / "case" / DATABASE_NAME)) as conn, conn:
        conn.execute("UPDATE run_basis SET basis = '{}'")
    with CaseFile.open(tmp_path / "case", create=False) as case, pytest.raises(CaseFileError, match="damaged"):
        case.begin_run(1, run_key="another", time_range=TimeRange())


def test_an_item_that_is_analysed_anew_no_longer_has_what_the_earlier_result_was_made_with(tmp_path: Path) -> None:
    with case_of(tmp_path / "case", 2) as case:
        case.add_run_basis(replace(BASIS, evidence_ids=(1, 2)))
        case.begin_run(1, run_key="one", time_range=TimeRange())  # goes on
        assert case.run_basis(1) is not None
        case.begin_run(1, run_key="another", time_range=TimeRange())
        assert case.run_basis(1) is None and case.run_basis(2) is not None
        case.begin_run(2, run_key="another", time_range=TimeRange())
        assert case.run_bases() == ()
        assert not case.verify_audit()
