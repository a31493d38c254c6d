"""Stand-ins of views: their real signals, and methods that only record how they were called."""

from typing import Any
from unittest.mock import create_autospec

from PySide6.QtCore import QObject, Signal


def stand_in(view_type: type) -> Any:
    """An object with the signals of `view_type`, and its public methods with their real signatures."""
    signals = {name: value for name, value in vars(view_type).items() if isinstance(value, Signal)}
    made = type(f"StandInOf{view_type.__name__}", (QObject,), signals)()
    spec = create_autospec(view_type, instance=True)
    for name, value in vars(view_type).items():
        if callable(value) and not name.startswith("_") and name not in signals:
            setattr(made, name, getattr(spec, name))
    return made
