"""A report replaces nothing but reports."""

from pathlib import Path

import pytest

from app.places import check_replaces_reports_only
from core.errors import ReportError
from core.report.json_export import report_to_json
from tests import builders_report as build


def test_earlier_reports_may_be_replaced(tmp_path: Path) -> None:
    pdf = tmp_path / "report.PDF"
    check_replaces_reports_only(pdf)
    pdf.write_bytes(b"%PDF-1.4 ...")
    pdf.with_suffix(".json").write_text(report_to_json(build.empty_case()))
    check_replaces_reports_only(pdf)


def test_the_name_ends_in_pdf(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"ends in \.pdf"):
        check_replaces_reports_only(tmp_path / "report")


@pytest.mark.parametrize(("name", "content"), [("r.pdf", "notes"), ("r.json", '{"mine": 1}'), ("r.json", "")])
def test_files_that_are_no_reports_stay(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(ReportError, match="no report would be replaced") as caught:
        check_replaces_reports_only(tmp_path / "r.pdf")
    assert caught.value.path == tmp_path / name
