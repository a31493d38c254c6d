"""The hash of all rows is kept up to date at the cost of what a batch adds."""

import hashlib
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.casefile.known_rows import KnownRows
from core.casefile.records import FaceKey
from core.casefile.row_hashes import rows_sha256
from core.errors import BugError
from tests.core.casefile.casefile_builders import batch, begun

CHANGES = st.lists(st.tuples(st.integers(0, 700), st.integers(0, 2), st.sampled_from(["a", "b", None])), max_size=40)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@settings(deadline=None, max_examples=30)
@given(st.sampled_from([0, 1, 255, 256, 257, 600]), CHANGES)
def test_rows_that_come_go_and_change_give_the_hash_of_them_all(
    n: int, changes: list[tuple[int, int, str | None]]
) -> None:
    rows, plain = KnownRows(were_read=False), {}
    for index in range(n):
        rows.put(FaceKey(index, 0), sha256(str(index)))
        plain[FaceKey(index, 0)] = sha256(str(index))
    assert rows.sha256 == rows_sha256(plain[key] for key in sorted(plain))
    for index, number, text in changes:
        key, value = FaceKey(index, number), None if text is None else sha256(text)
        assert rows.put(key, value) == (plain.get(key) != value)
        plain.pop(key, None)
        if value is not None:
            plain[key] = value
        assert len(rows) == len(plain)
        assert rows.sha256 == rows_sha256(plain[key] for key in sorted(plain))


def test_a_row_at_the_end_costs_no_hashing_of_all_the_others() -> None:
    rows, hashed = KnownRows(were_read=False), []
    for index in range(10_000):
        rows.put(FaceKey(index, 0), sha256(str(index)))
    assert rows.sha256
    whole = KnownRows._text

    def counted(self: KnownRows, start: int, end: int) -> bytes:
        hashed.append(end - start)
        return whole(self, start, end)

    with patch.object(KnownRows, "_text", counted):
        for index in range(10_000, 10_100):
            rows.put(FaceKey(index, 0), sha256(str(index)))
            rows.put(FaceKey(index - 5, 0), None)
            assert rows.sha256
    assert sum(hashed) < 100 * 600


def test_a_batch_that_failed_leaves_no_trace_in_the_hashes_that_follow(tmp_path: Path) -> None:
    case, number = begun(tmp_path / "case")
    with case:
        case.commit_batch(number, batch(range(3)))
        with pytest.raises(BugError):
            case.commit_batch(number, batch(range(2, 5)))  # does not go on from what is stored
        case.commit_batch(number, batch(range(3, 6)))
        assert case.verify_audit() == []
