"""pytest imports test files by their base name: two of one name in folders without `__init__` stop a whole run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]


def test_no_two_test_files_share_a_name() -> None:
    names = Counter(file.name for file in TESTS.rglob("*.py") if file.name not in ("conftest.py", "__init__.py"))

    assert [name for name, count in names.items() if count > 1] == []
