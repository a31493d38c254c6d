"""Wording: pure functions, no page."""

from dataclasses import replace
from fractions import Fraction

import pytest

from core.domain.identity import Decision, Role
from core.domain.report import ErrorRate
from core.domain.time import TimePoint, TimeRange
from core.report import content, evidence_part, rates
from core.report.charts import axis_label, thinned, time_ticks
from core.report.frames_part import MOST_ROWS, chosen_frames, frame_rows
from core.report.text import printable
from tests import builders_report as build


def test_no_candidate_is_a_result_of_its_own() -> None:
    assert content.search_headline(build.search(build.NAMES[1:4], 0.21)) == "No candidate above the threshold."


def test_a_score_equal_to_the_threshold_counts() -> None:
    assert content.search_headline(build.search(("A", "B"), 0.42)).startswith("1 candidate at or above")


def test_missing_and_empty_galleries_are_told_apart() -> None:
    assert content.search_headline(None) == "No gallery was searched."
    empty = replace(build.search((), 0.0), n_people=0, n_templates=0)
    assert content.search_headline(empty).startswith("The gallery was empty")


def test_a_person_without_recovery_is_unable_to_evaluate() -> None:
    answers = content.statements(build.person_not_recovered())
    assert [answer.decision for answer in answers] == [Decision.UNABLE_TO_EVALUATE] * 2


def test_hypotheses_compete_and_name_the_people_they_concern() -> None:
    pairs = content.hypotheses(build.full_case())
    assert pairs[0].applies_to == ("Item 1, person 1", "Item 1, person 2", "Item 1, person 3")
    assert pairs[1].applies_to == ("Item 1, person 1", "Item 1, person 2")
    assert all(pair.first != pair.second for pair in pairs)


def test_a_changed_file_is_said_loudly() -> None:
    changed = replace(build.result(), sha256_after="0" * 64)
    assert content.hash_statement(changed).startswith("CHANGED")
    assert content.hash_statement(build.result()).startswith("Unchanged")


def test_a_file_that_is_gone_at_export_is_not_said_to_be_unhashed() -> None:
    assert "could not be read" in content.hash_statement(replace(build.result(), sha256_after=""))


def test_an_answer_says_nothing_twice() -> None:
    found = build.search(build.NAMES[1:4], 0.21)
    same = build.finding(Role.SOURCE, Decision.NOT_SUPPORTED, "no candidate above the threshold", found)
    other = build.finding(Role.SOURCE, Decision.INCONCLUSIVE, "the frames disagree", found)
    assert content.finding_statement(same).search == ""
    assert content.finding_statement(other).search == "No candidate above the threshold."


def test_gates_are_counted_and_zero_counts_left_out() -> None:
    words = content.gate_sentence(build.person())
    assert "too blurred: 11; turned too far aside: 4." in words
    assert "too small" not in words


@pytest.mark.parametrize(
    ("rate", "words"),
    [(0.0, "0 %"), (1.0, "100 %"), (0.0008, "0.08 %"), (0.63212, "63.2 %"), (1e-9, "0.0000001 %")],
)
def test_rates_keep_three_digits_and_never_turn_to_zero(rate: float, words: str) -> None:
    assert rates.percent(rate).replace("\u00a0", " ") == words


def test_a_search_multiplies_false_alarms() -> None:
    finding = build.finding(Role.SOURCE, Decision.SUPPORTED, "r", build.search(("A",), 0.6, n_people=1000))
    finding = replace(finding, false_positive_identification_rate=1 - (1 - 0.001) ** 1000)
    words = " ".join(rates.search_rate_sentences(finding)).replace("\u00a0", " ")
    assert "FPIR = 1 – (1 – FMR)^N = 63.2 % for N = 2,001, 45.1 % to 96.7 % at the ends" in words
    assert "at most" not in words and "for the population named, were comparisons independent" in words


def test_unmeasured_rates_are_called_unknown() -> None:
    finding = build.finding(Role.TARGET, Decision.INCONCLUSIVE, "r", build.search(("A",), 0.6), measured=False)
    assert "is unknown" in rates.search_rate_sentences(finding)[0]


def test_zero_errors_still_mean_up_to_three_over_n() -> None:
    rate = ErrorRate(measure="FMR", threshold=0.4, rate=0, low=0, high=0.03, trials=120, population="p")
    assert "up to 2.5\u00a0%" in rates.rate_note(rate)
    assert rates.rate_note(replace(rate, rate=0.01)) == ""


