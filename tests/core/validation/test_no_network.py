"""The campaign that shows that the application opens no network connection, and that it would see one."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.validation import biometric_network
from core.validation.campaign import Setting

ROOT = Path(__file__).resolve().parents[3]


def test_the_slice_passes(tmp_path: Path) -> None:
    checks = list(biometric_network.run(Setting(workspace=tmp_path, resources=ROOT / "resources")))
    assert [check.figure for check in checks if check.passed is not True] == []
    assert len(checks) == 3


@pytest.mark.parametrize("can_count", [False, True])
def test_a_program_that_calls_home_is_found_out(tmp_path: Path, can_count: bool) -> None:
    setting = Setting(workspace=tmp_path, resources=ROOT / "resources")
    if can_count and not biometric_network._can_count(tmp_path):
        pytest.skip("the system gives a process no network of its own")
    code = "import urllib.request\ntry: urllib.request.urlopen('http://example.org/')\nexcept OSError: pass"
    check = biometric_network._check("it", biometric_network._watched(setting, "home", code, [], can_count))
    assert check.passed is False
    assert "example.org" in check.figure
