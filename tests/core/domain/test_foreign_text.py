from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.arguments import clock_time
from core.casefile.codec import range_from_json, time_from_json
from core.casefile.codec_evidence import case_info_from_json, item_from_json
from core.casefile.codec_run import run_bases_from_json
from core.config import AnalysisSettings
from core.domain.foreign_text import exact_fraction, parsed_json
from core.errors import ReportError
from core.evidence.sealed_key import SealedKey
from core.report.fields import Fields

ENDLESS = "1e9999999999"
"""`Fraction` of it never ends."""


@settings(deadline=None)
@given(st.fractions(max_denominator=10**40 - 1).filter(lambda one: abs(one.numerator) < 10**40))
def test_what_was_written_is_read(value: Fraction) -> None:
    assert exact_fraction(str(value)) == value


@pytest.mark.parametrize(
    "text", [ENDLESS, "-" + ENDLESS, "1e3", "1/0", "1/-2", "0.5", "", " 1", "1_0", "9" * 41, "nan", "٣", "1\n"]
)
def test_any_other_text_is_refused_at_once(text: str) -> None:
    with pytest.raises(ValueError, match="no fraction"):
        exact_fraction(text)


def test_no_reader_of_stored_times_and_settings_computes_for_ever() -> None:
    for read in (
        lambda: range_from_json([None, ENDLESS]),
        lambda: time_from_json((0, ENDLESS)),
        lambda: AnalysisSettings.from_pairs([("sample_period_s", ENDLESS)]),
    ):
        with pytest.raises(ValueError, match="no fraction"):
            read()


def test_what_a_person_may_type_is_read_back_from_a_case() -> None:
    typed = clock_time("999999999:59:59." + "9" * 18)
    assert exact_fraction(str(typed)) == typed


def test_lists_within_lists_are_no_json_to_any_reader_of_stored_text() -> None:
    deep = "[" * 100_000
    readers = (parsed_json, item_from_json, case_info_from_json, run_bases_from_json, Fields.parsed)
    for read in (*readers, lambda text: SealedKey.from_json(text.encode())):
        with pytest.raises((ValueError, ReportError)):
            read(deep)
    for text in (deep, deep.encode()):
        with pytest.raises(ValueError, match="nested"):
            parsed_json(text)
