"""The campaign `custody`: its slice passes, and it notices when the protection is gone."""

from pathlib import Path

import pytest

from core.casefile import heads_check
from core.casefile.bindings_check import Bindings
from core.validation import custody, custody_gallery, custody_older, custody_rows
from core.validation.campaign import Setting

RESOURCES = Path(__file__).resolve().parents[3] / "resources"


def checks(tmp_path):
    return list(custody.CAMPAIGN.run(Setting(workspace=tmp_path, resources=RESOURCES)))


def test_every_promise_is_kept(tmp_path):
    found = checks(tmp_path)
    assert [check for check in found if not check.passed] == []
    assert len(found) == 14 + sum(part.N_CHECKS for part in (custody_rows, custody_older, custody_gallery)) and all(
        "of 2" in check.figure for check in found
    )


@pytest.mark.parametrize(("taken_away", "nothing"), [("good_heads", ([], [])), ("known_findings", [])])
def test_a_check_without_its_protection_is_noticed(tmp_path, monkeypatch, taken_away, nothing):
    monkeypatch.setattr(heads_check, taken_away, lambda *_: nothing)
    assert [check.passed for check in checks(tmp_path)].count(False) >= 1


@pytest.mark.parametrize("taken_away", ["findings", "bound_late"])
def test_a_check_that_passes_over_rows_is_noticed(tmp_path, monkeypatch, taken_away):
    monkeypatch.setattr(Bindings, taken_away, lambda *_: iter(()))
    assert [check.passed for check in checks(tmp_path)].count(False) >= 1
