"""The self-check names what a decoding process is not denied on a system, and what to do about it."""

from dataclasses import fields

import pytest

from app.self_check import _confinement
from core.domain.installation import CheckState
from core.isolation import trial
from core.isolation.ending import ChildEndedError, Ending
from core.isolation.protections import Protections

WHOLE = Protections(**{field.name: "kept" for field in fields(Protections)})


def _on_a_system_with(monkeypatch: pytest.MonkeyPatch, found: Protections) -> None:
    # Other systems' protections cannot be had here; what this one has is tried in tests/core/isolation.
    monkeypatch.setattr(trial, "protections_here", lambda: found)


def test_a_system_that_denies_everything_is_in_order(monkeypatch):
    _on_a_system_with(monkeypatch, WHOLE)
    assert _confinement().state is CheckState.OK


def test_what_a_system_does_not_deny_is_named(monkeypatch):
    _on_a_system_with(monkeypatch, Protections(memory="job object", no_processes="job object"))
    check = _confinement()
    assert check.state is CheckState.WARNING
    assert {"no network", "one file", "no writing"} <= set(check.value.removeprefix("without ").split(", "))
    assert "virtual machine" in check.next_step


def test_a_child_that_cannot_be_confined_is_a_fault(monkeypatch):
    def broken() -> Protections:
        raise ChildEndedError(Ending.CRASHED)

    monkeypatch.setattr(trial, "protections_here", broken)
    check = _confinement()
    assert check.state is CheckState.FAILED
    assert check.next_step
