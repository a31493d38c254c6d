"""What asking many persons whether they were swapped does to false alarms: some of many reach a threshold by chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from core.domain.calibration import Rate
from core.domain.report import CaseReport
from core.report.content import count
from core.report.rates import interval, percent


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapTests:
    """The persons of an item, or of all items, of whom it was asked whether they were swapped.

    Attributes:
        n_persons: with a fake score that a measured threshold was applied to; two at least.
        chance, low, high: that one or more of them would be called swapped were none of them, in [0, 1], by the
            measured rate and the ends of its 95 % interval: 1 - (1 - FPR)^n, which takes persons for independent.
        sentence: the same in words.
    """

    n_persons: int
    chance: float
    low: float
    high: float
    sentence: str


def swap_tests(report: CaseReport, item: int | None = None) -> SwapTests | None:
    """False alarms to expect of the persons examined; None with fewer than two, or where no rate was measured.

    Args:
        report: with the calibration of each item's run.
        item: place in `report.results`; None for all items together.
    """
    measured = {key: run.calibration.fake_false_positive for run in report.runs for key in run.evidence_ids}
    rates = [
        rate
        for place, (key, result) in enumerate(zip(report.evidence_ids, report.results, strict=True))
        if item in (None, place) and (rate := measured.get(key)) is not None
        for person in result.persons
        if person.fake_score is not None
    ]
    return _tests(rates) if len(rates) > 1 else None


def _tests(rates: Sequence[Rate]) -> SwapTests:
    chance, low, high = (
        1 - prod(1 - end for end in ends)
        for ends in ([r.rate for r in rates], [r.low for r in rates], [r.high for r in rates])
    )
    persons = count(len(rates), "person", "people")
    one = rates[0]
    each = ""
    if len(set(rates)) == 1:
        each = f"A pristine face reaches the threshold in {percent(one.rate)} ({interval(one.low, one.high)}). "
    return SwapTests(
        n_persons=len(rates),
        chance=chance,
        low=low,
        high=high,
        sentence=f"Whether a face was swapped was asked of {persons}. {each}Were none of them swapped, the chance "
        f"that one or more would still be called supported is 1\u00a0–\u00a0(1\u00a0–\u00a0FPR)^n\u00a0=\u00a0"
        f"{percent(chance)}, {interval(low, high)} at the ends of the interval, were persons independent. The "
        "categories below are not corrected for it.",
    )
