"""Who stands in the custody log where a method is not told who acts."""

from pathlib import Path

import pytest
from casefile_builders import batch, begun

from core.casefile.store import CaseFile
from core.domain.report import CaseInfo
from core.evidence.account import account_name
from tests.builders_report import item


def actors(case: CaseFile) -> list[str]:
    return [entry.actor for entry in case.audit()]


def test_the_examiner_of_the_case(tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "case", create=True) as case:
        case.set_case_info(CaseInfo(examiner="J. Doe"))
        assert case.actor == "J. Doe"
    case, number = begun(tmp_path / "case")
    with case:
        case.commit_batch(number, batch(range(2)))
        case.set_case_info(CaseInfo(examiner="M. Weber"))
        assert actors(case) == ["J. Doe", "J. Doe", "J. Doe", "J. Doe", "M. Weber"]


def test_who_is_named_for_the_work_comes_first(tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "case", create=True) as case:
        case.set_case_info(CaseInfo(examiner="J. Doe"))
        case.act_as("E. Xaminer")
        case.add_evidence(item())
        assert actors(case) == ["J. Doe", "E. Xaminer"]


def test_the_account_where_the_case_names_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "lab-pc")
    assert account_name() == "lab-pc"
    with CaseFile.open(tmp_path / "case", create=True) as case:
        case.set_case_info(CaseInfo(title="nobody examines"))
        case.add_evidence(item())
        assert actors(case) == ["lab-pc", "lab-pc"]


def test_the_application_where_the_account_has_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: (_ for _ in ()).throw(OSError("no account")))
    with CaseFile.open(tmp_path / "case", create=True) as case:
        case.add_evidence(item())
        assert actors(case) == ["unswap"]
