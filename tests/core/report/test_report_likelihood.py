"""Likelihood ratios in figures and words, on the page and in the JSON."""

import json
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest

from core.domain.calibration import Calibration
from core.domain.identity import Decision, Role
from core.report.det_chart import deviate
from core.report.files import report_document
from core.report.json_export import report_to_json
from core.report.likelihood import bounds_words, plain_number, ratio_sentences, ratio_words, support_words, withheld
from core.report.rates import quote_sentences
from tests.builders_report import case_report, full_case, result
from tests.builders_report import person as build_person
from tests.builders_report_parts import finding, match, search

FONTS = Path(__file__).parents[3] / "resources" / "fonts"


def said(score: float, role: Role = Role.SOURCE):
    return ratio_words(match(1, "P", score), finding(role, Decision.SUPPORTED, "", search(("P",), score)))


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (1, "no support either way"),
        (1.99, "no support either way"),
        (2, "weak support"),
        (10, "moderate support"),
        (100, "moderately strong support"),
        (1_000, "strong support"),
        (10_000, "very strong support"),
        (1_000_000, "extremely strong support"),
    ],
)
def test_words_are_those_of_the_scale(ratio: float, words: str) -> None:
    assert support_words(ratio) == words


def test_figures_have_two_digits() -> None:
    assert [plain_number(x) for x in (1.0, 1.34, 9.96, 42.4, 1_340, 98_765)] == [
        "1",
        "1.3",
        "10",
        "42",
        "1,300",
        "99,000",
    ]
    assert bounds_words(-2.0, 3.1) == "1/100 to 1,300"


def test_a_high_score_supports_the_candidate_and_a_low_one_somebody_else() -> None:
    high, low = said(0.8), said(0.5)
    assert (high.figure, high.support, high.for_candidate) == ("25", "moderate support", True)
    assert (
        "Provided that this face was swapped, the score of 0.800 is about 25 times more probable if the face that was "
        "put in is that of this candidate than if the face that was put in is that of another person of the population "
        "measured" in high.sentence
    )
    assert (low.figure, low.for_candidate) == ("1/10", False)
    assert "more probable if the face that was put in is that of another person" in low.sentence
    assert "head that it was put on" in said(0.8, Role.TARGET).sentence


def test_a_ratio_at_its_bound_says_so_and_one_near_one_supports_nothing() -> None:
    assert said(0.99).figure == "1,300 (bound)" and "the most that the data support" in said(0.99).sentence
    near = said(0.64)
    assert near.support == "no support either way" and "about as probable" in near.sentence


def test_the_sentences_quote_cost_bounds_and_search() -> None:
    told = finding(Role.SOURCE, Decision.SUPPORTED, "", search(("P", "Q"), 0.8))
    words = " ".join(ratio_sentences(told))
    for part in ("1/100 to 1,300", "Cllr 0.21", "0.18", "120 people", "8 frames", "Among many people compared"):
        assert part in words, part
    rates = " ".join(quote_sentences(told.quote)).replace("\u00a0", " ")
    assert "another photograph of the person: 16 %" in rates and "The other face of a swap" in rates
    bare = finding(Role.SOURCE, Decision.SUPPORTED, "", search(("P",), 0.8), measured=False)
    assert ratio_sentences(bare) == () and ratio_words(match(1, "P", 0.8), bare) is None


def test_no_sentence_names_anybody_as_identified() -> None:
    for score in (0.1, 0.5, 0.64, 0.8, 0.99):
        words = said(score).sentence.lower()
        assert not any(word in words for word in ("match", "identified", "same person", "proves"))


def test_the_json_states_the_ratio_of_every_candidate_and_the_whole_calibration() -> None:
    report = full_case()
    document = json.loads(report_to_json(report))
    person = next(p for item in document["statements"]["items"] for p in item["persons"])
    roles = {row["role"] for row in person["likelihood_ratios"]}
    assert roles == {"source", "target"}
    assert all({"log10_lr", "figure", "support", "sentence"} <= row.keys() for row in person["likelihood_ratios"])
    told = document["report"]["calibration"]
    assert told["source"]["tables"][0]["likelihood"]["cllr"] == 0.21
    bare = replace(report, calibration=Calibration.none())
    assert json.loads(report_to_json(bare))["report"]["calibration"]["calibration_id"] == ""


@pytest.mark.parametrize(
    ("decision", "doubt"),
    [
        (Decision.NOT_SUPPORTED, "that this face was swapped is not supported"),
        (Decision.INCONCLUSIVE, "whether this face was swapped is inconclusive"),
        (Decision.UNABLE_TO_EVALUATE, "whether this face was swapped cannot be evaluated"),
    ],
)
def test_no_ratio_is_given_where_the_swap_is_not_supported_and_its_own_category_is_told(
    decision: Decision, doubt: str
) -> None:
    report = full_case()
    first, *others = report.results
    persons = tuple(replace(person, forgery_decision=decision) for person in first.persons)
    told = json.loads(report_to_json(replace(report, results=(replace(first, persons=persons), *others))))
    person = told["statements"]["items"][0]["persons"][0]
    assert person["likelihood_ratios"] is None
    assert person["likelihood_ratios_withheld"] == f"not given: {doubt}"
    words = " ".join(ratio_sentences(persons[0].findings[0], withheld(persons[0])))
    assert f"not given: {doubt}" in words and "times" not in words


def test_the_page_gives_no_ratio_where_the_swap_is_not_supported() -> None:
    person = replace(build_person(), forgery_decision=Decision.INCONCLUSIVE)
    pdf = report_document(case_report((result(persons=(person,)),)), fonts_dir=FONTS).pdf
    with pypdfium2.PdfDocument(pdf) as opened:
        text = " ".join(" ".join(page.get_textpage().get_text_range() for page in opened).split())
    assert "not given: whether this face was swapped is inconclusive" in text and "is not supported" not in text
    assert "times more probable" not in text and "support for this person" not in text
    assert "fitted on forgeries only" in text


def test_deviates_rise_and_put_one_half_between_the_ends() -> None:
    places = [deviate(rate) for rate in (0, 0.0001, 0.001, 0.01, 0.1, 0.5, 0.9, 1)]
    assert places == sorted(places) and places[0] == 0 and places[-1] == 1
