from argparse import ArgumentTypeError
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.arguments import clock_time, positive_seconds, score, whole


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("12.5", Fraction(25, 2)),
        ("0", Fraction(0)),
        ("1:05", Fraction(65)),
        ("75:00", Fraction(4500)),
        ("1:02:03.004", Fraction(3723004, 1000)),
        ("0:00:00.1", Fraction(1, 10)),
    ],
)
def test_times_are_exact(text, seconds):
    assert clock_time(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "abc", "-1", "1:60", "1:60:00", "1::2", "1/3", "1e3", "1:2:3:4", "٣", "nan", ".5"]
)
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ArgumentTypeError):
        clock_time(text)


@given(hours=st.integers(0, 99), minutes=st.integers(0, 59), milliseconds=st.integers(0, 59_999))
def test_a_clock_reads_back_as_the_time_it_shows(hours, minutes, milliseconds):
    text = f"{hours}:{minutes:02d}:{milliseconds // 1000:02d}.{milliseconds % 1000:03d}"
    assert clock_time(text) == hours * 3600 + minutes * 60 + Fraction(milliseconds, 1000)


def test_a_period_must_be_positive():
    assert positive_seconds("0.1") == Fraction(1, 10)
    for text in ("0", "0.0", "-1", "x", "inf"):
        with pytest.raises(ArgumentTypeError):
            positive_seconds(text)


def test_whole_numbers_keep_to_their_bounds():
    assert whole(1, 256)("256") == 256
    for text in ("0", "257", "1.5", "x", ""):
        with pytest.raises(ArgumentTypeError):
            whole(1, 256)(text)


def test_similarities_are_one_at_most():
    assert score("-1.5") == -1.5 and score("1") == 1
    for text in ("1.01", "nan", "inf", "-inf", "x"):
        with pytest.raises(ArgumentTypeError):
            score(text)
