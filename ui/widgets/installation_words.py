"""Words and icons of the self-check and of weights."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from core.domain.installation import CheckState, WeightsInfo, WeightsPurpose, WeightsState
from ui.icons import Icon, Tint


def said(text: str, n: int = -1) -> str:
    """Return `text` in the language of the window; `n` chooses the form of ``%n``."""
    return QCoreApplication.translate("Installation", text, None, n)


def check_words(state: CheckState) -> str:
    """Return the verdict of a check."""
    return {
        CheckState.OK: said("In order"),
        CheckState.WARNING: said("Warning"),
        CheckState.FAILED: said("Failed"),
    }[state]


def check_sign(state: CheckState) -> tuple[Icon, Tint]:
    """Return the icon of a verdict; its form differs, not only its colour."""
    return {
        CheckState.OK: (Icon.SUCCESS, Tint.SUCCESS),
        CheckState.WARNING: (Icon.WARNING, Tint.WARNING),
        CheckState.FAILED: (Icon.ERROR, Tint.DANGER),
    }[state]


def weights_words(state: WeightsState) -> str:
    """Return what was found of a weights file."""
    return {
        WeightsState.INTACT: said("Intact"),
        WeightsState.ALTERED: said("Altered"),
        WeightsState.MISSING: said("Missing"),
        WeightsState.BAD_CARD: said("Bad card"),
        WeightsState.UNLISTED: said("Not allowed"),
    }[state]


def weights_sign(state: WeightsState) -> tuple[Icon, Tint]:
    """Return the icon of that."""
    return (Icon.SUCCESS, Tint.SUCCESS) if state is WeightsState.INTACT else (Icon.ERROR, Tint.DANGER)


def purpose_words(purpose: WeightsPurpose) -> str:
    """Return what a network is for."""
    return {
        WeightsPurpose.RECOVERY: said("Recovers source and target"),
        WeightsPurpose.EMBEDDER: said("Compares faces"),
        WeightsPurpose.DETECTOR: said("Finds faces"),
        WeightsPurpose.OTHER: said("Not used for analyses"),
    }[purpose]


def origin_words(info: WeightsInfo) -> str:
    """Return where the file came from."""
    return said("Came with the application") if info.is_shipped else said("Imported by you")


def number_words(value: float) -> str:
    """Return a measured number with four digits at most, ``"0.8892"`` or ``"12"``."""
    return f"{value:.4g}"


def percent_words(rate: float) -> str:
    """Return a rate in percent with two significant digits, ``"0.1 %"``, ``"24 %"``."""
    percent = 100 * rate
    if 0 < percent < 0.001:
        return said("below 0.001\u00a0%")
    if 99.5 <= percent < 100:
        return said("above 99\u00a0%")
    digits = 0 if percent >= 10 or percent == 0 else 1 if percent >= 1 else 2 if percent >= 0.1 else 3
    return f"{percent:.{digits}f}\u00a0%"
