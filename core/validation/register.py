"""Every campaign, by name, in the order of docs/validation.md; imported only when one is run."""

from __future__ import annotations

from importlib import import_module

from core.validation.campaign import Campaign

_MODULES: dict[str, str] = {
    "hostile-media": "core.validation.hostile_media",
    "decoding": "core.validation.decoding",
    "models": "core.validation.models.campaign",
    "determinism": "core.validation.determinism.campaign",
    "custody": "core.validation.custody",
    "report-signature": "core.validation.report_signature",
    "hostile-text": "core.validation.hostile_text",
    "erasure": "core.validation.biometric_erasure",
    "no-network": "core.validation.biometric_network",
    "durability": "core.validation.durability.campaign",
}
"""Name of a campaign -> module that holds it as `CAMPAIGN`."""

NAMES = tuple(_MODULES)


def campaign(name: str) -> Campaign:
    """The campaign of this name, one of `NAMES`."""
    found = import_module(_MODULES[name]).CAMPAIGN
    assert isinstance(found, Campaign)
    return found
