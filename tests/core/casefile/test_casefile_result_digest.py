"""A stored result is bound to the custody log."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import test_casefile_result as stored

from app.settings import Folders
from app.signing import sign_log
from core.casefile.opening import DATABASE_NAME
from core.casefile.store import CaseFile
from core.domain.custody import FindingKind
from core.errors import CaseFileError
from core.evidence.examiner_key import ExaminerKey
from tests import builders_report as reports


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    result = reports.result(persons=(reports.person(1), reports.person_without_candidates(2)))
    shown = [(0, reports.recovered_frame(n)) for n in range(7)]
    case, number = stored.analysed(tmp_path / "case", result, shown)
    with case:
        case.put_result(number, reports.result(failure="an earlier, failed try"))
        case.put_result(number, result)
        case.sign_log(ExaminerKey.create("J. Doe"))
        assert case.check_log().is_whole
    return tmp_path / "case"


def edit(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / DATABASE_NAME)) as conn:
        assert conn.execute(statement).rowcount > 0
        conn.commit()


EDITS = {
    "text": "UPDATE results SET result = replace(result, '1', '2')",
    "picture": "UPDATE result_pictures SET picture = x'00'",
    "picture taken away": "DELETE FROM result_pictures",
}


@pytest.mark.parametrize("statement", EDITS.values(), ids=EDITS.keys())
def test_an_edited_result_is_found_and_not_signed(folder: Path, tmp_path: Path, statement: str) -> None:
    edit(folder, statement)
    folders = Folders(resources=tmp_path, data=tmp_path / "data", logs=tmp_path)
    with CaseFile.open(folder, create=False) as case:
        findings = case.check_log().findings
        assert {f.kind for f in findings} == {FindingKind.RESULT_CHANGED}
        assert "item 1" in findings[0].sentence
        before = case.audit_head()
        with pytest.raises(CaseFileError, match="tampered with"):
            sign_log(case, ExaminerKey.create("J. Doe"), folders)
        sign_log(case, None, folders)  # an unsigned report stays possible
        assert case.audit_head() == before
