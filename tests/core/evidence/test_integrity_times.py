"""Times that a file system may state and no calendar holds."""

from datetime import UTC, datetime

import pytest

from core.evidence.integrity import modification_time


def test_a_usual_time_is_kept_in_utc() -> None:
    assert modification_time(1_700_000_000 * 10**9) == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


@pytest.mark.parametrize(("nanoseconds", "year"), [(10**21, 9999), (-(10**21), 1970)])
def test_a_forged_time_does_not_stop_the_intake(nanoseconds: int, year: int) -> None:
    assert modification_time(nanoseconds).year == year
    assert modification_time(nanoseconds).tzinfo is UTC
