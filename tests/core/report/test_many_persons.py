"""What asking many persons whether they were swapped does to false alarms, in the PDF and the JSON."""

import json
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest

from core.domain.calibration import Calibration
from core.domain.report import CaseReport
from core.report.files import report_document
from core.report.json_export import report_to_json
from core.report.many_persons import swap_tests
from tests import builders_report as build
from tests.builders_calibration import calibration

FONTS = Path(__file__).parents[3] / "resources" / "fonts"


def crowd(*sizes: int) -> CaseReport:
    """A case of items with so many persons each, at a false positive rate of 2 % (1 to 4)."""
    items = tuple(build.result(persons=tuple(build.person(i + 1, 2) for i in range(size))) for size in sizes)
    return replace(build.case_report(items), calibration=calibration())


def test_the_chance_of_one_false_alarm_grows_with_the_number_of_persons() -> None:
    told = swap_tests(crowd(40))
    assert told is not None and told.n_persons == 40
    assert told.chance == pytest.approx(1 - 0.98**40)
    assert (told.low, told.high) == (pytest.approx(1 - 0.99**40), pytest.approx(1 - 0.96**40))
    assert "asked of 40 people" in told.sentence and "55.4\u00a0%" in told.sentence


def test_one_person_or_no_rate_leaves_it_out() -> None:
    assert swap_tests(crowd(1)) is None
    assert swap_tests(replace(crowd(3), calibration=Calibration.none())) is None
    unseen = crowd(2)
    persons = tuple(replace(person, fake_score=None) for person in unseen.results[0].persons)
    assert swap_tests(replace(unseen, results=(replace(unseen.results[0], persons=persons),))) is None


def test_items_are_told_apart_and_together() -> None:
    report = crowd(2, 1, 3)
    told = json.loads(report_to_json(report))["statements"]
    assert told["swap_tests"]["n_persons"] == 6
    assert [item["swap_tests"] and item["swap_tests"]["n_persons"] for item in told["items"]] == [2, None, 3]


def test_the_summary_prints_it() -> None:
    pdf = report_document(crowd(3), fonts_dir=FONTS).pdf
    with pypdfium2.PdfDocument(pdf) as opened:
        text = " ".join(" ".join(page.get_textpage().get_text_range() for page in opened).split())
    assert "Whether a face was swapped was asked of 3 people." in text
    assert "not corrected for it" in text