def test_all_shown_used_and_flagged_frames_are_printed_first() -> None:
    result = build.many_frames_case().results[0]
    chosen = {frame.index for frame in chosen_frames(result)}
    shown = {frame.face.frame_index for frame in result.persons[0].frames}
    flagged = {frame.index for frame in result.frames if frame.is_corrupt}
    assert shown <= chosen
    assert flagged <= chosen
    assert len(chosen) <= MOST_ROWS
    assert frame_rows(build.result())[1] == "All of them."


def test_only_frames_that_are_printed_are_called_shown() -> None:
    result = build.result(persons=(build.person(n_frames=40),), n_frames=40)
    (person,) = result.persons
    assert len(person.frames) > 6
    rows, _ = frame_rows(result)
    shown = {int(row[0]) for row in rows if "shown" in row[4]}
    assert shown == {frame.face.frame_index for frame in person.frames[:6]}


def test_used_frames_that_are_not_printed_are_counted() -> None:
    result = build.many_frames_case().results[0]
    assert "more shown or used" not in frame_rows(result)[1]
    (person,) = result.persons
    used = tuple(frame.index for frame in result.frames[:300])
    person = replace(person, findings=(replace(person.findings[0], frame_indices=used),))
    rows, rule = frame_rows(replace(result, persons=(person,)))
    printed = {int(row[0]) for row in rows}
    n_left = len(({*used} | {f.face.frame_index for f in person.frames[:6]}) - printed)
    assert len(rows) == MOST_ROWS and n_left > 200
    assert f"at most 60; {n_left} more shown or used are in the JSON file" in rule


def test_hidden_and_turning_characters_are_written_out() -> None:
    assert printable("a\u202eb\x00c\ud800d") == "a‹U+202E›b‹U+0000›c‹U+D800›d"
    assert printable("one\r\ntwo") == "one ⏎ two"
    assert printable("می‌خواهم") == "می‌خواهم", "a joiner is part of the spelling"


def test_time_axis_is_in_hours_minutes_seconds() -> None:
    assert axis_label(Fraction(3725)) == "1:02:05"
    assert axis_label(Fraction(5, 2)) == "0:00:02.5"
    ticks = time_ticks(Fraction(0), Fraction(7384))
    assert 3 <= len(ticks) <= 7
    assert ticks[0] == 0


def test_a_long_plot_keeps_its_extremes() -> None:
    base = Fraction(1, 25)
    scores = tuple((TimePoint(pts=n, time_base=base), 0.5) for n in range(50_000))
    scores = (*scores[:777], (scores[777][0], 0.99), *scores[778:40_001], (scores[40_001][0], 0.01), *scores[40_002:])
    values = [value for _, value in thinned(scores)]
    assert len(values) <= 620
    assert (min(values), max(values)) == (0.01, 0.99)


def facts_of(**changes: object) -> dict[str, object]:
    part = TimeRange(start=Fraction(1), end=Fraction(5, 2))
    return dict(
        evidence_part.item_rows(1, replace(build.result(replace(build.item(), **changes)), analysed_range=part))
    )


def test_all_that_was_done_to_a_picture_before_it_was_hashed_is_said() -> None:
    assert facts_of()["Picture"] == "1080 × 1920 px, turned 90° clockwise to stand upright"
    assert facts_of(mirrored=True)["Picture"] == (
        "1080 × 1920 px, mirrored left to right, then turned 90° clockwise to stand upright"
    )
    assert facts_of(mirrored=True, rotation_deg=0)["Picture"] == "1080 × 1920 px, mirrored left to right"
    assert facts_of(rotation_deg=0, pixel_aspect=Fraction(4, 3))["Picture"] == (
        "1080 × 1920 px, no rotation; pixels 4:3 (width to height), not applied"
    )


def test_a_range_says_from_where_it_counts() -> None:
    assert facts_of()["Range analysed"] == "from 1.000 s to 2.500 s, counted from the first picture"
    assert facts_of(first_s=Fraction(3661))["Range analysed"] == (
        "from 1.000 s to 2.500 s, counted from the first picture, which is shown at 1:01:01.000 of the stream's clock"
    )
